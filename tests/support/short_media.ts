/**
 * Short films and sounds for tests: the first seconds of Reel's own media.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";

/** The committed media. */
export const MEDIA: string = fromFileUrl(new URL("../../media", import.meta.url));

/** Bytes of the head of the committed WAV files. */
const WAV_HEAD = 44;

/** The JPEGs of the committed film. */
export function filmFrames(): Uint8Array<ArrayBuffer>[] {
  const bytes = Deno.readFileSync(join(MEDIA, "movie.Mjpeg"));
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(new TextDecoder().decode(bytes.subarray(at, at + 5)));
    frames.push(bytes.slice(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return frames;
}

/** Samples of a committed sound: 44,100 Hz, stereo, 16 bits, little-endian. */
export function soundSamples(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(join(MEDIA, name)).slice(WAV_HEAD);
}

/** A temporary folder with short media in it. */
export interface ShortMedia extends Disposable {
  /** The folder: `film.Mjpeg` with `film.wav`, `silent.Mjpeg` and `sound.wav`. */
  readonly folder: string;
  /** Frames of the film; 20 a second. */
  readonly frames: readonly Uint8Array<ArrayBuffer>[];
  /** Samples of `film.wav`, little-endian. */
  readonly filmSamples: Uint8Array<ArrayBuffer>;
  /** Samples of `sound.wav`, little-endian. */
  readonly samples: Uint8Array<ArrayBuffer>;
}

/** Cuts `seconds` (a whole number of frames) from the committed media. */
export function makeShortMedia(seconds: number): ShortMedia {
  const folder = Deno.makeTempDirSync({ prefix: "reel-media-" });
  const frames = filmFrames().slice(0, Math.round(seconds * 20));
  const filmSamples = soundSamples("movie.wav").slice(0, Math.round(seconds * 44_100) * 4);
  const samples = soundSamples("default.wav").slice(0, Math.round(seconds * 44_100) * 4);
  writeFilm(join(folder, "film.Mjpeg"), frames);
  writeFilm(join(folder, "silent.Mjpeg"), frames);
  writeSound(join(folder, "film.wav"), filmSamples);
  writeSound(join(folder, "sound.wav"), samples);
  return {
    folder,
    frames,
    filmSamples,
    samples,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

function writeFilm(path: string, frames: readonly Uint8Array[]): void {
  using file = Deno.openSync(path, { write: true, create: true });
  for (const frame of frames) {
    file.writeSync(new TextEncoder().encode(String(frame.length).padStart(5, "0")));
    file.writeSync(frame);
  }
}

function writeSound(path: string, samples: Uint8Array): void {
  const head = new DataView(new ArrayBuffer(WAV_HEAD));
  const text = (at: number, value: string): void => {
    for (let i = 0; i < value.length; i++) head.setUint8(at + i, value.charCodeAt(i));
  };
  text(0, "RIFF");
  head.setUint32(4, 36 + samples.length, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 2, true);
  head.setUint32(24, 44_100, true);
  head.setUint32(28, 4 * 44_100, true);
  head.setUint16(32, 4, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, samples.length, true);
  using file = Deno.openSync(path, { write: true, create: true });
  file.writeSync(new Uint8Array(head.buffer));
  file.writeSync(samples);
}
