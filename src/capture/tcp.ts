/**
 * TCP streams put together from segments as a capture has them: out of order, repeated, overlapping,
 * with the beginning or a piece in between missing.
 *
 * @module
 */

import { add32, difference32 } from "../bytes/serial.ts";

/** Bytes that wait for a missing segment before it is given up. */
const MAX_HELD_BYTES = 262_144;

/** Segments that wait likewise, so that a stream of tiny ones takes neither time nor memory. */
const MAX_HELD_SEGMENTS = 1024;

/** What a segment that waits takes besides its payload, in bytes, roughly. */
const SEGMENT_OVERHEAD = 64;

/** Takes the bytes of a stream in order; `afterGap` when bytes before them are missing. */
export type TcpReceiver = (bytes: Uint8Array, afterGap: boolean) => void;

/** Options of {@linkcode TcpDirection}. */
export interface TcpOptions {
  /** Wait for segments that come late. Without it, a gap is passed over at once. Default true. */
  readonly reorder?: boolean;
}

interface Segment {
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** One direction of a connection. */
export class TcpDirection {
  readonly #reorder: boolean;
  #started = false;
  /** Sequence number of the byte that is due. */
  #next = 0;
  /** Segments that came early, in order. */
  #held: Segment[] = [];
  /** Bytes of these with their overhead. */
  #heldBytes = 0;
  #gap = false;
  #missingBytes = 0;

  /** A direction of which nothing was seen. */
  constructor(options: TcpOptions = {}) {
    this.#reorder = options.reorder ?? true;
  }

  /** Bytes that were passed over because the capture does not have them. */
  get missingBytes(): number {
    return this.#missingBytes;
  }

  /** Takes a SYN: the stream begins behind it. */
  begin(sequence: number): void {
    const next = add32(sequence, 1);
    if (this.#started && next === this.#next) return;
    this.#started = true;
    this.#next = next;
    this.#held = [];
    this.#heldBytes = 0;
  }

  /**
   * Takes a segment's bytes and hands on what is in order. The bytes are copied if they have to wait;
   * what is handed on is only valid during the call.
   */
  add(sequence: number, bytes: Uint8Array, receive: TcpReceiver): void {
    if (bytes.length === 0) return;
    if (!this.#started) {
      this.#started = true;
      this.#next = sequence;
    }
    const ahead = difference32(sequence, this.#next);
    if (ahead <= 0) {
      this.#take(sequence, bytes, receive);
      this.#release(receive);
      return;
    }
    if (!this.#reorder) {
      this.#skipTo(sequence);
      this.#take(sequence, bytes, receive);
      return;
    }
    this.#hold(sequence, bytes.slice());
    if (this.#heldBytes > MAX_HELD_BYTES || this.#held.length > MAX_HELD_SEGMENTS) {
      this.#skipGap(receive);
    }
  }

  /** The other side has confirmed all bytes before `acknowledgement`: what is missing will not come. */
  acknowledged(acknowledgement: number, receive: TcpReceiver): void {
    const first = this.#held[0];
    if (first === undefined) return;
    if (difference32(acknowledgement, first.sequence) >= 0) this.#skipGap(receive);
  }

  /** The stream has ended: hands on what waits. */
  finish(receive: TcpReceiver): void {
    while (this.#held.length > 0) this.#skipGap(receive);
  }

  #take(sequence: number, bytes: Uint8Array, receive: TcpReceiver): void {
    const seen = difference32(this.#next, sequence);
    if (seen >= bytes.length) return;
    const fresh = bytes.subarray(seen);
    this.#next = add32(this.#next, fresh.length);
    const afterGap = this.#gap;
    this.#gap = false;
    receive(fresh, afterGap);
  }

  #release(receive: TcpReceiver): void {
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      if (difference32(first.sequence, this.#next) > 0) return;
      this.#held.shift();
      this.#heldBytes -= first.bytes.length + SEGMENT_OVERHEAD;
      this.#take(first.sequence, first.bytes, receive);
    }
  }

  #skipGap(receive: TcpReceiver): void {
    const first = this.#held[0];
    if (first === undefined) return;
    this.#skipTo(first.sequence);
    this.#release(receive);
  }

  #skipTo(sequence: number): void {
    this.#missingBytes += difference32(sequence, this.#next);
    this.#next = sequence;
    this.#gap = true;
  }

  #hold(sequence: number, bytes: Uint8Array): void {
    let at = this.#held.length;
    while (at > 0 && difference32(sequence, this.#held[at - 1]!.sequence) < 0) at--;
    const before = this.#held[at - 1];
    if (before?.sequence === sequence && before.bytes.length >= bytes.length) return;
    this.#held.splice(at, 0, { sequence, bytes });
    this.#heldBytes += bytes.length + SEGMENT_OVERHEAD;
  }
}
