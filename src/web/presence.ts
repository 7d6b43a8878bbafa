/**
 * What happens to the session when the last page is closed: it is paused, the next page asks whether
 * to go on, and when nobody comes for a while it is torn down.
 *
 * @module
 */

import type { Player } from "../client/player.ts";

/** Times and what to tell. */
export interface PresenceOptions {
  /** How long all pages may be gone before that counts, in ms: a page that is reloaded is back. */
  readonly graceMs: number;
  /** How long nobody may be there before the session is torn down, in ms; may be Infinity. */
  readonly idleMs: number;
  /** Called when the question opens or has been answered. */
  readonly onAsking: (asking: boolean) => void;
  /** Called when nobody came back, after the session was torn down. */
  readonly onIdle: () => void;
}

/** Counts the pages. */
export class Presence {
  readonly #player: Player;
  readonly #options: PresenceOptions;
  #pages = 0;
  #asking = false;
  #pausing = false;
  /** Whether the time runs after which nobody is expected back. */
  #waitsInVain = false;
  /** From the first page's coming until the last one's closing counts. */
  #mayBeBack = false;
  #gone: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Watches over `player`. */
  constructor(player: Player, options: PresenceOptions) {
    this.#player = player;
    this.#options = options;
  }

  /** Whether a page should ask: the session was paused because the last one was closed. */
  get asking(): boolean {
    return this.#asking;
  }

  /** A page has come. */
  enter(): void {
    this.#pages++;
    this.#mayBeBack = true;
    this.#stopWaiting();
  }

  /** A page has gone. */
  leave(): void {
    this.#pages--;
    if (this.#pages === 0) this.#wait(this.#options.graceMs, () => this.#closed());
  }

  /** Waits until no page is open, nor about to be back. */
  gone(): Promise<void> {
    if (this.#pages === 0 && !this.#mayBeBack) return Promise.resolve();
    return new Promise((resolve) => this.#gone.push(resolve));
  }

  /**
   * The session has changed: when somebody else plays it or ends it, there is nothing to ask, and
   * somebody is there.
   */
  changed(): void {
    if (this.#pausing || !(this.#asking || this.#waitsInVain)) return;
    const { state, condition } = this.#player.snapshot();
    const isOver = condition === "ended" || condition === "failed";
    if (state === "Ready" || (state === "Playing" && isOver)) return;
    this.#stopWaiting();
    this.#ask(false);
  }

  /** Somebody has decided. */
  async answer(goOn: boolean): Promise<void> {
    if (!this.#asking) return;
    this.#ask(false);
    await (goOn ? this.#player.play() : this.#player.teardown());
  }

  /** Stops the clock. */
  close(): void {
    this.#stopWaiting();
  }

  async #closed(): Promise<void> {
    this.#mayBeBack = false;
    for (const resolve of this.#gone.splice(0)) resolve();
    const { state, condition } = this.#player.snapshot();
    const waitForIdle = () => {
      if (this.#options.idleMs === Infinity) return;
      this.#wait(this.#options.idleMs - this.#options.graceMs, () => this.#idle());
      this.#waitsInVain = true;
    };
    if (state !== "Playing" || condition === "ended" || condition === "failed") {
      return waitForIdle();
    }
    this.#pausing = true;
    try {
      await this.#player.pause();
      // Somebody at the prompt may have gone on already.
      if (this.#player.snapshot().state === "Ready") this.#ask(true);
    } catch {
      // Then it plays on unseen, until the time is up.
    } finally {
      this.#pausing = false;
    }
    if (this.#pages === 0) waitForIdle();
  }

  async #idle(): Promise<void> {
    this.#ask(false);
    try {
      if (this.#player.snapshot().state !== "Init") await this.#player.teardown();
    } catch {
      // The server is gone as well.
    }
    this.#options.onIdle();
  }

  #ask(asking: boolean): void {
    if (this.#asking === asking) return;
    this.#asking = asking;
    this.#options.onAsking(asking);
  }

  #wait(ms: number, then: () => void): void {
    this.#stopWaiting();
    this.#timer = setTimeout(then, Math.max(0, ms));
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waitsInVain = false;
  }
}
