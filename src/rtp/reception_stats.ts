/**
 * What a receiver can say about a stream from the headers and arrival times alone. Live sessions
 * and captures both count here.
 *
 * @module
 */

import { difference16, difference32 } from "../bytes/serial.ts";
import { InterarrivalJitter } from "./jitter.ts";
import type { ReceptionSnapshot } from "./reception_snapshot.ts";
import { SequenceWindow } from "./sequence_window.ts";

/**
 * What the arrival of one packet meant:
 *
 * - `first`: the first packet of the stream;
 * - `in-order`: the number after the highest so far;
 * - `gap`: a higher number, with numbers missing before it;
 * - `reordered`: a missing number, not too late to be put back in order;
 * - `late`: a missing number, more than {@linkcode REORDER_WINDOW} numbers behind the highest;
 * - `duplicate`: a number that was seen already;
 * - `probation`: a number so far off that it is either a stray or the start of a new sequence;
 * - `restart`: the packet that confirms a new sequence.
 */
export type Arrival =
  | "first"
  | "in-order"
  | "gap"
  | "reordered"
  | "late"
  | "duplicate"
  | "probation"
  | "restart";

/** A jump of this many numbers or more is a restart, once a second packet confirms it (RFC 3550 A.1). */
export const MAX_DROPOUT = 3000;

/** Packets further behind the highest number than this are too late to be put back in order. */
export const REORDER_WINDOW = 64;

/** Instead of the sequence number that would confirm a restart: nothing is doubtful. */
const NOTHING_DOUBTFUL = -1;
/** The same: the next packet begins a sequence. */
const ANNOUNCED = -2;

/** Options of {@linkcode ReceptionStats}. */
export interface ReceptionStatsOptions {
  /** Clock rate in Hz. Without one there is no jitter and no skew. */
  readonly clockRate?: number;
}

/** Counts one stream: one SSRC on one path. */
export class ReceptionStats {
  readonly #window = new SequenceWindow();
  readonly #jitter: InterarrivalJitter;
  #received = 0;
  #bytes = 0;
  #base = 0;
  #highest = 0;
  #unique = 0;
  #duplicates = 0;
  #reordered = 0;
  #late = 0;
  #strays = 0;
  #restarts = 0;
  #wraps = 0;
  #markers = 0;
  #timestamps = 0;
  /** Expected and unique numbers of the sequences before the last restart. */
  #expectedBefore = 0;
  /** Sequence number that would confirm a restart, or one of the constants above. */
  #probation = NOTHING_DOUBTFUL;
  #probationTimestamp = 0;
  #probationArrival = 0;
  #probationDelta = 0;

  #newestTimestamp = 0;
  #previousTimestamp = 0;
  #elapsedTicks = 0;
  #firstArrival = 0;
  #lastArrival = 0;
  #pausedMs = 0;
  #deltaMin = Infinity;
  #deltaMax = -Infinity;

  /** A stream of which nothing has arrived. */
  constructor(options: ReceptionStatsOptions = {}) {
    this.#jitter = new InterarrivalJitter(options.clockRate ?? 0);
  }

  /** Packets that arrived. */
  get received(): number {
    return this.#received;
  }

  /** Sequence numbers not seen so far, as in the snapshot. */
  get lost(): number {
    return this.#expected - this.#unique;
  }

