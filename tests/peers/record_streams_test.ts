import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  assertSameBytes,
  inFolder,
  recordCleanly,
  ReelProcess,
  startReceiver,
  startServer,
  stop,
} from "../record/process.ts";
import { Relay } from "../record/relay.ts";
import { writeShortMovie } from "../record/simulate.ts";
import { peerTest, runPeer } from "./peer.ts";

const SECONDS = 3;
const FRAMES = 60;

/** One checksum a decoded picture. */
async function pictureSums(args: readonly string[]): Promise<string[]> {
  const { text, errors } = await runPeer("ffmpeg", [
    ...["-v", "error", ...args, "-an", "-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  assertEquals(errors, "");
  return text.split("\n").filter((line) => /^\d/.test(line)).map((line) => {
    return line.split(",").at(-1)!.trim();
  });
}

async function probe(path: string): Promise<{ streams: Record<string, string>[] }> {
  const { text } = await runPeer("ffprobe", [
    ...["-v", "error", "-count_packets", "-show_streams", "-of", "json", path],
  ]);
  return JSON.parse(text);
}

async function withServer(test: (port: number, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const media = join(folder, "media");
    await Deno.mkdir(media);
    writeShortMovie(media, SECONDS);
    const { reel, port } = await startServer(media);
    try {
      await test(port, folder);
    } finally {
      await stop(reel);
    }
  });
}

peerTest("ffmpeg ffprobe sox", "recorded pictures and samples decode to the source's", async () => {
  await withServer(async (port, folder) => {
    const url = `rtsp://127.0.0.1:${port}/short.Mjpeg`;
    const outputs = ["new.avi", "pictures/", "new.Mjpeg"];
    await Promise.all(outputs.map((output) => recordCleanly(folder, [url, "-o", output])));
    // The MJPEG demuxer passes over the five digits before each picture.
    const source = await pictureSums(["-f", "mjpeg", "-i", join(folder, "media/short.Mjpeg")]);
    assertEquals(source.length, FRAMES);
    assertEquals(await pictureSums(["-i", join(folder, "new.avi")]), source);
    const pattern = join(folder, "pictures/frame-%06d.jpg");
    assertEquals(await pictureSums(["-f", "image2", "-i", pattern]), source);
    assertEquals(await pictureSums(["-f", "mjpeg", "-i", join(folder, "new.Mjpeg")]), source);

    const { streams } = await probe(join(folder, "new.avi"));
    assertEquals(streams.map((stream) => stream.codec_name), ["mjpeg", "pcm_s16le"]);
    assertEquals([streams[0]!.r_frame_rate, streams[0]!.nb_read_packets], ["20/1", "60"]);
    assertAlmostEquals(Number(streams[0]!.duration), SECONDS, 1e-6);
    const wanted = await runPeer("sox", [join(folder, "media/short.wav"), "-t", "raw", "-"]);
    const inFilm = await runPeer("ffmpeg", [
      ...["-v", "error", "-i", join(folder, "new.avi"), "-vn", "-f", "s16le", "-"],
    ]);
    assertSameBytes(inFilm.stdout, wanted.stdout);
    for (const name of ["new.wav", "pictures/sound.wav"]) {
      const path = join(folder, name);
      assertSameBytes((await runPeer("sox", [path, "-t", "raw", "-"])).stdout, wanted.stdout);
      assertEquals((await runPeer("sox", ["--i", "-s", path])).text.trim(), "132300");
      assertAlmostEquals(Number((await probe(path)).streams[0]!.duration), SECONDS, 1e-6);
    }
  });
});

peerTest("tshark", "tshark finds in the capture what the recorder reports", async () => {
  await withServer(async (port, folder) => {
    using relay = new Relay(port, { loss: 0.05, seed: 5 });
    const url = `rtsp://127.0.0.1:${relay.port}/short.Mjpeg`;
    const reel = new ReelProcess(
      ["record", url, "-o", "a.avi", "--pcap", "a.pcap", "--json", "--transport", "udp"],
      folder,
    );
    const overTcp = new ReelProcess(
      [
        "record",
        `rtsp://127.0.0.1:${port}/short.Mjpeg`,
        "-o",
        "t.avi",
        "--pcap",
        "t.pcap",
        "--json",
      ]
        .concat("--transport", "tcp"),
      folder,
    );
    const runs = [[reel, "a.pcap", relay.port], [overTcp, "t.pcap", port]] as const;
    await Promise.all(runs.map(async ([run, capture, server]) => {
      const { code, stdout } = await run.outcome();
      assertEquals(code, 0);
      const { recordings } = JSON.parse(stdout);
      const decode = ["-n", "-r", join(folder, capture), "-d", `tcp.port==${server},rtsp`];
      const table = await runPeer("tshark", [...decode, "-q", "-z", "rtp,streams"]);
      const rows = table.text.split("\n").filter((line) => line.includes("0x"));
      for (const track of recordings[0].tracks) {
        const name = track.encoding === "JPEG" ? "JPEG" : "16-bit audio, stereo";
        const row = rows.find((line) => line.includes(name)) ?? "";
        const [, packets, lost] = /(\d+)\s+(-?\d+) \(-?[\d.]+%\)/.exec(row) ?? [];
        assertEquals(Number(packets), track.packetsReceived);
        assertEquals(Number(lost), track.packetsExpected - track.packetsReceived);
        assertEquals(Number(lost), track.packetsLost);
      }
      const messages = await runPeer("tshark", [
        ...[...decode, "-Y", "rtsp.request || rtsp.response", "-T", "fields"],
        ...["-e", "rtsp.method", "-e", "rtsp.status"],
      ]);
      const words = messages.text.split("\n").map((line) => line.trim());
      for (const method of ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"]) {
        assertEquals(words[words.indexOf(method) + 1], "200");
      }
      const complaints = "tcp.analysis.flags || _ws.malformed || _ws.expert.severity >= warning";
      assertEquals((await runPeer("tshark", [...decode, "-Y", complaints])).text, "");
    }));
  });
});

peerTest(
  "ffmpeg ffprobe",
  "H.264 is kept as a file that plays, without being decoded",
  async () => {
    await inFolder(async (folder) => {
      const source = join(folder, "source.h264");
      await runPeer("ffmpeg", [
        ...["-v", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=2"],
        ...["-c:v", "libx264", "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p", source],
      ]);
      const port = freePort();
      const sdp = join(folder, "session.sdp");
      const send = (): Promise<{ errors: string }> => {
        return runPeer("ffmpeg", [
          ...["-v", "error", "-re", "-r", "25", "-i", source, "-c", "copy", "-f", "rtp"],
          ...["-sdp_file", sdp, `rtp://127.0.0.1:${port}?pkt_size=1200`],
        ]);
      };
      // The description is known only once FFmpeg has begun: the first run is for that.
      await runPeer("ffmpeg", [
        ...["-v", "error", "-i", source, "-c", "copy", "-frames:v", "1", "-f", "rtp"],
        ...["-sdp_file", sdp, `rtp://127.0.0.1:${port}`],
      ]);
      const reel = new ReelProcess(
        ["record", "--listen", String(port), "--sdp", sdp, "--idle", "0.7s", "--pcap", "a.pcap"],
        folder,
      );
      await reel.printed(/UDP port/);
      await send();
      const { code, stdout } = await reel.outcome();
      assertEquals(code, 0);
      assertStringIncludes(stdout, "new.h264");
      const kept = await pictureSums(["-i", join(folder, "new.h264")]);
      assertEquals(kept, await pictureSums(["-i", source]));
      assertEquals(kept.length, 50);
      assertEquals((await probe(join(folder, "new.h264"))).streams[0]!.codec_name, "h264");
    });
  },
);

peerTest(
  "ffmpeg ffprobe",
  "FFmpeg's pictures and samples are received without a description",
  async () => {
    const cases = [
      { codec: ["-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1"], rate: "8000", channels: "1" },
      { codec: ["-c:a", "pcm_s16be", "-ar", "44100", "-ac", "2"], rate: "44100", channels: "2" },
    ];
    await Promise.all(cases.map(async ({ codec, rate, channels }) => {
      await inFolder(async (folder) => {
        const { reel, port } = await startReceiver(["--idle", "0.5s"], folder);
        await runPeer("ffmpeg", [
          ...["-v", "error", "-re", "-f", "lavfi", "-i", "sine=frequency=440:duration=1.5"],
          ...[...codec, "-f", "rtp", `rtp://127.0.0.1:${port}?pkt_size=1000`],
        ]);
        assertEquals((await reel.outcome()).code, 0);
        const [stream] = (await probe(join(folder, "new.wav"))).streams;
        assertEquals([stream!.sample_rate, stream!.channels].map(String), [rate, channels]);
        assertAlmostEquals(Number(stream!.duration), 1.5, 0.03);
      });
    }));
    await inFolder(async (folder) => {
      const { reel, port } = await startReceiver(["--idle", "0.5s", "-o", "a.avi"], folder);
      await runPeer("ffmpeg", [
        ...["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=15:duration=2"],
        ...["-c:v", "mjpeg", "-huffman", "default", "-pix_fmt", "yuvj420p", "-q:v", "5"],
        ...["-force_duplicated_matrix", "1", "-f", "rtp", `rtp://127.0.0.1:${port}`],
      ]);
      assertEquals((await reel.outcome()).code, 0);
      const [stream] = (await probe(join(folder, "a.avi"))).streams;
      assertEquals([stream!.r_frame_rate, stream!.nb_read_packets], ["15/1", "30"]);
    });
  },
);

/** An even UDP port that was free a moment ago. */
function freePort(): number {
  for (;;) {
    const probe = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const { port } = probe.addr as Deno.NetAddr;
    probe.close();
    if (port % 2 === 0) return port;
  }
}
