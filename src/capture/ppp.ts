/**
 * PPP, with or without HDLC framing (RFC 1661, RFC 1662), and Cisco HDLC.
 *
 * @module
 */

import type { Dissection } from "./dissection.ts";
import { etherType, mpls } from "./ethernet.ts";
import { ipv4, ipv6 } from "./ip.ts";

/** A PPP frame at `at`; address and control (`ff 03`) may be left out, as may the protocol's first byte. */
export function ppp(d: Dissection, at: number): void {
  if (at + 4 > d.end) return;
  if (d.view.getUint16(at) === 0xff03) at += 2;
  let protocol = d.bytes[at++]!;
  if ((protocol & 1) === 0) protocol = (protocol << 8) | d.bytes[at++]!;
  switch (protocol) {
    case 0x21:
      return ipv4(d, at);
    case 0x57:
      return ipv6(d, at);
    case 0x281:
    case 0x283:
      return mpls(d, at);
  }
}

/** A PPPoE session (RFC 2516): version, type, code, session and length stand before the PPP frame. */
export function pppoe(d: Dissection, at: number): void {
  if (at + 6 <= d.end) ppp(d, at + 6);
}

/** A Cisco HDLC frame: address, control, EtherType. A PPP frame may stand in its place. */
export function hdlc(d: Dissection, at: number): void {
  if (at + 4 > d.end) return;
  if (d.bytes[at] === 0xff) return ppp(d, at);
  etherType(d, d.view.getUint16(at + 2), at + 4);
}
