/**
 * The life of one playing session: set up, play, pause, tear down, and what happens in between. It
 * does one thing at a time; {@linkcode PlayerSession} sees to that.
 *
 * @module
 */

import type { SessionCapture } from "../capture/session_capture.ts";
import { nextState, type SessionState, type StatefulMethod } from "../rtsp/states.ts";
import type { CommandQueue } from "./command_queue.ts";
import {
  type Conversation,
  ConversationError,
  type SessionOptions,
  type Target,
} from "./conversation.ts";
import type { Dialect } from "./dialects.ts";
import { closedWords, silenceWords } from "./explain.ts";
import { listPresentations } from "./listing.ts";
import { MediaEvents } from "./media_events.ts";
import { MediaReceiver } from "./media_receiver.ts";
import type { PlayerCondition, PlayerEvent, PlayerSnapshot } from "./player.ts";
import { LinkClosed, ReplyTimeout } from "./reply_waiters.ts";
import type { RtspLink } from "./rtsp_link.ts";
import { SessionSetup } from "./session_setup.ts";
import { SessionStatus } from "./session_status.ts";
import { SessionWatch } from "./session_watch.ts";
import { Upkeep } from "./upkeep.ts";
import { WireLog } from "./wire_log.ts";

/** How a {@linkcode LiveSession} is made. */
export interface LiveSessionInit extends SessionOptions {
  /** The server is asked in the labs' way first. */
  readonly labForm?: boolean;
  /** Where the session's packets are written. */
  readonly capture?: SessionCapture;
  /** Told what goes on differently than it should, in words. */
  readonly onRemark?: (message: string) => void;
}

/** One session at a time with one server. */
export class LiveSession {
  /** Where messages and packets are examined. */
  readonly log: WireLog;
  readonly #init: LiveSessionInit;
  readonly #emit: (event: PlayerEvent) => void;
  readonly #commands: CommandQueue;
  readonly #startMs = performance.now();
  readonly #media: MediaReceiver;
  readonly #events: MediaEvents;
  readonly #watch: SessionWatch;
  readonly #upkeep: Upkeep;
  readonly #status: SessionStatus;
  readonly #setup: SessionSetup;
  /** Where PLAY was to begin, should it have to be asked again. */
  #wanted: number | undefined;
  #closing = false;

