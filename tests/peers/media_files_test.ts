/** Media files made and read by ffmpeg. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { dirname, join } from "@std/path";
import { concatBytes } from "../../src/bytes/text.ts";
import { MediaLibrary } from "../../src/media/library.ts";
import { uncarriable } from "../../src/payload/jpeg_carriage.ts";
import { parseJpeg } from "../../src/payload/jpeg_file.ts";
import { toWavSamples } from "../../src/payload/pcm.ts";
import type { AudioTrack, Presentation, VideoTrack } from "../../src/media/presentation.ts";
import { peerTest, runPeer } from "./peer.ts";

async function ffmpeg(args: string): Promise<Uint8Array> {
  const { code, stdout, errors } = await runPeer("ffmpeg", [
    "-v",
    "error",
    "-nostdin",
    "-y",
    ...args.split(/\s+/),
  ]);
  assertEquals(code, 0, errors);
  return stdout;
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "reel-test-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function videoOf(presentation: Presentation): VideoTrack {
  const track = presentation.tracks.find(({ kind }) => kind === "video");
  assert(track?.kind === "video");
  return track;
}

function audioOf(presentation: Presentation): AudioTrack {
  const track = presentation.tracks.find(({ kind }) => kind === "audio");
  assert(track?.kind === "audio");
  return track;
}

/** Decoded pictures of a film's frames, 4:4:4. */
async function decode(folder: string, frames: readonly Uint8Array[]): Promise<Uint8Array> {
  await Deno.writeFile(`${folder}/frames.mjpeg`, concatBytes(frames));
  return await ffmpeg(`-f mjpeg -i ${folder}/frames.mjpeg -pix_fmt yuvj444p -f rawvideo -`);
}

function allFrames(video: VideoTrack, carriable: boolean): Uint8Array[] {
  return Array.from(
    { length: video.frameCount },
    (_, i) => carriable ? video.carriableFrame(i) : video.frame(i),
  );
}

const WAVS = [
  ["pcm_u8", 1, "L8"],
  ["pcm_s16le", 2, "L16"],
  ["pcm_s24le", 6, "L24"],
  ["pcm_s16le", 8, "L16"],
  ["pcm_mulaw", 1, "PCMU"],
  ["pcm_alaw", 2, "PCMA"],
] as const;

for (const [codec, channels, encoding] of WAVS) {
  peerTest("ffmpeg", `a WAV file of ffmpeg's: ${codec}, ${channels} channels`, async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/sound.wav`;
      const source = "-f lavfi -i anoisesrc=d=0.5:r=22050:seed=7";
      await ffmpeg(`${source} -ac ${channels} -c:a ${codec} ${file}`);
      using sound = new MediaLibrary(folder).open("sound")!;
      const audio = audioOf(sound);
      assertEquals([audio.encoding, audio.channels, audio.sampleRate], [encoding, channels, 22050]);
      assertEquals(audio.sampleCount, 11025);
      assertEquals(sound.notes, []);
      const format = { L8: "u8", L24: "s24le" }[encoding as string] ?? "s16le";
      const pcm = await ffmpeg(`-i ${file} -f ${format} -`);
      assertEquals(toWavSamples(encoding, audio.samples(0, audio.sampleCount)), pcm);
    });
  });
}

for (const codec of ["pcm_s32le", "pcm_f32le", "pcm_f64le"]) {
  peerTest("ffmpeg", `a WAV file of ffmpeg's: ${codec} to 24 bits`, async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/sound.wav`;
      await ffmpeg(`-f lavfi -i sine=d=0.2 -ac 2 -c:a ${codec} ${file}`);
      using sound = new MediaLibrary(folder).open("sound")!;
      const audio = audioOf(sound);
      assertEquals(audio.encoding, "L24");
      assertEquals(sound.notes.length, 1);
      const pcm = await ffmpeg(`-i ${file} -f s24le -`);
      const samples = toWavSamples("L24", audio.samples(0, audio.sampleCount));
      assertEquals(samples.length, pcm.length);
      // ffmpeg rounds down.
      for (let at = 0; at < pcm.length; at += 3) {
        assert(Math.abs(sample24(samples, at) - sample24(pcm, at)) <= 1);
      }
    });
  });
}

