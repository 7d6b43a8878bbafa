/**
 * IP packets around UDP datagrams and TCP segments, checksums included (RFC 791, RFC 8200, RFC 768,
 * RFC 9293).
 *
 * @module
 */

/** One end of a path. */
export interface Endpoint {
  /** IPv4 or IPv6 address in text; a name that is no address counts as this machine. */
  readonly host: string;
  /** 0 to 65,535. */
  readonly port: number;
}

/** TCP flags (RFC 9293 section 3.1). */
export const TCP_FLAG = { fin: 0x01, syn: 0x02, push: 0x08, ack: 0x10 } as const;

/** What a TCP segment carries besides its ports. */
export interface TcpSegment {
  /** Sequence number of the first byte. */
  readonly sequence: number;
  /** The next byte expected of the other end. */
  readonly acknowledgment: number;
  /** Sum of {@linkcode TCP_FLAG}. */
  readonly flags: number;
  /** Options, a multiple of 4 bytes. */
  readonly options?: Uint8Array;
  /** The bytes. */
  readonly payload: Uint8Array;
}

const PROTOCOL = { tcp: 6, udp: 17 } as const;
const NOTHING = new Uint8Array(0);

/** Addresses of both ends in bytes, 4 or 16 each, and ports: parsed once a path. */
export interface Path {
  /** Source address. */
  readonly source: Uint8Array;
  /** Destination address. */
  readonly destination: Uint8Array;
  /** Source port. */
  readonly sourcePort: number;
  /** Destination port. */
  readonly destinationPort: number;
}

/** The path from one end to another; both addresses are made the same kind. */
export function pathBetween(from: Endpoint, to: Endpoint): Path {
  let [source, destination] = [parseAddress(from.host), parseAddress(to.host)];
  if (source.length !== destination.length) {
    [source, destination] = [mapped(source), mapped(destination)];
  }
  return { source, destination, sourcePort: from.port, destinationPort: to.port };
}

/** An IP packet that carries a UDP datagram; `identification` numbers IPv4 packets. */
export function encodeUdp(path: Path, payload: Uint8Array, identification: number): Uint8Array {
  const { packet, at } = encodeIp(path, PROTOCOL.udp, 8 + payload.length, identification);
  const view = new DataView(packet.buffer);
  view.setUint16(at, path.sourcePort);
  view.setUint16(at + 2, path.destinationPort);
  view.setUint16(at + 4, 8 + payload.length);
  packet.set(payload, at + 8);
  // A sum of 0 goes out as its other form, for 0 says that there is no checksum (RFC 768).
  view.setUint16(at + 6, transportChecksum(path, PROTOCOL.udp, packet, at) || 0xffff);
  return packet;
}

/** An IP packet that carries a TCP segment. */
export function encodeTcp(path: Path, segment: TcpSegment, identification: number): Uint8Array {
  const { options = NOTHING, payload } = segment;
  const headerLength = 20 + options.length;
  const length = headerLength + payload.length;
  const { packet, at } = encodeIp(path, PROTOCOL.tcp, length, identification);
  const view = new DataView(packet.buffer);
  view.setUint16(at, path.sourcePort);
  view.setUint16(at + 2, path.destinationPort);
  view.setUint32(at + 4, segment.sequence);
  view.setUint32(at + 8, segment.acknowledgment);
  view.setUint8(at + 12, (headerLength / 4) << 4);
  view.setUint8(at + 13, segment.flags);
  view.setUint16(at + 14, 0xffff);
  packet.set(options, at + 20);
  packet.set(payload, at + headerLength);
  view.setUint16(at + 16, transportChecksum(path, PROTOCOL.tcp, packet, at));
  return packet;
}

function encodeIp(
  path: Path,
  protocol: number,
  length: number,
  identification: number,
): { packet: Uint8Array<ArrayBuffer>; at: number } {
  const isV4 = path.source.length === 4;
  const at = isV4 ? 20 : 40;
  const packet = new Uint8Array(at + length);
  const view = new DataView(packet.buffer);
  if (isV4) {
    packet[0] = 0x45;
    view.setUint16(2, at + length);
    view.setUint16(4, identification & 0xffff);
    // Don't fragment; time to live; protocol.
    packet.set([0x40, 0, 64, protocol], 6);
    packet.set(path.source, 12);
    packet.set(path.destination, 16);
    view.setUint16(10, fold(sum(packet, 0, 20)));
  } else {
    packet[0] = 0x60;
    view.setUint16(4, length);
    packet[6] = protocol;
    packet[7] = 64;
    packet.set(path.source, 8);
    packet.set(path.destination, 24);
  }
  return { packet, at };
}

function transportChecksum(path: Path, protocol: number, packet: Uint8Array, at: number): number {
  const pseudoHeader = sum(path.source, 0, path.source.length) +
    sum(path.destination, 0, path.destination.length) + protocol + packet.length - at;
  return fold(pseudoHeader + sum(packet, at, packet.length));
}

/** The 16-bit words added up; an odd last byte counts as a high one (RFC 1071). */
function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  let at = from;
  for (; at + 1 < to; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  return at < to ? total + (bytes[at]! << 8) : total;
}

function fold(total: number): number {
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

/** The bytes of an address; IPv4 in IPv6 (`::ffff:192.0.2.1`) counts as IPv4. */
export function parseAddress(host: string): Uint8Array {
  const text = host.replace(/^\[|\]$/g, "").replace(/%.*$/, "").toLowerCase();
  const v4 = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (v4 !== null) return Uint8Array.from(v4.slice(1), Number);
  if (!/^[0-9a-f:]*:[0-9a-f:]*$/.test(text)) return Uint8Array.of(127, 0, 0, 1);
  const [head = "", tail] = text.split("::");
  const [left, right] = [groups(head), groups(tail ?? "")];
  const words = tail === undefined ? left : [
    ...left,
    ...new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0),
    ...right,
  ];
  const bytes = new Uint8Array(16);
  words.slice(0, 8).forEach((word, i) => {
    bytes[2 * i] = word >> 8;
    bytes[2 * i + 1] = word & 0xff;
  });
  return bytes;
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
}

function mapped(address: Uint8Array): Uint8Array {
  if (address.length === 16) return address;
  const bytes = new Uint8Array(16);
  bytes.set([0xff, 0xff, ...address], 10);
  return bytes;
}
