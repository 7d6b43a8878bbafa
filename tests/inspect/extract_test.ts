import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { Analysis } from "../../src/inspect/analyse.ts";
import { readNamed } from "../../src/inspect/capture_input.ts";
import { parseClocks } from "../../src/inspect/clock_option.ts";
import { extract } from "../../src/inspect/extract.ts";
import { SoundExtractor } from "../../src/inspect/extractors.ts";
import { PacketFilter } from "../../src/inspect/packet_filter.ts";
import { PictureExtractor } from "../../src/inspect/picture_extractor.ts";
import { JpegPayloader } from "../../src/payload/jpeg_payloader.ts";
import type { Payload } from "../../src/payload/payload_format.ts";
import { makeJpeg, payloadPacket } from "../payload/jpegs.ts";
import { exchange, TestCapture } from "./test_capture.ts";
import { MEDIA_FROM, MEDIA_TO, rtspCapture } from "./test_session.ts";

const FROM = { host: "192.0.2.1", port: 5000 };
const TO = { host: "198.51.100.7", port: 6000 };

/** The files that come out of a capture, by name. */
async function extracted(
  capture: TestCapture,
  clocks: string[] = [],
): Promise<{ files: Map<string, Uint8Array>; lines: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "capture.pcap");
    await Deno.writeFile(file, capture.bytes);
    const options = { clocks: parseClocks(clocks) };
    const analysis = await Analysis.create(options);
    await readNamed(file, analysis);
    await analysis.finish();
    const into = join(folder, "media");
    const lines = await extract(file, {
      folder: into,
      streams: analysis.streams.map((stream, i) => [i + 1, stream] as const),
      conversations: analysis.analyser.intake.rtsp.conversations,
      filter: new PacketFilter(),
      ...options,
    });
    const files = new Map<string, Uint8Array>();
    for await (const { name } of Deno.readDir(into)) {
      files.set(name, await Deno.readFile(join(into, name)));
    }
    return { files, lines };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("sound has silence where packets are missing, and late packets in their place", async () => {
  const capture = new TestCapture();
  [0, 1, 3, 2, 5, 6, 7].forEach((number, i) => {
    const payload = new Uint8Array(20).map((_, k) => k % 2 === 0 ? number + 1 : 7);
    const packet = { payloadType: 97, sequenceNumber: number, timestamp: number * 10, payload };
    capture.rtp(FROM, TO, packet, i * 20);
  });
  const { files } = await extracted(capture, ["97=L16/500"]);
  const wav = files.get("stream-1.wav");
  assert(wav !== undefined);
  const expected = [0, 1, 2, 3, undefined, 5, 6, 7].flatMap((number) =>
    Array.from({ length: 10 }, () => number === undefined ? [0, 0] : [7, number + 1]).flat()
  );
  assertEquals([...wav.subarray(44)], expected);
});

Deno.test("a lab's film repeats the picture before a lost one", async () => {
  const capture = new TestCapture();
  const pictures = [1, 2, 3, 6, 7].map((number) => ({
    number,
    jpeg: Uint8Array.from([0xff, 0xd8, 0xff, 0xfe, 0, 3, number, 0xff, 0xd9]),
  }));
  pictures.forEach(({ number, jpeg }, i) => {
    const packet = { payloadType: 26, sequenceNumber: number, timestamp: 5, payload: jpeg };
    capture.rtp(FROM, TO, packet, i * 50);
  });
  const { files } = await extracted(capture);
  const shown = [0, 1, 2, 2, 2, 3, 4].map((i) => pictures[i]!.jpeg);
  const expected = concatBytes(shown.flatMap((jpeg) => [encodeText("00009"), jpeg]));
  assertEquals(files.get("stream-1.Mjpeg"), expected);
});

Deno.test("a lab's frames in numbered pieces are repeated for lost ones only", async () => {
  const capture = new TestCapture();
  const server = { host: FROM.host, port: 1025 };
  const client = { host: TO.host, port: 40_000 };
  const setup = "SETUP film RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 6000\n\n";
  capture.tcp(client, server, setup, 0);
  capture.tcp(server, client, "RTSP/1.0 200 OK\nCSeq: 1\nSession: 4242\n\n", 1);
  const pictures = [1, 2, 3, 4, 5].map((number) =>
    Uint8Array.from([0xff, 0xd8, 0xff, 0xfe, 0, 3, number, 0xff, 0xd9])
  );
  pictures.forEach((jpeg, i) => {
    [jpeg.subarray(0, 4), jpeg.subarray(4, 7), jpeg.subarray(7)].forEach((payload, piece) => {
      const packet = { payloadType: 26, sequenceNumber: 3 * i + piece, timestamp: i, payload };
      if (i !== 2) capture.rtp(FROM, TO, { ...packet, marker: piece === 2 }, 10 + i * 50 + piece);
    });
  });
  const { files } = await extracted(capture);
  const shown = [0, 1, 1, 3, 4].map((i) => pictures[i]!);
  const expected = concatBytes(shown.flatMap((jpeg) => [encodeText("00009"), jpeg]));
  assertEquals(files.get("stream-1.Mjpeg"), expected);
});

