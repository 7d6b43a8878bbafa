/**
 * Puts packets back into the order of their sequence numbers.
 *
 * @module
 */

import { difference16 } from "../bytes/serial.ts";
import { MAX_DROPOUT, REORDER_WINDOW } from "./reception_stats.ts";

/** Options of {@linkcode ReorderBuffer}. */
export interface ReorderBufferOptions {
  /** How long a missing packet is waited for, in ms. Default 50. */
  readonly maxWaitMs?: number;
  /** How many packets may wait for a missing one. Default {@linkcode REORDER_WINDOW}. */
  readonly maxPackets?: number;
}

/** Holds packets that came early until the ones before them arrive or are given up. */
export class ReorderBuffer<P extends { readonly sequenceNumber: number }> {
  readonly #maxWaitMs: number;
  readonly #maxPackets: number;
  /** Packets that came early, in order of their numbers. */
  #held: { packet: P; sinceMs: number }[] = [];
  /** The number to be released next, or -1 before the first packet. */
  #next = -1;

  /** An empty buffer. */
  constructor(options: ReorderBufferOptions = {}) {
    this.#maxWaitMs = options.maxWaitMs ?? 50;
    this.#maxPackets = options.maxPackets ?? REORDER_WINDOW;
  }

  /** Packets that wait for one before them. */
  get size(): number {
    return this.#held.length;
  }

  /**
   * Takes a packet and returns those that are now in order, the given-up gaps left out. Packets
   * behind what was released already, and duplicates, are dropped.
   */
  push(packet: P, nowMs: number): P[] {
    const { sequenceNumber } = packet;
    if (this.#next === -1) this.#next = sequenceNumber;
    const ahead = difference16(sequenceNumber, this.#next);
    if (ahead === 0 && this.#held.length === 0) {
      this.#next = (sequenceNumber + 1) & 0xffff;
      return [packet];
    }
    if (Math.abs(ahead) >= MAX_DROPOUT) {
      // A new sequence: what waits belongs to the old one.
      const released = this.flush();
      this.#next = (sequenceNumber + 1) & 0xffff;
      return [...released, packet];
    }
    if (ahead < 0) return this.poll(nowMs);
    this.#hold(packet, nowMs);
    return this.poll(nowMs);
  }

  /** What may go now that time has passed. */
  poll(nowMs: number): P[] {
    const released: P[] = [];
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      const due = first.packet.sequenceNumber === this.#next ||
        this.#held.length > this.#maxPackets || nowMs - this.#oldest() >= this.#maxWaitMs;
      if (!due) break;
      this.#held.shift();
      this.#next = (first.packet.sequenceNumber + 1) & 0xffff;
      released.push(first.packet);
    }
    return released;
  }

  /** Everything that waits, in order; the next packet starts afresh. */
  flush(): P[] {
    const released = this.#held.map(({ packet }) => packet);
    this.#held = [];
    this.#next = -1;
    return released;
  }

  #oldest(): number {
    return this.#held.reduce((oldest, { sinceMs }) => Math.min(oldest, sinceMs), Infinity);
  }

  #hold(packet: P, nowMs: number): void {
    // Early packets are few and mostly belong at the end.
    let at = this.#held.length;
    while (at > 0) {
      const before = this.#held[at - 1]!.packet.sequenceNumber;
      const order = difference16(packet.sequenceNumber, before);
      if (order === 0) return;
      if (order > 0) break;
      at--;
    }
    this.#held.splice(at, 0, { packet, sinceMs: nowMs });
  }
}
