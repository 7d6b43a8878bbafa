/**
 * What an observer reports through: it knows the stream and the dialect, and makes a rule that fires
 * in every packet cheap.
 *
 * @module
 */

import type { Place } from "./finding.ts";
import type { Findings, OpenFinding } from "./findings.ts";
import type { Dialect } from "./rule.ts";
import type { RuleId } from "./rules/catalogue.ts";

/** Where an observer is. The caller may use one object for all its calls. */
export interface Meta {
  /** Number of the message or packet from 1; in a capture, the frame number. */
  readonly number: number;
  /** Time since the start of the session or capture in ms. */
  readonly timeMs: number;
}

/** What was seen; a function where putting it into words takes some work. */
export type Seen = string | (() => string);

/** Reports the findings of one stream or of one side of a conversation. */
export class Reporter {
  /** The dialect whose severities count; may become known later. */
  dialect: Dialect;
  readonly #findings: Findings;
  readonly #kind: Place["kind"];
  readonly #stream: string;
  /** Entries of rules that fired, null for those that do not hold or were dropped. */
  readonly #entries = new Map<RuleId, OpenFinding | null>();
  #entriesDialect: Dialect;

  /** `kind` is what is numbered, `stream` the name of the stream or side. */
  constructor(findings: Findings, kind: Place["kind"], stream: string, dialect: Dialect) {
    this.#findings = findings;
    this.#kind = kind;
    this.#stream = stream;
    this.dialect = dialect;
    this.#entriesDialect = dialect;
  }

  /** A rule was broken by the message or packet at `meta`. */
  report(rule: RuleId, meta: Meta, seen: Seen): void {
    this.#report(rule, this.#kind, meta.number, meta.timeMs, seen);
  }

  /** A rule was broken by the stream as a whole. */
  reportSession(rule: RuleId, timeMs: number, seen: Seen): void {
    this.#report(rule, "session", undefined, timeMs, seen);
  }

  #report(
    rule: RuleId,
    kind: Place["kind"],
    number: number | undefined,
    timeMs: number,
    seen: Seen,
  ): void {
    if (this.dialect !== this.#entriesDialect) {
      this.#entries.clear();
      this.#entriesDialect = this.dialect;
    }
    const entry = this.#entries.get(rule);
    if (entry === null) return;
    if (entry !== undefined) {
      this.#findings.repeat(entry);
      return;
    }
    const where: Place = {
      kind,
      ...(number === undefined ? undefined : { number }),
      timeMs,
      stream: this.#stream,
    };
    const words = typeof seen === "string" ? seen : seen();
    this.#entries.set(rule, this.#findings.report(rule, this.dialect, where, words) ?? null);
  }
}
