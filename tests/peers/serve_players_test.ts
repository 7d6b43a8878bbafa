/**
 * The server against the players that people have: every picture and every sample arrives, a seek
 * lands on its frame, the end ends them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { UdpPair } from "../../src/net/udp_pair.ts";
import { hashesOf, jpegHashes, pictureHashes } from "../support/decoded.ts";
import { serveFolder, type Serving } from "../support/serving.ts";
import { makeShortMedia, type ShortMedia } from "../support/short_media.ts";
import { peerTest, runPeer } from "./peer.ts";

const SECONDS = 3;
/** Where seeks go: the middle of the film. */
const MIDDLE = 1.5;
const MIDDLE_FRAME = 30;
const MIDDLE_BYTE = 1.5 * 44_100 * 4;

/** What a cell of the matrix works with. */
interface Cell {
  readonly media: ShortMedia;
  readonly serving: Serving;
  readonly transport: "udp" | "tcp";
  /** Path for a file of this cell alone. */
  file(name: string): string;
}

/** A player that is killed may come back for this long, in ms. */
const TIMEOUT_MS = 10_000;

/** A test of one player, over UDP and TCP at the same time. */
function playerTest(programs: string, name: string, run: (cell: Cell) => Promise<void>): void {
  peerTest(programs, name, async () => {
    using media = makeShortMedia(SECONDS);
    await using serving = serveFolder(media.folder, { timeoutMs: TIMEOUT_MS });
    await Promise.all((["udp", "tcp"] as const).map((transport) => {
      const file = (name: string): string => join(media.folder, `${transport}.${name}`);
      return run({ media, serving, transport, file });
    }));
    await until(() => serving.server.sessionCount === 0);
    assertEquals(serving.server.activeStreams, 0);
  });
}

/** Whether the samples are the same, without a diff of half a million numbers where they are not. */
function assertSamples(actual: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, i) => actual[i] !== byte);
  assertEquals([actual.length, at], [expected.length, -1], "length and first difference");
}

/** Players may leave without a TEARDOWN; then their end is noticed a little later. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Runs ffmpeg on a URL: hashes of the pictures and the samples. */
async function ffmpeg(
  { transport, file }: Cell,
  url: string,
  options: readonly string[] = [],
): Promise<{ pictures: string[]; samples: Uint8Array }> {
  const sound = file("raw");
  const { code, text, errors } = await runPeer("ffmpeg", [
    ...["-v", "error", "-rtsp_transport", transport, ...options, "-i", url],
    ...["-map", "0:v?", "-fps_mode", "passthrough", "-f", "framemd5", "-"],
    ...["-map", "0:a?", "-f", "s16le", sound],
  ]);
  assertEquals(code, 0, errors);
  return { pictures: hashesOf(text), samples: Deno.readFileSync(sound) };
}

playerTest("ffmpeg", "ffmpeg receives each picture and sample of a film", async (cell) => {
  const { media, serving } = cell;
  const { pictures, samples } = await ffmpeg(cell, `${serving.url}/film.Mjpeg`);
  assertEquals(pictures, await jpegHashes(media.frames, media.folder));
  assertSamples(samples, media.filmSamples);
});

playerTest("ffmpeg", "ffmpeg receives each sample of a sound", async (cell) => {
  const { media, serving, transport, file } = cell;
  const sound = file("raw");
  const { code, errors } = await runPeer("ffmpeg", [
    ...["-v", "error", "-rtsp_transport", transport, "-i", `${serving.url}/sound.wav`],
    ...["-f", "s16le", sound],
  ]);
  assertEquals(code, 0, errors);
  assertSamples(Deno.readFileSync(sound), media.samples);
});

playerTest("ffmpeg", "ffmpeg begins in the middle with the right picture", async (cell) => {
  const { media, serving } = cell;
  const seek = ["-ss", String(MIDDLE)];
  const { pictures, samples } = await ffmpeg(cell, `${serving.url}/film.Mjpeg`, seek);
  const all = await jpegHashes(media.frames, media.folder);
  assertEquals(pictures, all.slice(MIDDLE_FRAME));
  assertSamples(samples, media.filmSamples.slice(MIDDLE_BYTE));
});

