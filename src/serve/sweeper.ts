/**
 * Which sessions have no client any more.
 *
 * @module
 */

import type { SessionState } from "../rtsp/states.ts";
import type { Dialect } from "./session_types.ts";

/**
 * A lab's session whose control connection is gone lives on for this long, in ms: its client has no
 * other way to come back or to show that it is there.
 */
const ORPHAN_MS = 2000;

/**
 * A standard session that plays without a control connection ends after this long without a receiver
 * report, in ms: three or four of them are due in that time, and media that nobody takes cost the others.
 */
const UNHEARD_MS = 20_000;

/** What of a session tells whether it has a client. */
export interface Living {
  /** What the peer speaks. */
  readonly dialect: Dialect;
  /** Protocol state. */
  readonly state: SessionState;
  /** Last sign of life, in ms. */
  readonly lastSeenMs: number;
}

/** The server, as its sweeper sees it. */
export interface SweeperHost<Session extends Living> {
  /** All sessions. */
  readonly sessions: Iterable<Session>;
  /** All control connections. */
  readonly connections: Iterable<{ readonly sessions: Iterable<Session> }>;
  /** Silence after which a standard session ends, in ms: the timeout that SETUP was answered with. */
  readonly timeoutMs: number;
  /** Whether presentations begin again at their end. */
  readonly loop: boolean;
  /** A clock in ms. */
  now(): number;
  /** Ends a session. */
  end(session: Session): void;
}

/** Ends the sessions of clients that have gone without a word. */
export class Sweeper<Session extends Living> {
  readonly #host: SweeperHost<Session>;
  /** Sessions without a control connection, and since when. */
  readonly #orphans = new Map<Session, number>();

  /** Ends nothing yet. */
  constructor(host: SweeperHost<Session>) {
    this.#host = host;
  }

  /** The control connection of a session is gone. */
  orphan(session: Session): void {
    this.#orphans.set(session, this.#host.now());
  }

  /** A session has ended. */
  forget(session: Session): void {
    this.#orphans.delete(session);
  }

  /** Looks at all sessions. */
  sweep(): void {
    const { sessions, end } = this.#host;
    const attached = this.#attached();
    for (const session of [...sessions]) {
      if (!this.#isAlive(session, attached.has(session))) end(session);
    }
  }

  /**
   * Of the sessions without a connection that `mayEnd`, ends the one that was heard of longest ago: to
   * make room for others.
   */
  endForgotten(mayEnd: (session: Session) => boolean): void {
    const attached = this.#attached();
    let oldest: Session | undefined;
    for (const session of this.#orphans.keys()) {
      if (attached.has(session) || !mayEnd(session)) continue;
      if (oldest === undefined || session.lastSeenMs < oldest.lastSeenMs) oldest = session;
    }
    if (oldest !== undefined) this.#host.end(oldest);
  }

  #attached(): Set<Session> {
    const attached = new Set<Session>();
    for (const connection of this.#host.connections) {
      for (const session of connection.sessions) attached.add(session);
    }
    return attached;
  }

  #isAlive(session: Session, attached: boolean): boolean {
    const { loop, timeoutMs } = this.#host;
    const { dialect, state, lastSeenMs } = session;
    const now = this.#host.now();
    const lastSignMs = Math.max(lastSeenMs, this.#orphans.get(session) ?? 0);
    // Sessions and connections have nothing to do with each other (RFC 2326 section 1, RFC 7826
    // section 10): whoever has lost one may come back on another for as long as it was told.
    if (dialect === "standard") {
      const isUnheard = state === "Playing" && !attached &&
        now - lastSignMs > UNHEARD_MS;
      return !isUnheard && now - lastSeenMs <= timeoutMs;
    }
    // A lab client says nothing while it plays; its open connection is its sign of life.
    if (attached || (dialect === "hello" && state === "Playing" && !loop)) return true;
    return now - lastSignMs <= ORPHAN_MS;
  }
}
