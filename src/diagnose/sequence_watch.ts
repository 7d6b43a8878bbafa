/**
 * What can be wrong with the sequence numbers of a stream.
 *
 * @module
 */

import { difference16 } from "../bytes/serial.ts";
import { type Arrival, ReceptionStats } from "../rtp/reception_stats.ts";
import type { Meta, Reporter } from "./reporter.ts";

/** Packets whose content is remembered to tell a copy from another packet of that number. */
const REMEMBERED = 64;
/** Number + 1, timestamp, length, some of the bytes. */
const SLOT = 4;
/** Repetitions of the first number that make it a constant. */
const CONSTANT_AFTER = 4;
/** Packets that may come before a missing one is taken to be lost. */
const PATIENCE = 32;
/** Packets a second that the labs' senders are taken to send at the least. */
const LAB_RATE = 20;

/** Packets after which the time is noted, to tell how far a receiver that was busy lags behind. */
const BUNCH = 64;

interface Moment {
  readonly count: number;
  readonly timeMs: number;
}

/** Watches the numbers of one stream. */
export class SequenceWatch {
  readonly #reporter: Reporter;
  readonly #isLab: boolean;
  readonly #stats = new ReceptionStats();
  readonly #memory = new Uint32Array(REMEMBERED * SLOT);
  readonly #fromStart: boolean;
  #count = 0;
  #first = 0;
  #last = 0;
  #greatest = 0;
  #firstTime = 0;
  #lastTime = 0;
  /** How many packets had come at two earlier moments, the older one first. */
  #bunches = [{ count: 0, timeMs: 0 }, { count: 0, timeMs: 0 }] as [Moment, Moment];
  #heldRepeats = 0;
  /** A gap that late packets may still fill: how many are missing, since when, and the words. */
  #missing = 0;
  #gapAge = 0;
  #gapNumber = 0;
  #gapTime = 0;
  #gapSeen = "";
  #wasRepeat = false;

  /** `fromStart`: whether the stream's first packet is known to be seen. */
  constructor(reporter: Reporter, isLab: boolean, fromStart: boolean) {
    this.#reporter = reporter;
    this.#isLab = isLab;
    this.#fromStart = fromStart;
  }

  /** Numbers that never arrived. */
  get lost(): number {
    return this.#count === 0 ? 0 : this.#stats.snapshot().lost;
  }

  /** Whether the last packet had the number of an earlier one, but other content. */
  get wasRepeat(): boolean {
    return this.#wasRepeat;
  }

