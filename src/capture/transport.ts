/**
 * UDP and TCP headers (RFC 768, RFC 3828, RFC 9293).
 *
 * @module
 */

import type { Dissection } from "./dissection.ts";
import { udpTunnel } from "./tunnels.ts";

/** A UDP datagram at `at`. UDP-Lite has a coverage where UDP has a length. */
export function udp(d: Dissection, at: number, isLite = false): void {
  if (at + 8 > d.end) return;
  const length = d.view.getUint16(at + 4);
  if (!isLite) {
    // Only a jumbogram of IPv6 has no length (RFC 2675).
    if (length < 8 && (length !== 0 || d.family === 4)) return;
    // A datagram cannot be longer than the packet around it; one that is quoted may have been cut.
    if (at + length <= d.wireEnd) d.limit(length === 0 ? d.wireEnd : at + length);
    else if (d.inIcmp) d.wireEnd = at + length;
  }
  d.sourcePort = d.view.getUint16(at);
  d.destinationPort = d.view.getUint16(at + 2);
  d.start = at + 8;
  if (!udpTunnel(d)) d.sink.udp(d);
}

/** A TCP segment at `at`. */
export function tcp(d: Dissection, at: number): void {
  if (at + 20 > d.end) return;
  const headerLength = (d.bytes[at + 12]! >> 4) * 4;
  if (headerLength < 20 || at + headerLength > d.wireEnd) return;
  d.sourcePort = d.view.getUint16(at);
  d.destinationPort = d.view.getUint16(at + 2);
  d.sequence = d.view.getUint32(at + 4);
  d.acknowledgement = d.view.getUint32(at + 8);
  d.flags = d.bytes[at + 13]!;
  d.window = d.view.getUint16(at + 14);
  d.start = Math.min(at + headerLength, d.end);
  d.sink.tcp(d);
}
