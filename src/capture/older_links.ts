/**
 * Link layers of networks other than Ethernet and wireless ones: token ring, FDDI, ATM, Frame Relay,
 * Fibre Channel, FireWire, InfiniBand, and the pseudo-interfaces of BSD's packet filters.
 *
 * @module
 */

import type { Dissection } from "./dissection.ts";
import { etherType, llc } from "./ethernet.ts";
import { ip } from "./ip.ts";

/** Token ring (IEEE 802.5): two control bytes, two addresses, a route if the source says so. */
export function tokenRing(d: Dissection, at: number): void {
  if (at + 15 > d.end) return;
  const hasRoute = (d.bytes[at + 8]! & 0x80) !== 0;
  llc(d, at + 14 + (hasRoute ? d.bytes[at + 14]! & 0x1f : 0));
}

/** FDDI: a control byte, two addresses. */
export function fddi(d: Dissection, at: number): void {
  if (at < d.end && (d.bytes[at]! & 0xf0) === 0x50) llc(d, at + 13);
}

/** Classical IP and bridging over ATM (RFC 2684). */
export function atm(d: Dissection, at: number): void {
  llc(d, at);
}

/** Frame Relay (RFC 2427): an address whose last byte is odd, a control byte, a protocol. */
export function frameRelay(d: Dissection, at: number): void {
  while (at < d.end && (d.bytes[at]! & 1) === 0) at++;
  at += 2;
  // A zero fills up to an even address.
  if (d.bytes[at] === 0) at++;
  if (at + 1 >= d.end) return;
  const protocol = d.bytes[at]!;
  if (protocol === 0xcc || protocol === 0x8e) ip(d, at + 1);
  else if (protocol === 0x80 && at + 6 <= d.end) etherType(d, d.view.getUint16(at + 4), at + 6);
}

/** IP over Fibre Channel (RFC 2625): two addresses of 8 bytes. */
export function fibreChannel(d: Dissection, at: number): void {
  llc(d, at + 16);
}

/** IP over IEEE 1394: two addresses of 8 bytes, an EtherType. */
export function fireWire(d: Dissection, at: number): void {
  if (at + 18 <= d.end) etherType(d, d.view.getUint16(at + 16), at + 18);
}

/** IP over InfiniBand (RFC 4391), with the global header before it: an EtherType. */
export function infiniBand(d: Dissection, at: number): void {
  if (at + 44 <= d.end) etherType(d, d.view.getUint16(at + 40), at + 44);
}

/** BSD's packet filter log: the length of its header comes first, padded to 4 bytes. */
export function packetFilterLog(d: Dissection, at: number): void {
  if (at < d.end) ip(d, at + ((d.bytes[at]! + 3) & ~3));
}

/** BSD's encapsulating interface: address family, security parameters, flags. */
export function encapsulating(d: Dissection, at: number): void {
  ip(d, at + 12);
}
