/**
 * Interarrival jitter (RFC 3550 sections 6.4.1 and A.8).
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";

/** Measures the jitter of one stream. Without a clock rate there is none. */
export class InterarrivalJitter {
  readonly #ticksPerMs: number;
  #arrivalMs = 0;
  #timestamp = 0;
  #elapsedTicks = 0;
  /** Time between sequences. */
  #idleMs = 0;
  #begun = false;
  #jitter = 0;
  #sum = 0;
  #count = 0;
  #max = 0;

  /** `clockRate` in Hz; 0 where it is unknown. */
  constructor(clockRate: number) {
    this.#ticksPerMs = clockRate / 1000;
  }

  /** The jitter now in units of the clock, as receiver reports carry it. */
  get ticks(): number {
    return this.#jitter;
  }

  /** The jitter now in ms; undefined without a clock rate. */
  get nowMs(): number | undefined {
    return this.#inMs(this.#jitter);
  }

  /** Mean over the packets that moved it, in ms. */
  get meanMs(): number | undefined {
    return this.#inMs(this.#count === 0 ? 0 : this.#sum / this.#count);
  }

  /** The greatest, in ms. */
  get maxMs(): number | undefined {
    return this.#inMs(this.#max);
  }

  /**
   * Arrival time less media time since the first packet, which came then, pauses between sequences left
   * out: positive when they fall behind.
   */
  skewMs(firstArrivalMs: number): number | undefined {
    const mediaMs = this.#inMs(this.#elapsedTicks);
    if (mediaMs === undefined) return undefined;
    return this.#count === 0 ? 0 : this.#arrivalMs - firstArrivalMs - this.#idleMs - mediaMs;
  }

  /** A sequence begins with this packet: nothing can be compared with what was before. */
  begin(timestamp: number, arrivalMs: number): void {
    if (this.#begun) this.#idleMs += arrivalMs - this.#arrivalMs;
    this.#begun = true;
    this.#timestamp = timestamp;
    this.#arrivalMs = arrivalMs;
  }

  /**
   * Takes a packet: D is the difference of two packets' transit times in clock units, and J moves a
   * sixteenth of the way towards |D|. The packets of one frame share a timestamp and are sent one
   * after the other: their spacing is the sender's, not the network's, so only the first packet of
   * each timestamp counts. `elapsedTicks` is the media time of all sequences so far.
   */
  update(timestamp: number, arrivalMs: number, elapsedTicks: number): void {
    const ticks = difference32(timestamp, this.#timestamp);
    if (ticks === 0 || this.#ticksPerMs === 0) return;
    const elapsed = (arrivalMs - this.#arrivalMs) * this.#ticksPerMs;
    this.#timestamp = timestamp;
    this.#arrivalMs = arrivalMs;
    this.#elapsedTicks = elapsedTicks;
    this.#jitter += (Math.abs(elapsed - ticks) - this.#jitter) / 16;
    this.#sum += this.#jitter;
    this.#count++;
    if (this.#jitter > this.#max) this.#max = this.#jitter;
  }

  #inMs(ticks: number): number | undefined {
    return this.#ticksPerMs === 0 ? undefined : ticks / this.#ticksPerMs;
  }
}
