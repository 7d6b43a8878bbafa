/**
 * What is told of a live pipe while it goes on: a line a second for each stream that has moved.
 *
 * @module
 */

import { Interrupt } from "../cli/interrupt.ts";
import { print } from "../cli/terminal.ts";
import { formatBitRate } from "../cli/units.ts";
import type { Analysis } from "./analyse.ts";
import type { Stream } from "./stream.ts";

/** Time between reports in ms. */
const PERIOD_MS = 1000;

interface Seen {
  readonly received: number;
  readonly octets: number;
}

/** Reports on an analysis from time to time, until disposed. Ctrl-C ends the pipe, not the report. */
export class LiveView implements Disposable {
  readonly #analysis: Analysis;
  readonly #asJson: boolean;
  readonly #isShown: boolean;
  readonly #interrupt = new Interrupt();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #seen = new Map<Stream, Seen>();
  #lastMs = performance.now();

  /** `format` is that of the final report; progress is only told in two of them. */
  constructor(analysis: Analysis, format: string) {
    this.#analysis = analysis;
    this.#asJson = format === "ndjson";
    this.#isShown = this.#asJson || format === "table";
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS);
  }

  /** Aborted once Ctrl-C was pressed. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  #tick(): void {
    const nowMs = performance.now();
    const seconds = (nowMs - this.#lastMs) / 1000;
    this.#lastMs = nowMs;
    if (!this.#isShown) return;
    this.#analysis.streams.forEach((stream, i) => {
      const { received, lost } = stream.stats;
      const before = this.#seen.get(stream);
      if (received === before?.received) return;
      this.#seen.set(stream, { received, octets: stream.octets });
      const rate = (stream.octets - (before?.octets ?? 0)) * 8 / seconds;
      print(this.#asJson ? jsonLine(i + 1, stream, rate) : textLine(i + 1, stream, rate, lost));
    });
  }

  /** Ends the reports. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#interrupt[Symbol.dispose]();
  }
}

function jsonLine(number: number, stream: Stream, dataRateNow: number): string {
  const { received, lost } = stream.stats;
  return JSON.stringify({
    type: "progress",
    stream: number,
    title: stream.title,
    timeMs: stream.endMs,
    packetsReceived: received,
    packetsLost: lost,
    bytes: stream.octets,
    dataRateNow,
  });
}

function textLine(number: number, stream: Stream, rate: number, lost: number): string {
  const time = (stream.endMs / 1000).toFixed(1).padStart(8);
  return `${time} s  #${number} ${stream.title}: ${stream.stats.received} packets, ${lost} lost, ${
    formatBitRate(rate)
  }`;
}
