/**
 * Which clock a stream's timestamps run on, measured against arrival times.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";
import type { Meta, Reporter } from "./reporter.ts";

/** Time between two packets above which the stream is taken to have paused, in ms. */
const PAUSE = 1500;
/** Seconds of media in one step that are no step, but a clock that was set. */
const LEAP = 20;
/** So many of them in a row are no clock. */
const LEAPS = 10;
/** Time over which a rate is measured, in ms, and packets that it takes. */
const WINDOW = 3000;
const WINDOW_PACKETS = 10;
/** The same at the end of a stream. */
const LAST_WINDOW = 1000;
/** How far the rate may be off. */
const TOLERANCE = 0.25;
/** Media time that a standard sender may run ahead, in ms: servers fill the client's buffer first. */
const ALLOWED_LEAD = 15_000;

/** What {@linkcode TimestampWatch} is told of the stream. */
export interface TimestampWatchOptions {
  /** Clock rate in Hz. */
  readonly clockRate: number | undefined;
  /** Frames a second, for video whose rate is known. */
  readonly frameRate: number | undefined;
  /** Whether a lab's pacing holds: no burst at the start. */
  readonly isLab: boolean;
  /** Whether frames may be sent in another order than they are shown. */
  readonly mayReorder: boolean;
}

/** Watches the timestamps of one stream. */
export class TimestampWatch {
  readonly #reporter: Reporter;
  readonly #options: TimestampWatchOptions;
  #started = false;
  #previous = 0;
  #previousTime = 0;
  #ticks = 0;
  #elapsed = 0;
  #packets = 0;
  #changes = 0;
  /** Steps in a row that are too long to be any. */
  #leaps = 0;
  /** Windows in a row that were off in the same direction. */
  #offWindows = 0;
  /** The window before, where it was the first that was off. */
  #doubted: { ticks: number; elapsed: number; changes: number; leadMs: number } | undefined;
  #leadMs = 0;
  #named = false;

  /** A stream of which nothing has been seen. */
  constructor(reporter: Reporter, options: TimestampWatchOptions) {
    this.#reporter = reporter;
    this.#options = options;
  }

  /** Whether the timestamps were found to be no media clock. */
  get isNoClock(): boolean {
    return this.#named;
  }

  /** Takes a packet; `continues` when it came right after the one before or with few missing. */
  update(timestamp: number, continues: boolean, meta: Meta): void {
    const elapsed = meta.timeMs - this.#previousTime;
    const ticks = difference32(timestamp, this.#previous);
    if (this.#started && continues) {
      if (ticks < 0 && !this.#options.mayReorder) {
        this.#reporter.report(
          "rtp-timestamp-backwards",
          meta,
          () => `${timestamp} after ${(timestamp - ticks) >>> 0}`,
        );
      }
      const isStep = this.#isStep(ticks);
      if (elapsed >= 0 && elapsed < PAUSE && ticks !== 0) this.#countLeap(isStep, ticks, meta);
      if (elapsed >= 0 && elapsed < PAUSE && isStep) {
        this.#elapsed += elapsed;
        this.#ticks += ticks;
        this.#packets++;
        if (ticks !== 0) this.#changes++;
        if (this.#elapsed >= WINDOW && this.#packets >= WINDOW_PACKETS) {
          this.#judge(meta.timeMs, false);
          this.#startWindow();
        }
      }
    }
    this.#started = true;
    this.#previous = timestamp;
    this.#previousTime = meta.timeMs;
  }

  /** The stream pauses: what comes next is not measured against what came before. */
  pause(): void {
    this.#started = false;
  }

