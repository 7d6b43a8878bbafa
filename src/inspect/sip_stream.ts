/**
 * SIP over TCP (RFC 3261 section 18.3): messages that may be spread over segments.
 *
 * @module
 */

import { concatBytes, decodeLatin1 } from "../bytes/text.ts";
import { isSip } from "./sip.ts";

/** Bytes of a message that are waited for. */
const MAX_BYTES = 65_536;

/** One direction of a connection. */
export class SipStream {
  #rest: Uint8Array = new Uint8Array(0);

  /**
   * Takes the next bytes and hands on the messages that they complete. False when the bytes are no
   * SIP.
   */
  push(bytes: Uint8Array, receive: (message: Uint8Array) => void): boolean {
    let all = this.#rest.length === 0 ? bytes : concatBytes([this.#rest, bytes]);
    this.#rest = new Uint8Array(0);
    for (;;) {
      const start = all.findIndex((byte) => byte !== 13 && byte !== 10);
      if (start === -1) return true;
      all = all.subarray(start);
      if (!isSip(all, 0, all.length)) return false;
      const length = messageLength(all);
      if (length > MAX_BYTES) return false;
      if (length > all.length) break;
      receive(all.subarray(0, length));
      all = all.subarray(length);
    }
    if (all.length > MAX_BYTES) return false;
    this.#rest = all.slice();
    return true;
  }
}

/** Bytes of the first message; more than there are while its head is not whole. */
function messageLength(bytes: Uint8Array): number {
  const text = decodeLatin1(bytes);
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return bytes.length + 1;
  const head = text.slice(0, end);
  const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})/im.exec(head)?.[1] ?? "0";
  return end + 4 + Number(length);
}
