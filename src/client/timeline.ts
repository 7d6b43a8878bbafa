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
  /** Missing ticks that were believed since the stretch began at `#stretchMs`. */
  #gaps = 0;
  #stretchMs = 0;
  readonly #clockRate: number;
  /** The next unit begins a new stretch; its timestamp is this where PLAY's reply told it. */
  #restart: { readonly timestamp: number | undefined } | undefined = { timestamp: undefined };

  /** A time line of which nothing is known yet; `clockRate` is in Hz. */
  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

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

  /** Ticks of a unit with `timestamp` that lasts `duration` ticks and came at `nowMs`. */
  place(timestamp: number, duration: number, nowMs: number): number {
    if (this.#restart !== undefined) {
      const start = this.#restart.timestamp;
      // A first unit before the announced start, or far behind it, gives the announcement the lie.
      const ahead = start === undefined ? 0 : difference32(timestamp, start);
      const offset = ahead >= 0 && ahead < MAX_LATE_START_SECONDS * this.#clockRate ? ahead : 0;
      this.#ticks = this.#end + offset;
      this.#restart = undefined;
      this.#gaps = 0;
      this.#stretchMs = nowMs;
    } else {
      const ticks = this.#ticks + difference32(timestamp, this.#timestamp!);
      this.#ticks = duration === 0 || this.#isCredible(ticks - this.#end, nowMs)
        ? ticks
        : this.#end;
    }
    this.#timestamp = timestamp;
    this.#end = Math.max(this.#end, this.#ticks + duration);
    return this.#ticks;
  }

  /**
   * Whether so much can be missing: hardly more than time has passed. A sender whose timestamps jump
   * would else fill the disk with silence.
   */
  #isCredible(gap: number, nowMs: number): boolean {
    const seconds = SLACK_SECONDS + 1.5 * (nowMs - this.#stretchMs) / 1000;
    const gaps = this.#gaps + Math.max(0, gap);
    if (Math.abs(gap) > seconds * this.#clockRate || gaps > seconds * this.#clockRate) return false;
    this.#gaps = gaps;
    return true;
  }
}

/** Losses at the start of a range are believed up to so many seconds. */
const MAX_LATE_START_SECONDS = 10;

/** Gaps are believed up to so many seconds beyond the time that has passed. */
const SLACK_SECONDS = 2;
