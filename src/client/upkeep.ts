/**
 * What a session does by itself while it lives: it looks at the time, shows that it is there, and
 * reports what it received.
 *
 * @module
 */

import { rtcpInterval } from "../rtp/rtcp_interval.ts";
import type { SessionState } from "../rtsp/states.ts";
import type { CommandQueue } from "./command_queue.ts";
import { type Conversation, ConversationError } from "./conversation.ts";
import type { MediaReceiver } from "./media_receiver.ts";
import { SessionTimers } from "./session_timers.ts";
import type { SessionWatch } from "./session_watch.ts";

/** Bytes of a compound receiver report with its UDP and IP headers, about. */
const REPORT_BYTES = 120;

/** Signs of life where the conversation does not say how often, in ms. */
const KEEP_ALIVE_MS = 30_000;

/** The session, as its upkeep sees it. */
export interface UpkeepHost {
  /** Where media comes in. */
  readonly media: MediaReceiver;
  /** Notices ends and silences. */
  readonly watch: SessionWatch;
  /** What the session says by itself waits its turn here. */
  readonly commands: CommandQueue;
  /** The conversation there is now. */
  readonly conversation: Conversation | undefined;
  /** Protocol state. */
  readonly state: SessionState;
  /** The session's clock in ms. */
  now(): number;
  /** The server has given the session up. */
  lost(reason: string): void;
}

/** Timers of one session. */
export class Upkeep {
  readonly #host: UpkeepHost;
  readonly #timers = new SessionTimers();

  /** Nothing runs yet. */
  constructor(host: UpkeepHost) {
    this.#host = host;
  }

  /** PLAY goes out: media is expected. */
  watchMedia(): void {
    const { media, watch } = this.#host;
    this.#timers.poll(() => {
      const now = this.#host.now();
      media.poll(now);
      watch.poll(now, media, this.#host.state);
    });
  }

  /** SETUP was answered: signs of life are due from now on, in READY too. */
  keepAlive(): void {
    const { conversation, commands } = this.#host;
    if (conversation?.keepAlive === undefined) return;
    this.#timers.keepAlive(
      () => conversation.keepAliveMs ?? KEEP_ALIVE_MS,
      () =>
        commands.runQuietly(async () => {
          if (this.#host.conversation !== conversation) return;
          try {
            await conversation.keepAlive!();
          } catch (error) {
            // Media may come all the same; a connection that ends is told by itself.
            if (error instanceof ConversationError) this.#host.lost(error.message);
          }
        }),
    );
  }

  /** PLAY was answered: reports are due at RFC 3550's intervals. */
  reportReception(): void {
    if (this.#host.conversation?.dialect !== "standard") return;
    let initial = true;
    const interval = (): number => {
      const { bytesPerSecond } = this.#host.media;
      const input = { initial, bytesPerSecond, reportBytes: REPORT_BYTES };
      initial = false;
      return rtcpInterval(input, Math.random());
    };
    this.#timers.report(interval, () => this.#send(false));
  }

  /** The last report, with a goodbye. */
  sayGoodbye(): void {
    if (this.#host.conversation?.dialect === "standard") this.#send(true);
  }

  #send(goodbye: boolean): void {
    const { media, conversation } = this.#host;
    media.report(goodbye, (channel, payload) => conversation?.link?.sendFrame(channel, payload));
  }

  /** Media pauses: only signs of life go on. */
  pause(): void {
    this.#timers.pause();
  }

  /** Stops all timers. */
  stop(): void {
    this.#timers.stop();
  }
}
