/**
 * Frames made ready for RFC 2435.
 *
 * @module
 */

import { uncarriable } from "../payload/jpeg_carriage.ts";
import { parseJpeg } from "../payload/jpeg_file.ts";

/** The same bytes. */
export function carriable(frame: Uint8Array): Uint8Array {
  return frame;
}

/** Why frames like this one are converted, for people; undefined when they are not. */
export function conversionNote(frame: Uint8Array): string | undefined {
  const reason = uncarriable(parseJpeg(frame));
  return reason === undefined ? undefined : `RFC 2435 has no room for ${reason}`;
}
