/**
 * Which place in the recording each received run of samples has, by its RTP timestamp: lost ones leave
 * silence, late ones go where they belong.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";
import { GapList } from "./gap_list.ts";

/** A jump this long that the arrival times do not bear out is a new beginning, not a loss. */
const MAX_UNPROVEN_GAP_SECONDS = 2;

/** Gives runs of samples their places. Positions and counts are in sample frames. */
export class SoundTimeline {
  readonly #sampleRate: number;
  readonly #gaps = new GapList();
  /** Timestamp and position of the sample that all others are measured from. */
  #originTimestamp: number | undefined;
  #originPosition = 0;
  /** The newest timestamp, and how many ticks it lies behind the origin. */
  #newestTimestamp = 0;
  #newestTicks = 0;
  #newestArrivalMs = 0;
  #end = 0;

  /** `sampleRate` in Hz is the RTP clock as well (RFC 3551 section 4.1). */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** Samples that never came. */
  get gaps(): GapList {
    return this.#gaps;
  }

  /** Position behind the last sample. */
  get length(): number {
    return this.#end;
  }

  /** Puts the sample with this timestamp so many seconds behind the recording's start. */
  begin(timestamp: number, seconds: number): void {
    this.#begin(timestamp, Math.max(0, Math.round(seconds * this.#sampleRate)));
  }

  /** The position of `count` samples that begin at `timestamp`. */
  place(timestamp: number, count: number, arrivalMs: number): number {
    if (this.#originTimestamp === undefined) {
      this.#begin(timestamp, 0);
    }
    const ahead = difference32(timestamp, this.#newestTimestamp);
    let position = this.#originPosition + this.#newestTicks + ahead;
    // Before anything is there, the beginning is what jumps are measured from.
    const isFirst = this.#end === 0;
    const expected = isFirst ? this.#originPosition : this.#end;
    const gapSeconds = Math.abs(position - expected) / this.#sampleRate;
    const arrivedSeconds = isFirst ? 0 : (arrivalMs - this.#newestArrivalMs) / 1000;
    if (gapSeconds > Math.max(MAX_UNPROVEN_GAP_SECONDS, 1.5 * arrivedSeconds)) {
      this.#begin(timestamp, expected);
      position = expected;
    } else if (ahead > 0) {
      this.#newestTicks += ahead;
      this.#newestTimestamp = timestamp;
    }
    this.#newestArrivalMs = Math.max(this.#newestArrivalMs, arrivalMs);
    if (position >= this.#end) this.#gaps.open(this.#end, position);
    else this.#gaps.fill(Math.max(0, position), Math.min(this.#end, position + count));
    this.#end = Math.max(this.#end, position + count);
    return position;
  }

  /** Counts what is missing up to `length` as a gap at the end. */
  extend(length: number): void {
    this.#gaps.open(this.#end, length);
    this.#end = Math.max(this.#end, length);
  }

  #begin(timestamp: number, position: number): void {
    this.#originTimestamp = timestamp;
    this.#originPosition = position;
    this.#newestTimestamp = timestamp;
    this.#newestTicks = 0;
  }
}
