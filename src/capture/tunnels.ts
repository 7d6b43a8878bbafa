/**
 * Packets within packets: GRE, VXLAN, Geneve, GTP-U, L2TP, Teredo, TZSP, MPLS and GRE over UDP (RFC 2784,
 * RFC 2890, RFC 7348, RFC 8926, 3GPP TS 29.281, RFC 2661, RFC 4380, RFC 7510, RFC 8086).
 *
 * @module
 */

import { type Dissection, MAX_DEPTH } from "./dissection.ts";
import { ETHER_TYPE, ethernet, etherType, mpls } from "./ethernet.ts";
import { ieee80211 } from "./ieee80211.ts";
import { ip } from "./ip.ts";
import { ppp } from "./ppp.ts";

const PORT = {
  l2tp: 1701,
  gtpU: 2152,
  teredo: 3544,
  gre: 4754,
  vxlan: 4789,
  vxlanGpe: 4790,
  geneve: 6081,
  mpls: 6635,
  oldVxlan: 8472,
  tzsp: 37_008,
} as const;

/** A GRE packet at `at`; its flags say which fields follow the protocol. */
export function gre(d: Dissection, at: number): void {
  if (at + 4 > d.end) return;
  const flags = d.view.getUint16(at);
  const type = d.view.getUint16(at + 2);
  const hasSequence = (flags & 0x1000) !== 0;
  let offset = at + 4;
  // Check sum (with a reserved word), key, sequence, and in version 1 an acknowledgement.
  if ((flags & 0x8000) !== 0) offset += 4;
  if ((flags & 0x2000) !== 0) offset += 4;
  if (hasSequence) offset += 4;
  if ((flags & 7) === 1 && (flags & 0x0080) !== 0) offset += 4;
  if (offset > d.end) return;
  switch (type) {
    case 0x880b:
      return ppp(d, offset);
    case 0x88be:
      // ERSPAN: type II has a header, type I has none.
      return ethernet(d, hasSequence ? offset + 8 : offset);
    case 0x22eb:
      return ethernet(d, offset + 12);
    default:
      return etherType(d, type, offset);
  }
}

/** Follows a tunnel over UDP; false when the datagram is none. */
export function udpTunnel(d: Dissection): boolean {
  if (d.depth > MAX_DEPTH) return false;
  if (isPort(d, PORT.gtpU)) return gtpU(d);
  if (isPort(d, PORT.l2tp)) return l2tp(d);
  if (isPort(d, PORT.teredo)) return teredo(d);
  switch (d.destinationPort) {
    case PORT.vxlan:
    case PORT.oldVxlan:
      return vxlan(d);
    case PORT.vxlanGpe:
      return vxlanGpe(d);
    case PORT.geneve:
      return geneve(d);
    case PORT.mpls:
      mpls(d, d.start);
      return true;
    case PORT.gre:
      gre(d, d.start);
      return true;
    case PORT.tzsp:
      return tzsp(d);
    default:
      return false;
  }
}

function isPort(d: Dissection, port: number): boolean {
  return d.destinationPort === port || d.sourcePort === port;
}

function vxlan(d: Dissection): boolean {
  const at = d.start;
  if (at + 8 > d.end) return false;
  ethernet(d, at + 8);
  return true;
}

/** The same with a protocol of its own: IPv4, IPv6, Ethernet. */
function vxlanGpe(d: Dissection): boolean {
  const at = d.start;
  if (at + 8 > d.end) return false;
  const protocol = d.bytes[at + 3]!;
  if (protocol === 1 || protocol === 2) ip(d, at + 8);
  else if (protocol === 3) ethernet(d, at + 8);
  return true;
}

/** Version 2, data: length, sequence numbers and padding are there as flags say. */
function l2tp(d: Dissection): boolean {
  const at = d.start;
  if (at + 8 > d.end) return false;
  const flags = d.view.getUint16(at);
  if ((flags & 0x800f) !== 2) return false;
  let inner = at + 2 + ((flags & 0x4000) !== 0 ? 2 : 0) + 4 + ((flags & 0x0800) !== 0 ? 4 : 0);
  if ((flags & 0x0200) !== 0) {
    if (inner + 2 > d.end) return true;
    inner += 2 + d.view.getUint16(inner);
  }
  ppp(d, inner);
  return true;
}

/** IPv6, which an authentication and an origin may precede. */
function teredo(d: Dissection): boolean {
  let at = d.start;
  if (at + 4 <= d.end && d.view.getUint16(at) === 1) {
    at += 4 + d.bytes[at + 2]! + d.bytes[at + 3]! + 9;
  }
  if (at + 8 <= d.end && d.view.getUint16(at) === 0) at += 8;
  if (at >= d.end || d.bytes[at]! >> 4 !== 6) return false;
  ip(d, at);
  return true;
}

/** Frames that a sniffer sends on: tags up to one that ends them, then the frame. */
function tzsp(d: Dissection): boolean {
  if (d.start + 5 > d.end || d.bytes[d.start] !== 1) return false;
  const protocol = d.view.getUint16(d.start + 2);
  let at = d.start + 4;
  while (at + 1 < d.end && d.bytes[at] !== 1) {
    at += d.bytes[at] === 0 ? 1 : 2 + d.bytes[at + 1]!;
  }
  if (protocol === 1) ethernet(d, at + 1);
  else if (protocol === 18 && ++d.depth <= MAX_DEPTH) ieee80211(d, at + 1);
  return true;
}

function geneve(d: Dissection): boolean {
  const at = d.start;
  if (at + 8 > d.end || d.bytes[at]! >> 6 !== 0) return false;
  const inner = at + 8 + 4 * (d.bytes[at]! & 0x3f);
  const type = d.view.getUint16(at + 2);
  if (type === ETHER_TYPE.bridged) ethernet(d, inner);
  else etherType(d, type, inner);
  return true;
}

/** Version 1, protocol type GTP, message 255 (G-PDU). */
function gtpU(d: Dissection): boolean {
  const at = d.start;
  if (at + 8 > d.end || (d.bytes[at]! & 0xf0) !== 0x30 || d.bytes[at + 1] !== 255) return false;
  const flags = d.bytes[at]! & 7;
  let inner = at + 8;
  if (flags !== 0) {
    inner += 4;
    // Extension headers: length in words, content, type of the next.
    let next = (flags & 4) !== 0 ? d.bytes[inner - 1] : 0;
    while (next !== undefined && next !== 0) {
      const words = d.bytes[inner];
      if (words === undefined || words === 0 || inner >= d.end) return true;
      inner += 4 * words;
      next = d.bytes[inner - 1];
    }
  }
  ip(d, inner);
  return true;
}
