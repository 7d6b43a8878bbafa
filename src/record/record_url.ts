/**
 * Recording from an RTSP server.
 *
 * @module
 */

import type { SessionCapture } from "../capture/session_capture.ts";
import { wiresharkHint } from "../capture/session_capture.ts";
import { describeError, Failure, UsageError } from "../cli/failure.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { printError } from "../cli/terminal.ts";
import { ConversationError } from "../client/conversation.ts";
import { describeServerError } from "../client/explain.ts";
import { farewell } from "../client/farewell.ts";
import type { PlayerEvent, PlayerSnapshot } from "../client/player.ts";
import { PlayerSession } from "../client/session.ts";
import { parseTarget } from "../client/target.ts";
import { conclude } from "./conclude.ts";
import { FileSet } from "./file_set.ts";
import {
  checkReport,
  fileOptions,
  isFolder,
  openCapture,
  type RecordOptions,
  settleCapture,
} from "./options.ts";
import { planOutput } from "./output_plan.ts";
import type { RecordingSummary } from "./recorder.ts";
import { Recording } from "./recording.ts";
import { type Ending, Run } from "./run.ts";
import { startTimes } from "./start_times.ts";
import { formatsOfSdp, LAB_FILM, type StreamFormat } from "./stream_format.ts";

/** How to talk to the server. */
export interface ServerOptions {
  /** UDP or TCP; UDP, then TCP, when absent. */
  readonly transport?: "udp" | "tcp" | undefined;
  /** The dialect; found out when absent. */
  readonly dialect?: "standard" | "lab" | "hello" | undefined;
}

/** A server is tried again after so long, in ms; each time twice as long. */
const RETRY_MS = { least: 500, most: 10_000 };

/** Records a presentation; gives the exit code. */
export async function recordUrl(
  url: string,
  options: RecordOptions,
  server: ServerOptions,
): Promise<number> {
  checkUrl(url);
  using interrupt = new Interrupt();
  const job = new UrlJob(url, options, server, interrupt.signal);
  return await job.run();
}

function checkUrl(url: string): void {
  try {
    parseTarget(url);
  } catch (error) {
    if (error instanceof ConversationError) throw new UsageError(error.message);
    throw error;
  }
}

/** One `reel record URL`, which may go through several sessions. */
class UrlJob {
  readonly #url: string;
  readonly #options: RecordOptions;
  readonly #server: ServerOptions;
  readonly #signal: AbortSignal;
  readonly #startedMs = performance.now();
  readonly #started = new Date();
  readonly #notes: string[] = [];
  readonly #summaries: RecordingSummary[] = [];
  readonly #capture: SessionCapture;
  #parts = 0;

  constructor(url: string, options: RecordOptions, server: ServerOptions, signal: AbortSignal) {
    this.#url = url;
    this.#options = options;
    this.#server = server;
    this.#signal = signal;
    checkReport(options);
    this.#capture = openCapture(options, (words) => this.#notes.push(words));
  }

