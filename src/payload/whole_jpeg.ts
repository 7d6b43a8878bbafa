/**
 * The lab's video payload: one whole JPEG in one datagram. A frame that does not fit is cut into
 * pieces with consecutive sequence numbers; the marker stands on the last.
 *
 * @module
 */

import type { Payload, Payloader } from "./payload_format.ts";

/** Longest payload behind an RTP header in a UDP datagram over IPv4. */
export const MAX_WHOLE_JPEG_BYTES = 65_495;

/** What a stock lab client reads at once (20,480 bytes), less the RTP header. */
export const STOCK_CLIENT_BYTES = 20_468;

/** Sends frames as they are. */
export class WholeJpegPayloader implements Payloader {
  /**
   * One payload, or as few as the frame needs.
   *
   * @throws {RangeError} When `maxBytes` is below 1.
   */
  payloads(frame: Uint8Array, maxBytes: number): Payload[] {
    if (maxBytes < 1) throw new RangeError(`${maxBytes} bytes have no room for a frame`);
    const payloads: Payload[] = [];
    for (let at = 0; at === 0 || at < frame.length; at += maxBytes) {
      const end = at + maxBytes;
      payloads.push({ payload: frame.subarray(at, end), marker: end >= frame.length });
    }
    return payloads;
  }
}
