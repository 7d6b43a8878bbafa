/**
 * IPv4 and IPv6, with fragments and extension headers, and what they carry (RFC 791, RFC 8200).
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { type Dissection, MAX_DEPTH } from "./dissection.ts";
import { ethernet, mpls } from "./ethernet.ts";
import { gre } from "./tunnels.ts";
import { tcp, udp } from "./transport.ts";

/** IP protocol numbers that lead on. */
const PROTOCOL = {
  hopByHop: 0,
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  authentication: 51,
  icmpv6: 58,
  destination: 60,
  mobility: 135,
  udpLite: 136,
  hostIdentity: 139,
  shim6: 140,
  etherIp: 97,
  mpls: 137,
} as const;

/** An IP packet of the version that its first four bits say. */
export function ip(d: Dissection, at: number): void {
  if (at >= d.end) return;
  const version = d.bytes[at]! >> 4;
  if (version === 4) ipv4(d, at);
  else if (version === 6) ipv6(d, at);
}

/** An IPv4 packet at `at`. */
export function ipv4(d: Dissection, at: number): void {
  if (at + 20 > d.end || ++d.depth > MAX_DEPTH) return;
  const { bytes, view } = d;
  const headerLength = (bytes[at]! & 0x0f) * 4;
  if (bytes[at]! >> 4 !== 4 || headerLength < 20) return;
  // A length of 0 is left by network cards that cut up segments themselves.
  const total = view.getUint16(at + 2);
  if (total !== 0) {
    if (total < headerLength) return;
    d.limit(at + total);
  }
  d.family = 4;
  d.source = at + 12;
  d.destination = at + 16;
  const protocol = bytes[at + 9]!;
  const fragment = view.getUint16(at + 6);
  if ((fragment & 0x3fff) !== 0 && !d.inIcmp) {
    reassemble(d, at + headerLength, protocol, {
      identification: view.getUint16(at + 4),
      offset: (fragment & 0x1fff) * 8,
      isLast: (fragment & 0x2000) === 0,
    });
    return;
  }
  if ((fragment & 0x1fff) === 0) payload(d, protocol, at + headerLength);
}

/** An IPv6 packet at `at`. */
export function ipv6(d: Dissection, at: number): void {
  if (at + 40 > d.end || ++d.depth > MAX_DEPTH) return;
  const { bytes, view } = d;
  if (bytes[at]! >> 4 !== 6) return;
  const length = view.getUint16(at + 4);
  if (length !== 0) d.limit(at + 40 + length);
  d.family = 6;
  d.source = at + 8;
  d.destination = at + 24;
  let next = bytes[at + 6]!;
  let offset = at + 40;
  for (;;) {
    if (offset + 8 > d.end) return payload(d, next, offset);
    switch (next) {
      case PROTOCOL.hopByHop:
      case PROTOCOL.routing:
      case PROTOCOL.destination:
      case PROTOCOL.mobility:
      case PROTOCOL.hostIdentity:
      case PROTOCOL.shim6:
        next = bytes[offset]!;
        offset += 8 * (1 + bytes[offset + 1]!);
        break;
      case PROTOCOL.authentication:
        next = bytes[offset]!;
        offset += 4 * (2 + bytes[offset + 1]!);
        break;
      case PROTOCOL.fragment: {
        const field = view.getUint16(offset + 2);
        if ((field & 0xfff9) !== 0 && !d.inIcmp) {
          reassemble(d, offset + 8, bytes[offset]!, {
            identification: view.getUint32(offset + 4),
            offset: field & 0xfff8,
            isLast: (field & 1) === 0,
          });
          return;
        }
        if ((field & 0xfff8) !== 0) return;
        next = bytes[offset]!;
        offset += 8;
        break;
      }
      default:
        return payload(d, next, offset);
    }
  }
}

interface Fragment {
  readonly identification: number;
  readonly offset: number;
  readonly isLast: boolean;
}

/** Keeps a fragment; the last to come goes on with the whole payload. */
function reassemble(d: Dissection, at: number, protocol: number, fragment: Fragment): void {
  if (at > d.end) return;
  if (d.end < d.wireEnd) {
    // A fragment of which a part was not captured cannot be joined. The first tells what it is.
    if (fragment.offset === 0 && d.family === 4) payload(d, protocol, at);
    return;
  }
  const addresses = concatAddresses(d);
  const key = `${decodeLatin1(addresses)}${protocol}/${fragment.identification}`;
  const whole = d.fragments.add(
    key,
    fragment.offset,
    d.bytes.subarray(at, d.end),
    fragment.isLast,
    d.frameNumber,
  );
  d.sink.fragment?.(key, whole !== undefined);
  if (whole === undefined) return;
  const joined = new Uint8Array(addresses.length + whole.length);
  joined.set(addresses);
  joined.set(whole, addresses.length);
  d.bytes = joined;
  d.view = new DataView(joined.buffer);
  d.source = 0;
  d.destination = addresses.length / 2;
  d.end = d.wireEnd = joined.length;
  payload(d, protocol, addresses.length);
}

function concatAddresses(d: Dissection): Uint8Array {
  const size = d.family === 4 ? 4 : 16;
  const addresses = new Uint8Array(2 * size);
  addresses.set(d.sourceAddress());
  addresses.set(d.destinationAddress(), size);
  return addresses;
}

function payload(d: Dissection, protocol: number, at: number): void {
  if (at > d.end) return;
  switch (protocol) {
    case PROTOCOL.udp:
      return udp(d, at);
    case PROTOCOL.udpLite:
      return udp(d, at, true);
    case PROTOCOL.tcp:
      return tcp(d, at);
    case PROTOCOL.ipv4:
      return ipv4(d, at);
    case PROTOCOL.ipv6:
      return ipv6(d, at);
    case PROTOCOL.gre:
      return gre(d, at);
    case PROTOCOL.mpls:
      return mpls(d, at);
    case PROTOCOL.etherIp:
      return ethernet(d, at + 2);
    case PROTOCOL.authentication:
      if (at + 8 > d.end || ++d.depth > MAX_DEPTH) return;
      return payload(d, d.bytes[at]!, at + 4 * (2 + d.bytes[at + 1]!));
    case PROTOCOL.icmp:
      return icmp(
        d,
        at,
        (type) => type === 3 || type === 4 || type === 5 || type === 11 || type === 12,
      );
    case PROTOCOL.icmpv6:
      return icmp(d, at, (type) => type >= 1 && type <= 4);
  }
}

/** An ICMP error quotes the packet that caused it. */
function icmp(d: Dissection, at: number, isError: (type: number) => boolean): void {
  if (at + 8 > d.end || d.inIcmp || !isError(d.bytes[at]!)) return;
  d.inIcmp = true;
  ip(d, at + 8);
}
