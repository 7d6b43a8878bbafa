/**
 * Whether frames come when they are due.
 *
 * @module
 */

import type { Meta, Reporter } from "./reporter.ts";

/** Intervals that are judged together. */
const WINDOW = 40;
/** The fewest intervals that are judged at the end of a stream. */
const LAST_WINDOW = 10;
/** An interval above which the stream is taken to have paused, in ms. */
const PAUSE = 1000;

/** Watches the arrival of frames. */
export class PacingWatch {
  readonly #reporter: Reporter;
  /** Time between two frames, in ms. */
  readonly #nominal: number;
  /** Whether the rate itself is judged, or only how even it is. */
  readonly #judgeRate: boolean;
  #previousTime = -1;
  #count = 0;
  #sum = 0;
  #short = 0;
  #longest = 0;

  /** `frameRate` in frames a second. */
  constructor(reporter: Reporter, frameRate: number, judgeRate: boolean) {
    this.#reporter = reporter;
    this.#nominal = 1000 / frameRate;
    this.#judgeRate = judgeRate;
  }

  /** The first packet of a frame came; `continues` when no packet before it was lost. */
  frame(continues: boolean, meta: Meta): void {
    const interval = meta.timeMs - this.#previousTime;
    const known = this.#previousTime >= 0;
    this.#previousTime = meta.timeMs;
    if (!known || !continues || interval < 0 || interval > PAUSE) return;
    this.#count++;
    this.#sum += interval;
    if (interval < this.#nominal / 5) this.#short++;
    if (interval > this.#longest) this.#longest = interval;
    if (this.#count >= WINDOW) this.#judge(meta.timeMs);
  }

  /** The stream pauses. */
  pause(): void {
    this.#previousTime = -1;
  }

  /** The stream has ended: judges what was not judged yet. */
  end(timeMs: number): void {
    if (this.#count >= LAST_WINDOW) this.#judge(timeMs);
  }

  #judge(timeMs: number): void {
    const mean = this.#sum / this.#count;
    const words = `${this.#count + 1} frames, ${mean.toFixed(1)} ms apart in the mean`;
    const due = `, due every ${this.#nominal.toFixed(1)} ms`;
    // Bursts first: the mean of a window that ends amid them says little.
    if (this.#short * 2 >= this.#count && this.#longest > 3 * this.#nominal) {
      this.#reporter.reportSession(
        "rtp-pacing-burst",
        timeMs,
        `${words}, but ${this.#short} at once and up to ${this.#longest.toFixed(0)} ms between`,
      );
    } else if (this.#judgeRate && mean < 0.8 * this.#nominal) {
      this.#reporter.reportSession("rtp-pacing-fast", timeMs, words + due);
    } else if (this.#judgeRate && mean > 4 / 3 * this.#nominal) {
      this.#reporter.reportSession("rtp-pacing-slow", timeMs, words + due);
    }
    this.#count = 0;
    this.#sum = 0;
    this.#short = 0;
    this.#longest = 0;
  }
}
