/**
 * Times of a capture as they are told: since its first frame.
 *
 * @module
 */

import type { RecordCursor } from "../capture/record_cursor.ts";

/** Subtracts the first frame's time. */
export class CaptureClock {
  #seconds: number = -1;
  #nanoseconds = 0;

  /** Whether a first frame was seen. */
  get hasBegun(): boolean {
    return this.#seconds !== -1;
  }

  /** Unix time of the first frame in ms. */
  get startUnixMs(): number {
    return this.#seconds * 1000 + this.#nanoseconds / 1e6;
  }

  /** Notes the first frame; later ones change nothing. */
  begin(cursor: RecordCursor): void {
    if (this.#seconds !== -1) return;
    this.#seconds = cursor.seconds;
    this.#nanoseconds = cursor.nanoseconds;
  }

  /** Time of the record since the first frame in ms. */
  timeMs(cursor: RecordCursor): number {
    return (cursor.seconds - this.#seconds) * 1000 +
      (cursor.nanoseconds - this.#nanoseconds) / 1e6;
  }
}
