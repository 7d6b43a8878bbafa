/**
 * The Blocksize header (RFC 2326 section 12.7, RFC 7826 section 18.10).
 *
 * @module
 */

/** Bytes of RTP payload that a client wants in a packet, 1 or more; undefined when it is no number. */
export function parseBlocksize(header: string): number | undefined {
  const text = header.trim();
  return /^\d{1,9}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}
