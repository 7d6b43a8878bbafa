/**
 * `deno task media`: makes the film and the sounds in `media/`. ffmpeg compresses the pictures; all
 * else is drawn and played here, and comes out the same every time.
 *
 * @module
 */

import { join } from "@std/path";
import { encodeText } from "../bytes/text.ts";
import { Canvas } from "./make/canvas.ts";
import { DURATION, FRAME_RATE, HEIGHT, paintFrame, WIDTH } from "./make/scene.ts";
import { filmSound, tune, wavFile } from "./make/sound.ts";
import { splitJpegs } from "./mjpeg.ts";

/** The lab gives each frame a buffer of this many bytes. */
const MAX_FRAME_BYTES = 20_000;

/** Makes the three files in `folder`, which must exist. `progress` gets a line for people. */
export async function makeMedia(folder: string, progress: (text: string) => void): Promise<void> {
  const frameCount = DURATION * FRAME_RATE;
  progress("movie.wav");
  await Deno.writeFile(`${folder}/movie.wav`, wavFile(filmSound(DURATION)));
  progress("default.wav");
  await Deno.writeFile(`${folder}/default.wav`, wavFile(tune(5)));
  const frames = splitJpegs(
    await compress(frameCount, (frame) => {
      if (frame % 10 === 0) progress(`movie.Mjpeg: frame ${frame} of ${frameCount}`);
    }),
  );
  if (frames.length !== frameCount) {
    throw new Error(`Cannot make the film: ffmpeg gave ${frames.length} of ${frameCount} frames`);
  }
  await Deno.writeFile(`${folder}/movie.Mjpeg`, labMovie(frames));
}

/** Frames in the lab's format: five digits that give the length, then the JPEG. */
export function labMovie(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + 5 + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    if (frame.length >= MAX_FRAME_BYTES) {
      throw new Error(
        `Cannot make the film: a frame has ${frame.length} bytes, 20,000 is too many`,
      );
    }
    bytes.set(encodeText(String(frame.length).padStart(5, "0")), at);
    bytes.set(frame, at + 5);
    at += 5 + frame.length;
  }
  return bytes;
}

/** Paints all frames and gives the JPEGs, one behind the other. */
async function compress(
  frameCount: number,
  painted: (frame: number) => void,
): Promise<Uint8Array> {
  let ffmpeg: Deno.ChildProcess;
  try {
    ffmpeg = new Deno.Command("ffmpeg", {
      // One thread and one quality: one slice a picture, the same quantisation tables throughout.
      args: `-v error -f rawvideo -pix_fmt rgb24 -s ${WIDTH}x${HEIGHT} -r ${FRAME_RATE} -i -
        -vf scale=out_range=full:flags=accurate_rnd+full_chroma_int -pix_fmt yuvj420p
        -c:v mjpeg -huffman default -q:v 6 -qmin 6 -qmax 6 -threads 1
        -flags +bitexact -fflags +bitexact -f mjpeg -`.split(/\s+/),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error("Cannot make the film: ffmpeg is not installed. Install it and try again");
  }
  const output = new Response(ffmpeg.stdout).bytes();
  const writer = ffmpeg.stdin.getWriter();
  const canvas = new Canvas(WIDTH, HEIGHT);
  for (let frame = 0; frame < frameCount; frame++) {
    paintFrame(canvas, frame);
    await writer.write(new Uint8Array(canvas.pixels));
    painted(frame + 1);
  }
  await writer.close();
  const { code } = await ffmpeg.status;
  if (code !== 0) throw new Error(`Cannot make the film: ffmpeg ended with code ${code}`);
  return await output;
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? join(import.meta.dirname!, "..", "..", "media");
  const terminal = Deno.stderr.isTerminal();
  const say = (text: string): void => {
    Deno.stderr.writeSync(encodeText(terminal ? `\r\x1b[K${text}` : text));
  };
  try {
    await Deno.mkdir(folder, { recursive: true });
    await makeMedia(folder, terminal ? say : () => {});
    say(`movie.Mjpeg, movie.wav and default.wav are in ${folder}\n`);
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\n`);
    Deno.exit(1);
  }
}
