/**
 * What a stream did over time, for charts: a fixed number of steps, each twice as long whenever the
 * capture turns out longer.
 *
 * @module
 */

import type { Arrival, ReceptionStats } from "../rtp/reception_stats.ts";

/** Steps at most; half as many at least, once a capture is long enough. */
const STEPS = 600;
const FIRST_STEP_MS = 50;

/** Sums and maxima by step. */
export class StreamSeries {
  /** Length of a step in ms. */
  stepMs: number = FIRST_STEP_MS;
  /** Steps that hold something. */
  length = 0;
  /** Payload bytes. */
  readonly octets: Float64Array<ArrayBuffer> = new Float64Array(STEPS);
  /** Packets. */
  readonly packets: Float64Array<ArrayBuffer> = new Float64Array(STEPS);
  /** Packets lost, by when the gap was seen; packets that come late repay it. */
  readonly lost: Float64Array<ArrayBuffer> = new Float64Array(STEPS);
  /** Greatest time between arrivals in ms. */
  readonly deltaMs: Float64Array<ArrayBuffer> = new Float64Array(STEPS);
  /** Greatest jitter in ticks. */
  readonly jitterTicks: Float64Array<ArrayBuffer> = new Float64Array(STEPS);
  /** Largest media frame in bytes. */
  readonly frameOctets: Float64Array<ArrayBuffer> = new Float64Array(STEPS);
  #previousMs: number = -1;
  #lost = 0;
  #timestamp: number = -1;
  #frame = 0;

  /** Counts a packet that the statistics have counted. Times are since the capture's first frame. */
  add(
    timeMs: number,
    timestamp: number,
    octets: number,
    arrival: Arrival,
    stats: ReceptionStats,
  ): void {
    while (timeMs / this.stepMs >= STEPS) this.#coarsen();
    const step = Math.max(0, Math.floor(timeMs / this.stepMs));
    if (step >= this.length) this.length = step + 1;
    this.octets[step]! += octets;
    this.packets[step]!++;
    if (this.#previousMs >= 0) this.#raise(this.deltaMs, step, timeMs - this.#previousMs);
    this.#previousMs = timeMs;
    this.#raise(this.jitterTicks, step, stats.jitterTicks);
    if (arrival !== "in-order" && arrival !== "duplicate") {
      const lost = stats.lost;
      this.lost[step]! += lost - this.#lost;
      this.#lost = lost;
    }
    this.#frame = timestamp === this.#timestamp ? this.#frame + octets : octets;
    this.#timestamp = timestamp;
    this.#raise(this.frameOctets, step, this.#frame);
  }

  /** The first step that holds something. */
  get first(): number {
    const first = this.packets.findIndex((count) => count > 0);
    return first === -1 ? 0 : first;
  }

  /** Makes steps at least that long; it must be this series' step times a power of two. */
  coarsenTo(stepMs: number): void {
    while (this.stepMs < stepMs) this.#coarsen();
  }

  #raise(values: Float64Array, step: number, value: number): void {
    if (value > values[step]!) values[step] = value;
  }

  #coarsen(): void {
    for (const sums of [this.octets, this.packets, this.lost]) {
      fold(sums, (a, b) => a + b);
    }
    for (const maxima of [this.deltaMs, this.jitterTicks, this.frameOctets]) fold(maxima, Math.max);
    this.stepMs *= 2;
    this.length = Math.ceil(this.length / 2);
  }
}

function fold(values: Float64Array, join: (a: number, b: number) => number): void {
  const half = values.length / 2;
  for (let i = 0; i < half; i++) values[i] = join(values[2 * i]!, values[2 * i + 1]!);
  values.fill(0, half);
}
