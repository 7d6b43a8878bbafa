/**
 * What a receiver can say about a stream from the headers and arrival times alone. Live sessions
 * and captures both count here.
 *
 * @module
 */

import { difference16, difference32 } from "../bytes/serial.ts";

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

/** Numbers whose arrival is remembered; a power of two above {@linkcode MAX_DROPOUT}. */
const WINDOW = 4096;
const WINDOW_MASK = WINDOW - 1;

/** The state of a {@linkcode ReceptionStats} at one moment. Times are in ms. */
export interface ReceptionSnapshot {
  /** RTP packets that arrived, duplicates and strays included. */
  readonly received: number;
  /** Bytes of those packets as given to `update`. */
  readonly bytes: number;
  /** Sequence numbers from the first to the highest, over all sequences. */
  readonly expected: number;
  /** Distinct sequence numbers that arrived. */
  readonly unique: number;
  /** Sequence numbers never seen: `expected - unique`. A duplicate does not repay a loss. */
  readonly lost: number;
  /** `lost / expected`, 0 to 1. */
  readonly lossRate: number;
  /** How often a run of exactly so many consecutive numbers was lost: length to count. */
  readonly lossRuns: ReadonlyMap<number, number>;
  /** Packets whose number had been seen. */
  readonly duplicates: number;
  /** Packets that came after a higher number, soon enough to be put back in order. */
  readonly reordered: number;
  /** Packets that came too late for that. */
  readonly late: number;
  /** Packets with a number far from all others that no second packet confirmed. */
  readonly strays: number;
  /** New sequences begun, after the first. */
  readonly restarts: number;
  /** Times the sequence number went past 65,535. */
  readonly wraps: number;
  /** Packets with the marker bit. */
  readonly markers: number;
  /** Runs of packets that share a timestamp: for video, the frames that began. */
  readonly timestamps: number;
  /** Highest sequence number, with the cycles in the bits above 16. */
  readonly extendedHighestSequence: number;
  /** Timestamp units between the first and the newest packet; signed. */
  readonly elapsedTicks: number;
  /** Arrival of the first packet. */
  readonly firstArrivalMs: number;
  /** Arrival of the last packet. */
  readonly lastArrivalMs: number;
  /** Time between the two. */
  readonly durationMs: number;
  /** Time between consecutive arrivals: the least, absent before the second packet. */
  readonly deltaMinMs?: number;
  /** The mean of the same. */
  readonly deltaMeanMs?: number;
  /** The greatest of the same. */
  readonly deltaMaxMs?: number;
  /** Interarrival jitter now (RFC 3550 A.8); absent without a clock rate. */
  readonly jitterMs?: number;
  /** Mean of the jitter over the packets that moved it. */
  readonly jitterMeanMs?: number;
  /** Greatest jitter. */
  readonly jitterMaxMs?: number;
  /** Arrival time less media time since the first packet: positive when the packets fall behind. */
  readonly skewMs?: number;
}

/** Options of {@linkcode ReceptionStats}. */
export interface ReceptionStatsOptions {
  /** Clock rate in Hz. Without one there is no jitter and no skew. */
  readonly clockRate?: number;
}

/** Counts one stream: one SSRC on one path. */
export class ReceptionStats {
  #clockRate: number;
  #ticksPerMs: number;
  /** A set bit where a number arrived; indexed by extended number modulo {@linkcode WINDOW}. */
  readonly #seen = new Int32Array(WINDOW / 32).fill(-1);
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
  readonly #lossRuns = new Map<number, number>();
  #openRun = 0;
  #openRunEnd = -1;
  /** Sequence number that would confirm a restart, or -1. */
  #probation = -1;
  #probationTimestamp = 0;

  #newestTimestamp = 0;
  #previousTimestamp = 0;
  #elapsedTicks = 0;
  #firstArrival = 0;
  #lastArrival = 0;
  #deltaMin = Infinity;
  #deltaMax = -Infinity;
  #transitArrival = 0;
  #transitTimestamp = 0;
  #jitter = 0;
  #jitterSum = 0;
  #jitterCount = 0;
  #jitterMax = 0;
  /** `#elapsedTicks` when the jitter moved last. */
  #transitElapsed = 0;

  /** A stream of which nothing has arrived. */
  constructor(options: ReceptionStatsOptions = {}) {
    this.#clockRate = options.clockRate ?? 0;
    this.#ticksPerMs = this.#clockRate / 1000;
  }

  /** Sets the clock rate in Hz once it is known; jitter counts from there on. */
  set clockRate(hertz: number) {
    this.#clockRate = hertz;
    this.#ticksPerMs = hertz / 1000;
  }

