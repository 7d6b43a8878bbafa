/**
 * WAV files.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { type ByteSource, Scanner, SplicedSource } from "./byte_source.ts";
import { MediaError } from "./frame_index.ts";
import { behindChunk, readChunk, type RiffChunk } from "./riff.ts";
import { SoundTrack } from "./sound_track.ts";
import { readWaveFormat, type WaveFormat } from "./wave_format.ts";

/** Blocks in which headers are read; the chunks between them may be long. */
const HEADER_BLOCK = 4096;

/** What a file holds. */
export interface OpenWav {
  /** Its samples. */
  readonly track: SoundTrack;
  /** What is wrong with the file, in sentences without a full stop. */
  readonly notes: readonly string[];
}

/** Whether a file starts like a WAV file. */
export function isWav(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head.subarray(0, 12));
  return text.startsWith("RIFF") && text.endsWith("WAVE");
}

/**
 * Reads the chunks and finds the samples.
 *
 * @throws {MediaError} When there are none that Reel can send.
 */
export function openWav(source: ByteSource): OpenWav {
  const scanner = new Scanner(source, HEADER_BLOCK);
  const notes: string[] = [];
  let format: WaveFormat | undefined;
  for (let at = 12; at < source.size;) {
    const chunk = readChunk(scanner, at);
    if (chunk === undefined) break;
    if (chunk.id === "fmt ") {
      format = readFormat(scanner.bytes(chunk.offset, Math.min(chunk.length, HEADER_BLOCK)));
      if (format.note !== undefined) notes.push(format.note);
    } else if (chunk.id === "data") {
      if (format === undefined) throw new MediaError("its samples come before their format");
      const there = source.size - chunk.offset;
      let { length } = chunk;
      // A recorder that was stopped leaves the length at 0 or at what it hoped for.
      if (length === 0 && there > 0 && !isLastChunk(scanner, chunk.offset)) {
        notes.push("the length of its samples is 0: all that follows is taken for samples");
        length = there;
      } else if (length > there) {
        notes.push(`its samples are cut, ${there} of ${length} bytes are there`);
        length = there;
      }
      const samples = new SplicedSource(source, [{ offset: chunk.offset, length }]);
      return { track: new SoundTrack(samples, format), notes };
    }
    at = nextChunk(scanner, chunk);
  }
  throw new MediaError("it holds no samples");
}

/** Whether an empty data chunk is meant: other chunks of known names follow it up to the end. */
function isLastChunk(scanner: Scanner, offset: number): boolean {
  for (let at = offset; at < scanner.size;) {
    const chunk = readChunk(scanner, at);
    if (chunk === undefined || !/^[A-Za-z][A-Za-z0-9 ]{3}$/.test(chunk.id)) return false;
    at = behindChunk(chunk);
    if (at > scanner.size + 1) return false;
  }
  return true;
}

/** Some writers forget the padding of odd chunks. */
function nextChunk(scanner: Scanner, chunk: RiffChunk): number {
  const unpadded = chunk.offset + chunk.length;
  const id = readChunk(scanner, unpadded)?.id ?? "";
  return ["fmt ", "data", "fact", "LIST"].includes(id) ? unpadded : behindChunk(chunk);
}

function readFormat(chunk: Uint8Array): WaveFormat {
  try {
    return readWaveFormat(chunk);
  } catch (error) {
    if (error instanceof DecodeError) throw new MediaError("the format of its samples is cut");
    throw error;
  }
}
