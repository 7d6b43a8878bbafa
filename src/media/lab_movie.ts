/**
 * The lab's film format: for each frame five ASCII digits, its length in bytes, then the JPEG.
 *
 * @module
 */

import { type ByteSource, type Extent, Scanner } from "./byte_source.ts";
import type { FrameIndex } from "./frame_index.ts";

const HEADER_BYTES = 5;

/** Whether a file starts like a film of the lab. */
export function isLabMovie(head: Uint8Array): boolean {
  return readHeader(head) !== undefined;
}

/** Finds the frames. Behind a damaged place it goes on at the next header that is one. */
export function indexLabMovie(source: ByteSource): FrameIndex {
  const scanner = new Scanner(source);
  const frames: Extent[] = [];
  const notes: string[] = [];
  for (let at = 0; at < source.size;) {
    const length = readHeader(scanner.bytes(at, HEADER_BYTES + 2));
    if (length === undefined) {
      const next = findHeader(scanner, at + 1);
      const end = next === -1 ? source.size : next;
      if (!isBlank(scanner, at, end)) {
        notes.push(`bytes ${at} to ${end} behind frame ${frames.length} make no frame: left out`);
      }
      at = end;
      continue;
    }
    const offset = at + HEADER_BYTES;
    if (offset + length > source.size) {
      const there = source.size - offset;
      notes.push(`frame ${frames.length + 1} is cut, ${there} of ${length} bytes: left out`);
      break;
    }
    frames.push({ offset, length });
    at = offset + length;
  }
  return { frames, notes };
}

/** The length that a header says, when a JPEG follows it. */
function readHeader(bytes: Uint8Array): number | undefined {
  if (bytes[HEADER_BYTES] !== 0xff || bytes[HEADER_BYTES + 1] !== 0xd8) return undefined;
  let length = 0;
  for (let i = 0; i < HEADER_BYTES; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    length = length * 10 + digit;
  }
  return length >= 4 ? length : undefined;
}

function findHeader(scanner: Scanner, from: number): number {
  for (let at = scanner.indexOf(0xff, from + HEADER_BYTES); at !== -1;) {
    const header = at - HEADER_BYTES;
    if (scanner.at(at + 1) === 0xd8) {
      // A copy, because looking further back may load another block.
      if (readHeader(scanner.bytes(header, HEADER_BYTES + 2)) !== undefined) return header;
    }
    at = scanner.indexOf(0xff, at + 1);
  }
  return -1;
}

/** Line ends and zeros between frames do no harm. */
function isBlank(scanner: Scanner, from: number, to: number): boolean {
  if (to - from > 4096) return false;
  return scanner.bytes(from, to - from).every((byte) => byte === 0 || byte === 10 || byte === 13);
}