  get #expected(): number {
    return this.#received === 0 ? 0 : this.#expectedBefore + this.#highest - this.#base + 1;
  }

  /**
   * Counts a packet. `arrivalMs` may have any origin, but must not be a clock that is set back;
   * `bytes` is whatever length the caller wants added up.
   */
  update(
    sequenceNumber: number,
    timestamp: number,
    arrivalMs: number,
    bytes: number,
    marker: boolean,
  ): Arrival {
    // Differences are all that counts, and as a signed number it takes no memory of its own.
    timestamp |= 0;
    this.#bytes += bytes;
    if (marker) this.#markers++;
    if (this.#received++ === 0) return this.#first(sequenceNumber, timestamp, arrivalMs);
    const delta = arrivalMs - this.#lastArrival;
    if (delta < this.#deltaMin) this.#deltaMin = delta;
    if (delta > this.#deltaMax) this.#deltaMax = delta;
    this.#lastArrival = arrivalMs;
    // Almost always the next number, and nothing on probation.
    if (sequenceNumber !== ((this.#highest + 1) & 0xffff) || this.#probation !== NOTHING_DOUBTFUL) {
      return this.#exceptional(sequenceNumber, timestamp, arrivalMs, delta);
    }
    this.#advanceOne();
    if (timestamp === this.#previousTimestamp) return "in-order";
    this.#previousTimestamp = timestamp;
    this.#timestamps++;
    const ahead = difference32(timestamp, this.#newestTimestamp);
    if (ahead > 0) {
      this.#elapsedTicks += ahead;
      this.#newestTimestamp = timestamp;
    }
    this.#jitter.update(timestamp, arrivalMs, this.#elapsedTicks);
    return "in-order";
  }

  #first(sequenceNumber: number, timestamp: number, arrivalMs: number): Arrival {
    this.#begin(sequenceNumber);
    this.#probation = NOTHING_DOUBTFUL;
    this.#timestamps = 1;
    this.#newestTimestamp = this.#previousTimestamp = timestamp;
    this.#firstArrival = this.#lastArrival = arrivalMs;
    this.#jitter.begin(timestamp, arrivalMs);
    return "first";
  }

  #exceptional(
    sequenceNumber: number,
    timestamp: number,
    arrivalMs: number,
    delta: number,
  ): Arrival {
    const isAnnounced = this.#probation === ANNOUNCED;
    const arrival = this.#place(sequenceNumber, timestamp);
    if (arrival === "probation") {
      this.#probationArrival = arrivalMs;
      this.#probationDelta = delta;
      return arrival;
    }
    if (isAnnounced) {
      this.#beginStretch(timestamp, arrivalMs, delta);
    } else if (arrival === "restart") {
      this.#beginStretch(this.#probationTimestamp, this.#probationArrival, this.#probationDelta);
    }
    const ahead = difference32(timestamp, this.#newestTimestamp);
    // What is stamped later than all others is no copy: the sender does not count.
    if (arrival === "duplicate" && ahead <= 0) return arrival;
    if (timestamp !== this.#previousTimestamp) {
      this.#previousTimestamp = timestamp;
      if (arrival !== "reordered" && arrival !== "late") this.#timestamps++;
    }
    if (ahead > 0) {
      this.#elapsedTicks += ahead;
      this.#newestTimestamp = timestamp;
    }
    this.#jitter.update(timestamp, arrivalMs, this.#elapsedTicks);
    return arrival;
  }

  /**
   * The sender begins anew with a packet, `delta` ms after the one before it. Whatever its clock did
   * meanwhile, arrival times and timestamps cannot be compared over that.
   */
  #beginStretch(timestamp: number, arrivalMs: number, delta: number): void {
    if (timestamp !== this.#previousTimestamp) this.#timestamps++;
    this.#newestTimestamp = this.#previousTimestamp = timestamp;
    this.#pausedMs += delta;
    this.#jitter.begin(timestamp, arrivalMs);
  }

  /**
   * Starts a new sequence with the next packet, without waiting for a second one to confirm it, unless
   * its number is at most {@linkcode REORDER_WINDOW} ahead: then the old one goes on. For a caller that
   * knows of the change, such as a player that sends PLAY.
   */
  expectRestart(): void {
    this.#probation = ANNOUNCED;
  }

  #begin(sequenceNumber: number): void {
    this.#window.clear();
    this.#base = this.#highest = sequenceNumber;
    this.#unique++;
  }

  #place(sequenceNumber: number, timestamp: number): Arrival {
    const jump = difference16(sequenceNumber, this.#highest & 0xffff);
    if (this.#probation !== NOTHING_DOUBTFUL) {
      const arrival = this.#onProbation(sequenceNumber, timestamp, jump);
      if (arrival !== undefined) return arrival;
    }
    if (jump === 1) {
      this.#advance(1);
      return "in-order";
    }
    if (jump >= MAX_DROPOUT || jump <= -MAX_DROPOUT) {
      return this.#startProbation(sequenceNumber, timestamp);
    }
    if (jump > 0) {
      this.#advance(jump);
      return "gap";
    }
    // A packet numbered lower but stamped later than the newest is no straggler: the sender has
    // begun to count anew (lab servers do so at each PLAY).
    if (jump < 0 && difference32(timestamp, this.#newestTimestamp) > 0) {
      return this.#startProbation(sequenceNumber, timestamp);
    }
    return this.#placeBehind(this.#highest + jump);
  }

  #placeBehind(extended: number): Arrival {
    const behind = this.#highest - extended;
    if (extended < this.#base) {
      // The stream began earlier than its first arrival.
      for (let number = extended + 1; number < this.#base; number++) this.#window.forget(number);
      this.#base = extended;
    } else if (this.#window.has(extended)) {
      this.#duplicates++;
      return "duplicate";
    }
    this.#window.note(extended);
    this.#unique++;
    if (behind > REORDER_WINDOW) {
      this.#late++;
      return "late";
    }
    this.#reordered++;
    return "reordered";
  }

  #startProbation(sequenceNumber: number, timestamp: number): Arrival {
    this.#strays++;
    this.#probation = (sequenceNumber + 1) & 0xffff;
    this.#probationTimestamp = timestamp;
    return "probation";
  }

  #onProbation(sequenceNumber: number, timestamp: number, jump: number): Arrival | undefined {
    const expected = this.#probation;
    this.#probation = NOTHING_DOUBTFUL;
    if (expected === ANNOUNCED) {
      // A sequence that simply goes on is no restart. Other numbers are random: any may come.
      if (jump > 0 && jump <= REORDER_WINDOW) return undefined;
      this.#restart(sequenceNumber, 1);
      return "restart";
    }
    if (
      sequenceNumber !== expected || difference32(timestamp, this.#probationTimestamp) < 0
    ) return undefined;
    this.#strays--;
    this.#restart((sequenceNumber - 1) & 0xffff, 2);
    return "restart";
  }

  #restart(first: number, packets: 1 | 2): void {
    this.#window.close(this.#base, this.#highest);
    this.#expectedBefore += this.#highest - this.#base + 1;
    this.#restarts++;
    this.#begin(first);
    if (packets === 2) this.#advance(1);
  }

  /** Moves the highest number forward by one, which has arrived. */
  #advanceOne(): void {
    const target = this.#highest + 1;
    this.#window.enter(target);
    if ((target & 0xffff) === 0) this.#wraps++;
    this.#highest = target;
    this.#unique++;
  }

  /** Moves the highest number forward by `count`, the last of which has arrived. */
  #advance(count: number): void {
    const target = this.#highest + count;
    for (let number = this.#highest + 1; number <= target; number++) {
      this.#window.enter(number);
      if (number !== target) this.#window.forget(number);
    }
    if ((this.#highest & 0xffff) + count > 0xffff) this.#wraps++;
    this.#highest = target;
    this.#unique++;
  }

  /** Interarrival jitter now in units of the clock, as receiver reports carry it; 0 without a clock. */
  get jitterTicks(): number {
    return this.#jitter.ticks;
  }

  /** All numbers as they stand. */
  snapshot(): ReceptionSnapshot {
    const expected = this.#expected;
    const { lost } = this;
    const durationMs = this.#lastArrival - this.#firstArrival;
    const jitterMs = this.#jitter.nowMs;
    return {
      received: this.#received,
      bytes: this.#bytes,
      expected,
      unique: this.#unique,
      lost,
      lossRate: expected === 0 ? 0 : lost / expected,
      lossRuns: this.#window.lossRuns(this.#base, this.#highest),
      duplicates: this.#duplicates,
      reordered: this.#reordered,
      late: this.#late,
      strays: this.#strays,
      restarts: this.#restarts,
      wraps: this.#wraps,
      markers: this.#markers,
      timestamps: this.#timestamps,
      extendedHighestSequence: this.#highest,
      elapsedTicks: this.#elapsedTicks,
      firstArrivalMs: this.#firstArrival,
      lastArrivalMs: this.#lastArrival,
      durationMs,
      activeMs: durationMs - this.#pausedMs,
      ...(this.#received > 1
        ? {
          deltaMinMs: this.#deltaMin,
          deltaMeanMs: durationMs / (this.#received - 1),
          deltaMaxMs: this.#deltaMax,
        }
        : undefined),
      ...(jitterMs === undefined ? undefined : {
        jitterMs,
        jitterMeanMs: this.#jitter.meanMs!,
        jitterMaxMs: this.#jitter.maxMs!,
        skewMs: this.#jitter.skewMs(this.#firstArrival)!,
      }),
    };
  }
}
