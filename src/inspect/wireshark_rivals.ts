/**
 * Datagrams that Wireshark 4.0 gives to other protocols by what is in them, before its RTP heuristics
 * see them: games, file sharing, QUIC, AFS; and those of AppleMIDI, whose sessions announce RTP.
 *
 * @module
 */

import type { DatagramSpan } from "./turn.ts";
import type { SignalledEnd } from "./signalling.ts";

/** Pairs of ends that are remembered. */
const MAX_PAIRS = 65_536;
/** RakNet's messages before a connection, and where their magic number stands. */
const RAKNET_MAGIC_AT: ReadonlyMap<number, number> = new Map(
  [[1, 9], [2, 9], [6, 1], [7, 1], [8, 1], [0x1c, 17]],
);
const RAKNET_MAGIC = [0x00ffff00, 0xfefefefe, 0xfdfdfdfd, 0x12345678];
/** AFS's ports, and where its packets have their type. */
const AFS_PORTS: ReadonlySet<number> = new Set([
  7021,
  ...Array.from(Array(10), (_, i) => 7000 + i),
]);
const AFS_TYPE_AT = 20;
const AFS_HEADER_BYTES = 28;
/** Mojito's header up to its length, which counts what comes behind it. */
const MOJITO_HEADER_BYTES = 23;
const MIDI_PAYLOAD_TYPE = 97;
const MIDI_COMMANDS: ReadonlySet<number> = new Set([0x494e, 0x4f4b]);

/** What AppleMIDI says about its RTP. */
const MIDI_END: SignalledEnd = {
  kind: "audio",
  formats: new Map([[MIDI_PAYLOAD_TYPE, { encodingName: "rtp-midi", clockRate: 10_000 }]]),
  parameters: new Map(),
  by: "SIP",
  frameNumber: 0,
  carries: "rtp",
  isSecured: false,
  dialect: "standard",
};

/** Knows the pairs of ends that talk other protocols. */
export class Rivals {
  readonly #others = new Set<string>();
  readonly #midi = new Set<string>();

  /** Whether the datagram is taken by another protocol. Each has to be shown. */
  takes(d: DatagramSpan, pair: string): boolean {
    if (this.#others.has(pair)) return true;
    if (isRakNet(d) || isQuic(d)) {
      if (this.#others.size < MAX_PAIRS) this.#others.add(pair);
      return true;
    }
    if (isMidiCommand(d) && this.#midi.size < MAX_PAIRS) this.#midi.add(pair);
    return isAfs(d) || isMojito(d);
  }

  /** What AppleMIDI has announced, where the datagram is its RTP. */
  announced({ view, start, end }: DatagramSpan, pair: string): SignalledEnd | undefined {
    if (start + 2 > end || (view.getUint8(start + 1) & 0x7f) !== MIDI_PAYLOAD_TYPE) {
      return undefined;
    }
    return this.#midi.has(pair) ? MIDI_END : undefined;
  }
}

function isRakNet({ view, start, end }: DatagramSpan): boolean {
  const at = RAKNET_MAGIC_AT.get(view.getUint8(start));
  if (at === undefined || start + at + 16 > end) return false;
  return RAKNET_MAGIC.every((word, i) => view.getUint32(start + at + 4 * i) === word);
}

/** A long header of version 1, 2 or a draft (RFC 9000 section 17.2), with its two connection IDs. */
function isQuic({ view, start, end }: DatagramSpan): boolean {
  if (start + 7 > end || view.getUint8(start) >> 6 !== 3) return false;
  const version = view.getUint32(start + 1);
  const isKnown = version === 1 || version === 0x6b3343cf ||
    (version >= 0xff000000 + 23 && version <= 0xff000000 + 34);
  return isKnown && view.getUint8(start + 5) <= 20;
}

function isAfs({ view, start, end, sourcePort, destinationPort }: DatagramSpan): boolean {
  if (!AFS_PORTS.has(sourcePort) && !AFS_PORTS.has(destinationPort)) return false;
  if (start + AFS_HEADER_BYTES > end) return false;
  const type = view.getUint8(start + AFS_TYPE_AT);
  return (type >= 1 && type <= 9) || type === 13;
}

/** LimeWire's: a GUID, "D", a version, the length. */
function isMojito({ view, start, end, wireEnd }: DatagramSpan): boolean {
  return start + MOJITO_HEADER_BYTES <= end && view.getUint8(start + 16) === 0x44 &&
    view.getUint8(start + 17) === 0 &&
    start + MOJITO_HEADER_BYTES + view.getUint32(start + 19, true) === wireEnd;
}

/** An invitation to a session, or its acceptance. */
function isMidiCommand({ view, start, end }: DatagramSpan): boolean {
  return start + 16 <= end && view.getUint16(start) === 0xffff &&
    MIDI_COMMANDS.has(view.getUint16(start + 2)) && view.getUint32(start + 4) === 2;
}
