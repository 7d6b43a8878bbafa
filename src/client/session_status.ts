/**
 * How a session stands: protocol state, what is going on, and what the server told.
 *
 * @module
 */

import { nextState, type SessionState, type StatefulMethod } from "../rtsp/states.ts";
import type { PlayerCondition, PlayerSnapshot } from "./player.ts";
import type { Reception } from "./reception.ts";

/** What the server, or the description, told. */
export type SessionFacts = Pick<PlayerSnapshot, "sessionId" | "transport" | "duration" | "sdp">;

/** What a snapshot holds beside the status. */
export interface SnapshotParts extends Pick<PlayerSnapshot, "url"> {
  /** Which dialect the server speaks, once known. */
  readonly dialect: PlayerSnapshot["dialect"] | undefined;
  /** Position in seconds, where it is known. */
  readonly position: number | undefined;
  /** Sound's lead over picture in ms, where it is known. */
  readonly audioLeadMs: number | undefined;
  /** The tracks. */
  readonly receptions: readonly Reception[];
  /** The session's clock in ms. */
  readonly nowMs: number;
}

/** Status of one session; every change is told. */
export class SessionStatus {
  readonly #onChange: () => void;
  #state: SessionState = "Init";
  #condition: PlayerCondition = "idle";
  #reason: string | undefined;
  #facts: SessionFacts = {};

  /** Init and idle. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Protocol state. */
  get state(): SessionState {
    return this.#state;
  }

  /** What is going on. */
  get condition(): PlayerCondition {
    return this.#condition;
  }

  /** Why it failed or ended, in words. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** What the server told. */
  get facts(): SessionFacts {
    return this.#facts;
  }

  /** Whether nothing more comes until somebody asks. */
  get isOver(): boolean {
    return this.#condition === "ended" || this.#condition === "failed";
  }

  /** A method succeeded. */
  enter(method: StatefulMethod, condition: PlayerCondition): void {
    this.#state = nextState(this.#state, method) ?? this.#state;
    const isOver = condition === "failed" || condition === "ended";
    this.change(condition, isOver ? this.#reason : undefined);
  }

  /** Something else is the case now, or for another reason. */
  change(condition: PlayerCondition = this.#condition, reason?: string): void {
    this.#condition = condition;
    this.#reason = reason;
    this.#onChange();
  }

  /** The session is gone without a TEARDOWN. */
  lost(condition: PlayerCondition, reason: string): void {
    this.#state = "Init";
    this.change(condition, reason);
  }

  /** The film is over; the server plays no more. */
  ended(reason: string): void {
    this.#state = nextState(this.#state, "PAUSE") ?? this.#state;
    this.change("ended", reason);
  }

  /** A new attempt begins. */
  forgetReason(): void {
    this.#reason = undefined;
  }

  /** The server told something. */
  learn(facts: SessionFacts): void {
    this.#facts = { ...this.#facts, ...facts };
    this.#onChange();
  }

  /** What was told is about another presentation. */
  forgetFacts(): void {
    this.#facts = {};
  }

  /** All of it for the views. */
  snapshot(parts: SnapshotParts): PlayerSnapshot {
    const { url, dialect, position, audioLeadMs, receptions, nowMs } = parts;
    return {
      url,
      ...(dialect === undefined ? undefined : { dialect }),
      ...this.#facts,
      state: this.#state,
      condition: this.#condition,
      ...(this.#reason === undefined ? undefined : { reason: this.#reason }),
      ...(position === undefined ? undefined : { position }),
      tracks: receptions.map(({ info }) => info),
      statistics: receptions.map((reception) => reception.statistics(nowMs)),
      ...(audioLeadMs === undefined ? undefined : { audioLeadMs }),
    };
  }
}
