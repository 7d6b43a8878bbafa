/**
 * Whole words among bytes, in network byte order.
 *
 * @module
 */

/** The 32 bits at an offset, unsigned; bytes beyond the end count as 0. */
export function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>>
    0;
}
