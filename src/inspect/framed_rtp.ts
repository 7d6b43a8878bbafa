/**
 * RTP over a TCP connection of its own (RFC 4571): each packet behind its length in two bytes. Nothing
 * in the connection announces it, so that what comes out is only believed when packets agree.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";
import { MAGIC_COOKIE } from "./turn.ts";

const LENGTH_BYTES = 2;
/** A fixed RTP header; a report without blocks has 8 bytes. */
const LEAST_BYTES = 8;

/** Whether bytes of a connection begin with the head of such a packet. */
export function beginsFramed(bytes: Uint8Array): boolean {
  if (bytes.length < LENGTH_BYTES + LEAST_BYTES) return false;
  const length = lengthAt(bytes, 0);
  if (length < LEAST_BYTES) return false;
  if (!isMedia(bytes[LENGTH_BYTES]!)) return isStun(bytes);
  const next = LENGTH_BYTES + length;
  return next + LENGTH_BYTES >= bytes.length || isExpected(bytes[next + LENGTH_BYTES]!);
}

/** One direction of such a connection. */
export class FramedPackets {
  /** What waits for the rest of its packet. */
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * Takes the next bytes and hands on the RTP and RTCP packets that they complete, valid during the
   * call. False when the bytes are something else.
   */
  push(bytes: Uint8Array, receive: (packet: Uint8Array) => void): boolean {
    const all = this.#rest.length === 0 ? bytes : concatBytes([this.#rest, bytes]);
    let at = 0;
    while (at + LENGTH_BYTES < all.length) {
      const length = lengthAt(all, at);
      const start = at + LENGTH_BYTES;
      if (length > 0 && !isExpected(all[start]!)) return false;
      if (start + length > all.length) break;
      if (length >= LEAST_BYTES && isMedia(all[start]!)) {
        receive(all.subarray(start, start + length));
      }
      at = start + length;
    }
    this.#rest = all.slice(at);
    return true;
  }
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Version 2. */
function isMedia(first: number): boolean {
  return first >> 6 === 2;
}

/** What shares a port with RTP: STUN, DTLS (RFC 7983). */
function isExpected(first: number): boolean {
  return isMedia(first) || first < 4 || (first >= 20 && first < 64);
}

/** Whether the first packet is a STUN message, as ICE sends them before media (RFC 6544). */
function isStun(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes[LENGTH_BYTES]! < 4 && view.getUint32(LENGTH_BYTES + 4) === MAGIC_COOKIE;
}