  /** The stream has ended: judges what was not judged yet. */
  end(timeMs: number): void {
    const doubted = this.#doubted;
    if (this.#elapsed < LAST_WINDOW && doubted !== undefined) {
      // Too little follows to confirm it: the two are looked at as one.
      this.#ticks += doubted.ticks;
      this.#elapsed += doubted.elapsed;
      this.#changes += doubted.changes;
      this.#leadMs = doubted.leadMs;
      this.#judge(timeMs, true);
      return;
    }
    if (this.#packets < WINDOW_PACKETS) return;
    if (this.#elapsed >= LAST_WINDOW) this.#judge(timeMs, true);
    else if (this.#looksLikeTimeOfDay()) {
      this.#reporter.reportSession("rtp-timestamp-seconds", timeMs, this.#seen());
    }
  }

  /** For streams that are too short to be measured: seconds since 1970, of these decades. */
  #looksLikeTimeOfDay(): boolean {
    return this.#options.isLab && this.#previous > 1.4e9 && this.#previous < 2.4e9 &&
      this.#ticks >= 0 && this.#ticks <= 2 && this.#ticks === this.#changes;
  }

  #seen(): string {
    const seconds = (this.#elapsed / 1000).toFixed(1);
    return `${this.#ticks} units in ${seconds} s of arrival, the newest ${this.#previous}`;
  }

  /** Whether the clock ran on, rather than being set: what was set says nothing about its rate. */
  #isStep(ticks: number): boolean {
    if (ticks < 0) return this.#options.mayReorder;
    return ticks < LEAP * (this.#options.clockRate ?? Infinity);
  }

  /** A clock may be set now and then, but not with every packet: its bytes stand in the wrong places. */
  #countLeap(isStep: boolean, ticks: number, meta: Meta): void {
    this.#leaps = isStep ? 0 : this.#leaps + 1;
    if (this.#leaps < LEAPS) return;
    this.#leaps = 0;
    this.#named = true;
    this.#reporter.reportSession(
      "rtp-timestamp-rate",
      meta.timeMs,
      () => `${ticks} units from one timestamp to the next, ${LEAPS} times in a row`,
    );
  }

  #startWindow(): void {
    this.#ticks = 0;
    this.#elapsed = 0;
    this.#packets = 0;
    this.#changes = 0;
  }

  #judge(timeMs: number, last: boolean): void {
    this.#doubted = undefined;
    const rate = this.#ticks * 1000 / this.#elapsed;
    const { clockRate } = this.#options;
    const name = this.#changes === 0
      // Whole seconds change less than once in a short last window.
      ? (last && this.#elapsed < 1500 ? undefined : "rtp-timestamp-constant")
      : rate >= 0.4 && rate <= 2.5
      ? "rtp-timestamp-seconds"
      : rate > 850 && rate < 1150 && clockRate !== 1000
      ? "rtp-timestamp-milliseconds"
      : undefined;
    if (name !== undefined) {
      this.#named = true;
      this.#reporter.reportSession(name, timeMs, () => this.#seen());
    } else if (clockRate !== undefined && clockRate > 0 && this.#changes > 0) {
      this.#compare(rate / clockRate, clockRate, timeMs, last);
    }
  }

  #compare(ratio: number, clockRate: number, timeMs: number, last: boolean): void {
    const leadMs = this.#leadMs;
    this.#leadMs += this.#ticks * 1000 / clockRate - this.#elapsed;
    const tolerance = last ? 0.4 : TOLERANCE;
    const sign = ratio > 1 + tolerance ? 1 : ratio < 1 - tolerance ? -1 : 0;
    if (sign === 0) {
      this.#offWindows = 0;
      return;
    }
    this.#offWindows = Math.sign(this.#offWindows) === sign ? this.#offWindows + sign : sign;
    const confirmed = last || Math.abs(this.#offWindows) >= 2;
    if (!confirmed) {
      this.#doubted = {
        ticks: this.#ticks,
        elapsed: this.#elapsed,
        changes: this.#changes,
        leadMs,
      };
    }
    if (!confirmed || (sign > 0 && !this.#options.isLab && !this.#tooFarAhead(last))) return;
    const seen = `${
      Math.round(ratio * clockRate)
    } units a second of arrival, clock ${clockRate} Hz`;
    const { frameRate, isLab } = this.#options;
    const perFrame = this.#ticks / this.#changes;
    const stepFits = frameRate !== undefined &&
      Math.abs(perFrame * frameRate / clockRate - 1) < 0.15;
    if (!stepFits) this.#reporter.reportSession("rtp-timestamp-rate", timeMs, seen);
    else if (!isLab) {
      const rule = sign > 0 ? "rtp-pacing-fast" : "rtp-pacing-slow";
      this.#reporter.reportSession(rule, timeMs, seen);
    }
  }

  #tooFarAhead(last: boolean): boolean {
    return this.#leadMs > (last ? ALLOWED_LEAD / 3 : ALLOWED_LEAD);
  }
}
