/**
 * What a TURN relay carries (RFC 8656): in ChannelData behind a channel number and a length, in Send
 * and Data indications as an attribute.
 *
 * @module
 */

/** The port of STUN and TURN. */
export const STUN_PORT = 3478;

/** What all STUN messages hold behind type and length (RFC 8489 section 5). */
export const MAGIC_COOKIE = 0x2112a442;
const INDICATION = { send: 0x0016, data: 0x0017 } as const;
const DATA_ATTRIBUTE = 0x0013;
const HEADER_BYTES = 20;

/** A datagram: where its bytes begin and end, and where they would end had all been captured. */
export interface DatagramSpan {
  /** Ports it went between. */
  readonly sourcePort: number;
  /** The other one. */
  readonly destinationPort: number;
  /** All bytes around. */
  readonly view: DataView;
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset behind its last captured byte. */
  readonly end: number;
  /** Offset behind its last byte on the wire. */
  readonly wireEnd: number;
}

/** A part of a datagram, in the same offsets. */
export type RelayedSpan = Pick<DatagramSpan, "start" | "end" | "wireEnd">;

/** What the datagram relays; undefined when it is none of TURN's. */
export function relayed(datagram: DatagramSpan): RelayedSpan | undefined {
  const { view, start, end } = datagram;
  if (start + 4 > end) return undefined;
  const first = view.getUint8(start);
  if (first >= 0x40 && first < 0x80) return channelData(datagram);
  return first === 0 ? indication(datagram) : undefined;
}

/** Whether the datagram is a STUN message (RFC 8489), and nothing else. */
export function isStunMessage({ view, start, end, wireEnd }: DatagramSpan): boolean {
  return start + HEADER_BYTES <= end && view.getUint8(start) < 4 &&
    view.getUint32(start + 4) === MAGIC_COOKIE &&
    start + HEADER_BYTES + view.getUint16(start + 2) === wireEnd;
}

/** Elsewhere than on TURN's port, the length must leave nothing but padding. */
function channelData(datagram: DatagramSpan): RelayedSpan | undefined {
  const { view, start, end, wireEnd, sourcePort, destinationPort } = datagram;
  const length = view.getUint16(start + 2);
  const rest = wireEnd - start - 4 - length;
  const isTurn = sourcePort === STUN_PORT || destinationPort === STUN_PORT;
  const isLikely = view.getUint8(start) < 0x50 && rest >= 0 && rest < 4;
  return isTurn || isLikely ? part(start + 4, length, end, wireEnd) : undefined;
}

function indication({ view, start, end, wireEnd }: DatagramSpan): RelayedSpan | undefined {
  if (start + HEADER_BYTES > end || view.getUint32(start + 4) !== MAGIC_COOKIE) return undefined;
  const type = view.getUint16(start);
  if (type !== INDICATION.send && type !== INDICATION.data) return undefined;
  for (let at = start + HEADER_BYTES; at + 4 <= end;) {
    const length = view.getUint16(at + 2);
    if (view.getUint16(at) === DATA_ATTRIBUTE) return part(at + 4, length, end, wireEnd);
    at += 4 + ((length + 3) & ~3);
  }
  return undefined;
}

function part(start: number, length: number, end: number, wireEnd: number): RelayedSpan {
  const last = Math.min(wireEnd, start + length);
  return { start, end: Math.min(end, last), wireEnd: last };
}
