/**
 * Chunks of RIFF files (WAV, AVI): four characters, a length, the bytes, and one more when the length
 * is odd.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import type { Scanner } from "./byte_source.ts";

/** A chunk, or a list of chunks. */
export interface RiffChunk {
  /** Its four characters ("fmt "). */
  readonly id: string;
  /** What a RIFF or LIST chunk lists ("WAVE", "movi"). */
  readonly listType?: string;
  /** Offset of the bytes (behind the list's type). */
  readonly offset: number;
  /** Length of the bytes as the file says; it may run past the end. */
  readonly length: number;
}

/**
 * The chunk that starts at an offset, or undefined when nothing that looks like one does. A length
 * that a writer never came to fill in (0xffffffff) is taken as it stands.
 */
export function readChunk(scanner: Scanner, offset: number): RiffChunk | undefined {
  const head = scanner.bytes(offset, 12);
  if (head.length < 8) return undefined;
  const id = decodeLatin1(head.subarray(0, 4));
  if (!/^[\x20-\x7e]{4}$/.test(id)) return undefined;
  const length = (head[4]! | (head[5]! << 8) | (head[6]! << 16) | (head[7]! << 24)) >>> 0;
  if (id !== "RIFF" && id !== "LIST") return { id, offset: offset + 8, length };
  const listType = decodeLatin1(head.subarray(8, 12));
  return { id, listType, offset: offset + 12, length: Math.max(0, length - 4) };
}

/** Offset of the chunk behind one. */
export function behindChunk({ offset, length }: RiffChunk): number {
  return offset + length + length % 2;
}
