/**
 * What can be wrong with the sequence numbers of a stream.
 *
 * @module
 */

import { difference16 } from "../bytes/serial.ts";
import { type Arrival, ReceptionStats, REORDER_WINDOW } from "../rtp/reception_stats.ts";
import { OpenGaps } from "./open_gaps.ts";
import { PacketRate } from "./packet_rate.ts";
import { type Earlier, RecentPackets } from "./recent_packets.ts";
import type { Meta, Reporter } from "./reporter.ts";

/** Repetitions of the first number that make it a constant. */
const CONSTANT_AFTER = 4;
/** Time after an announced beginning in which packets of before may still come, in ms. */
const GRACE = 2000;

/** A packet that may begin a new sequence. */
interface Candidate {
  readonly sequence: number;
  /** Whether its number was another packet's. */
  readonly isRepeat: boolean;
  /** Packets that may have been lost before it. */
  readonly possible: number;
  readonly meta: Meta;
}

/** Watches the numbers of one stream. */
export class SequenceWatch {
  readonly #reporter: Reporter;
  readonly #isLab: boolean;
  readonly #stats = new ReceptionStats();
  readonly #recent = new RecentPackets();
  readonly #gaps: OpenGaps;
  readonly #rate = new PacketRate();
  readonly #fromStart: boolean;
  #first = 0;
  #last = 0;
  /** The newest number that was believed, and the greatest since the numbers began. */
  #highest = 0;
  #greatest = 0;
  /** Whether any number but the first was believed. */
  #hasMoved = false;
  #heldRepeats = 0;
  #candidate: Candidate | undefined;
  /** Whether the caller said that a new sequence may begin, and until when packets may do so. */
  #isAnnounced = false;
  #graceEnd = -Infinity;
  #wasRepeat = false;

  /** `fromStart`: whether the stream's first packet is known to be seen. */
  constructor(reporter: Reporter, isLab: boolean, fromStart: boolean) {
    this.#reporter = reporter;
    this.#isLab = isLab;
    this.#fromStart = fromStart;
    this.#gaps = new OpenGaps(reporter);
  }

  /** Numbers that never arrived. */
  get lost(): number {
    return this.#stats.lost;
  }

  /** Whether the last packet had the number of an earlier one, but other content. */
  get wasRepeat(): boolean {
    return this.#wasRepeat;
  }

  /** The stream pauses, or was just asked to go on: what comes next may be numbered otherwise. */
  pause(): void {
    this.#isAnnounced = true;
  }

  /** Takes a packet and says how it arrived. `goesOn` when it goes on with the frame before it. */
  update(
    sequence: number,
    timestamp: number,
    datagram: Uint8Array,
    meta: Meta,
    goesOn = false,
  ): Arrival {
    const earlier = this.#recent.compare(sequence, timestamp, datagram);
    const isFirst = this.#rate.count === 0;
    const isAnnounced = !isFirst && this.#isAnnounced && this.#takesUp(sequence, earlier, meta);
    this.#wasRepeat = false;
    if (isFirst) this.#begin(sequence, meta);
    else if (isAnnounced) this.#stats.expectRestart();
    else if (this.#wrapsInOneByte(sequence)) {
      this.#reporter.report("rtp-sequence-one-byte", meta, `${sequence} after ${this.#last}`);
      this.#stats.expectRestart();
    }
    // A number again is a repetition, whatever the timestamp: each piece of a frame may be stamped
    // with the time at which it was made.
    const isAgain = !isFirst && !isAnnounced && sequence === this.#highest;
    const arrival = isAgain
      ? "duplicate"
      : this.#stats.update(sequence, timestamp, meta.timeMs, datagram.length, false);
    this.#gaps.grow();
    this.#judgeCandidate(arrival);
    if (arrival === "duplicate") this.#judgeDuplicate(sequence, earlier, meta, goesOn);
    else this.#judge(arrival, sequence, earlier, isAnnounced, meta);
    this.#recent.add(sequence, timestamp, datagram);
    if (sequence !== this.#last && this.#heldRepeats > 0) this.#releaseRepeats(meta);
    this.#rate.add(meta.timeMs);
    this.#last = sequence;
    return arrival;
  }

  /** The stream has ended of its own accord, with `more` known to be missing or possible. */
  end(timeMs: number, more: boolean): boolean {
    this.#judgeCandidate("in-order");
    this.#gaps.release();
    if (!more || this.#rate.count < 200) return false;
    const seen = `last sequence number ${this.#last}, first ${this.#first}`;
    if (this.#last === 255 && this.#greatest === 255) {
      this.#reporter.reportSession("rtp-sequence-stop-255", timeMs, seen);
    } else if (this.#last === 0xffff) {
      this.#reporter.reportSession("rtp-sequence-stop-65535", timeMs, seen);
    } else {
      return false;
    }
    return true;
  }

  #begin(sequence: number, meta: Meta): void {
    this.#first = sequence;
    this.#isAnnounced = false;
    if (!this.#fromStart) return;
    const isOdd = this.#isLab ? sequence !== 1 : sequence <= 1;
    if (isOdd) this.#reporter.report("rtp-sequence-start", meta, `first number ${sequence}`);
  }

  /** Whether a packet is the announced one, rather than a straggler of before. */
  #takesUp(sequence: number, earlier: Earlier, { timeMs }: Meta): boolean {
    const jump = difference16(sequence, this.#highest);
    // A film that begins anew may repeat its first packets to the last byte.
    const isStraggler = earlier === "same"
      ? sequence > 2
      : jump < 0 && jump >= -REORDER_WINDOW && earlier === "unknown";
    if (isStraggler) return false;
    this.#isAnnounced = false;
    this.#graceEnd = timeMs + GRACE;
    return true;
  }

  #wrapsInOneByte(sequence: number): boolean {
    return this.#last === 255 && sequence <= 1 && this.#greatest === 255 && this.#rate.count >= 100;
  }

  #judge(
    arrival: Arrival,
    sequence: number,
    earlier: Earlier,
    isAnnounced: boolean,
    meta: Meta,
  ): void {
    const before = this.#highest;
    const { timeMs } = meta;
    switch (arrival) {
      case "reordered":
      case "late":
        this.#gaps.fill(sequence);
        this.#reporter.report("rtp-reordered", meta, () => `${sequence} after ${this.#last}`);
        return;
      case "probation":
        this.#candidate = {
          sequence,
          isRepeat: earlier === "other",
          possible: this.#rate.possible(timeMs),
          meta: { number: meta.number, timeMs },
        };
        return;
      case "restart":
        this.#judgeRestart(sequence, isAnnounced, meta);
        break;
      case "gap":
        if (!isAnnounced) this.#judgeGap(sequence, before, this.#rate.possible(timeMs), meta);
        break;
      default:
    }
    this.#highest = sequence;
    if (sequence > this.#greatest || arrival === "restart") this.#greatest = sequence;
    if (arrival !== "first") this.#hasMoved = true;
  }

