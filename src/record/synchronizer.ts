/**
 * When each track begins in the recording. Timestamps of different tracks have nothing to do with
 * each other; what connects them is, best first: the RTP-Info of PLAY, sender reports, arrival.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";

/** How long packets are held until it is settled, in ms: with all tracks there, and at most. */
const SETTLE_MS = 250;
const MAX_SETTLE_MS = 1000;

/** An RTP-Info further from the first packet than this is taken to be wrong, in seconds. */
const MAX_INFO_SECONDS = 3;

/** Sender reports that put a track further than this from where it arrived are wrong, in seconds. */
const MAX_REPORT_SECONDS = 3;

/** A packet that overtook others is at most so far ahead of them, in seconds. */
const MAX_REORDER_SECONDS = 2;

interface TrackStart {
  readonly clockRate: number;
  readonly firstArrivalMs: number;
  /** The lowest timestamp of those held. */
  timestamp: number;
}

interface Report {
  readonly unixMs: number;
  readonly rtpTimestamp: number;
}

/** Collects what is known about the beginning of every track, and then says where they begin. */
export class Synchronizer {
  readonly #trackCount: number;
  readonly #starts = new Map<number, TrackStart>();
  readonly #infos = new Map<number, number>();
  readonly #reports = new Map<number, Report>();
  #firstArrivalMs: number | undefined;

  /** For so many tracks. */
  constructor(trackCount: number) {
    this.#trackCount = trackCount;
  }

  /** The timestamp that RTP-Info gives for the start of the range. */
  rtpInfo(track: number, rtptime: number): void {
    this.#infos.set(track, rtptime);
  }

  /** A sender report: at `unixMs` of the sender's clock the stream's clock showed `rtpTimestamp`. */
  senderReport(track: number, unixMs: number, rtpTimestamp: number): void {
    if (!this.#reports.has(track)) this.#reports.set(track, { unixMs, rtpTimestamp });
  }

  /** A packet of a track that has not begun. */
  packet(track: number, timestamp: number, clockRate: number, arrivalMs: number): void {
    this.#firstArrivalMs ??= arrivalMs;
    const start = this.#starts.get(track);
    if (start === undefined) {
      this.#starts.set(track, { clockRate, firstArrivalMs: arrivalMs, timestamp });
      return;
    }
    const ahead = difference32(timestamp, start.timestamp);
    if (ahead < 0 && ahead >= -MAX_REORDER_SECONDS * clockRate) start.timestamp = timestamp;
  }

  /** Whether enough is known, or has been waited for. */
  isSettled(nowMs: number): boolean {
    if (this.#firstArrivalMs === undefined) return false;
    const waited = nowMs - this.#firstArrivalMs;
    return waited >= MAX_SETTLE_MS ||
      (this.#starts.size >= this.#trackCount && waited >= SETTLE_MS);
  }

  /** The lowest timestamp of a track's first packets. */
  firstTimestamp(track: number): number | undefined {
    return this.#starts.get(track)?.timestamp;
  }

  /** Seconds from the start of the recording to the lowest of a track's first timestamps. */
  startSeconds(track: number): number {
    const start = this.#starts.get(track);
    if (start === undefined) return 0;
    const infos = [...this.#starts].map(([other]) => this.#bySeconds(other));
    if (infos.every((seconds) => seconds !== undefined)) return this.#bySeconds(track)!;
    return this.#byReports()?.get(track) ?? this.#byArrival(start);
  }

  #byArrival(start: TrackStart): number {
    return (start.firstArrivalMs - this.#firstArrivalMs!) / 1000;
  }

  /** Where all tracks begin by the reports; undefined where one is missing or not to be believed. */
  #byReports(): Map<number, number> | undefined {
    const senders = new Map<number, number>();
    for (const track of this.#starts.keys()) {
      const unixMs = this.#byReport(track);
      if (unixMs === undefined) return undefined;
      senders.set(track, unixMs);
    }
    const firstMs = Math.min(...senders.values());
    for (const [track, start] of this.#starts) {
      const seconds = (senders.get(track)! - firstMs) / 1000;
      if (Math.abs(seconds - this.#byArrival(start)) > MAX_REPORT_SECONDS) return undefined;
      senders.set(track, seconds);
    }
    return senders;
  }

  #bySeconds(track: number): number | undefined {
    const [start, rtptime] = [this.#starts.get(track), this.#infos.get(track)];
    if (start === undefined || rtptime === undefined) return undefined;
    const seconds = difference32(start.timestamp, rtptime) / start.clockRate;
    return seconds >= -0.001 && seconds <= MAX_INFO_SECONDS ? Math.max(0, seconds) : undefined;
  }

  #byReport(track: number): number | undefined {
    const [start, report] = [this.#starts.get(track), this.#reports.get(track)];
    if (start === undefined || report === undefined) return undefined;
    const ticks = difference32(start.timestamp, report.rtpTimestamp);
    return report.unixMs + ticks * 1000 / start.clockRate;
  }
}
