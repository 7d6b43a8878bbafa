/**
 * Where a frame or a run of samples belongs on a recording's time line.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";

/**
 * Unwraps RTP timestamps and leaves out pauses: what comes after a PLAY follows what came before.
 */
export class Timeline {
  /** Timestamp and ticks of the newest unit. */
  #timestamp: number | undefined;
  #ticks = 0;
  /** End of all that was placed so far. */
  #end = 0;
  /** The next unit begins a new stretch; its timestamp is this where PLAY's reply told it. */
  #restart: { readonly timestamp: number | undefined } | undefined = { timestamp: undefined };

  /** End of the newest unit in ticks. */
  get end(): number {
    return this.#end;
  }

  /** PLAY goes out: what comes next begins a new stretch. */
  restart(): void {
    this.#restart = { timestamp: undefined };
  }

  /** PLAY was answered: the range begins at `timestamp`. Too late when a unit came before the reply. */
  announce(timestamp: number): void {
    if (this.#restart !== undefined) this.#restart = { timestamp };
  }

  /** Ticks of a unit with `timestamp` that lasts `duration` ticks. */
  place(timestamp: number, duration: number): number {
    if (this.#restart !== undefined) {
      const start = this.#restart.timestamp;
      // A first unit before the announced start, or far behind it, gives the announcement the lie.
      const ahead = start === undefined ? 0 : difference32(timestamp, start);
      const offset = ahead >= 0 && ahead < MAX_LATE_START ? ahead : 0;
      this.#ticks = this.#end + offset;
      this.#restart = undefined;
    } else {
      this.#ticks += difference32(timestamp, this.#timestamp!);
    }
    this.#timestamp = timestamp;
    this.#end = Math.max(this.#end, this.#ticks + duration);
    return this.#ticks;
  }
}

/** Losses at the start of a range are believed up to this many ticks: ten seconds of video's clock. */
const MAX_LATE_START = 900_000;
