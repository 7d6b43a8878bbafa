/**
 * A playing session: one server, one presentation, any number of views.
 *
 * @module
 */

import { toSigned16 } from "./sound.ts";
import type { Finding } from "../diagnose/finding.ts";
import { nextState, type SessionState, type StatefulMethod } from "../rtsp/states.ts";
import { parseList } from "../sdp/describe.ts";
import {
  type Conversation,
  ConversationError,
  type ConversationHost,
  type SessionOptions,
  type Target,
} from "./conversation.ts";
import { chooseConversation, type Dialect, nextConversation } from "./dialects.ts";
import { MediaReceiver } from "./media_receiver.ts";
import type { Player, PlayerCondition, PlayerEvent, PlayerSnapshot } from "./player.ts";
import { RtspLink } from "./rtsp_link.ts";
import { SessionWatch } from "./session_watch.ts";
import { parseTarget } from "./target.ts";
import { pcmFormat } from "./track_reception.ts";
import { WireLog } from "./wire_log.ts";
import type { SessionCapture } from "../capture/session_capture.ts";

/** How a {@linkcode PlayerSession} is made. */
export interface PlayerSessionInit extends SessionOptions {
  /** The URL to play. */
  readonly url: string;
  /** The URL stands for the labs' HOST PORT RTP_PORT FILE. */
  readonly labForm?: boolean;
  /** Where the session's packets are written. */
  readonly capture?: SessionCapture;
  /** Told what goes on differently than it should, in words. */
  readonly onRemark?: (message: string) => void;
}

/** How often the session looks at the time while media comes, in ms. */
const POLL_MS = 20;

/** Receiver reports go out about this often, in ms (RFC 3550 section 6.2). */
const REPORT_MS = 5000;

/** Reasons for which another dialect or transport may do better are tried this often. */
const MAX_ATTEMPTS = 4;

/** The one implementation of {@linkcode Player} for real servers. */
export class PlayerSession implements Player, AsyncDisposable {
  readonly #init: PlayerSessionInit;
  readonly #listeners = new Set<(event: PlayerEvent) => void>();
  readonly #startMs = performance.now();
  readonly #media: MediaReceiver;
  readonly #log: WireLog;
  #target: Target;
  #conversation: Conversation | undefined;
  /** The dialect of the session that was set up last. */
  #lastDialect: Dialect | undefined;
  readonly #watch: SessionWatch;
  #state: SessionState = "Init";
  #condition: PlayerCondition = "idle";
  #reason: string | undefined;
  #facts: { sessionId?: string; transport?: string; duration?: number; sdp?: string } = {};
  #soundEnd = new Map<number, number>();
  #work: Promise<unknown> = Promise.resolve();
  #poll: ReturnType<typeof setInterval> | undefined;
  #report: ReturnType<typeof setTimeout> | undefined;
  #keepAlive: ReturnType<typeof setTimeout> | undefined;
  #closing = false;

