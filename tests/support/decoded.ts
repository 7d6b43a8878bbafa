/**
 * Pictures as ffmpeg decodes them, by their hashes.
 *
 * @module
 */

import { join } from "@std/path";
import { runPeer } from "../peers/peer.ts";

/** Hashes of the pictures in a file that ffmpeg reads; `input` are options that say what it is. */
export async function pictureHashes(
  file: string,
  input: readonly string[] = [],
): Promise<string[]> {
  const { text } = await runPeer("ffmpeg", [
    ...["-v", "error", ...input, "-i", file, "-map", "0:v"],
    ...["-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  return hashesOf(text);
}

/** Hashes of JPEGs, decoded. */
export async function jpegHashes(frames: readonly Uint8Array[], folder: string): Promise<string[]> {
  const path = join(folder, `${crypto.randomUUID()}.mjpeg`);
  using file = Deno.openSync(path, { write: true, create: true });
  for (const frame of frames) file.writeSync(frame);
  return await pictureHashes(path, ["-f", "mjpeg"]);
}

/** The hashes of ffmpeg's framemd5 output. */
export function hashesOf(framemd5: string): string[] {
  return framemd5.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.slice(line.lastIndexOf(",") + 1).trim());
}