  /** Nothing is sent yet. What it does by itself waits its turn in `commands`. */
  constructor(
    target: Target,
    init: LiveSessionInit,
    commands: CommandQueue,
    emit: (event: PlayerEvent) => void,
  ) {
    this.#init = init;
    this.#commands = commands;
    this.#emit = emit;
    this.#status = new SessionStatus(() => emit({ type: "change", timeMs: this.#now() }));
    this.log = new WireLog({
      ...(init.capture === undefined ? undefined : { capture: init.capture }),
      now: () => this.#now(),
      onMessage: (direction, bytes) =>
        emit({ type: "message", timeMs: this.#now(), direction, bytes }),
      onFinding: (finding) => emit({ type: "finding", timeMs: this.#now(), finding }),
    });
    this.#events = this.#createEvents();
    this.#media = new MediaReceiver(
      this.#events,
      () => this.#now(),
      this.#init.packetsOnly === true,
    );
    this.#setup = new SessionSetup(target, {
      init,
      log: this.log,
      media: this.#media,
      status: this.#status,
      now: () => this.#now(),
      linkClosed: (link) => this.#linkClosed(link),
    });
    const firstPacketMs = (): number => this.#firstPacketMs;
    this.#watch = new SessionWatch({
      get firstPacketMs() {
        return firstPacketMs();
      },
      ...(init.idleMs === undefined ? undefined : { idleMs: init.idleMs }),
      ended: (reason) => this.#ended(reason),
      silent: (seconds) => this.#silent(seconds),
      blank: (reason) => this.#init.onRemark?.(reason),
    });
    this.#upkeep = this.#createUpkeep();
  }

  #createUpkeep(): Upkeep {
    const state = () => this.#status.state;
    const conversation = () => this.#conversation;
    return new Upkeep({
      media: this.#media,
      watch: this.#watch,
      commands: this.#commands,
      get state() {
        return state();
      },
      get conversation() {
        return conversation();
      },
      now: () => this.#now(),
      lost: (reason) => this.#lost(reason),
    });
  }

  #createEvents(): MediaEvents {
    const receptions = () => this.#media.receptions;
    const dialect = () => this.#dialect;
    return new MediaEvents({
      log: this.log,
      captures: this.#init.capture !== undefined,
      packetsOnly: this.#init.packetsOnly === true,
      get receptions() {
        return receptions();
      },
      get dialect() {
        return dialect();
      },
      now: () => this.#now(),
      emit: this.#emit,
      remark: (message) => this.#init.onRemark?.(message),
      arrived: () => {
        if (this.#status.condition === "buffering") this.#status.change("running");
      },
    });
  }

  /** ms since the session began. */
  #now(): number {
    return performance.now() - this.#startMs;
  }

  /** Longest wait for a first packet. */
  get #firstPacketMs(): number {
    const { timeoutMs, canFallBack } = this.#setup;
    const { idleMs = timeoutMs } = this.#init;
    return canFallBack ? Math.min(timeoutMs, idleMs) : idleMs;
  }

  get #conversation(): Conversation | undefined {
    return this.#setup.conversation;
  }

  get #dialect(): Dialect {
    return this.#setup.dialect;
  }

  /** Protocol state. */
  get state(): SessionState {
    return this.#status.state;
  }

  /** How things stand. */
  snapshot(): PlayerSnapshot {
    const { receptions, audioLeadMs } = this.#media;
    return this.#status.snapshot({
      url: this.#setup.target.url,
      dialect: this.#setup.knownDialect,
      position: this.#watch.position(receptions),
      audioLeadMs,
      receptions,
      nowMs: this.#now(),
    });
  }

  /** A command failed: the views are told why. */
  failed(reason: string): void {
    this.#status.change(undefined, reason);
  }

  #require(method: StatefulMethod): Conversation {
    const valid = nextState(this.#status.state, method) !== undefined;
    if (valid && this.#conversation !== undefined) return this.#conversation;
    throw new ConversationError(`${method} makes no sense in state ${this.#status.state}`);
  }

  /** Gives up what the server has not answered yet, but for a TEARDOWN. */
  stopWaiting(): void {
    this.#setup.stopWaiting();
  }

  /** SETUP, in the dialect that the server understands. */
  async setUp(): Promise<void> {
    if (nextState(this.#status.state, "SETUP") === undefined) this.#require("SETUP");
    if (this.#status.state !== "Init") await this.tearDown();
    this.#status.forgetReason();
    this.#closing = false;
    const { transport } = await this.#setup.setUp();
    this.#events.clear();
    this.log.begin(transport === "tcp");
    this.#status.enter("SETUP", "paused");
    this.#upkeep.keepAlive();
  }

  /** PLAY, with SETUP before it if nobody did. */
  async play(position: number | undefined): Promise<void> {
    if (this.#status.state === "Init") await this.setUp();
    const conversation = this.#require("PLAY");
    const before = this.#status.state;
    if (this.#status.condition === "running") this.log.pause();
    this.#wanted = position;
    this.#media.playSent(this.#now());
    const { packetCount } = this.#media;
    this.#watch.playSent(this.#now(), packetCount, this.#dialect, this.#status.facts.duration);
    this.#upkeep.watchMedia();
    try {
      const ranges = await conversation.play(position);
      this.#media.playAnswered(ranges);
      this.#watch.playAnswered(this.#now(), ranges[0]?.position ?? position);
    } catch (error) {
      // What played before goes on; what did not begin need not be waited for.
      if (before !== "Playing") this.#pauseMedia();
      throw error;
    }
    // The connection may have ended behind the reply.
    if (this.#conversation !== conversation) throw new ConversationError(this.#status.reason ?? "");
    this.#status.enter("PLAY", this.#watch.sawPackets(this.#media) ? "running" : "buffering");
    this.#upkeep.reportReception();
  }

  /** PAUSE. */
  async pause(): Promise<void> {
    await this.#require("PAUSE").pause();
    this.#pauseMedia();
    this.#status.enter("PAUSE", "paused");
  }

  /** TEARDOWN; nothing to do where there is no session. */
  async tearDown(): Promise<void> {
    const conversation = this.#conversation;
    if (conversation === undefined || this.#status.state === "Init") {
      this.#setup.hangUp();
      return;
    }
    this.#closing = true;
    // Whoever leaves before the end, playing or paused, is owed no goodbye yet.
    const stopped = this.#status.condition !== "ended" && this.#status.condition !== "failed";
    this.#stopMedia();
    this.#upkeep.sayGoodbye();
    this.log.end(this.#media.goodbyes !== "none", stopped);
    try {
      await conversation.tearDown();
    } finally {
      this.#media.closeSockets();
      this.#setup.hangUp();
      const { isOver, condition } = this.#status;
      this.#status.enter("TEARDOWN", isOver ? condition : "idle");
    }
  }

  /** DESCRIBE. */
  async describe(): Promise<string> {
    const conversation = this.#conversation ?? this.#setup.begin();
    try {
      return await conversation.describe();
    } catch (error) {
      if (this.#status.state !== "Init") throw error;
      this.#setup.hangUp();
      const silent = error instanceof ReplyTimeout || error instanceof LinkClosed;
      if (!silent || !["standard", "lab"].includes(conversation.dialect)) throw error;
      throw new ConversationError(`${error.message}: a lab server may know it after SETUP only`);
    }
  }

  /** The presentations that the server lists. */
  async list(): Promise<string[]> {
    // The blank line behind a standard request ends some lab servers.
    if (this.#setup.likelyDialect !== "standard") return [];
    return await listPresentations(this.#setup.conversationHost());
  }

  /** Goes to another presentation. */
  async open(target: Target): Promise<void> {
    await this.tearDown().catch(() => {});
    this.#setup.moveTo(target);
    this.#status.forgetFacts();
    this.#wanted = undefined;
    this.#media.clear();
    this.#events.clear();
    this.log.reset();
    this.#emit({ type: "reset", timeMs: this.#now() });
    this.#status.change("idle");
  }

  /** Closes whatever is open, without a word to the server. */
  close(): void {
    this.#stopMedia();
    this.#setup.leave();
    this.#media.closeSockets();
  }

  /** What waits for missing packets goes out; only signs of life go on. */
  #pauseMedia(): void {
    this.#upkeep.pause();
    for (const reception of this.#media.receptions) reception.paused(this.#now());
    this.#watch.paused();
    this.log.pause();
  }

  /** Nothing comes any more. */
  #stopMedia(): void {
    this.#upkeep.stop();
    this.#pauseMedia();
  }

  /** The film is over. */
  #ended(reason: string): void {
    this.#pauseMedia();
    this.#status.ended(reason);
  }

  /** Nothing came after PLAY: perhaps it would over TCP. */
  #silent(seconds: number): void {
    this.#pauseMedia();
    if (!this.#setup.canFallBack) {
      this.log.noMedia(seconds);
      this.#status.change(
        "failed",
        silenceWords(seconds, this.#dialect, this.#status.facts.transport ?? ""),
      );
      return;
    }
    this.#init.onRemark?.(`no RTP in ${seconds} s over UDP; TCP it is`);
    this.#commands.run(async () => {
      // Somebody may have torn it down by now.
      if (this.#status.state !== "Playing") return;
      await this.tearDown().catch(() => {});
      this.#setup.begin("tcp");
      await this.play(this.#wanted);
    }).catch(() => {});
  }

  #linkClosed(link: RtspLink): void {
    if (this.#closing || this.#conversation?.link !== link || this.#status.state === "Init") return;
    // A lab film goes on without its control connection; anything else is over.
    if (this.#dialect === "lab" && this.#status.condition === "running") return;
    if (this.#status.condition === "ended") this.#lost(this.#status.reason ?? "", "ended");
    else this.#lost(closedWords(this.#dialect, this.#watch.isPlaying));
  }

  /** The session is gone without a TEARDOWN. */
  #lost(reason: string, condition: PlayerCondition = "failed"): void {
    this.#stopMedia();
    this.log.end(this.#media.goodbyes !== "none", false);
    this.#media.closeSockets();
    this.#setup.hangUp();
    this.#status.lost(condition, reason);
  }
}