  /** Packets that arrived. */
  get received(): number {
    return this.#received;
  }

  /** Sequence numbers not seen so far, as in the snapshot. */
  get lost(): number {
    return this.#received === 0
      ? 0
      : this.#expectedBefore + this.#highest - this.#base + 1 - this.#unique;
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
    if (this.#received++ === 0) {
      this.#begin(sequenceNumber);
      this.#probation = -1;
      this.#timestamps = 1;
      this.#newestTimestamp = this.#previousTimestamp = timestamp;
      this.#transitTimestamp = timestamp;
      this.#firstArrival = this.#lastArrival = this.#transitArrival = arrivalMs;
      return "first";
    }
    const delta = arrivalMs - this.#lastArrival;
    if (delta < this.#deltaMin) this.#deltaMin = delta;
    if (delta > this.#deltaMax) this.#deltaMax = delta;
    this.#lastArrival = arrivalMs;

    // Almost always the next number, and nothing on probation.
    const isNext = sequenceNumber === ((this.#highest + 1) & 0xffff) && this.#probation === -1;
    if (isNext) this.#advanceOne();
    const arrival = isNext ? "in-order" : this.#place(sequenceNumber, timestamp);
    if (arrival === "duplicate" || arrival === "probation") return arrival;
    if (timestamp !== this.#previousTimestamp) {
      this.#previousTimestamp = timestamp;
      if (arrival !== "reordered" && arrival !== "late") this.#timestamps++;
    }
    const ahead = difference32(timestamp, this.#newestTimestamp);
    if (arrival === "restart") {
      this.#newestTimestamp = timestamp;
      this.#transitTimestamp = timestamp;
      this.#transitArrival = arrivalMs;
    } else if (ahead > 0) {
      this.#elapsedTicks += ahead;
      this.#newestTimestamp = timestamp;
    }
    if (this.#clockRate > 0) this.#measure(timestamp, arrivalMs);
    return arrival;
  }

  /**
   * Starts a new sequence with the next packet, without waiting for a second one to confirm it. For
   * a caller that knows of the change, such as a player whose PLAY was just answered.
   */
  expectRestart(): void {
    this.#probation = -2;
  }

  #begin(sequenceNumber: number): void {
    this.#seen.fill(-1);
    this.#base = this.#highest = sequenceNumber;
    this.#unique++;
  }

  #isSeen(number: number): boolean {
    return (this.#seen[(number & WINDOW_MASK) >> 5]! & (1 << (number & 31))) !== 0;
  }

  #note(number: number): void {
    this.#seen[(number & WINDOW_MASK) >> 5]! |= 1 << (number & 31);
  }

  #forget(number: number): void {
    this.#seen[(number & WINDOW_MASK) >> 5]! &= ~(1 << (number & 31));
  }

  #place(sequenceNumber: number, timestamp: number): Arrival {
    const jump = difference16(sequenceNumber, this.#highest & 0xffff);
    if (this.#probation !== -1) {
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
    if (difference32(timestamp, this.#newestTimestamp) > 0) {
      return this.#startProbation(sequenceNumber, timestamp);
    }
    return this.#placeBehind(this.#highest + jump);
  }

  #placeBehind(extended: number): Arrival {
    const behind = this.#highest - extended;
    if (extended < this.#base) {
      // The stream began earlier than its first arrival.
      for (let number = extended + 1; number < this.#base; number++) this.#forget(number);
      this.#base = extended;
    } else if (this.#isSeen(extended)) {
      this.#duplicates++;
      return "duplicate";
    }
    this.#note(extended);
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
    this.#probation = -1;
    if (expected === -2) {
      // Announced by the caller; a sequence that simply goes on is no restart.
      if (jump > 0 && jump < MAX_DROPOUT) return undefined;
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
    this.#closeSequence();
    this.#expectedBefore += this.#highest - this.#base + 1;
    this.#restarts++;
    this.#begin(first);
    if (packets === 2) this.#advance(1);
  }

  /** Moves the highest number forward by one, which has arrived. */
  #advanceOne(): void {
    const target = this.#highest + 1;
    const word = (target & WINDOW_MASK) >> 5;
    const bit = 1 << (target & 31);
    const seen = this.#seen[word]!;
    if ((seen & bit) === 0) {
      this.#countLost(target - WINDOW);
      this.#seen[word] = seen | bit;
    }
    if ((target & 0xffff) === 0) this.#wraps++;
    this.#highest = target;
    this.#unique++;
  }

  /** Moves the highest number forward by `count`, the last of which has arrived. */
  #advance(count: number): void {
    const target = this.#highest + count;
    for (let number = this.#highest + 1; number <= target; number++) {
      // The slot's former number leaves the window: if it has not come by now, it never will.
      if (!this.#isSeen(number)) this.#countLost(number - WINDOW);
      if (number !== target) this.#forget(number);
    }
    this.#note(target);
    if ((this.#highest & 0xffff) + count > 0xffff) this.#wraps++;
    this.#highest = target;
    this.#unique++;
  }

  /** Takes a number that can no longer arrive into the runs; numbers come in ascending order. */
  #countLost(number: number): void {
    if (number === this.#openRunEnd + 1 && this.#openRun > 0) {
      this.#openRun++;
    } else {
      addRun(this.#lossRuns, this.#openRun);
      this.#openRun = 1;
    }
    this.#openRunEnd = number;
  }

  #closeSequence(): void {
    this.#eachOpenLoss((number) => this.#countLost(number));
    addRun(this.#lossRuns, this.#openRun);
    this.#openRun = 0;
    this.#openRunEnd = -1;
  }

  #eachOpenLoss(visit: (number: number) => void): void {
    const from = Math.max(this.#base, this.#highest - WINDOW_MASK);
    for (let number = from; number <= this.#highest; number++) {
      // Where all 32 numbers of a word have come, as they mostly have, it is passed over at once.
      if (this.#seen[(number & WINDOW_MASK) >> 5] === -1) number |= 31;
      else if (!this.#isSeen(number)) visit(number);
    }
  }

  /**
   * RFC 3550 A.8: D is the difference of two packets' transit times in clock units, and J moves a
   * sixteenth of the way towards |D|. The packets of one frame share a timestamp and are sent one
   * after the other: their spacing is the sender's, not the network's, so only the first packet of
   * each timestamp counts.
   */
  #measure(timestamp: number, arrivalMs: number): void {
    const ticks = difference32(timestamp, this.#transitTimestamp);
    if (ticks === 0) return;
    const elapsed = (arrivalMs - this.#transitArrival) * this.#ticksPerMs;
    this.#transitTimestamp = timestamp;
    this.#transitArrival = arrivalMs;
    this.#jitter += (Math.abs(elapsed - ticks) - this.#jitter) / 16;
    this.#jitterSum += this.#jitter;
    this.#jitterCount++;
    if (this.#jitter > this.#jitterMax) this.#jitterMax = this.#jitter;
    this.#transitElapsed = this.#elapsedTicks;
  }

  /** Interarrival jitter now in units of the clock, as receiver reports carry it; 0 without a clock. */
  get jitterTicks(): number {
    return this.#jitter;
  }

  /** All numbers as they stand. */
  snapshot(): ReceptionSnapshot {
    const expected = this.#received === 0
      ? 0
      : this.#expectedBefore + this.#highest - this.#base + 1;
    const lost = expected - this.#unique;
    const durationMs = this.#lastArrival - this.#firstArrival;
    const toMs = 1000 / this.#clockRate;
    return {
      received: this.#received,
      bytes: this.#bytes,
      expected,
      unique: this.#unique,
      lost,
      lossRate: expected === 0 ? 0 : lost / expected,
      lossRuns: this.#allLossRuns(),
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
      ...(this.#received > 1
        ? {
          deltaMinMs: this.#deltaMin,
          deltaMeanMs: durationMs / (this.#received - 1),
          deltaMaxMs: this.#deltaMax,
        }
        : undefined),
      ...(this.#clockRate > 0
        ? {
          jitterMs: this.#jitter * toMs,
          jitterMeanMs: this.#jitterCount === 0 ? 0 : this.#jitterSum / this.#jitterCount * toMs,
          jitterMaxMs: this.#jitterMax * toMs,
          skewMs: this.#jitterCount === 0
            ? 0
            : this.#transitArrival - this.#firstArrival - this.#transitElapsed * toMs,
        }
        : undefined),
    };
  }

  #allLossRuns(): Map<number, number> {
    const runs = new Map(this.#lossRuns);
    let run = this.#openRun;
    let end = this.#openRunEnd;
    this.#eachOpenLoss((number) => {
      if (run > 0 && number === end + 1) {
        run++;
      } else {
        addRun(runs, run);
        run = 1;
      }
      end = number;
    });
    addRun(runs, run);
    return runs;
  }
}

function addRun(runs: Map<number, number>, length: number): void {
  if (length > 0) runs.set(length, (runs.get(length) ?? 0) + 1);
}