  async run(): Promise<number> {
    let ending: Ending;
    try {
      ending = await this.#session();
      for (let wait = RETRY_MS.least; this.#shouldRetry(ending); wait *= 2) {
        this.#remark(`${ending.why}; trying again`);
        if (!await this.#pause(Math.min(wait, RETRY_MS.most))) {
          ending = { kind: "interrupted", why: "interrupted" };
          break;
        }
        const before = this.#parts;
        ending = await this.#session();
        if (this.#parts > before) wait = RETRY_MS.least / 2;
      }
    } finally {
      this.#capture.close();
    }
    return conclude(this.#options, this.#summaries, {
      source: this.#url.replace(/\/\/[^@/]*@/, "//"),
      started: this.#started,
      elapsedSeconds: (performance.now() - this.#startedMs) / 1000,
      captures: this.#capture.files,
      notes: [...this.#notes, ...this.#captureNotes()],
    }, ending);
  }

  #shouldRetry({ kind }: Ending): boolean {
    if (!this.#options.reconnect || kind !== "failed" || this.#signal.aborted) return false;
    return this.#remainingMs() !== 0;
  }

  /** What is left of `--duration`; undefined when there is no end. */
  #remainingMs(): number | undefined {
    const { durationMs } = this.#options;
    if (durationMs === undefined) return undefined;
    const used = this.#parts === 0 ? 0 : performance.now() - this.#startedMs;
    return Math.max(0, durationMs - used);
  }

  /** One session, from SETUP to its end; a server that cannot be reached is a failed one. */
  async #session(): Promise<Ending> {
    const session = new PlayerSession({
      url: this.#url,
      capture: this.#capture,
      packetsOnly: true,
      ...(this.#options.idleMs === undefined ? undefined : { idleMs: this.#options.idleMs }),
      ...(this.#server.dialect === undefined ? undefined : { dialect: this.#server.dialect }),
      ...(this.#server.transport === undefined ? undefined : { transport: this.#server.transport }),
      onRemark: (message) => this.#remark(message),
    });
    try {
      if (!await this.#orInterrupted(session.setup())) {
        return { kind: "interrupted", why: "interrupted before anything came" };
      }
      const streams = streamsOf(session.snapshot());
      const plan = planOutput(streams, this.#options.output, isFolder);
      const files = fileOptions(this.#options, this.#parts + 1, this.#remainingMs());
      if (this.#parts === 0) new FileSet(plan, files).check();
      settleCapture(this.#capture, plan);
      const recording = new Recording(streams, plan, files);
      const ending = await this.#record(session, recording, streams);
      if (this.#parts === 0) this.#notes.push(...plan.notes);
      this.#parts += recording.files.partCount;
      this.#summaries.push(recording.summary());
      return ending;
    } catch (error) {
      // Wrong usage and files that are in the way do not get better by trying again.
      if (error instanceof Failure || error instanceof UsageError) throw error;
      const why = `Cannot record ${this.#url.replace(/\/\/[^@/]*@/, "//")}: ${
        describeServerError(error)
      }`;
      return { kind: "failed", why };
    } finally {
      // Everything is saved.
      await farewell(session).catch(() => {});
    }
  }

  async #record(
    session: PlayerSession,
    recording: Recording,
    streams: readonly StreamFormat[],
  ): Promise<Ending> {
    const durationMs = this.#remainingMs();
    const run = new Run(recording, {
      signal: this.#signal,
      ...(durationMs === undefined ? undefined : { durationMs }),
    });
    run.presentationSeconds = session.snapshot().duration;
    const stopListening = session.subscribe((event) => {
      forward(event, run, recording, streams, () => session.snapshot());
    });
    try {
      if (!this.#signal.aborted) {
        session.play().catch((error) => run.end("failed", describeError(error)));
      }
      return await run.ended;
    } finally {
      stopListening();
    }
  }

  #captureNotes(): string[] {
    if (this.#capture.files.length === 0) return [];
    const hint = wiresharkHint(parseTarget(this.#url).port);
    return hint === undefined ? [] : [`Wireshark needs to be told the server's port: ${hint}`];
  }

  #remark(message: string): void {
    if (!this.#options.json) printError(`reel: ${message}`);
  }

  /** Waits for a promise or Ctrl-C; tells whether it was the promise. */
  async #orInterrupted(work: Promise<void>): Promise<boolean> {
    const interrupted = Promise.withResolvers<boolean>();
    const onAbort = (): void => interrupted.resolve(false);
    if (this.#signal.aborted) onAbort();
    this.#signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([work.then(() => true), interrupted.promise]);
    } finally {
      this.#signal.removeEventListener("abort", onAbort);
      work.catch(() => {});
    }
  }

  /** Waits; tells whether nobody pressed Ctrl-C. */
  async #pause(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    try {
      return await this.#orInterrupted(promise);
    } finally {
      clearTimeout(timer);
      resolve();
    }
  }
}

/** What the session's events mean to the recording. */
function forward(
  event: PlayerEvent,
  run: Run,
  recording: Recording,
  streams: readonly StreamFormat[],
  snapshot: () => PlayerSnapshot,
): void {
  switch (event.type) {
    case "packet":
      run.packet(event.track, event.datagram);
      break;
    case "control":
      run.rtcp(event.track, event.datagram);
      break;
    case "message": {
      if (event.direction === "sent") break;
      for (const [track, time] of startTimes(event.bytes, streams)) recording.rtpInfo(track, time);
      break;
    }
    case "change": {
      const { condition, reason = "", dialect } = snapshot();
      if (condition === "failed") {
        run.end("failed", reason === "" ? "the session failed" : reason);
      } else if (condition === "ended") {
        const silent = dialect === "standard" && reason.startsWith("nothing came");
        if (silent) run.end("failed", reason);
        else run.senderIsDone(reason);
      }
      break;
    }
  }
}

/** The streams as the session description has them, or as the labs send them. */
function streamsOf({ dialect, sdp, tracks }: PlayerSnapshot): StreamFormat[] {
  if (dialect === "standard" && sdp !== undefined) return formatsOfSdp(sdp);
  return tracks.map(({ payloadType }) => {
    return payloadType === undefined ? LAB_FILM : { ...LAB_FILM, payloadType };
  });
}