playerTest(
  "gst-launch-1.0 ffmpeg",
  "GStreamer receives each picture and sample of a film",
  async (cell) => {
    const { media, serving, transport, file } = cell;
    const [film, sound] = [file("mjpeg"), file("raw")];
    // With caps behind `s.`, gst-launch may leave a track unlinked when both begin at the same moment.
    const { code, errors } = await gstreamer(
      `rtspsrc name=s location=${serving.url}/film.Mjpeg protocols=${transport} ` +
        `s. ! rtpjpegdepay ! filesink location=${film} ` +
        `s. ! rtpL16depay ! audioconvert ! audio/x-raw,format=S16LE ! filesink location=${sound}`,
    );
    assertEquals(code, 0, errors);
    assertEquals(
      await pictureHashes(film, ["-f", "mjpeg"]),
      await jpegHashes(media.frames, media.folder),
    );
    assertSamples(Deno.readFileSync(sound), media.filmSamples);
  },
);

playerTest("gst-launch-1.0", "GStreamer receives each sample of a sound", async (cell) => {
  const { media, serving, transport, file } = cell;
  const sound = file("raw");
  const { code, errors } = await gstreamer(
    `rtspsrc location=${serving.url}/sound.wav protocols=${transport} ! rtpL16depay ! ` +
      `audioconvert ! audio/x-raw,format=S16LE ! filesink location=${sound}`,
  );
  assertEquals(code, 0, errors);
  assertSamples(Deno.readFileSync(sound), media.samples);
});

playerTest("gst-launch-1.0", "GStreamer's playbin shows each picture and ends", async (cell) => {
  const { media, serving, transport } = cell;
  const url = `${serving.url}/film.Mjpeg`.replace(
    "rtsp:",
    transport === "udp" ? "rtspu:" : "rtspt:",
  );
  const { code, text, errors } = await runPeer("gst-launch-1.0", [
    ...["-v", "playbin", `uri=${url}`, "audio-sink=fakesink sync=true"],
    "video-sink=fakesink silent=false sync=true",
  ]);
  assertEquals(code, 0, errors);
  assertEquals(text.match(/last-message = chain .* bytes/g)?.length, media.frames.length);
});

peerTest("gst-launch-1.0", "GStreamer falls back to TCP when no UDP port is free", async () => {
  using media = makeShortMedia(1);
  using taken = UdpPair.bind("127.0.0.1");
  const first = taken.rtpPort;
  const notices: string[] = [];
  await using serving = serveFolder(media.folder, {
    rtpPorts: { first, last: first + 1 },
    onNotice: (message) => notices.push(message),
  });
  const sound = join(media.folder, "fallback.raw");
  const { code, errors } = await gstreamer(
    `rtspsrc location=${serving.url}/sound.wav ! rtpL16depay ! ` +
      `audioconvert ! audio/x-raw,format=S16LE ! filesink location=${sound}`,
  );
  assertEquals(code, 0, errors);
  assertSamples(Deno.readFileSync(sound), media.samples);
  assert(notices.some((notice) => notice.includes("UDP")), notices.join());
});

/** Plays a URL with mpv into a file, as fast as it comes, and gives what is in it. */
async function mpv(
  { transport, file }: Cell,
  url: string,
  options: readonly string[] = [],
): Promise<{ pictures: string[]; samples: Uint8Array }> {
  const into = file("nut");
  const { code, text, errors } = await runPeer("mpv", [
    ...["--no-config", `--rtsp-transport=${transport}`, ...options],
    ...[`--o=${into}`, "--ovc=rawvideo", "--oac=pcm_s16le", url],
  ]);
  assertEquals(code, 0, text + errors);
  const samples = file("raw");
  await runPeer("ffmpeg", ["-v", "error", "-i", into, "-map", "0:a", "-f", "s16le", samples]);
  return { pictures: await pictureHashes(into), samples: Deno.readFileSync(samples) };
}