  /** Takes a packet and says how it arrived. `goesOn` when it goes on with the frame before it. */
  update(
    sequence: number,
    timestamp: number,
    datagram: Uint8Array,
    meta: Meta,
    goesOn = false,
  ): Arrival {
    const { timeMs } = meta;
    this.#wasRepeat = false;
    if (this.#count === 0) {
      this.#first = sequence;
      this.#firstTime = timeMs;
      if (this.#fromStart) this.#checkStart(sequence, meta);
    } else if (this.#wrapsInOneByte(sequence)) {
      this.#reporter.report("rtp-sequence-one-byte", meta, `${sequence} after ${this.#last}`);
      this.#stats.expectRestart();
    }
    const last = this.#last;
    // Each piece of a frame may be stamped with the time at which it was made.
    const isPiece = goesOn && this.#count > 0 && sequence === last;
    const arrival = isPiece
      ? "duplicate"
      : this.#stats.update(sequence, timestamp, timeMs, datagram.length, false);
    if (this.#missing > 0 && ++this.#gapAge > PATIENCE) this.#releaseGap();
    if (arrival === "duplicate") this.#judgeDuplicate(sequence, timestamp, datagram, meta, goesOn);
    else this.#judge(arrival, sequence, meta);
    this.#remember(sequence, timestamp, datagram);
    if (sequence !== last && this.#heldRepeats > 0 && this.#count > 0) this.#releaseRepeats(meta);
    if (this.#count++ % BUNCH === 0) {
      this.#bunches = [this.#bunches[1], { count: this.#count, timeMs }];
    }
    this.#last = sequence;
    this.#lastTime = timeMs;
    if (sequence > this.#greatest) this.#greatest = sequence;
    return arrival;
  }

  /** The stream has ended of its own accord, with `more` known to be missing or possible. */
  end(timeMs: number, more: boolean): boolean {
    this.#releaseGap();
    if (!more || this.#count < 200) return false;
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

  #checkStart(sequence: number, meta: Meta): void {
    const isOdd = this.#isLab ? sequence !== 1 : sequence <= 1;
    if (isOdd) this.#reporter.report("rtp-sequence-start", meta, `first number ${sequence}`);
  }

  #wrapsInOneByte(sequence: number): boolean {
    return this.#last === 255 && sequence <= 1 && this.#greatest === 255 && this.#count >= 100;
  }

  #judge(arrival: Arrival, sequence: number, meta: Meta): void {
    switch (arrival) {
      case "gap":
        this.#judgeGap(sequence, meta);
        break;
      case "reordered":
      case "late":
        if (this.#missing > 0) this.#missing--;
        this.#reporter.report("rtp-reordered", meta, () => `${sequence} after ${this.#last}`);
        break;
      case "restart":
        this.#judgeRestart(sequence, meta);
        break;
      default:
    }
  }

  #judgeGap(sequence: number, meta: Meta): void {
    const missing = difference16(sequence, this.#last) - 1;
    const elapsed = this.#lastTime - this.#firstTime;
    const measured = elapsed > 0 ? this.#count * 1000 / elapsed : 0;
    const rate = Math.max(measured, LAB_RATE) / 1000;
    const [before] = this.#bunches;
    // A receiver that was busy reads what has waited all at once.
    const behind = before.count === 0
      ? 0
      : rate * (meta.timeMs - before.timeMs) - (this.#count - before.count);
    const possible = Math.max(rate * (meta.timeMs - this.#lastTime), behind);
    const jumped = this.#isLab ? missing > 3 * possible + 2 : missing > 10 * possible + 200;
    const seen = () => `${sequence} after ${this.#last}: ${missing} missing`;
    this.#releaseGap();
    if (jumped) {
      this.#reporter.report("rtp-sequence-jump", meta, seen);
    } else {
      this.#missing = missing;
      this.#gapAge = 0;
      this.#gapNumber = meta.number;
      this.#gapTime = meta.timeMs;
      this.#gapSeen = seen();
    }
  }

  #releaseGap(): void {
    if (this.#missing > 0) {
      const meta = { number: this.#gapNumber, timeMs: this.#gapTime };
      this.#reporter.report("rtp-sequence-gap", meta, this.#gapSeen);
    }
    this.#missing = 0;
  }

  #judgeRestart(sequence: number, meta: Meta): void {
    if (this.#last === 255 && sequence <= 1) return;
    // The packet before this one began the new sequence.
    const begin = (sequence - 1) & 0xffff;
    const rule = begin <= 2
      ? "rtp-sequence-restart"
      : difference16(begin, this.#greatest) > 0
      ? "rtp-sequence-jump"
      : "rtp-sequence-backwards";
    this.#reporter.report(rule, meta, `${begin}, ${sequence} after ${this.#greatest}`);
    this.#greatest = 0;
  }

  #judgeDuplicate(
    sequence: number,
    timestamp: number,
    datagram: Uint8Array,
    meta: Meta,
    goesOn: boolean,
  ): void {
    const slot = (sequence % REMEMBERED) * SLOT;
    const memory = this.#memory;
    const known = memory[slot] === sequence + 1;
    const same = !known || (memory[slot + 1] === timestamp &&
      memory[slot + 2] === datagram.length && memory[slot + 3] === sampleOf(datagram));
    if (same) {
      this.#reporter.report("rtp-duplicate", meta, () => `${sequence} twice`);
      return;
    }
    this.#wasRepeat = true;
    // The pieces of the first frame may all have its number.
    if (!goesOn && sequence === this.#first && this.#greatest === this.#first) {
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

  #remember(sequence: number, timestamp: number, datagram: Uint8Array): void {
    const slot = (sequence % REMEMBERED) * SLOT;
    const memory = this.#memory;
    memory[slot] = sequence + 1;
    memory[slot + 1] = timestamp;
    memory[slot + 2] = datagram.length;
    memory[slot + 3] = sampleOf(datagram);
  }
}

/** Bytes behind the header, in the middle and at the end: there two packets of one length differ. */
function sampleOf(datagram: Uint8Array): number {
  const { length } = datagram;
  const begin = wordAt(datagram, 12);
  const middle = wordAt(datagram, length >> 1);
  const end = wordAt(datagram, length - 4);
  return (Math.imul(begin, 31) ^ Math.imul(middle, 17) ^ end) >>> 0;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
