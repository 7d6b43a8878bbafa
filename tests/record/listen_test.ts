import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { encodeText } from "../../src/bytes/text.ts";
import { openPresentation } from "../../src/media/open_presentation.ts";
import { encodeLabelledChunk } from "../../src/payload/labelled_wav.ts";
import { swap16 } from "../../src/payload/pcm.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { assertSameBytes, inFolder, ReelProcess, startReceiver, UdpSender } from "./process.ts";
import { filmOf, filmPackets, impair, openMovie, soundOf, soundPackets } from "./simulate.ts";

const GOODBYE = encodeRtcp([{ type: "RR", ssrc: 1, reports: [] }, { type: "BYE", ssrcs: [1] }]);
const HEAD_BYTES = 44;

/** Chunks of 1000 bytes as the audio lab's server sends them. */
function chunksOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) => {
    const data = bytes.subarray(1000 * i, 1000 * (i + 1));
    return encodeLabelledChunk({ endOffset: 1000 * i + data.length, data });
  });
}

Deno.test("labelled chunks with a head become new.wav; TEARDOWN ends it", async () => {
  await inFolder(async (folder) => {
    const source = (await Deno.readFile("media/default.wav")).subarray(0, 60_500);
    const { reel, port } = await startReceiver(["--no-audio"], folder);
    using sender = new UdpSender(port);
    const chunks = chunksOf(source);
    [chunks[8], chunks[9]] = [chunks[9]!, chunks[8]!];
    for (const [i, chunk] of chunks.entries()) {
      if (i === 20 || i === 21) continue;
      await sender.send(chunk);
      if (i === 30) await sender.send(chunk);
    }
    await sender.send(encodeText("teardown"));
    const { code, stdout, stderr } = await reel.outcome();
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "2 lost");
    assertStringIncludes(stdout, "1 duplicate");
    const expected = source.slice(HEAD_BYTES);
    expected.fill(0, 20_000 - HEAD_BYTES, 22_000 - HEAD_BYTES);
    const written = await Deno.readFile(join(folder, "new.wav"));
    assertSameBytes(written.subarray(HEAD_BYTES), expected);
    using copy = openPresentation({ name: "new", main: join(folder, "new.wav") });
    assertEquals(copy.notes, []);
    assertEquals(soundOf(copy).sampleRate, 44_100);
  });
});

Deno.test("labelled chunks that begin with the samples become a WAV file as well", async () => {
  await inFolder(async (folder) => {
    const samples = (await Deno.readFile("media/default.wav")).subarray(HEAD_BYTES, 20_044);
    const { reel, port } = await startReceiver(["--no-audio"], folder);
    using sender = new UdpSender(port);
    for (const chunk of chunksOf(samples)) await sender.send(chunk);
    await sender.send(encodeText("TEARDOWN\r\n"));
    assertEquals((await reel.outcome()).code, 0);
    const written = await Deno.readFile(join(folder, "new.wav"));
    assertSameBytes(written.subarray(HEAD_BYTES), samples);
  });
});

Deno.test("samples are known by their payload type; BYE ends it; the report counts", async () => {
  await inFolder(async (folder) => {
    using movie = openMovie();
    const { reel, port } = await startReceiver(
      ["--report", "report.json", "--pcap", "a.pcap"],
      folder,
    );
    using sender = new UdpSender(port);
    const all = soundPackets(soundOf(movie), { track: 0, seconds: 2 });
    for (const [i, { datagram }] of all.entries()) if (i !== 50) await sender.send(datagram);
    await sender.send(GOODBYE, 1);
    const { code, stdout } = await reel.outcome();
    assertEquals(code, 0);
    assertStringIncludes(stdout, "goodbye");
    const report = JSON.parse(await Deno.readTextFile(join(folder, "report.json")));
    const [track] = report.recordings[0].tracks;
    assertEquals(track.packetsLost, 1);
    assertEquals(track.gaps, [
      { from: 17_500, to: 17_850, fromSeconds: 0.396825, seconds: 0.007937 },
    ]);
    assertEquals(report.captures, ["a.pcap"]);
    const expected = soundOf(movie).samples(0, 88_200).slice().fill(0, 17_500 * 4, 17_850 * 4);
    const written = await Deno.readFile(join(folder, "new.wav"));
    assertSameBytes(written.subarray(HEAD_BYTES), swap16(expected));
  });
});

Deno.test("whole frames and RFC 2435 are told apart by themselves", async () => {
  using movie = openMovie();
  for (const whole of [true, false]) {
    await inFolder(async (folder) => {
      const { reel, port } = await startReceiver(["-o", "pictures/", "--idle", "0.5s"], folder);
      using sender = new UdpSender(port);
      const packets = filmPackets(filmOf(movie), { track: 0, frames: 5, whole });
      for (const { datagram } of packets) await sender.send(datagram);
      const { code, stdout } = await reel.outcome();
      assertEquals(code, 0);
      assertStringIncludes(stdout, whole ? "LAB JPEG" : "(JPEG)");
      const names = [...Deno.readDirSync(join(folder, "pictures"))].map(({ name }) => name);
      assertEquals(names.length, 5);
    });
  }
});

