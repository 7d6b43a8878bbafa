import { assertEquals, assertThrows } from "@std/assert";
import { encodeText } from "../../src/bytes/text.ts";
import { UsageError } from "../../src/cli/failure.ts";
import { expandName, hasNumber, numberedName } from "../../src/record/file_name.ts";
import { type OutputPlan, planOutput } from "../../src/record/output_plan.ts";
import { startTimes } from "../../src/record/start_times.ts";
import { formatsOfSdp, parseFormat, type StreamFormat } from "../../src/record/stream_format.ts";

const FILM: StreamFormat = { kind: "video", encoding: "JPEG", clockRate: 90_000 };
const H264: StreamFormat = { kind: "video", encoding: "H264", clockRate: 90_000 };
const OPUS: StreamFormat = { kind: "audio", encoding: "OPUS", clockRate: 48_000, channels: 2 };
const SOUND: StreamFormat = { kind: "audio", encoding: "L16", clockRate: 44_100, channels: 2 };

function names(streams: readonly StreamFormat[], name?: string): (string | undefined)[] {
  const { film, sound, capture }: OutputPlan = planOutput(
    streams,
    name,
    (path) => path === "there",
  );
  return [film && `${film.kind} ${film.name}`, sound?.name, capture];
}

Deno.test("the ending of the name decides what is written", () => {
  const both = [FILM, SOUND];
  assertEquals(names(both), ["lab-movie new.Mjpeg", "new.wav", undefined]);
  assertEquals(names([SOUND]), [undefined, "new.wav", undefined]);
  assertEquals(names(both, "a/b.avi"), ["avi a/b.avi", "a/b.avi", undefined]);
  assertEquals(names(both, "b.mjpeg"), ["lab-movie b.mjpeg", "b.wav", undefined]);
  assertEquals(names(both, "b.WAV"), [undefined, "b.WAV", undefined]);
  assertEquals(names(both, "b.pcap"), [undefined, undefined, "b.pcap"]);
  assertEquals(names(both, "dir/"), ["folder dir", "dir/sound.wav", undefined]);
  assertEquals(names(both, "there"), ["folder there", "there/sound.wav", undefined]);
  assertEquals(names(both, "plain"), ["folder plain", "plain/sound.wav", undefined]);
  assertThrows(() => names(both, "b.mp4"), UsageError, "writes no .mp4 files");
});

Deno.test("what Reel cannot decode is kept as it is", () => {
  assertEquals(names([H264, SOUND]), ["h264 new.h264", "new.wav", undefined]);
  assertEquals(names([H264, OPUS], "cam.avi"), ["h264 cam.h264", undefined, "cam.pcap"]);
  assertEquals(planOutput([H264, OPUS], "cam.avi", () => false).notes.length, 2);
  assertEquals(names([OPUS]), [undefined, undefined, "new.pcap"]);
  const surround = { ...SOUND, channels: 6 };
  assertEquals(names([FILM, surround], "b.avi"), ["avi b.avi", "b.wav", undefined]);
});

Deno.test("names hold dates and numbers", () => {
  const date = new Date(2026, 0, 2, 3, 4, 5);
  assertEquals(expandName("cam-%Y%m%d-%H%M%S-%03d.avi", date, 7), "cam-20260102-030405-007.avi");
  assertEquals(expandName("100%%-%q.avi", date, 7), "100%-%q.avi");
  assertEquals([hasNumber("a-%03d.wav"), hasNumber("a-%d.wav"), hasNumber("%%03d")], [
    true,
    false,
    false,
  ]);
  assertEquals(numberedName("dir.x/new.wav", 2), "dir.x/new-2.wav");
  assertEquals(numberedName("dir/pictures", 3), "dir/pictures-3");
  assertEquals(numberedName("dir/pictures/", 3), "dir/pictures-3/");
});

Deno.test("formats are read from the command line and from descriptions", () => {
  assertEquals(parseFormat("L16/44100/2"), SOUND);
  assertEquals(parseFormat("pcmu/8000")?.encoding, "PCMU");
  assertEquals(parseFormat("lab")?.encoding, "LAB JPEG");
  for (const text of ["", "L16", "L16/0", "opus/48000/2", "L16/44100/9"]) {
    assertEquals(parseFormat(text), undefined, text);
  }
  const [film, sound] = formatsOfSdp(
    "v=0\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 h264/90000\r\na=fmtp:96 packetization-mode=1\r\n" +
      "m=audio 0 RTP/AVP 10\r\na=control:track2\r\n",
  );
  assertEquals([film!.encoding, film!.port, film!.parameters], [
    "H264",
    5004,
    "packetization-mode=1",
  ]);
  assertEquals([sound!.encoding, sound!.channels, sound!.control], ["L16", 2, "track2"]);
});

Deno.test("RTP-Info is given to the tracks that it names", () => {
  const streams = [{ ...FILM, control: "track1" }, { ...SOUND, control: "track2" }];
  const reply = (info: string): Uint8Array => {
    return encodeText(`RTSP/1.0 200 OK\r\nCSeq: 4\r\nRTP-Info: ${info}\r\n\r\n`);
  };
  const named = startTimes(
    reply("url=rtsp://h/a/track2;seq=1;rtptime=22,url=rtsp://h/a/track1;rtptime=11"),
    streams,
  );
  assertEquals([...named], [[0, 11], [1, 22]]);
  assertEquals([...startTimes(reply("url=x;rtptime=1,url=y;rtptime=2"), streams)], [[0, 1], [
    1,
    2,
  ]]);
  assertEquals([...startTimes(reply("url=x;rtptime=1"), streams)], []);
  assertEquals([...startTimes(encodeText("OPTIONS * RTSP/1.0\r\n\r\n"), streams)], []);
});
