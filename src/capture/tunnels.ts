/**
 * Packets within packets: GRE, VXLAN, Geneve, GTP-U (RFC 2784, RFC 2890, RFC 7348, RFC 8926, 3GPP TS
 * 29.281).
 *
 * @module
 */

import { type Dissection, MAX_DEPTH } from "./dissection.ts";
import { ETHER_TYPE, ethernet, etherType } from "./ethernet.ts";
import { ip } from "./ip.ts";
import { ppp } from "./ppp.ts";

const PORT = { gtpU: 2152, vxlan: 4789, oldVxlan: 8472, geneve: 6081 } as const;

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
  const port = d.destinationPort;
  if (isPort(d, PORT.gtpU)) return gtpU(d);
  if (port === PORT.vxlan || port === PORT.oldVxlan) return vxlan(d);
  return port === PORT.geneve && geneve(d);
}

function isPort(d: Dissection, port: number): boolean {
  return d.destinationPort === port || d.sourcePort === port;
}

function vxlan(d: Dissection): boolean {
  const at = d.start;
  if (at + 8 > d.end || (d.bytes[at]! & 0x08) === 0 || d.depth > MAX_DEPTH) return false;
  ethernet(d, at + 8);
  return true;
}

function geneve(d: Dissection): boolean {
  const at = d.start;
  if (at + 8 > d.end || d.bytes[at]! >> 6 !== 0 || d.depth > MAX_DEPTH) return false;
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
  if (d.depth > MAX_DEPTH) return false;
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
