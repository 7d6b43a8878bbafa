/**
 * IPv6 addresses as the table of streams takes them.
 *
 * @module
 */

/** An address in 32 bits, as the table of streams takes it. */
export function hashIpv6(view: DataView, at: number): number {
  let mixed = Math.imul(view.getInt32(at), 0x9e3779b1) ^ view.getInt32(at + 4);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) ^ view.getInt32(at + 8);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) ^ view.getInt32(at + 12);
  return Math.imul(mixed ^ (mixed >>> 16), 0x27d4eb2f);
}
