/**
 * JPEG frames into RFC 2435 payloads.
 *
 * @module
 */

import { samplingType, uncarriable } from "./jpeg_carriage.ts";
import { type JpegImage, parseJpeg } from "./jpeg_file.ts";
import {
  type InBandTables,
  rtpJpegHeaderLength,
  type RtpJpegPayload,
  writeRtpJpegHeader,
} from "./jpeg_header.ts";
import type { Payload, Payloader } from "./payload_format.ts";

/** Q for tables that stand in each frame and may differ from frame to frame. */
const Q_IN_EVERY_FRAME = 255;

/** Splits JPEGs by RFC 2435. Each frame brings its own quantisation tables, in its first packet. */
export class JpegPayloader implements Payloader {
  /**
   * The payloads of a frame.
   *
   * @throws {RangeError} When RFC 2435 cannot carry it or `maxBytes` has no room for the headers.
   */
  payloads(frame: Uint8Array, maxBytes: number): Payload[] {
    const image = carriableImage(frame);
    const data = image.scans[0]!.data;
    const tables = inBandTables(image);
    const { restartInterval } = image.scans[0]!;
    const header: Omit<RtpJpegPayload, "data" | "fragmentOffset"> = {
      typeSpecific: 0,
      type: samplingType(image)! + (restartInterval > 0 ? 64 : 0),
      q: Q_IN_EVERY_FRAME,
      width: image.width,
      height: image.height,
      restartInterval,
      tables,
    };
    const firstLength = rtpJpegHeaderLength({ ...header, fragmentOffset: 0 });
    const restLength = rtpJpegHeaderLength({ ...header, fragmentOffset: 1 });
    if (maxBytes <= firstLength) {
      throw new RangeError(`${maxBytes} bytes have no room for headers of ${firstLength}`);
    }
    const first = Math.min(data.length, maxBytes - firstLength);
    const count = 1 + Math.ceil((data.length - first) / (maxBytes - restLength));
    // All payloads of a frame share one buffer.
    const buffer = new Uint8Array(firstLength + (count - 1) * restLength + data.length);
    const payloads: Payload[] = [];
    let at = 0;
    for (let fragmentOffset = 0; payloads.length < count;) {
      const length = writeRtpJpegHeader(buffer.subarray(at), { ...header, fragmentOffset });
      const end = Math.min(data.length, fragmentOffset + maxBytes - length);
      buffer.set(data.subarray(fragmentOffset, end), at + length);
      const next = at + length + end - fragmentOffset;
      payloads.push({
        payload: buffer.subarray(at, next),
        marker: payloads.length === count - 1,
      });
      at = next;
      fragmentOffset = end;
    }
    return payloads;
  }
}

function carriableImage(frame: Uint8Array): JpegImage {
  let image: JpegImage;
  try {
    image = parseJpeg(frame);
  } catch (error) {
    throw new RangeError(`no JPEG: ${error instanceof Error ? error.message : error}`);
  }
  const reason = uncarriable(image);
  if (reason !== undefined) throw new RangeError(`RFC 2435 cannot carry a JPEG with ${reason}`);
  const { length } = image.scans[0]!.data;
  if (length >= 2 ** 24) throw new RangeError(`${length} bytes, RFC 2435 has room for 16,777,215`);
  return image;
}

/** Always two tables: that luma and chroma may share one is nothing that receivers agree on. */
function inBandTables({ components, quantTables }: JpegImage): InBandTables {
  const pair = [
    quantTables.get(components[0]!.quantTable)!,
    quantTables.get(components[1]!.quantTable)!,
  ];
  const bytes: number[] = [];
  let precision = 0;
  pair.forEach(({ values, wide }, i) => {
    if (wide) precision |= 1 << i;
    for (const value of values) {
      if (wide) bytes.push(value >> 8);
      bytes.push(value & 0xff);
    }
  });
  return { precision, data: Uint8Array.from(bytes) };
}
