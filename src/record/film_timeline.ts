/**
 * Which place in the film each received picture has. A film file knows no times, only a rate: so lost
 * pictures are shown as the one before them for longer, and the ones behind stay where they belong.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";
import type { FrameRate } from "../media/avi_header.ts";
import { FrameSteps } from "../payload/frame_steps.ts";
import { commonStep, toFraction } from "./frame_rate.ts";
import { GapList } from "./gap_list.ts";

/** A picture as it came. */
export interface ArrivedPicture {
  /** RTP timestamp. */
  readonly timestamp: number;
  /** Sequence number of its last packet. */
  readonly sequenceNumber: number;
  /** Sequence numbers that it took, where that is known to be more than one. */
  readonly packets?: number;
  /** When it was whole, in ms. */
  readonly arrivalMs: number;
  /** The picture. */
  readonly jpeg: Uint8Array;
}

/** A picture with its place. */
export interface PlacedPicture {
  /** Number from 0. */
  readonly slot: number;
  /** The picture, or the one before it where this one was lost. */
  readonly jpeg: Uint8Array;
  /** Whether it stands for one that was lost. */
  readonly repeated: boolean;
}

/** What is known of a film. */
export interface FilmTimelineInit {
  /** RTP clock in Hz. */
  readonly clockRate: number;
  /** Frames a second, where the description says so. */
  readonly frameRate?: number;
  /** Whether timestamps may be no media clock, as the labs' often are. */
  readonly looseClock: boolean;
}

/** Pictures, and the time in ms, that are looked at before the rate is settled. */
const TRIAL_PICTURES = 16;
const TRIAL_MS = 900;

/** A jump this long that the arrival times do not bear out is a new beginning, not a loss. */
const MAX_UNPROVEN_GAP_SECONDS = 2;

/** Pictures of at most so many seconds may be missing at the end. */
const MAX_TAIL_SECONDS = 60;

/** What tells the place of a picture. */
type Ruler = "timestamp" | "sequence" | "arrival";

/** Gives pictures their places; they must come in order. */
export class FilmTimeline {
  readonly #init: FilmTimelineInit;
  readonly #gaps = new GapList();
  #trial: ArrivedPicture[] | undefined = [];
  #rate: FrameRate;
  #ruler: Ruler = "timestamp";
  /** What places are measured from; its own place need not be a whole number. */
  #origin: ArrivedPicture | undefined;
  #originSlot = 0;
  #start: { timestamp: number; seconds: number } | undefined;
  #last: ArrivedPicture | undefined;
  #next = 0;
  /** Timestamp units since the origin, which may be more than 2^31 in a long film. */
  #ticks = 0;
  readonly #numbers = new FrameSteps();
  #sequenceSteps = 0;

  /** A film of which nothing has come. */
  constructor(init: FilmTimelineInit) {
    this.#init = init;
    this.#rate = toFraction(init.frameRate ?? 25);
    if (init.frameRate !== undefined && !init.looseClock) this.#trial = undefined;
  }

  /** Frames a second; settled with the first picture that is placed. */
  get rate(): FrameRate {
    return this.#rate;
  }

  /** Places of pictures that were lost. */
  get gaps(): GapList {
    return this.#gaps;
  }

  /** Places filled so far. */
  get length(): number {
    return this.#next;
  }

  /** Puts a picture with this timestamp so many seconds behind the recording's start. */
  begin(timestamp: number, seconds: number): void {
    this.#start = { timestamp, seconds };
  }

