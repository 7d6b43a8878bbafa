/**
 * Remembers how the latest packets began, so that any of them can be taken apart on the page.
 *
 * @module
 */

import type { Player, PlayerEvent } from "../client/player.ts";
import { headerBits, type HeaderExpectation } from "../diagnose/header_bits.ts";
import { decodeRtpPacket, RTP_HEADER_LENGTH, type RtpPacket } from "../rtp/packet.ts";
import type { WirePacket } from "./messages.ts";
import { Recent } from "./recent.ts";

/** Bytes kept of a packet: the header, some CSRCs, and how the payload begins. */
const HEAD_LENGTH = 32;

/** Packets kept of each track: what a finding is about must still be there when it is told. */
const PACKETS_KEPT = 512;

/** What is kept of a packet. */
interface Kept {
  number: number;
  timeMs: number;
  length: number;
  head: Uint8Array;
}

/** The latest packets of each track. */
export class PacketWatch {
  readonly #player: Player;
  readonly #tracks = new Map<number, Recent<Kept>>();
  readonly #newest = new Set<number>();
  readonly #shown = new Recent<WirePacket>(48);

  /** Watches the packets of `player`. */
  constructor(player: Player) {
    this.#player = player;
  }

  /** Takes note of a packet. This runs for every packet: a copy of 32 bytes and nothing else. */
  push(event: Extract<PlayerEvent, { type: "packet" }>): void {
    let track = this.#tracks.get(event.track);
    if (track === undefined) this.#tracks.set(event.track, track = new Recent(PACKETS_KEPT));
    track.push({
      number: event.number,
      timeMs: event.timeMs,
      length: event.datagram.length,
      head: event.datagram.slice(0, HEAD_LENGTH),
    });
    this.#newest.add(event.track);
  }

  /** The newest packet of each track that had one since the last call. */
  take(): WirePacket[] {
    const packets = [...this.#newest].flatMap((track) => this.find(track) ?? []);
    this.#newest.clear();
    for (const packet of packets) this.#shown.push(packet);
    return packets;
  }

  /** What {@linkcode take} gave lately, for a page that has just been opened. */
  shown(): WirePacket[] {
    return this.#shown.list();
  }

  /** A packet by its number, or the newest, if it is still known. */
  find(track: number, number?: number): WirePacket | undefined {
    const packets = this.#tracks.get(track);
    const packet = packets?.findLast((kept) => number === undefined || kept.number === number);
    if (packet === undefined) return undefined;
    const before = packets?.findLast((kept) => kept.number === packet.number - 1);
    const { head, timeMs, length } = packet;
    return {
      track,
      number: packet.number,
      timeMs,
      length,
      head: [...head],
      fields: head.length < RTP_HEADER_LENGTH
        ? []
        : headerBits(head, this.#expectation(track, before?.head)),
    };
  }

  #expectation(track: number, before: Uint8Array | undefined): HeaderExpectation {
    const { dialect, tracks, statistics } = this.#player.snapshot();
    const info = tracks.find(({ index }) => index === track);
    const isMediaClock = statistics.find((line) => line.track === track)?.clockNote === undefined;
    const previous = before === undefined ? undefined : readFixedHeader(before);
    return {
      ...(dialect === undefined ? undefined : { dialect }),
      ...(info === undefined ? undefined : { kind: info.kind }),
      ...(info?.payloadType === undefined ? undefined : { payloadType: info.payloadType }),
      ...(info?.clockRate === undefined || !isMediaClock
        ? undefined
        : { clockRate: info.clockRate }),
      ...(previous === undefined ? undefined : { previous, ssrc: previous.ssrc }),
    };
  }
}

/** The 12 fixed bytes alone: what follows them has been cut. */
function readFixedHeader(head: Uint8Array): RtpPacket | undefined {
  if (head.length < RTP_HEADER_LENGTH) return undefined;
  const fixed = head.slice(0, RTP_HEADER_LENGTH);
  fixed[0] = 0x80;
  return decodeRtpPacket(fixed);
}
