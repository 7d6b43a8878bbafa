/**
 * A playing session: one server, one presentation, any number of views.
 *
 * @module
 */

import type { Finding } from "../diagnose/finding.ts";
import { CommandQueue } from "./command_queue.ts";
import { describeServerError } from "./explain.ts";
import { LiveSession, type LiveSessionInit } from "./live_session.ts";
import type { Player, PlayerEvent, PlayerSnapshot } from "./player.ts";
import { parseTarget } from "./target.ts";

/** How a {@linkcode PlayerSession} is made. */
export interface PlayerSessionInit extends LiveSessionInit {
  /** The URL to play. With `labForm` it stands for the labs' HOST PORT RTP_PORT FILE. */
  readonly url: string;
}

/** The one implementation of {@linkcode Player} for real servers. */
export class PlayerSession implements Player, AsyncDisposable {
  readonly #listeners = new Set<(event: PlayerEvent) => void>();
  readonly #commands: CommandQueue;
  readonly #live: LiveSession;

  /**
   * A session in state Init; nothing is sent yet.
   *
   * @throws {ConversationError} When the URL is none.
   */
  constructor(init: PlayerSessionInit) {
    this.#commands = new CommandQueue((error) => this.#live.failed(describeServerError(error)));
    this.#live = new LiveSession(parseTarget(init.url), init, this.#commands, (event) => {
      for (const listener of this.#listeners) listener(event);
    });
  }

  /** How things stand. */
  snapshot(): PlayerSnapshot {
    return this.#live.snapshot();
  }

  /** Calls `listener` for all that happens; gives a function that ends that. */
  subscribe(listener: (event: PlayerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All mistakes so far. */
  findings(): readonly Finding[] {
    return this.#live.log.findings();
  }

  /** SETUP. */
  setup(): Promise<void> {
    return this.#commands.run(() => this.#live.setUp());
  }

  /** PLAY, with SETUP before it if nobody did. */
  play(position?: number): Promise<void> {
    return this.#commands.run(() => this.#live.play(position));
  }

  /** PAUSE. */
  pause(): Promise<void> {
    return this.#commands.run(() => this.#live.pause());
  }

  /** TEARDOWN. Whatever the server has not answered yet is given up. */
  teardown(): Promise<void> {
    this.#live.stopWaiting();
    return this.#commands.run(() => this.#live.tearDown());
  }

  /** DESCRIBE. */
  describe(): Promise<string> {
    return this.#commands.runQuietly(() => this.#live.describe());
  }

  /** The presentations that the server lists. */
  list(): Promise<string[]> {
    return this.#commands.runQuietly(() => this.#live.list());
  }

  /**
   * Goes to another presentation.
   *
   * @throws {ConversationError} When the URL is none.
   */
  async open(url: string): Promise<void> {
    const target = parseTarget(url);
    this.#live.stopWaiting();
    await this.#commands.run(() => this.#live.open(target));
  }

  /** Closes everything for good, without a word to the server. */
  close(): void {
    this.#live.close();
  }

  /** Tears down if need be and closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.teardown().catch(() => {});
    this.close();
  }
}