  /** Takes the next picture and gives what can be placed. */
  push(picture: ArrivedPicture): PlacedPicture[] {
    if (this.#trial === undefined) return this.#place(picture);
    this.#trial.push(picture);
    const first = this.#trial[0]!;
    const enough = this.#trial.length >= TRIAL_PICTURES ||
      picture.arrivalMs - first.arrivalMs >= TRIAL_MS;
    return enough ? this.flush() : [];
  }

  /** Places what waits for the rate to be known. */
  flush(): PlacedPicture[] {
    const trial = this.#trial;
    if (trial === undefined) return [];
    this.#trial = undefined;
    this.#settle(trial);
    return trial.flatMap((picture) => this.#place(picture));
  }

  /**
   * The place of a timestamp behind the last picture, as that of a picture which never became whole;
   * undefined where timestamps tell no places, or this one lies too far off to be believed.
   */
  slotAt(timestamp: number): number | undefined {
    const last = this.#last;
    if (last === undefined || this.#ruler !== "timestamp") return undefined;
    const ticks = difference32(timestamp, last.timestamp);
    const seconds = ticks / this.#init.clockRate;
    if (seconds < 0 || seconds > MAX_TAIL_SECONDS) return undefined;
    const perSecond = this.#rate.numerator / this.#rate.denominator;
    return Math.round(this.#originSlot + (this.#ticks + ticks) / this.#init.clockRate * perSecond);
  }

  /** Repeats the last picture until the film has `length` places. */
  extend(length: number): PlacedPicture[] {
    return this.#last === undefined ? [] : this.#repeat(this.#last.jpeg, length);
  }

  #settle(trial: readonly ArrivedPicture[]): void {
    const { clockRate, frameRate, looseClock } = this.#init;
    const first = trial[0];
    const last = trial.at(-1);
    if (first === undefined || last === undefined) return;
    const arrivals = trial.map(({ arrivalMs }) => arrivalMs);
    const ticks = trial.map(({ timestamp }) => difference32(timestamp, first.timestamp));
    const elapsedSeconds = (last.arrivalMs - first.arrivalMs) / 1000;
    const ratio = ticks.at(-1)! / clockRate / Math.max(elapsedSeconds, 0.001);
    // Pictures may come in a burst at first, but hardly slower than their clock says.
    const sound = trial.length < 2 || !looseClock || (ratio > 0.6 && ratio < 20);
    if (sound && trial.length >= 2) {
      const step = commonStep(ticks, 0.1);
      if (frameRate === undefined && step !== undefined) this.#rate = rateOfTicks(clockRate, step);
      return;
    }
    if (sound) return;
    const numbers = new FrameSteps();
    const pictures = trial.reduce((sum, picture) => sum + numbers.next(picture), 0);
    // The numbers count pictures, even where some are missing.
    const counts = numbers.goOn && pictures < trial.length * 1.8;
    this.#ruler = counts ? "sequence" : "arrival";
    if (frameRate === undefined && elapsedSeconds > 0) {
      const step = this.#ruler === "sequence"
        ? elapsedSeconds * 1000 / pictures
        : commonStep(arrivals, 0.3) ?? 40;
      this.#rate = { numerator: Math.max(1, Math.round(1000 / step)), denominator: 1 };
    }
  }

  #place(picture: ArrivedPicture): PlacedPicture[] {
    const slot = this.#slotOf(picture);
    const before = this.#last?.jpeg ?? picture.jpeg;
    this.#last = picture;
    const placed = this.#repeat(before, slot);
    placed.push({ slot: this.#next++, jpeg: picture.jpeg, repeated: false });
    return placed;
  }

  #repeat(jpeg: Uint8Array, until: number): PlacedPicture[] {
    const placed: PlacedPicture[] = [];
    this.#gaps.open(this.#next, until);
    while (this.#next < until) placed.push({ slot: this.#next++, jpeg, repeated: true });
    return placed;
  }

  #slotOf(picture: ArrivedPicture): number {
    const perSecond = this.#rate.numerator / this.#rate.denominator;
    const last = this.#last;
    const steps = this.#numbers.next(picture);
    if (this.#origin === undefined || last === undefined) {
      this.#begin(picture, Math.max(0, this.#firstSeconds(picture) * perSecond));
      return Math.round(this.#originSlot);
    }
    this.#ticks += difference32(picture.timestamp, last.timestamp);
    this.#sequenceSteps += steps;
    const seconds = this.#ruler === "timestamp"
      ? this.#ticks / this.#init.clockRate
      : this.#ruler === "sequence"
      ? this.#sequenceSteps / perSecond
      : (picture.arrivalMs - this.#origin.arrivalMs) / 1000;
    const slot = Math.round(this.#originSlot + seconds * perSecond);
    const gapSeconds = (slot - this.#next) / perSecond;
    const arrivedSeconds = (picture.arrivalMs - last.arrivalMs) / 1000;
    if (Math.abs(gapSeconds) > Math.max(MAX_UNPROVEN_GAP_SECONDS, 1.5 * arrivedSeconds)) {
      this.#begin(picture, this.#next);
      return this.#next;
    }
    return slot;
  }

  #firstSeconds(picture: ArrivedPicture): number {
    if (this.#start === undefined) return 0;
    const { timestamp, seconds } = this.#start;
    if (this.#ruler !== "timestamp") return seconds;
    const later = difference32(picture.timestamp, timestamp) / this.#init.clockRate;
    return seconds + (later > 0 && later < MAX_UNPROVEN_GAP_SECONDS ? later : 0);
  }

  #begin(picture: ArrivedPicture, slot: number): void {
    this.#origin = picture;
    this.#originSlot = slot;
    this.#ticks = 0;
    this.#sequenceSteps = 0;
  }
}

function rateOfTicks(clockRate: number, step: number): FrameRate {
  // A step that is a whole number of ticks makes an exact fraction: 90000/3003 is 30000/1001.
  const whole = Math.round(step);
  if (Math.abs(step - whole) > 1e-6) return toFraction(clockRate / step);
  const divisor = greatestCommonDivisor(clockRate, whole);
  return { numerator: clockRate / divisor, denominator: whole / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
