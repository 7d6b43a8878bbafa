/**
 * Films that are JPEGs one behind the other, with or without something in between.
 *
 * @module
 */

import { type ByteSource, type Extent, memorySource, Scanner } from "./byte_source.ts";
import type { FrameIndex } from "./frame_index.ts";

/** Finds the frames by walking through the segments of each JPEG: previews inside them don't count. */
export function indexMjpeg(source: ByteSource): FrameIndex {
  const scanner = new Scanner(source);
  const frames: Extent[] = [];
  const notes: string[] = [];
  for (let at = findStart(scanner, 0); at !== -1;) {
    const { end, damage } = walkJpeg(scanner, at);
    if (damage === undefined) frames.push({ offset: at, length: end - at });
    else notes.push(`frame at byte ${at} ${damage}: left out`);
    at = findStart(scanner, Math.max(end, at + 2));
  }
  return { frames, notes };
}

/** The JPEGs in a run of bytes. */
export function splitJpegs(bytes: Uint8Array): Uint8Array[] {
  return indexMjpeg(memorySource(bytes)).frames.map(({ offset, length }) =>
    bytes.subarray(offset, offset + length)
  );
}

function findStart(scanner: Scanner, from: number): number {
  let at = scanner.indexOf(0xff, from);
  while (at !== -1 && (scanner.at(at + 1) !== 0xd8 || scanner.at(at + 2) !== 0xff)) {
    at = scanner.indexOf(0xff, at + 1);
  }
  return at;
}

/** Where the JPEG at `start` ends, or where it stops making sense. */
function walkJpeg(scanner: Scanner, start: number): { end: number; damage?: string } {
  for (let at = start + 2;;) {
    if (scanner.at(at) !== 0xff) return { end: at, damage: damageAt(scanner, at) };
    const marker = scanner.at(at + 1);
    if (marker === 0xff) {
      at++;
    } else if (marker === 0xd9) {
      return { end: at + 2 };
    } else if (marker === 0xd8) {
      return { end: at, damage: "has no end" };
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
    } else if (marker <= 0x01) {
      return { end: at, damage: damageAt(scanner, at + 1) };
    } else {
      const length = (scanner.at(at + 2) << 8) | scanner.at(at + 3);
      if (length < 2) return { end: at, damage: damageAt(scanner, at + 2) };
      at += 2 + length;
      if (marker === 0xda) at = skipScan(scanner, at);
    }
  }
}

/** Offset of the marker that ends the scan data, or the end of the file. */
function skipScan(scanner: Scanner, from: number): number {
  for (let at = scanner.indexOf(0xff, from); at !== -1; at = scanner.indexOf(0xff, at)) {
    const next = scanner.at(at + 1);
    if (next === 0xff) at++;
    else if (next === 0 || (next >= 0xd0 && next <= 0xd7)) at += 2;
    else return at;
  }
  return scanner.size;
}

function damageAt(scanner: Scanner, at: number): string {
  return at >= scanner.size ? "is cut by the end of the file" : `makes no sense at byte ${at}`;
}