  /**
   * A session in state Init; nothing is sent yet.
   *
   * @throws {ConversationError} When the URL is none.
   */
  constructor(init: PlayerSessionInit) {
    this.#init = init;
    this.#target = parseTarget(init.url);
    this.#log = new WireLog({
      ...(init.capture === undefined ? undefined : { capture: init.capture }),
      now: () => this.#now(),
      onMessage: (direction, bytes) =>
        this.#emit({ type: "message", timeMs: this.#now(), direction, bytes }),
      onFinding: (finding) => this.#emit({ type: "finding", timeMs: this.#now(), finding }),
    });
    this.#media = this.#createMedia();
    this.#watch = this.#createWatch();
  }

  /** ms since the session began. */
  #now(): number {
    return performance.now() - this.#startMs;
  }

  #createMedia(): MediaReceiver {
    return new MediaReceiver({
      packet: (track, datagram, timeMs) => {
        this.#log.packet(
          track,
          datagram,
          timeMs,
          this.#media.receptions[track]!.info,
          this.#dialect,
        );
        const number = this.#media.receptions[track]!.packetCount + 1;
        this.#emit({ type: "packet", timeMs, track, number, datagram });
        if (this.#condition === "buffering") this.#change("running");
      },
      control: (track, datagram, timeMs) => {
        this.#log.control(
          track,
          datagram,
          timeMs,
          this.#media.receptions[track]!.info,
          this.#dialect,
        );
        this.#emit({ type: "control", timeMs, track, datagram });
      },
      stray: () => {},
      media: (track, frame, ticks, number) => this.#deliver(track, frame, ticks, number),
      goodbye: () => this.#watch.goodbye(this.#media.allEnded),
      ...(this.#init.capture === undefined
        ? undefined
        : { wire: (...datagram) => this.#log.datagram(...datagram) }),
    }, () => this.#now());
  }

  #createWatch(): SessionWatch {
    return new SessionWatch({
      timeoutMs: this.#init.timeoutMs ?? 5000,
      ended: (reason) => this.#ended(reason),
      silent: (seconds) => this.#silent(seconds),
    });
  }

  get #dialect(): Dialect {
    return this.#conversation?.dialect ?? "standard";
  }

  #deliver(
    track: number,
    frame: { timestamp: number; sequenceNumber: number; data: Uint8Array },
    ticks: number,
    number: number,
  ): void {
    const timeMs = this.#now();
    const { timestamp, sequenceNumber, data } = frame;
    const { info } = this.#media.receptions[track]!;
    this.#emit({ type: "media", timeMs, track, ticks, timestamp, sequenceNumber, data });
    if (!info.playable) return;
    if (info.kind === "video") {
      this.#emit({ type: "picture", timeMs, track, frame: number, timestamp, jpeg: data });
      return;
    }
    const format = pcmFormat(info);
    if (format === undefined) return;
    const { sampleRate, channels } = format;
    const samples = toSigned16(format.encoding, data);
    const end = this.#soundEnd.get(track) ?? 0;
    const sound = { type: "sound", timeMs, track, sampleRate, channels } as const;
    const missing = Math.min(ticks - end, sampleRate * MAX_SILENCE_SECONDS);
    if (missing > 0) {
      const silence = new Uint8Array(2 * channels * missing);
      this.#emit({ ...sound, firstSample: ticks - missing, samples: silence });
    }
    this.#soundEnd.set(track, Math.max(end, ticks + samples.length / (2 * channels)));
    if (ticks >= end) this.#emit({ ...sound, firstSample: ticks, samples });
  }

  #emit(event: PlayerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** How things stand. */
  snapshot(): PlayerSnapshot {
    const now = this.#now();
    const receptions = this.#media.receptions;
    const position = this.#watch.position(receptions);
    const { audioLeadMs } = this.#media;
    const dialect = this.#conversation?.dialect ?? this.#lastDialect;
    return {
      url: this.#target.url,
      ...(dialect === undefined ? undefined : { dialect }),
      ...this.#facts,
      state: this.#state,
      condition: this.#condition,
      ...(this.#reason === undefined ? undefined : { reason: this.#reason }),
      ...(position === undefined ? undefined : { position }),
      tracks: receptions.map(({ info }) => info),
      statistics: receptions.map((reception) => reception.statistics(now)),
      ...(audioLeadMs === undefined ? undefined : { audioLeadMs }),
    };
  }

  /** Calls `listener` for all that happens; gives a function that ends that. */
  subscribe(listener: (event: PlayerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All mistakes so far. */
  findings(): readonly Finding[] {
    return this.#log.findings();
  }

  /** SETUP. */
  setup(): Promise<void> {
    return this.#enqueue("SETUP", () => this.#setUp());
  }

  /** PLAY, with SETUP before it if nobody did. */
  play(position?: number): Promise<void> {
    return this.#enqueue("PLAY", async () => {
      if (this.#state === "Init") await this.#setUp();
      await this.#play(position);
    });
  }

  /** PAUSE. */
  pause(): Promise<void> {
    return this.#enqueue("PAUSE", async () => {
      this.#require("PAUSE");
      await this.#conversation!.pause();
      this.#stopMedia();
      this.#enter("PAUSE", "paused");
    });
  }

  /** TEARDOWN. */
  teardown(): Promise<void> {
    return this.#enqueue("TEARDOWN", () => this.#tearDown());
  }

  /** DESCRIBE. */
  describe(): Promise<string> {
    return this.#enqueue("DESCRIBE", async () => {
      this.#conversation ??= this.#newConversation(0);
      try {
        return await this.#conversation.describe();
      } catch (error) {
        if (this.#state !== "Init") throw error;
        this.#conversation.close();
        this.#conversation = undefined;
        throw error;
      }
    });
  }

  /** The presentations that the server lists. */
  list(): Promise<string[]> {
    return this.#enqueue("DESCRIBE", async () => {
      if (this.#conversation !== undefined && this.#dialect !== "standard") return [];
      const { url } = this.#target;
      const root = url.replace(/^(rtsp[su]?:\/\/[^/]+)\/?.*$/i, "$1/");
      const host = { ...this.#host(), target: { ...this.#target, url: root, path: "" } };
      const conversation = chooseConversation(
        { ...host, learned: () => {} },
        "standard",
        "udp",
        this.#log,
      );
      try {
        return parseList(await conversation.describe());
      } catch {
        return [];
      } finally {
        conversation.close();
      }
    });
  }

  /** Goes to another presentation. */
  async open(url: string): Promise<void> {
    const target = parseTarget(url);
    if (this.#state !== "Init") await this.teardown();
    await this.#enqueue("SETUP", () => {
      this.#conversation?.close();
      this.#conversation = undefined;
      this.#target = target;
      this.#facts = {};
      this.#media.clear();
      this.#soundEnd.clear();
      this.#log.reset();
      this.#reason = undefined;
      this.#change("idle");
      return Promise.resolve();
    });
  }

  /** Commands run one after the other; what goes wrong is shown in the snapshot as well. */
  #enqueue<T>(method: string, command: () => Promise<T>): Promise<T> {
    const result = this.#work.then(command);
    this.#work = result.catch((error) => {
      if (method !== "DESCRIBE") this.#change(this.#condition, (error as Error).message);
    });
    return result;
  }

  #require(method: StatefulMethod): void {
    if (nextState(this.#state, method) !== undefined && this.#conversation !== undefined) return;
    throw new ConversationError(`${method} makes no sense in state ${this.#state}`);
  }

  #host(): ConversationHost {
    const target = (): Target => this.#target;
    return {
      // A redirection changes it.
      get target() {
        return target();
      },
      options: this.#init,
      media: this.#media,
      now: () => this.#now(),
      moved: (url) => this.#moved(url),
      connect: () => this.#connect(),
      learned: (facts) => {
        this.#facts = { ...this.#facts, ...facts };
        this.#emit({ type: "change", timeMs: this.#now() });
      },
      remark: (message) => this.#init.onRemark?.(message),
      unanswered: (method, afterMs) => this.#log.silence(method, afterMs),
    };
  }

  #moved(url: string): void {
    const { credentials } = this.#target;
    this.#target = {
      ...parseTarget(url),
      ...(credentials === undefined ? undefined : { credentials }),
    };
  }

  async #connect(): Promise<RtspLink> {
    const { hostname, port } = this.#target;
    const tap = this.#log.connection(this.#dialect);
    const link = await RtspLink.connect({ hostname, port }, this.#init.timeoutMs ?? 5000, {
      ...tap,
      frame: (channel, payload) => this.#media.frame(channel, payload),
      closed: () => {
        tap.closed();
        this.#linkClosed(link);
      },
    });
    tap.opened(link);
    return link;
  }

  #newConversation(attempt: number): Conversation {
    const { dialect, transport = "udp", labForm = false, controllerPort } = this.#init;
    const first = dialect ??
      (controllerPort !== undefined ? "audio-lab" : labForm ? "lab" : "standard");
    return chooseConversation(this.#host(), first, attempt === 0 ? transport : "tcp", this.#log);
  }

  /** Sets up in the dialect that the server understands. */
  async #setUp(): Promise<void> {
    if (nextState(this.#state, "SETUP") === undefined) this.#require("SETUP");
    this.#reason = undefined;
    this.#closing = false;
    for (let attempt = 1;; attempt++) {
      const conversation: Conversation = this.#conversation ??= this.#newConversation(0);
      try {
        await conversation.setUp();
        break;
      } catch (error) {
        const next = attempt < MAX_ATTEMPTS && this.#init.dialect === undefined
          ? nextConversation(this.#host(), conversation, error, this.#log)
          : undefined;
        conversation.close();
        this.#conversation = next;
        if (next === undefined) {
          this.#change("failed", (error as Error).message);
          throw error;
        }
      }
    }
    this.#soundEnd.clear();
    this.#log.begin();
    this.#lastDialect = this.#dialect;
    this.#enter("SETUP", "paused");
  }

  async #play(position: number | undefined): Promise<void> {
    this.#require("PLAY");
    const conversation = this.#conversation!;
    if (this.#condition === "running") this.#log.pause();
    this.#media.playSent(this.#now());
    this.#watch.playSent(this.#now(), this.#dialect, this.#facts.duration);
    this.#startPolling();
    const ranges = await conversation.play(position);
    ranges.forEach((range, i) => this.#media.receptions[i]?.playAnswered(range));
    this.#watch.playAnswered(ranges[0]?.position ?? position);
    this.#enter("PLAY", this.#media.packetCount > 0 ? "running" : "buffering");
    this.#scheduleKeepAlive();
    this.#scheduleReport();
  }

  async #tearDown(): Promise<void> {
    const conversation = this.#conversation;
    if (conversation === undefined || this.#state === "Init") {
      conversation?.close();
      this.#conversation = undefined;
      return;
    }
    this.#closing = true;
    const playing = this.#condition === "running" || this.#condition === "buffering";
    this.#stopMedia();
    if (this.#dialect === "standard") this.#sendReport(true);
    this.#log.end(this.#watch.sawGoodbye, playing);
    try {
      await conversation.tearDown();
    } finally {
      this.#media.closeSockets();
      conversation.close();
      this.#conversation = undefined;
      const ended = this.#condition === "ended" || this.#condition === "failed";
      this.#enter("TEARDOWN", ended ? this.#condition : "idle");
    }
  }

  /** What waits for missing packets goes out; timers stop. */
  #stopMedia(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    clearTimeout(this.#report);
    clearTimeout(this.#keepAlive);
    for (const reception of this.#media.receptions) reception.paused(this.#now());
    this.#watch.paused();
    this.#log.pause();
  }

  #startPolling(): void {
    this.#poll ??= setInterval(() => {
      const now = this.#now();
      this.#media.poll(now);
      this.#watch.poll(now, this.#media, this.#state);
    }, POLL_MS);
  }

  #scheduleKeepAlive(): void {
    clearTimeout(this.#keepAlive);
    const conversation = this.#conversation;
    if (conversation?.keepAlive === undefined || conversation.keepAliveMs === undefined) return;
    this.#keepAlive = setTimeout(() => {
      this.#enqueue("DESCRIBE", async () => {
        if (this.#conversation === conversation) await conversation.keepAlive!();
      }).then(() => this.#scheduleKeepAlive(), () => {});
    }, conversation.keepAliveMs);
  }

  #scheduleReport(): void {
    clearTimeout(this.#report);
    if (this.#dialect !== "standard") return;
    this.#report = setTimeout(() => {
      this.#sendReport(false);
      this.#scheduleReport();
    }, REPORT_MS * (0.5 + Math.random()));
  }

  #sendReport(goodbye: boolean): void {
    this.#media.report(goodbye, (channel, payload) => {
      this.#conversation?.link?.sendFrame(channel, payload);
    });
  }

  /** The film is over. */
  #ended(reason: string): void {
    this.#stopMedia();
    this.#state = nextState(this.#state, "PAUSE") ?? this.#state;
    this.#change("ended", reason);
  }

  /** Nothing came after PLAY: perhaps it would over TCP. */
  #silent(seconds: number): void {
    const canFallBack = this.#dialect === "standard" && this.#init.transport === undefined &&
      this.#init.controllerPort === undefined && this.#facts.transport === "UDP";
    if (!canFallBack) {
      this.#log.noMedia(seconds);
      this.#stopMedia();
      this.#change("failed", silenceWords(seconds, this.#dialect));
      return;
    }
    this.#init.onRemark?.(`no RTP in ${seconds} s over UDP; TCP it is`);
    this.#stopMedia();
    this.#enqueue("PLAY", async () => {
      await this.#tearDown().catch(() => {});
      this.#closing = false;
      this.#conversation = this.#newConversation(1);
      await this.#setUp();
      await this.#play(undefined);
    }).catch(() => {});
  }

  #linkClosed(link: RtspLink): void {
    if (this.#closing || this.#conversation?.link !== link || this.#state === "Init") return;
    // A lab film goes on without its control connection; anything else is over.
    if (this.#dialect === "lab" && this.#condition === "running") return;
    this.#stopMedia();
    this.#media.closeSockets();
    this.#conversation = undefined;
    this.#state = "Init";
    this.#change("failed", "the server closed the connection");
  }

  #enter(method: StatefulMethod, condition: PlayerCondition): void {
    this.#state = nextState(this.#state, method) ?? this.#state;
    this.#change(
      condition,
      condition === "failed" || condition === "ended" ? this.#reason : undefined,
    );
  }

  #change(condition: PlayerCondition, reason?: string): void {
    this.#condition = condition;
    this.#reason = reason;
    this.#emit({ type: "change", timeMs: this.#now() });
  }

  /** Tears down if need be and closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.teardown().catch(() => {});
    this.#conversation?.close();
    this.#media.closeSockets();
    clearInterval(this.#poll);
    clearTimeout(this.#report);
    clearTimeout(this.#keepAlive);
  }
}

/** Longer gaps are not filled for players; recordings have their own rule. */
const MAX_SILENCE_SECONDS = 10;

function silenceWords(seconds: number, dialect: Dialect): string {
  return dialect === "standard"
    ? `no RTP in ${seconds} s: a firewall may drop UDP. Try --transport tcp`
    : `no RTP in ${seconds} s: the server may not have the file, or its sending thread has died`;
}
