/**
 * How many packets a sender may have sent in a time in which none came.
 *
 * @module
 */

/** Packets a second that the labs' senders are taken to send at the least. */
const LAB_RATE = 20;
/** Packets after which the time is noted, to tell how far a receiver that was busy lags behind. */
const BUNCH = 64;

interface Moment {
  readonly count: number;
  readonly timeMs: number;
}

/** Measures a stream's packets a second. */
export class PacketRate {
  #count = 0;
  #firstTime = 0;
  #lastTime = 0;
  /** How many packets had come at two earlier moments, the older one first. */
  #bunches = [{ count: 0, timeMs: 0 }, { count: 0, timeMs: 0 }] as [Moment, Moment];

  /** Packets so far. */
  get count(): number {
    return this.#count;
  }

  /** Counts a packet. */
  add(timeMs: number): void {
    if (this.#count === 0) this.#firstTime = timeMs;
    if (this.#count++ % BUNCH === 0) {
      this.#bunches = [this.#bunches[1], { count: this.#count, timeMs }];
    }
    this.#lastTime = timeMs;
  }

  /** Packets that may have been sent, and did not come, before one that comes at `timeMs`. */
  possible(timeMs: number): number {
    const elapsed = this.#lastTime - this.#firstTime;
    const measured = elapsed > 0 ? this.#count * 1000 / elapsed : 0;
    const rate = Math.max(measured, LAB_RATE) / 1000;
    const [before] = this.#bunches;
    // A receiver that was busy reads what has waited all at once.
    const behind = before.count === 0
      ? 0
      : rate * (timeMs - before.timeMs) - (this.#count - before.count);
    return Math.max(rate * (timeMs - this.#lastTime), behind);
  }
}
