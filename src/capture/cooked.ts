/**
 * Link layers without addresses of interest: Linux "cooked" captures, loopback, raw IP, NFLOG.
 *
 * @module
 */

import type { Dissection } from "./dissection.ts";
import { etherType, llc } from "./ethernet.ts";
import { ip, ipv4, ipv6 } from "./ip.ts";

/** Linux cooked capture: packet type, ARPHRD type, address, protocol; 16 bytes. */
export function linuxSll(d: Dissection, at: number): void {
  if (at + 16 > d.end) return;
  cookedProtocol(d, d.view.getUint16(at + 14), at + 16);
}

/** Version 2 of the same: the protocol comes first; 20 bytes. */
export function linuxSll2(d: Dissection, at: number): void {
  if (at + 20 > d.end) return;
  cookedProtocol(d, d.view.getUint16(at), at + 20);
}

function cookedProtocol(d: Dissection, protocol: number, at: number): void {
  // 4 stands for 802.2 frames, 1 for 802.3 without a length.
  if (protocol === 4 || protocol === 1) llc(d, at);
  else etherType(d, protocol, at);
}

/** BSD loopback: an address family in the byte order of the machine that captured, or of the network. */
export function loopback(d: Dissection, at: number): void {
  if (at + 4 > d.end) return;
  const big = d.view.getUint32(at);
  const family = big > 0xffff ? d.view.getUint32(at, true) : big;
  // AF_INET6 differs between systems.
  if (family === 2) ipv4(d, at + 4);
  else if (family === 10 || family === 24 || family === 28 || family === 30) ipv6(d, at + 4);
}

/** IP with nothing before it. */
export function rawIp(d: Dissection, at: number): void {
  ip(d, at);
}

/** Netfilter's log: attributes, one of which is the packet. */
export function nflog(d: Dissection, at: number): void {
  for (let next = at + 4; next + 4 <= d.end;) {
    const length = d.view.getUint16(next, true);
    const type = d.view.getUint16(next + 2, true);
    if (length < 4) return;
    if (type === 9) {
      d.limit(next + length);
      ip(d, next + 4);
      return;
    }
    next += (length + 3) & ~3;
  }
}
