/**
 * DTLS handshakes that lead to SRTP (RFC 6347, RFC 5764): only as far as to know that payloads on the
 * path are encrypted.
 *
 * @module
 */

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;

/** Whether the datagram holds a hello of either side with the use_srtp extension. */
export function usesSrtp(bytes: Uint8Array, start: number, end: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Record header of 13 bytes, handshake header of 12.
  const hello = start + 25;
  if (hello + 35 > end || bytes[start] !== 22 || bytes[start + 1] !== 0xfe) return false;
  const type = bytes[start + 13];
  if (type !== CLIENT_HELLO && type !== SERVER_HELLO) return false;
  // Version and random, session identifier; then what was chosen, or lists of what there is.
  let at = hello + 34;
  at += 1 + bytes[at]!;
  if (type === SERVER_HELLO) at += 3;
  else {
    // Cookie, cipher suites, compression methods.
    at += 1 + (bytes[at] ?? 0);
    if (at + 2 > end) return false;
    at += 2 + view.getUint16(at);
    at += 1 + (bytes[at] ?? 0);
  }
  if (at + 2 > end) return false;
  const extensionsEnd = Math.min(end, at + 2 + view.getUint16(at));
  at += 2;
  while (at + 4 <= extensionsEnd) {
    if (view.getUint16(at) === 14) return true;
    at += 4 + view.getUint16(at + 2);
  }
  return false;
}
