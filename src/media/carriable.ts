/**
 * Frames made ready for RFC 2435.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { uncarriable } from "../payload/jpeg_carriage.ts";
import { type JpegImage, parseJpeg } from "../payload/jpeg_file.ts";
import { convertJpeg, isConvertible, isLossless } from "./jpeg/convert.ts";

/** The frame itself where RFC 2435 can carry it, a conversion, or undefined where there is none. */
export function carriable(frame: Uint8Array): Uint8Array | undefined {
  const image = parse(frame);
  if (image === undefined) return undefined;
  if (uncarriable(image) === undefined) return frame;
  return isConvertible(image) ? convertJpeg(image) : undefined;
}

/**
 * Why RFC 2435 can carry neither frames like this one nor a conversion of them, in words that follow
 * "its frames have"; undefined when it can.
 */
export function hopelessReason(frame: Uint8Array): string | undefined {
  const image = parse(frame);
  return image === undefined || isConvertible(image) ? undefined : uncarriable(image);
}

/** What is done about frames like this one, for people; undefined when nothing needs to be. */
export function conversionNote(frame: Uint8Array): string | undefined {
  const image = parse(frame);
  const reason = image === undefined ? undefined : uncarriable(image);
  if (reason === undefined) return undefined;
  const what = `its frames have ${reason}, which RFC 2435 (RTP/AVP) cannot carry`;
  if (!isConvertible(image!)) {
    return `${what}: only players that take whole JPEGs (RTP/UDP) can show it`;
  }
  const how = isLossless(image!) ? "without loss" : "to 4:2:0";
  return `${what}: they are converted ${how} where a player asks for it`;
}

function parse(frame: Uint8Array): JpegImage | undefined {
  try {
    return parseJpeg(frame);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return undefined;
  }
}
