/**
 * DTLS handshakes that lead to SRTP (RFC 6347, RFC 5764): only as far as to know that payloads on the
 * path are encrypted.
 *
 * @module
 */

/** Whether the datagram holds a ServerHello with the use_srtp extension. */
export function usesSrtp(bytes: Uint8Array, start: number, end: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Record header of 13 bytes, handshake header of 12.
  const hello = start + 25;
  if (hello + 35 > end || bytes[start] !== 22 || bytes[start + 1] !== 0xfe) return false;
  if (bytes[start + 13] !== 2) return false;
  // Version and random, session identifier, cipher suite, compression method.
  let at = hello + 34;
  at += 1 + bytes[at]! + 3;
  if (at + 2 > end) return false;
  const extensionsEnd = Math.min(end, at + 2 + view.getUint16(at));
  at += 2;
  while (at + 4 <= extensionsEnd) {
    if (view.getUint16(at) === 14) return true;
    at += 4 + view.getUint16(at + 2);
  }
  return false;
}