Deno.test("H.264 becomes a byte stream, and what cannot be taken out is said", async () => {
  const capture = new TestCapture();
  for (let i = 0; i < 5; i++) {
    const payload = Uint8Array.from([0x65, i, i]);
    const packet = { sequenceNumber: i, timestamp: i * 3000, payload, marker: true };
    capture.rtp(FROM, TO, { ...packet, payloadType: 96, ssrc: 1 }, i * 33);
    capture.rtp(FROM, TO, { ...packet, payloadType: 98, ssrc: 2 }, i * 33 + 1);
  }
  const { files, lines } = await extracted(capture, ["96=H264"]);
  const units = Array.from({ length: 5 }, (_, i) => [0, 0, 0, 1, 0x65, i, i]).flat();
  assertEquals([...files.get("stream-1.h264")!], units);
  assertEquals(files.size, 1);
  assert(lines.some((line) => line.includes("name it with --clock 98=NAME")), lines.join());
});

Deno.test("a film whose numbers begin anew is taken out whole, and nothing of it is called damaged", async () => {
  const capture = new TestCapture();
  const units: number[] = [];
  for (let i = 0; i < 600; i++) {
    const payload = Uint8Array.from([0x61, i >> 8, i & 0xff]);
    const sequenceNumber = 1000 + i % 300;
    const packet = { payloadType: 96, sequenceNumber, timestamp: i * 3000, payload, marker: true };
    capture.rtp(FROM, TO, packet, i * 33);
    units.push(0, 0, 0, 1, ...payload);
  }
  const { files, lines } = await extracted(capture, ["96=H264"]);
  assertEquals([...files.get("stream-1.h264")!], units);
  assert(lines.join().includes("600 access units, 0 of them damaged"), lines.join());
});

Deno.test("pictures in several packets are taken out where the numbers begin anew", async () => {
  const capture = new TestCapture();
  const payloader = new JpegPayloader();
  const frame = makeJpeg({ scan: new Uint8Array(400) });
  let number = 0;
  for (let i = 0; i < 60; i++) {
    if (i === 30) number = 0;
    for (const { payload, marker } of payloader.payloads(frame, 250)) {
      const packet = { payloadType: 26, sequenceNumber: 1000 + number++, timestamp: i * 3600 };
      capture.rtp(FROM, TO, { ...packet, payload, marker }, i * 40);
    }
  }
  const { lines } = await extracted(capture);
  assert(lines.join().includes("60 pictures, 0 repeated for lost ones, 0 damaged"), lines.join());
});

Deno.test("what is played twice is taken out twice, though numbers and timestamps are the same", async () => {
  const capture = rtspCapture();
  const unit = (i: number) => Uint8Array.from([0x61, i]);
  const send = (startMs: number) => {
    for (let i = 0; i < 100; i++) {
      const packet = { payloadType: 96, sequenceNumber: 700 + i, timestamp: i * 4500 };
      const payload = unit(i);
      capture.rtp(MEDIA_FROM, MEDIA_TO, { ...packet, payload, marker: true }, startMs + i * 50);
    }
  };
  const say = (method: string, number: number, timeMs: number) =>
    exchange(
      capture,
      `${method} rtsp://192.0.2.20/film RTSP/1.0\nCSeq: ${number}\nSession: 12345678\n\n`,
      `RTSP/1.0 200 OK\nCSeq: ${number}\nSession: 12345678\n\n`,
      timeMs,
    );
  send(40);
  say("PAUSE", 4, 5100);
  say("PLAY", 5, 65_000);
  send(65_010);
  const { files, lines } = await extracted(capture);
  const once = Array.from({ length: 100 }, (_, i) => [0, 0, 0, 1, ...unit(i)]).flat();
  assertEquals([...files.get("stream-1.h264")!], [...once, ...once]);
  assert(lines.join().includes("200 access units, 0 of them damaged"), lines.join());
});

Deno.test("sound and pictures behind a PLAY follow what came before", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const format = { encoding: "L16", sampleRate: 1000, channels: 1 } as const;
    const sound = new SoundExtractor(join(folder, "a.wav"), format);
    const film = new PictureExtractor(join(folder, "a"), 90_000, false);
    const [{ payload }] = new JpegPayloader().payloads(makeJpeg({}), 1400) as [Payload];
    for (const startMs of [0, 61_000]) {
      for (let i = 0; i < 20; i++) {
        // The sound begins anew at the film's start; the pictures' clock runs on over the pause.
        const timeMs = startMs + i * 50;
        const samples = new Uint8Array(100);
        const heard = { timestamp: i * 50, payload: samples, sequenceNumber: i };
        sound.push(payloadPacket(heard), samples, timeMs);
        const seen = { timestamp: timeMs * 90, payload, marker: true, sequenceNumber: i };
        film.push(payloadPacket(seen), payload, timeMs);
      }
      sound.playSent();
      film.playSent();
    }
    const told = [sound.finish(), film.finish()].join();
    assert(told.includes("2.000 s of sound, 0.000 s of it silence"), told);
    assert(told.includes("40 pictures, 0 repeated for lost ones, 0 damaged"), told);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
