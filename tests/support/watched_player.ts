/**
 * A player whose events a test waits for.
 *
 * @module
 */

import type { PlayerEvent, PlayerSnapshot } from "../../src/client/player.ts";
import { PlayerSession, type PlayerSessionInit } from "../../src/client/session.ts";

/** A {@linkcode PlayerSession} and all that happened in it. */
export class WatchedPlayer implements AsyncDisposable {
  /** The player. */
  readonly session: PlayerSession;
  /** Pictures in order. */
  readonly pictures: Uint8Array[] = [];
  /** Samples in order, silence for what is missing. */
  readonly sound: Uint8Array[] = [];
  /** Remarks, in words. */
  readonly remarks: string[] = [];
  /** Everything. */
  readonly events: PlayerEvent[] = [];
  readonly #waiters = new Set<() => void>();

  /** Made with short timeouts. */
  constructor(init: PlayerSessionInit) {
    this.session = new PlayerSession({
      timeoutMs: 1500,
      ...init,
      onRemark: (message) => this.remarks.push(message),
    });
    this.session.subscribe((event) => {
      this.events.push(event);
      if (event.type === "picture") this.pictures.push(event.jpeg);
      if (event.type === "sound") this.sound.push(event.samples);
      for (const waiter of this.#waiters) waiter();
    });
  }

  /** How things stand. */
  get snapshot(): PlayerSnapshot {
    return this.session.snapshot();
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
    const done = Promise.withResolvers<void>();
    const look = (): void => {
      if (isSo()) done.resolve();
    };
    const timer = setTimeout(() => {
      const { state, condition, reason } = this.snapshot;
      done.reject(
        new Error(
          `waited in vain for ${what}: ${this.pictures.length} pictures, ${state}, ${condition}, ${reason}`,
        ),
      );
    }, timeoutMs);
    this.#waiters.add(look);
    // What a server of the test's sees is no event of the player's.
    const poll = setInterval(look, 20);
    look();
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      clearInterval(poll);
      this.#waiters.delete(look);
    }
  }

  /** Waits for so many pictures. */
  gotPictures(count: number): Promise<void> {
    return this.until(() => this.pictures.length >= count, `${count} pictures`);
  }

  /** Waits for the end, or for a failure; gives its reason. */
  async over(): Promise<string> {
    await this.until(
      () => ["ended", "failed"].includes(this.snapshot.condition),
      "the end",
      15_000,
    );
    return this.snapshot.reason ?? "";
  }

  /** Tears down. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}

/**
 * Runs all cases at once and tells which failed, by name. A busy machine loses datagrams by itself:
 * what fails among others is tried again alone, three times at most.
 */
export async function runCases<C extends { readonly name: string }>(
  cases: readonly C[],
  run: (one: C) => Promise<void>,
): Promise<void> {
  const results = await Promise.allSettled(cases.map(run));
  const failures: string[] = [];
  for (const [i, { status }] of results.entries()) {
    if (status === "fulfilled") continue;
    const error = await tryAlone(() => run(cases[i]!));
    if (error !== undefined) {
      failures.push(`${cases[i]!.name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
}

/** What went wrong the last time; undefined once nothing did. */
async function tryAlone(run: () => Promise<void>): Promise<unknown> {
  let last: unknown;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await run();
      return undefined;
    } catch (error) {
      last = error ?? new Error("failed");
    }
  }
  return last;
}
