/**
 * Width and height of a JPEG image, from its frame header (ITU-T T.81 section B.2.2).
 *
 * @module
 */

import type { PictureSize } from "../payload/picture_size.ts";

/** The size of a JPEG image; undefined when no frame header is found. */
export function jpegSize(jpeg: Uint8Array): PictureSize | undefined {
  let at = 2;
  while (at + 9 <= jpeg.length && jpeg[at] === 0xff) {
    const marker = jpeg[at + 1]!;
    // Markers may be preceded by fill bytes.
    if (marker === 0xff) {
      at++;
      continue;
    }
    // SOF0 to SOF15; C4, C8 and CC among them are tables and an extension.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: u16(jpeg, at + 7), height: u16(jpeg, at + 5) };
    }
    if (marker === 0xda) return undefined;
    at += 2 + u16(jpeg, at + 2);
  }
  return undefined;
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
