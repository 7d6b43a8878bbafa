/**
 * `--from`, `--to` and `--frames`: which packets are meant.
 *
 * @module
 */

import type { RecordCursor } from "../capture/record_cursor.ts";

/** Limits, all inclusive; what is left out does not limit. */
export interface FilterLimits {
  /** Time since the first frame in ms. */
  readonly fromMs?: number | undefined;
  /** Time since the first frame in ms. */
  readonly toMs?: number | undefined;
  /** First frame number. */
  readonly firstFrame?: number | undefined;
  /** Last frame number. */
  readonly lastFrame?: number | undefined;
}

/** Decides by a record's time and number. */
export class PacketFilter {
  readonly #limits: FilterLimits;
  #seconds = -1;
  #nanoseconds = 0;

  /** A filter that takes everything within `limits`. */
  constructor(limits: FilterLimits = {}) {
    this.#limits = limits;
  }

  /** Notes the first frame, from which times are counted; later ones change nothing. */
  begin(cursor: RecordCursor): void {
    if (this.#seconds !== -1) return;
    this.#seconds = cursor.seconds;
    this.#nanoseconds = cursor.nanoseconds;
  }

  /** Whether the record is meant. */
  takes(cursor: RecordCursor): boolean {
    const timeMs = (cursor.seconds - this.#seconds) * 1000 +
      (cursor.nanoseconds - this.#nanoseconds) / 1e6;
    return this.takesMoment(cursor.frameNumber, timeMs);
  }

  /** Whether a frame of that number and time since the first is meant. */
  takesMoment(frameNumber: number, timeMs: number): boolean {
    const { fromMs = -Infinity, toMs = Infinity, firstFrame = 0, lastFrame = Infinity } =
      this.#limits;
    return frameNumber >= firstFrame && frameNumber <= lastFrame && timeMs >= fromMs &&
      timeMs <= toMs;
  }
}
