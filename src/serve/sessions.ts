/**
 * The sessions of a server.
 *
 * @module
 */

import type { ServedSession } from "./session.ts";
import type { Dialect } from "./session_types.ts";

/** How many sessions there may be. */
export interface SessionLimits {
  /** In all. */
  readonly total: number;
  /** Of one client address. */
  readonly perClient: number;
}

/** Sessions by identifier. */
export class Sessions {
  readonly #byId = new Map<string, ServedSession>();
  readonly #perClient = new Map<string, number>();
  readonly #limits: SessionLimits;
  readonly #onRemove: (session: ServedSession) => void;
  readonly #spare: (mayEnd: (session: ServedSession) => boolean) => void;
  #served = 0;

  /**
   * No sessions. `onRemove` is called for each that ends; `spare` ends one of those that `mayEnd`, if one
   * can be spared.
   */
  constructor(
    limits: SessionLimits,
    onRemove: (session: ServedSession) => void,
    spare: (mayEnd: (session: ServedSession) => boolean) => void,
  ) {
    this.#limits = limits;
    this.#onRemove = onRemove;
    this.#spare = spare;
  }

  /** Sessions now. */
  get size(): number {
    return this.#byId.size;
  }

  /** Sessions since the start. */
  get served(): number {
    return this.#served;
  }

  /** All sessions. */
  [Symbol.iterator](): IterableIterator<ServedSession> {
    return this.#byId.values();
  }

  /** Whether a client may have one more, if need be instead of one that can be spared. */
  hasRoomFor(clientAddress: string): boolean {
    const { total, perClient } = this.#limits;
    const ofClient = (): number => this.#perClient.get(clientAddress) ?? 0;
    if (ofClient() >= perClient) this.#spare((session) => session.clientAddress === clientAddress);
    if (this.#byId.size >= total) this.#spare(() => true);
    return this.#byId.size < total && ofClient() < perClient;
  }

  /** An identifier that cannot be guessed; the labs' clients read digits only. */
  newId(dialect: Dialect): string {
    for (;;) {
      const id = dialect === "standard" ? randomHex() : randomDigits();
      if (!this.#byId.has(id)) return id;
    }
  }

  /** Adds a session. */
  add(session: ServedSession): void {
    this.#byId.set(session.id, session);
    this.#served++;
    this.#perClient.set(
      session.clientAddress,
      (this.#perClient.get(session.clientAddress) ?? 0) + 1,
    );
  }

  /** The session of an identifier, if it belongs to that client. */
  find(id: string, clientAddress: string): ServedSession | undefined {
    const session = this.#byId.get(id);
    return session?.clientAddress === clientAddress ? session : undefined;
  }

  /** Ends a session and forgets it. */
  remove(session: ServedSession): void {
    if (!this.#byId.delete(session.id)) return;
    session.close();
    this.#onRemove(session);
    const left = (this.#perClient.get(session.clientAddress) ?? 1) - 1;
    if (left === 0) this.#perClient.delete(session.clientAddress);
    else this.#perClient.set(session.clientAddress, left);
  }
}

/** 64 random bits. */
function randomHex(): string {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("").toUpperCase();
}

/** Nine random digits, which fit a signed 32-bit integer. */
function randomDigits(): string {
  const [word] = crypto.getRandomValues(new Uint32Array(1));
  return String(100_000_000 + word! % 900_000_000);
}