peerTest("ffmpeg", "an AVI film of ffmpeg's, with and without its index", async () => {
  await withFolder(async (folder) => {
    const source = "-f lavfi -i testsrc=s=160x120:r=15:d=2 -f lavfi -i sine=d=2:r=48000";
    const codec = "-pix_fmt yuvj420p -c:v mjpeg -huffman default -c:a pcm_s16le";
    await ffmpeg(`${source} ${codec} ${folder}/film.avi`);
    await ffmpeg(`-i ${folder}/film.avi -c copy -f mjpeg ${folder}/raw.mjpeg`);
    await ffmpeg(`-i ${folder}/film.avi -c copy ${folder}/sound.wav`);
    const bytes = await Deno.readFile(`${folder}/film.avi`);
    const index = new TextDecoder("latin1").decode(bytes).lastIndexOf("idx1");
    await Deno.writeFile(`${folder}/unindexed.avi`, bytes.subarray(0, index));
    const library = new MediaLibrary(folder);
    using raw = library.open("raw.mjpeg")!;
    using sound = library.open("sound.wav")!;
    for (const name of ["film.avi", "unindexed.avi"]) {
      using film = library.open(name)!;
      const video = videoOf(film);
      assertEquals([video.frameRate, video.frameCount, video.width], [15, 30, 160]);
      assertEquals(allFrames(video, false), allFrames(videoOf(raw), false));
      const audio = audioOf(film);
      assertEquals(audio.sampleCount, audioOf(sound).sampleCount);
      assertEquals(audio.samples(0, 100_000), audioOf(sound).samples(0, 100_000));
    }
  });
});

/** Kinds of pictures that ffmpeg can write, whether luma and all else survive the conversion. */
const PICTURES = [
  ["yuvj420p", "default", true],
  ["yuvj422p", "default", true],
  ["yuvj420p", "optimal", true],
  ["yuvj422p", "optimal", true],
  ["yuvj444p", "default", false],
  ["yuvj444p", "optimal", false],
] as const;

for (const [pixels, huffman, exact] of PICTURES) {
  peerTest(
    "ffmpeg",
    `a film of ffmpeg's made carriable: ${pixels}, ${huffman} tables`,
    async () => {
      await withFolder(async (folder) => {
        const source = "-f lavfi -i testsrc2=s=210x118:r=20:d=0.5";
        const codec = `-pix_fmt ${pixels} -c:v mjpeg -huffman ${huffman} -q:v 3`;
        await ffmpeg(`${source} ${codec} -f mjpeg ${folder}/film.mjpeg`);
        using film = new MediaLibrary(folder).open("film.mjpeg")!;
        const video = videoOf(film);
        const frames = allFrames(video, true);
        assertEquals(
          frames.map((frame) => uncarriable(parseJpeg(frame))),
          frames.map(() => undefined),
        );
        const before = await decode(folder, allFrames(video, false));
        const after = await decode(folder, frames);
        assertEquals(after.length, before.length);
        if (exact) assertEquals(firstDifference(after, before), -1);
        else assertGreater(psnr(before, after), 25);
        const converted = frames.some((frame, i) => frame !== video.frame(i));
        assertEquals(film.notes.length, converted ? 1 : 0);
        assertEquals(film.notes[0]?.includes("without loss") ?? true, exact);
      });
    },
  );
}

const LAB_FILM = join(import.meta.dirname!, "..", "..", "..", "shared", "media", "movie.Mjpeg");

function labFilmIsThere(): boolean {
  try {
    return Deno.statSync(LAB_FILM).isFile;
  } catch {
    return false;
  }
}

const there = labFilmIsThere();
Deno.test({
  name: `the labs' own film is converted without a visible loss${
    there ? "" : " (skipped: it is not there)"
  }`,
  ignore: !there,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "reel-test-" });
    try {
      using film = new MediaLibrary(dirname(LAB_FILM)).open("movie.Mjpeg")!;
      const video = videoOf(film);
      assertEquals(video.frameCount, 500);
      assert(film.notes[0]!.includes("4:4:4"));
      const indices = [0, 100, 200, 300, 400, 499];
      const before = await decode(folder, indices.map((i) => video.frame(i)));
      const after = await decode(folder, indices.map((i) => video.carriableFrame(i)));
      assertGreater(psnr(before, after), 35);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** A little-endian sample. */
function sample24(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 8) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 24)) >> 8;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  return a.length === b.length ? a.findIndex((byte, i) => byte !== b[i]) : Infinity;
}

function psnr(a: Uint8Array, b: Uint8Array): number {
  assertEquals(a.length, b.length);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return 10 * Math.log10(255 * 255 / (sum / a.length));
}
