/**
 * A recording with its clock: ticks, progress, and all the ways in which it can end.
 *
 * @module
 */

import { describeError, Failure } from "../cli/failure.ts";
import { StatusLine } from "../cli/terminal.ts";
import { formatBitRate, formatBytes, formatClock } from "../cli/units.ts";
import type { Recorder } from "./recorder.ts";

/** How a recording ended. */
export interface Ending {
  /** By itself, by a limit that was set, by Ctrl-C, or by a mishap. */
  readonly kind: "complete" | "limit" | "interrupted" | "failed";
  /** In words. */
  readonly why: string;
}

/** What limits a recording. */
export interface RunLimits {
  /** Time from the first packet in ms. */
  readonly durationMs?: number;
  /** Silence after the first packet with which it is over, in ms. */
  readonly idleMs?: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

const TICK_MS = 100;

/** Packets may be late: so long, in ms, the last ones are waited for when the sender is done. */
const GRACE_MS = 300;

/** Media may fall behind our clock by so much, in ms, before the recording ends without it. */
const MEDIA_SLACK_MS = 1000;

/** Drives one recorder until it ends. */
export class Run {
  readonly #recorder: Recorder;
  readonly #limits: RunLimits;
  readonly #status = new StatusLine();
  readonly #ending = Promise.withResolvers<Ending>();
  readonly #startedMs = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #onAbort = (): void => this.end("interrupted", "interrupted");
  #firstMs: number | undefined;
  #lastMs = performance.now();
  #fullMs: number | undefined;
  #overMs: number | undefined;
  #overWhy = "the sender said goodbye";
  #rate = { atMs: performance.now(), bytes: 0, bitsPerSecond: 0 };
  #isEnded = false;

  /** Starts the clock. */
  constructor(recorder: Recorder, limits: RunLimits) {
    this.#recorder = recorder;
    this.#limits = limits;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    if (limits.signal.aborted) this.#onAbort();
    else limits.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** How it ended, once it did. Its files are closed by then; never rejects. */
  get ended(): Promise<Ending> {
    return this.#ending.promise;
  }

  /** Takes a media datagram, whose bytes must stay as they are. */
  packet(track: number, datagram: Uint8Array): void {
    const nowMs = performance.now();
    this.#firstMs ??= nowMs;
    this.#lastMs = nowMs;
    this.#guard(() => this.#recorder.packet(track, datagram, nowMs));
  }

  /** Takes an RTCP datagram. */
  rtcp(track: number, datagram: Uint8Array): void {
    this.#guard(() => this.#recorder.rtcp(track, datagram));
  }

  /** The sender is done: ends the recording when the last packets had time to arrive. */
  senderIsDone(why: string): void {
    if (this.#overMs !== undefined) return;
    this.#overMs = performance.now();
    this.#overWhy = why;
  }

  /** Ends the recording. `seconds` is the presentation's length, if this is its end. */
  end(kind: Ending["kind"], why: string, seconds?: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#timer);
    this.#limits.signal.removeEventListener("abort", this.#onAbort);
    this.#status.clear();
    let ending: Ending = { kind, why };
    try {
      const cut = kind === "limit" || kind === "interrupted";
      this.#recorder.end(performance.now(), seconds, cut);
    } catch (error) {
      if (kind !== "failed") ending = { kind: "failed", why: wordsOf(error) };
    }
    this.#ending.resolve(ending);
  }

  /** Seconds from the first packet, or from the start while there is none. */
  get elapsedSeconds(): number {
    return (performance.now() - (this.#firstMs ?? this.#startedMs)) / 1000;
  }

  /** Length of the presentation in seconds, for when the sender is done. */
  presentationSeconds: number | undefined;

  #tick(): void {
    const nowMs = performance.now();
    this.#guard(() => this.#recorder.tick(nowMs));
    const { durationMs, idleMs } = this.#limits;
    if (this.#recorder.isOver) this.senderIsDone(this.#overWhy);
    if (this.#overMs !== undefined && nowMs - this.#overMs >= GRACE_MS) {
      this.end("complete", this.#overWhy, this.presentationSeconds);
    } else if (durationMs !== undefined && this.#isLongEnough(durationMs, nowMs)) {
      this.end("limit", "the time that was asked for is over");
    } else if (
      idleMs !== undefined && this.#firstMs !== undefined && nowMs - this.#lastMs >= idleMs
    ) {
      this.end("complete", `nothing came for ${(idleMs / 1000).toFixed(idleMs < 1000 ? 1 : 0)} s`);
    }
    if (!this.#isEnded) this.#showProgress(nowMs);
  }

  /** By the media's clock where it runs, else by ours; packets that are late get a moment. */
  #isLongEnough(durationMs: number, nowMs: number): boolean {
    if (this.#firstMs === undefined) return false;
    const mediaMs = this.#recorder.seconds * 1000;
    if (mediaMs >= durationMs) this.#fullMs ??= nowMs;
    if (this.#fullMs !== undefined) return nowMs - this.#fullMs >= GRACE_MS;
    const slackMs = mediaMs === 0 ? 0 : MEDIA_SLACK_MS;
    return nowMs - this.#firstMs >= durationMs + slackMs;
  }

  #showProgress(nowMs: number): void {
    if (!this.#status.enabled) return;
    const { tracks } = this.#recorder.summary();
    const received = tracks.reduce((sum, { reception }) => sum + reception.bytes, 0);
    const expected = tracks.reduce((sum, { reception }) => sum + reception.expected, 0);
    const lost = tracks.reduce((sum, { reception }) => sum + reception.lost, 0);
    if (nowMs - this.#rate.atMs >= 1000) {
      const bits = (received - this.#rate.bytes) * 8000;
      this.#rate = {
        atMs: nowMs,
        bytes: received,
        bitsPerSecond: bits / (nowMs - this.#rate.atMs),
      };
    }
    const lossRate = expected === 0 ? 0 : lost / expected;
    this.#status.update([
      `recording ${formatClock(this.#recorder.seconds)}`,
      formatBytes(this.#recorder.files?.bytes ?? 0),
      formatBitRate(this.#rate.bitsPerSecond),
      `${(lossRate * 100).toFixed(2)} % lost`,
    ].join("  "));
  }

  #guard(action: () => void): void {
    if (this.#isEnded) return;
    try {
      action();
    } catch (error) {
      this.end("failed", wordsOf(error));
    }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Failure ? error.message : `Cannot go on: ${describeError(error)}`;
}
