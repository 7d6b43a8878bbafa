/**
 * How a session comes to speak with its server: which dialect, over which connection, and what the
 * conversation may ask of the session.
 *
 * @module
 */

import type { Conversation, ConversationHost, Target } from "./conversation.ts";
import { DEFAULT_TIMEOUT_MS } from "./conversation.ts";
import { chooseConversation, type Dialect, nextConversation } from "./dialects.ts";
import { describeServerError } from "./explain.ts";
import type { LiveSessionInit } from "./live_session.ts";
import type { MediaReceiver } from "./media_receiver.ts";
import { RtspLink } from "./rtsp_link.ts";
import type { SessionStatus } from "./session_status.ts";
import { setUpSomehow } from "./set_up.ts";
import type { WireLog } from "./wire_log.ts";

/** The session, as setting it up sees it. */
export interface SessionSetupHost {
  /** Settings. */
  readonly init: LiveSessionInit;
  /** Where messages and packets are examined. */
  readonly log: WireLog;
  /** Where media comes in. */
  readonly media: MediaReceiver;
  /** How things stand. */
  readonly status: SessionStatus;
  /** The session's clock in ms. */
  now(): number;
  /** A control connection is over. */
  linkClosed(link: RtspLink): void;
}

/** One server at a time, and the conversation with it. */
export class SessionSetup {
  /** The conversation, from before its first request until it is over. */
  conversation: Conversation | undefined;
  readonly #host: SessionSetupHost;
  #target: Target;
  /** The dialect and the transport that served this server last. */
  #known: { readonly dialect: Dialect; readonly transport: "udp" | "tcp" } | undefined;
  /** Stops a SETUP that is under way. */
  #settingUp: AbortController | undefined;
  /** Stops connecting for good. */
  readonly #leaving = new AbortController();

  /** Nothing is sent yet. */
  constructor(target: Target, host: SessionSetupHost) {
    this.#target = target;
    this.#host = host;
  }

  /** What is played. */
  get target(): Target {
    return this.#target;
  }

  /** The dialect that is spoken, or the usual one. */
  get dialect(): Dialect {
    return this.conversation?.dialect ?? "standard";
  }

  /** The dialect that this server speaks, once known. */
  get knownDialect(): Dialect | undefined {
    return this.conversation?.dialect ?? this.#known?.dialect;
  }

  /** The dialect that is tried first. */
  get likelyDialect(): Dialect {
    const { dialect, labForm = false, controllerPort } = this.#host.init;
    return this.conversation?.dialect ?? dialect ?? this.#known?.dialect ??
      (controllerPort !== undefined ? "audio-lab" : labForm ? "lab" : "standard");
  }

  /** Longest wait for a reply, in ms. */
  get timeoutMs(): number {
    return this.#host.init.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** Whether media that do not come over UDP may come over TCP. */
  get canFallBack(): boolean {
    const { transport, controllerPort } = this.#host.init;
    return this.dialect === "standard" && transport === undefined &&
      controllerPort === undefined && this.conversation?.transport === "udp";
  }

  /** Begins a conversation in the likeliest dialect. */
  begin(transport?: "udp" | "tcp"): Conversation {
    const chosen = transport ?? this.#host.init.transport ?? this.#known?.transport ?? "udp";
    const dialect = this.likelyDialect;
    this.conversation = chooseConversation(
      this.conversationHost(),
      dialect,
      chosen,
      this.#host.log,
      { isCertain: dialect === this.#known?.dialect },
    );
    return this.conversation;
  }

  /** SETUP, in the dialect that the server understands; gives the conversation. */
  async setUp(): Promise<Conversation> {
    const { media, status, log } = this.#host;
    const settingUp = this.#settingUp = new AbortController();
    try {
      await setUpSomehow({
        first: this.conversation ?? this.begin(),
        signal: settingUp.signal,
        next: (failed, error) => nextConversation(this.conversationHost(), failed, error, log),
        trying: (conversation) => this.conversation = conversation,
      });
    } catch (error) {
      media.closeSockets();
      status.change(settingUp.signal.aborted ? "idle" : "failed", describeServerError(error));
      throw error;
    } finally {
      this.#settingUp = undefined;
    }
    const conversation = this.conversation!;
    this.#known = { dialect: conversation.dialect, transport: conversation.transport ?? "udp" };
    return conversation;
  }

  /** Gives up what the server has not answered yet, but for a TEARDOWN. */
  stopWaiting(): void {
    this.#settingUp?.abort();
    this.conversation?.link?.stopWaiting();
  }

  /** Another presentation is to be played, perhaps of another server. */
  moveTo(target: Target): void {
    const { hostname, port } = this.#target;
    if (target.hostname !== hostname || target.port !== port) this.#known = undefined;
    this.#target = target;
  }

  /** The conversation is over, without another word. */
  hangUp(): void {
    const { conversation } = this;
    this.conversation = undefined;
    conversation?.close();
  }

  /** Nothing is connected to any more. */
  leave(): void {
    this.#leaving.abort();
    this.conversation?.close();
  }

  /** What a conversation needs from the session. */
  conversationHost(): ConversationHost {
    const { init, media, status, log } = this.#host;
    const target = (): Target => this.#target;
    const signal = (): AbortSignal | undefined => this.#settingUp?.signal;
    return {
      // A redirection changes it.
      get target() {
        return target();
      },
      get signal() {
        return signal();
      },
      options: init,
      media,
      now: () => this.#host.now(),
      moved: (to) => this.#target = to,
      connect: () => this.#connect(),
      learned: (facts) => status.learn(facts),
      remark: (message) => init.onRemark?.(message),
      unanswered: (method, afterMs) => log.silence(method, afterMs),
    };
  }

  async #connect(): Promise<RtspLink> {
    const { hostname, port } = this.#target;
    const tap = this.#host.log.connection(this.dialect);
    const signals = [this.#leaving, this.#settingUp].flatMap((one) => one?.signal ?? []);
    // All that one read brings came at one moment, as the capture has it.
    let receivedMs = 0;
    let sentMs = 0;
    const link = await RtspLink.connect({ hostname, port }, {
      timeoutMs: this.timeoutMs,
      signal: AbortSignal.any(signals),
    }, {
      ...tap,
      wire: (direction, bytes) => {
        const now = this.#host.now();
        if (direction === "received") receivedMs = now;
        else sentMs = now;
        tap.wire(direction, bytes, now);
      },
      message: (direction, bytes, message) => {
        if (direction === "sent" && message.kind === "request" && message.method === "PLAY") {
          this.#host.media.playSent(sentMs);
        }
        tap.message(direction, bytes, message);
      },
      frame: (channel, payload) => this.#takeFrame(channel, payload, receivedMs),
      closed: () => {
        tap.closed();
        this.#host.linkClosed(link);
      },
    });
    tap.opened(link);
    return link;
  }

  #takeFrame(channel: number, payload: Uint8Array, timeMs: number): void {
    if (this.dialect === "lab" && !this.#host.log.isOverTcp) {
      this.#host.init.onRemark?.("the server sends its RTP on the control connection, unasked");
      this.#host.log.begin(true);
    }
    this.#host.media.frame(channel, payload, timeMs);
  }
}
