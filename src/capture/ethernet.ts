/**
 * Ethernet, VLAN tags, LLC/SNAP, MPLS and PPPoE (IEEE 802.3, 802.1Q, 802.1ad; RFC 3032; RFC 2516).
 *
 * @module
 */

import type { Dissection } from "./dissection.ts";
import { MAX_DEPTH } from "./dissection.ts";
import { ip, ipv4, ipv6 } from "./ip.ts";
import { pppoe } from "./ppp.ts";

/** EtherTypes that lead on. */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  vlan: 0x8100,
  serviceVlan: 0x88a8,
  oldQinQ: 0x9100,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  bridged: 0x6558,
  backbone: 0x88e7,
  vnTag: 0x8926,
} as const;

/** An Ethernet frame at `at`. */
export function ethernet(d: Dissection, at: number): void {
  if (at + 14 > d.end || ++d.depth > MAX_DEPTH) return;
  etherType(d, d.view.getUint16(at + 12), at + 14);
}

/** What stands behind an EtherType (or, below 1536, a length: then LLC). */
export function etherType(d: Dissection, type: number, at: number): void {
  for (let length = tagBytes(type); length > 0; length = tagBytes(type)) {
    at += length;
    if (at > d.end) return;
    type = d.view.getUint16(at - 2);
  }
  switch (type) {
    case ETHER_TYPE.ipv4:
      return ipv4(d, at);
    case ETHER_TYPE.ipv6:
      return ipv6(d, at);
    case ETHER_TYPE.mpls:
    case ETHER_TYPE.mplsMulticast:
      return mpls(d, at);
    case ETHER_TYPE.pppoeSession:
      return pppoe(d, at);
    case ETHER_TYPE.bridged:
      return ethernet(d, at);
    case ETHER_TYPE.backbone:
      // A service tag, then the whole frame (IEEE 802.1ah).
      return ethernet(d, at + 4);
  }
  if (type < 1536) {
    d.limit(at + type);
    llc(d, at);
  }
}

/** Bytes from behind an EtherType that stands for a tag to behind the next; 0 when it is none. */
function tagBytes(type: number): number {
  switch (type) {
    case ETHER_TYPE.vlan:
    case ETHER_TYPE.serviceVlan:
    case ETHER_TYPE.oldQinQ:
      return 4;
    case ETHER_TYPE.vnTag:
      return 6;
    default:
      return 0;
  }
}

/** IEEE 802.2 LLC with SNAP at `at`: the EtherType stands at its end. */
export function llc(d: Dissection, at: number): void {
  if (at + 8 > d.end) return;
  if (d.view.getUint16(at) !== 0xaaaa || d.bytes[at + 2] !== 3) return;
  // Other organizations number their protocols themselves.
  const organization = d.view.getUint32(at + 2) & 0xffffff;
  if (organization !== 0 && organization !== 0xf8) return;
  etherType(d, d.view.getUint16(at + 6), at + 8);
}

/** An MPLS label stack. What it carries is not named in it: an IP version or a pseudowire's zeros. */
export function mpls(d: Dissection, at: number): void {
  for (let last = false; !last; at += 4) {
    if (at + 4 > d.end) return;
    last = (d.bytes[at + 2]! & 1) === 1;
  }
  if (at >= d.end) return;
  const nibble = d.bytes[at]! >> 4;
  if (nibble === 4 || nibble === 6) ip(d, at);
  else if (nibble === 0) ethernet(d, at + 4);
}
