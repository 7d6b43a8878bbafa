/**
 * When the units of a range are sent.
 *
 * @module
 */

/** The burst is sent at this multiple of the media's speed. */
const BURST_SPEED = 10;

/** How a range begins and goes on. */
export interface Pace {
  /** Time of the range's start on the pacer's clock, in ms. */
  readonly startMs: number;
  /** Media seconds a second: RTSP's Speed. */
  readonly speed: number;
  /** Media seconds at the start that are sent ahead of time. */
  readonly burst: number;
  /** How much of what comes next may be sent along with what is due, in ms, where that saves work. */
  readonly aheadMs: number;
}

/** The clock of a range. All tracks of a session share one, so that they stay together. */
export class Schedule {
  /** Media seconds a second. */
  readonly speed: number;
  /** How much of what comes next may be sent along with what is due, in ms, where that saves work. */
  readonly aheadMs: number;
  readonly #burst: number;
  #startMs: number;
  #moves = 0;

  /** A schedule that nothing has delayed yet. */
  constructor({ startMs, speed, burst, aheadMs }: Pace) {
    this.speed = speed;
    this.aheadMs = aheadMs;
    this.#burst = burst;
    this.#startMs = startMs;
  }

  /** Time of the range's start on the pacer's clock, in ms, later by what the schedule was moved. */
  get startMs(): number {
    return this.#startMs;
  }

  /** How often it was moved: what was reported before the last time is no longer true. */
  get moves(): number {
    return this.#moves;
  }

  /** Makes all that is still to come later by `ms`. */
  move(ms: number): void {
    this.#startMs += ms;
    this.#moves++;
  }

  /** When media time `seconds` into the range is sent, on the pacer's clock in ms. */
  dueMs(seconds: number): number {
    const ahead = seconds < this.#burst
      ? seconds / BURST_SPEED
      : seconds - this.#burst * (1 - 1 / BURST_SPEED);
    return this.#startMs + ahead * 1000 / this.speed;
  }

  /** Media seconds that are sent in a second, at media time `seconds` into the range. */
  speedAt(seconds: number): number {
    return seconds < this.#burst ? this.speed * BURST_SPEED : this.speed;
  }

  /** Media time that a receiver plays at a time, in seconds since the start of the range. */
  secondsAt(nowMs: number): number {
    return (nowMs - this.#startMs) / 1000 * this.speed;
  }
}