Deno.test("a description names film and sound, which go to one file in time", async () => {
  await inFolder(async (folder) => {
    using movie = openMovie();
    const sdp = "v=0\r\nm=video 0 RTP/AVP 26\r\na=framerate:20\r\nm=audio 0 RTP/AVP 10\r\n";
    await Deno.writeTextFile(join(folder, "session.sdp"), sdp);
    const { reel, port } = await startReceiver(["--sdp", "session.sdp", "-o", "new.avi"], folder);
    using sender = new UdpSender(port);
    const packets = impair([
      ...filmPackets(filmOf(movie), { track: 0, frames: 40 }),
      ...soundPackets(soundOf(movie), { track: 1, seconds: 2 }),
    ]);
    for (const { track, datagram } of packets) await sender.send(datagram, 2 * track);
    await sender.send(GOODBYE, 1);
    await sender.send(GOODBYE, 3);
    assertEquals((await reel.outcome()).code, 0);
    using copy = openPresentation({ name: "new", main: join(folder, "new.avi") });
    assertEquals([filmOf(copy).frameCount, filmOf(copy).frameRate], [40, 20]);
    const count = soundOf(copy).sampleCount;
    assert(Math.abs(count - 88_200) < 2000, `${count} samples`);
  });
});

Deno.test("Ctrl-C saves everything and exits with 130", async () => {
  await inFolder(async (folder) => {
    using movie = openMovie();
    const { reel, port } = await startReceiver([], folder);
    using sender = new UdpSender(port);
    const packets = soundPackets(soundOf(movie), { track: 0, seconds: 1 });
    for (const { datagram } of packets) await sender.send(datagram);
    await settled(join(folder, "new.wav"));
    reel.kill("SIGINT");
    const { code, stdout } = await reel.outcome();
    assertEquals(code, 130);
    assertStringIncludes(stdout, "44100 samples");
  });
});

Deno.test("what cannot be done is said before anything is received", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "new.wav"), "mine");
    const cases: [string[], number, string][] = [
      [["--format", "L16/44100/2"], 1, "new.wav: it is there already. Give another name, --append"],
      [["--sdp", "missing.sdp"], 1, "Cannot read missing.sdp: no such file"],
      [["--format", "mp3"], 2, "--format takes labelled, lab, jpeg"],
      [["-o", "a.mp4", "--format", "jpeg"], 2, "writes no .mp4 files"],
      [["--pcap", "no/folder/a.pcap", "--format", "jpeg"], 1, "no such file or folder"],
      [["--append", "--force"], 2, "exclude each other"],
      [["rtsp://127.0.0.1/"], 2, "without a URL"],
    ];
    await Promise.all(cases.map(async ([args, expected, words]) => {
      const reel = new ReelProcess(["record", "--listen", "0", ...args], folder);
      const { code, stderr } = await reel.outcome();
      assertEquals(code, expected, stderr);
      assertStringIncludes(stderr, words);
    }));
    const taken = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
    const port = String((taken.addr as Deno.NetAddr).port);
    const { code, stderr } = await new ReelProcess(["record", "--listen", port], folder).outcome();
    taken.close();
    assertEquals(code, 1);
    assertStringIncludes(stderr, "address in use");
    assertEquals(await Deno.readTextFile(join(folder, "new.wav")), "mine");
  });
});

/** Waits until a file has samples and no longer grows. */
async function settled(path: string): Promise<void> {
  for (let before = -1, size = 0; size <= HEAD_BYTES || size !== before;) {
    before = size;
    await new Promise((resolve) => setTimeout(resolve, 250));
    size = await Deno.stat(path).then((found) => found.size, () => 0);
  }
}

Deno.test("--idle ends it when nothing ever comes, with exit code 1", async () => {
  await inFolder(async (folder) => {
    const { reel } = await startReceiver(["--idle", "0.3s"], folder);
    const { code, stderr } = await reel.outcome();
    assertEquals(code, 1);
    assertMatch(stderr, /^reel: Cannot record UDP port \d+: no media came in 0\.3 s\. Does/);
  });
});

Deno.test("Ctrl-C before anything came says that nothing was written", async () => {
  await inFolder(async (folder) => {
    const { reel } = await startReceiver([], folder);
    reel.kill("SIGINT");
    const { code, stdout } = await reel.outcome();
    assertEquals(code, 130);
    assertStringIncludes(stdout, "Nothing was written.");
    assertEquals([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("names that take nothing are refused before anything is received", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "notes"), "");
    for (
      const [args, expected, words] of [
        [["-o", "-"], 2, "standard output"],
        [["--format", "jpeg", "-o", "a.wav"], 1, "holds sound alone. Nothing was written"],
        [["--format", "jpeg", "-o", "notes/a.avi"], 1, "notes is no folder"],
      ] as const
    ) {
      const reel = new ReelProcess(
        ["record", "--listen", "0", "--host", "127.0.0.1", ...args],
        folder,
      );
      const { code, stderr } = await reel.outcome();
      assertEquals(code, expected, stderr);
      assertStringIncludes(stderr, words);
    }
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["notes"]);
  });
});
