/**
 * Remembers how the latest packets began, so that any of them can be taken apart on the page.
 *
 * @module
 */

import type { PlayerEvent } from "../client/player.ts";
import type { WirePacket } from "./messages.ts";
import { Recent } from "./recent.ts";

/** Bytes kept of a packet: the header, some CSRCs, and how the payload begins. */
const HEAD_LENGTH = 32;

/** What is kept of a packet. */
interface Kept {
  number: number;
  timeMs: number;
  length: number;
  head: Uint8Array;
}

/** The latest packets of each track. */
export class PacketWatch {
  readonly #tracks = new Map<number, Recent<Kept>>();
  readonly #newest = new Set<number>();
  readonly #shown = new Recent<WirePacket>(64);

  /** Takes note of a packet. This runs for every packet: a copy of 32 bytes and nothing else. */
  push(event: Extract<PlayerEvent, { type: "packet" }>): void {
    let track = this.#tracks.get(event.track);
    if (track === undefined) this.#tracks.set(event.track, track = new Recent(512));
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
    const packets: WirePacket[] = [];
    for (const track of this.#newest) {
      const packet = this.find(track);
      if (packet !== undefined) packets.push(packet);
    }
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
    return {
      track,
      number: packet.number,
      timeMs: packet.timeMs,
      length: packet.length,
      head: [...packet.head],
      ...(before === undefined ? undefined : { before: [...before.head] }),
    };
  }
}
