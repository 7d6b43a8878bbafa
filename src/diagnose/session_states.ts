/**
 * The states of the sessions of a conversation. RFC 2326 keeps a state with each session, of which one
 * connection may have several; the labs have one session at a time and do not always name it.
 *
 * @module
 */

import type { RtspRequest } from "../rtsp/message.ts";
import { nextState, type SessionState, type StatefulMethod } from "../rtsp/states.ts";
import { firstLine, intendedHeader, type Report } from "./rtsp_message_checks.ts";
import type { Dialect } from "./rule.ts";
import { sessionId } from "./session_checks.ts";

/** Session identifiers that are remembered. */
const MAX_SESSIONS = 64;
/** Streams of a session that are remembered. */
const MAX_STREAMS = 64;

/** The methods with a place in the table. RECORD is to a sender what PLAY is to a receiver. */
const STATEFUL: ReadonlyMap<string, StatefulMethod> = new Map([
  ["SETUP", "SETUP"],
  ["PLAY", "PLAY"],
  ["RECORD", "PLAY"],
  ["PAUSE", "PAUSE"],
  ["TEARDOWN", "TEARDOWN"],
]);

interface Session {
  state: SessionState;
  /** URLs that were set up. */
  readonly streams: Set<string>;
  /** Whether its streams were told different things, so that they need not be in one state. */
  isSplit: boolean;
}

/** What a request did, to be undone when it is refused. */
export interface SessionStep {
  /** Whether the method was valid. */
  readonly valid: boolean;
  /** Takes the step back. */
  undo(): void;
  /** The reply names the session. */
  named(id: string): void;
}

const NO_STEP: SessionStep = { valid: true, undo: () => {}, named: () => {} };

/** Follows sessions through requests and replies. */
export class SessionStates {
  readonly #byId = new Map<string, Session>();
  /** The session that requests without a name belong to. */
  #current: Session = newSession();
  #everSetUp = false;

  /** The state of the session that was spoken of last. */
  get state(): SessionState {
    return this.#current.state;
  }

  /** Identifiers that the server gave. */
  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  /** Messages were not seen, and with them perhaps a SETUP. */
  gap(): void {
    this.#everSetUp = false;
  }

  /** Whether the server gave this identifier. */
  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Takes the step that the method asks for, as if it were granted. */
  request(message: RtspRequest, dialect: Dialect, report: Report): SessionStep {
    const method = STATEFUL.get(message.method);
    const id = sessionId(intendedHeader(message, "Session") ?? "");
    if (method === undefined) {
      return { ...NO_STEP, named: (given) => this.#bind(given, this.#byId.get(id)) };
    }
    const earlier = this.#current;
    // A SETUP without a session asks for a new one; the labs have but one at a time.
    const isNew = method === "SETUP" && id === "" && dialect === "standard";
    const session = isNew ? newSession() : this.#byId.get(id) ?? earlier;
    const { state, isSplit } = session;
    const wasStream = session.streams.has(urlOf(message));
    this.#current = session;
    const valid = this.#advance(session, method, message, id, report);
    return {
      valid,
      undo: () => {
        if (!valid) return;
        session.state = state;
        session.isSplit = isSplit;
        if (method === "SETUP" && !wasStream) session.streams.delete(urlOf(message));
        if (isNew) this.#current = earlier;
      },
      named: (given) => this.#bind(given, session),
    };
  }

  /** The server gave a name, to a session that is new or goes by another name already. */
  #bind(id: string, session: Session = this.#current): void {
    const known = this.#byId.get(id);
    if (known === undefined) {
      if (this.#byId.size < MAX_SESSIONS) this.#byId.set(id, session);
      return;
    }
    if (known === session) return;
    // Two SETUPs, sent one right after the other, led to one session.
    for (const url of session.streams) known.streams.add(url);
    if (this.#current === session) this.#current = known;
  }

  /** Whether the method was valid. */
  #advance(
    session: Session,
    method: StatefulMethod,
    message: RtspRequest,
    id: string,
    report: Report,
  ): boolean {
    if (!this.#everSetUp && method !== "SETUP" && id !== "" && id !== "0") {
      // A session of another connection, or the watching began late.
      this.#everSetUp = true;
      session.state = method === "TEARDOWN" ? "Init" : method === "PLAY" ? "Playing" : "Ready";
      return true;
    }
    const seen = `${firstLine(message)} in state ${session.state}`;
    if (method === "SETUP" && session.state === "Playing") {
      report("rtsp-setup-playing", seen);
      return true;
    }
    const next = nextState(session.state, method);
    if (next === undefined) {
      if (session.isSplit) return true;
      report("rtsp-state", seen);
      return false;
    }
    const isOfStream = session.streams.size > 1 && session.streams.has(urlOf(message));
    // PLAY with Range asks for another part of the film.
    const isSeek = method === "PLAY" && message.headers.has("range");
    const isRepeated = next === session.state && (method === "PAUSE" || method === "PLAY");
    if (isRepeated && !isSeek && !isOfStream && !session.isSplit) {
      report("rtsp-state-repeated", seen);
    }
    this.#step(session, method, next, isOfStream, urlOf(message));
    return true;
  }

  #step(
    session: Session,
    method: StatefulMethod,
    next: SessionState,
    isOfStream: boolean,
    url: string,
  ): void {
    const { streams } = session;
    if (method === "SETUP") {
      this.#everSetUp = true;
      if (streams.size < MAX_STREAMS) streams.add(url);
    } else if (method === "TEARDOWN") {
      // The session ends with the last of its streams.
      if (isOfStream) {
        streams.delete(url);
        return;
      }
      streams.clear();
    }
    session.isSplit = isOfStream;
    // While some of its streams play, so does the session.
    if (!isOfStream || next === "Playing") session.state = next;
  }
}

function newSession(): Session {
  return { state: "Init", streams: new Set(), isSplit: false };
}

function urlOf({ url }: RtspRequest): string {
  return url.replace(/\/$/, "");
}
