/**
 * Serial-number arithmetic: differences of counters that wrap (RFC 1982; RFC 3550 A.1).
 *
 * @module
 */

/** `a - b` modulo 2^16, from -32,768 to 32,767: how far sequence number `a` is ahead of `b`. */
export function difference16(a: number, b: number): number {
  // Shifting left by 16 moves bit 15 into the sign bit; the arithmetic shift back extends it.
  return ((a - b) << 16) >> 16;
}

/** `a - b` modulo 2^32, from -2^31 to 2^31 - 1: how far timestamp `a` is ahead of `b`. */
export function difference32(a: number, b: number): number {
  return (a - b) | 0;
}

/** `a + b` modulo 2^32, for any finite integers. */
export function add32(a: number, b: number): number {
  return (a + b) >>> 0;
}
