/**
 * The numbers of tshark's `-z rtp,streams` as Wireshark 4.0 computes them, its oddities included, so
 * that ours can be compared with them. Our own are in `stream_report.ts`.
 *
 * @module
 */

import type { RtpFields } from "./rtp_fields.ts";

/** What one packet means for the table. */
export interface WiresharkSample {
  /** Time since the file's first frame in ms. */
  readonly nowMs: number;
  /** Payload type. */
  readonly payloadType: number;
  /** Sequence number. */
  readonly sequenceNumber: number;
  /** RTP timestamp. */
  readonly timestamp: number;
  /** M bit. */
  readonly marker: number;
  /** Name of the payload type in the table. */
  readonly name: string;
  /** Clock rate in Hz; 0 when Wireshark knows none. */
  readonly clockRate: number;
}

/** A sample of what `fields` hold. */
export function sampleOf(
  fields: RtpFields,
  nowMs: number,
  name: string,
  clockRate: number,
): WiresharkSample {
  const { payloadType, sequenceNumber, timestamp, marker } = fields;
  return { nowMs, payloadType, sequenceNumber, timestamp, marker, name, clockRate };
}

/** The ends of a row. */
export interface WiresharkEnds {
  /** Source address. */
  readonly source: string;
  /** Source port. */
  readonly sourcePort: number;
  /** Destination address. */
  readonly destination: string;
  /** Destination port. */
  readonly destinationPort: number;
  /** Synchronization source. */
  readonly ssrc: number;
}

/** One row of the table, while packets come. */
export class WiresharkStream {
  /** Addresses, ports and SSRC. */
  readonly ends: WiresharkEnds;
  #firstName = "";
  #firstType = -1;
  /** Names of further payload types; few streams have any. */
  #otherNames: Map<number, string> | undefined;
  /** First packet's time in ms. */
  startMs = 0;
  /** Last packet's time in ms. */
  endMs = 0;
  /** Packets, duplicates included. */
  packets = 0;
  /** Least delta in ms; -1 while there is none. */
  minDelta: number = -1;
  /** Mean delta in ms. */
  meanDelta = 0;
  /** Greatest delta in ms. */
  maxDelta = 0;
  /** Least jitter in ms; -1 while there is none. */
  minJitter: number = -1;
  /** Mean jitter in ms. */
  meanJitter = 0;
  /** Greatest jitter in ms. */
  maxJitter = 0;
  /** Gaps, late packets, duplicates or wrong timestamps. */
  hasProblems = false;
  #firstSequence = 0;
  #firstTimestamp = 0;
  #lastArrived = 0;
  #state = 0;
  #cycles = 0;
  #isUnder = false;
  #previousType = 0;
  #previousTime = 0;
  #previousNominal = 0;
  #jitter = 0;

  /** A row without packets. */
  constructor(ends: WiresharkEnds) {
    this.ends = ends;
  }

  /** Names of its payload types, in the order of their numbers. */
  get payloadNames(): string[] {
    const names: [number, string][] = [[this.#firstType, this.#firstName]];
    if (this.#otherNames !== undefined) names.push(...this.#otherNames);
    return names.sort(([a], [b]) => a - b).map(([, name]) => name);
  }

  /** Packets that should have come less those that did; duplicates make it negative. */
  get lost(): number {
    return this.expected - this.packets;
  }

  /** Packets that should have come. */
  get expected(): number {
    return this.#lastArrived + 65_536 * this.#cycles - this.#firstSequence + 1;
  }

  /** Counts a packet. */
  add(sample: WiresharkSample): void {
    this.#nameType(sample.payloadType, sample.name);
    this.endMs = sample.nowMs;
    if (this.packets++ === 0) {
      this.startMs = this.#previousTime = sample.nowMs;
      this.#firstSequence = this.#lastArrived = this.#state = sample.sequenceNumber;
      this.#firstTimestamp = sample.timestamp;
      this.#previousType = sample.payloadType;
      return;
    }
    const ticks = (sample.timestamp - this.#firstTimestamp) >>> 0;
    const inTime = ticks < 2 ** 31;
    if (!inTime) this.hasProblems = true;
    this.#countCycles(sample.sequenceNumber, inTime);
    this.#followSequence(sample.sequenceNumber, inTime);
    this.#measure(sample, ticks, inTime);
    this.#lastArrived = sample.sequenceNumber;
    this.#previousType = sample.payloadType;
  }

  #nameType(payloadType: number, name: string): void {
    if (payloadType === this.#firstType) return;
    if (this.#firstType === -1) {
      this.#firstType = payloadType;
      this.#firstName = name;
    } else if (this.#otherNames?.has(payloadType) !== true) {
      this.#otherNames ??= new Map();
      this.#otherNames.set(payloadType, name);
    }
  }

  #countCycles(sequence: number, inTime: boolean): void {
    if (!inTime) return;
    const wrapped = sequence === 0 && this.#lastArrived === 65_535;
    if (!this.#isUnder && (sequence < this.#firstSequence || wrapped)) {
      this.#cycles++;
      this.#isUnder = true;
    } else if (this.#isUnder && sequence > this.#firstSequence) {
      this.#isUnder = false;
    }
  }

  #followSequence(sequence: number, inTime: boolean): void {
    const state = this.#state;
    if (inTime && (sequence === state + 1 || (state === 65_535 && sequence === 0))) {
      this.#state = sequence;
    } else if (inTime && (sequence > state + 1 || state - sequence > 0xff00)) {
      this.#state = sequence;
      this.hasProblems = true;
    } else if (sequence < state + 1) {
      this.hasProblems = true;
    }
  }

  #measure(sample: WiresharkSample, ticks: number, inTime: boolean): void {
    const { nowMs, clockRate, payloadType } = sample;
    if (inTime && clockRate !== 0) {
      const nominal = ticks / Math.floor(clockRate / 1000);
      const expected = this.#previousTime + nominal - this.#previousNominal;
      this.#jitter = (15 * this.#jitter + Math.abs(nowMs - expected)) / 16;
      this.#previousNominal = nominal;
    }
    const delta = nowMs - this.#previousTime;
    const isRegular = inTime && sample.marker === 0 && !isComfortNoise(payloadType) &&
      !isComfortNoise(this.#previousType);
    if (isRegular) {
      const before = this.packets - 1;
      if (delta > this.maxDelta) this.maxDelta = delta;
      if (this.minDelta === -1 || delta < this.minDelta) this.minDelta = delta;
      this.meanDelta = (this.meanDelta * (before - 1) + delta) / before;
      if (clockRate !== 0) {
        const jitter = this.#jitter;
        if (jitter > this.maxJitter) this.maxJitter = jitter;
        if (this.minJitter === -1 || jitter < this.minJitter) this.minJitter = jitter;
        this.meanJitter = (this.meanJitter * (before - 1) + jitter) / before;
      }
    }
    if (inTime) this.#previousTime = nowMs;
  }
}

function isComfortNoise(payloadType: number): boolean {
  return payloadType === 13 || payloadType === 19;
}