playerTest("mpv ffmpeg", "mpv shows each picture and sample of a film, and ends", async (cell) => {
  const { media, serving } = cell;
  const { pictures, samples } = await mpv(cell, `${serving.url}/film.Mjpeg`);
  assertEquals(pictures, await jpegHashes(media.frames, media.folder));
  // Its encoder fills the last packet with silence.
  assertSamples(samples.slice(0, media.filmSamples.length), media.filmSamples);
});

playerTest("mpv ffmpeg", "mpv begins in the middle with the right picture", async (cell) => {
  const { media, serving } = cell;
  const seek = [`--start=${MIDDLE}`];
  const { pictures, samples } = await mpv(cell, `${serving.url}/film.Mjpeg`, seek);
  const all = await jpegHashes(media.frames, media.folder);
  assertEquals(pictures, all.slice(MIDDLE_FRAME));
  const rest = media.filmSamples.slice(MIDDLE_BYTE);
  assertSamples(samples.slice(0, rest.length), rest);
});

playerTest("mpv ffmpeg", "mpv plays each sample of a sound, and ends", async (cell) => {
  const { media, serving, transport, file } = cell;
  const sound = file("raw");
  const { code, text, errors } = await runPeer("mpv", [
    ...["--no-config", `--rtsp-transport=${transport}`, "--ao=pcm", "--ao-pcm-waveheader=no"],
    ...[`--ao-pcm-file=${sound}`, "--audio-format=s16", `${serving.url}/sound.wav`],
  ]);
  assertEquals(code, 0, text + errors);
  assertSamples(Deno.readFileSync(sound).slice(0, media.samples.length), media.samples);
});

/**
 * Runs a pipeline to its end. On a busy machine GStreamer may flush its connection while it sends its
 * own last PAUSE, and calls that an error; by then all has been received, which the tests look at. Should
 * it wait for ever nevertheless, it is run once more.
 */
async function gstreamer(pipeline: string): ReturnType<typeof runPeer> {
  const run = () => runPeer("gst-launch-1.0", ["-q", ...pipeline.split(" ")]);
  const first = await run();
  const result = first.stuck ? await run() : first;
  const lateOnly = /gst_rtspsrc_pause[^]*Received end-of-file/.test(result.errors);
  return lateOnly ? { ...result, code: 0 } : result;
}

playerTest("gst-launch-1.0", "GStreamer speaks RTSP 2.0", async (cell) => {
  const { media, serving, transport, file } = cell;
  const sound = file("raw");
  const { code, errors } = await gstreamer(
    `rtspsrc location=${serving.url}/sound.wav protocols=${transport} default-rtsp-version=2-0 ! ` +
      `rtpL16depay ! filesink location=${sound}`,
  );
  assertEquals(code, 0, errors);
  const samples = new DataView(Deno.readFileSync(sound).buffer);
  for (let at = 0; at < samples.byteLength; at += 2) {
    samples.setInt16(at, samples.getInt16(at), true);
  }
  // With this version GStreamer cuts off what its own clock places behind the end.
  const received = new Uint8Array(samples.buffer);
  assertSamples(received, media.samples.slice(0, received.length));
  const missing = media.samples.length - received.length;
  assert(missing <= 10 * 1400, `${missing} bytes are missing`);
});

playerTest("ffmpeg", "a player that is killed leaves nothing behind", async (cell) => {
  const { serving, transport } = cell;
  const { server } = serving;
  const before = server.sessionsServed;
  const player = new Deno.Command("ffmpeg", {
    args: ["-rtsp_transport", transport, "-i", `${serving.url}/film.Mjpeg`, "-f", "null", "-"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await until(() => server.sessionsServed > before && server.activeStreams > 0);
  player.kill("SIGKILL");
  await player.status;
  await until(() => server.connectionCount === 0 && server.activeStreams === 0);
});