  #judgeGap(sequence: number, before: number, possible: number, meta: Meta): void {
    const missing = difference16(sequence, before) - 1;
    const isJump = this.#isLab ? missing > 3 * possible + 2 : missing > 10 * possible + 200;
    if (!isJump) {
      this.#gaps.open(before, sequence, meta);
      return;
    }
    this.#reporter.report(
      "rtp-sequence-jump",
      meta,
      () => `${sequence} after ${before}: ${missing} missing`,
    );
  }

  #judgeRestart(sequence: number, isAnnounced: boolean, meta: Meta): void {
    const candidate = this.#candidate;
    const before = this.#highest;
    this.#candidate = undefined;
    this.#gaps.release();
    if (this.#last === 255 && sequence <= 1) return;
    // The packet before this one began the new sequence, unless it was announced.
    const begin = candidate?.sequence ?? sequence;
    const numbers = begin === sequence ? `${begin}` : `${begin}, ${sequence}`;
    if (begin <= 2) {
      this.#reporter.report("rtp-sequence-restart", meta, `${numbers} after ${before}`);
    } else if (isAnnounced || meta.timeMs < this.#graceEnd) {
      return;
    } else if (difference16(begin, before) > 0) {
      this.#judgeGap(begin, before, candidate?.possible ?? 0, candidate?.meta ?? meta);
    } else {
      this.#reporter.report("rtp-sequence-backwards", meta, `${numbers} after ${before}`);
    }
  }

  /** A packet that did not begin a new sequence after all had a number that another one had. */
  #judgeCandidate(arrival: Arrival): void {
    const candidate = this.#candidate;
    if (candidate === undefined || arrival === "restart") return;
    this.#candidate = undefined;
    if (candidate.isRepeat && arrival !== "probation") {
      this.#reportRepeat(candidate.sequence, candidate.meta);
    }
  }

  #judgeDuplicate(sequence: number, earlier: Earlier, meta: Meta, goesOn: boolean): void {
    if (earlier !== "other") {
      this.#reporter.report("rtp-duplicate", meta, () => `${sequence} twice`);
      return;
    }
    this.#wasRepeat = true;
    // The pieces of the first frame may all have its number.
    if (!goesOn && !this.#hasMoved) {
      this.#heldRepeats++;
      if (this.#heldRepeats >= CONSTANT_AFTER) {
        this.#reporter.report("rtp-sequence-constant", meta, () => `always ${sequence}`);
      }
      return;
    }
    this.#reportRepeat(sequence, meta);
  }

  /** Repetitions that might have become a constant, and did not. */
  #releaseRepeats(meta: Meta): void {
    if (this.#heldRepeats < CONSTANT_AFTER) this.#reportRepeat(this.#first, meta);
    this.#heldRepeats = 0;
  }

  #reportRepeat(sequence: number, meta: Meta): void {
    this.#reporter.report(
      "rtp-sequence-repeat",
      meta,
      () => `${sequence} again, with other content`,
    );
  }
}
