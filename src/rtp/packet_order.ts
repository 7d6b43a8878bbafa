/**
 * Puts the packets of a stream in order, also where its numbers begin anew.
 *
 * @module
 */

import { difference16 } from "../bytes/serial.ts";
import { type Arrival, MAX_DROPOUT } from "./reception_stats.ts";
import { ReorderBuffer, type ReorderBufferOptions } from "./reorder_buffer.ts";

/**
 * A reorder buffer that heeds what the statistics say of each packet. By its number alone the first
 * packet of a new sequence may look like one that came far too late.
 */
export class PacketOrder<P extends { readonly sequenceNumber: number }> {
  readonly #buffer: ReorderBuffer<P>;
  /** A stray, or the first packet of a new sequence: the next packet tells. */
  #probation: P | undefined;

  /** Nothing waits. */
  constructor(options: ReorderBufferOptions = {}) {
    this.#buffer = new ReorderBuffer(options);
  }

  /** Takes a packet, of which `ReceptionStats.update` said `arrival`; gives those that are now in order. */
  push(packet: P, arrival: Arrival, nowMs: number): P[] {
    const held = this.#probation;
    if (held === undefined && arrival !== "restart" && arrival !== "probation") {
      return this.#buffer.push(packet, nowMs);
    }
    this.#probation = undefined;
    const released = arrival === "restart" ? this.#buffer.flush() : [];
    if (held !== undefined && isNoStray(held, packet, arrival)) {
      released.push(...this.#buffer.push(held, nowMs));
    }
    if (arrival === "probation") this.#probation = packet;
    else released.push(...this.#buffer.push(packet, nowMs));
    return released;
  }

  /** What may go now that time has passed. */
  poll(nowMs: number): P[] {
    return this.#buffer.poll(nowMs);
  }

  /** Everything that waits, in order; the next packet starts afresh. */
  flush(): P[] {
    this.#probation = undefined;
    return this.#buffer.flush();
  }
}

/** Whether a packet on probation is worth having, by the packet behind it. */
function isNoStray(
  { sequenceNumber }: { readonly sequenceNumber: number },
  next: { readonly sequenceNumber: number },
  arrival: Arrival,
): boolean {
  if (arrival === "restart") return true;
  const jump = difference16(next.sequenceNumber, sequenceNumber);
  // Where one number after the other is far off, they are no help, and the packets are all there is.
  if (arrival === "probation") return jump !== 0;
  return Math.abs(jump) < MAX_DROPOUT;
}
