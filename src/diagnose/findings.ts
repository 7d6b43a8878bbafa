/**
 * Where findings are collected: one entry a rule and stream, with a count.
 *
 * @module
 */

import type { Finding, Place, Severity } from "./finding.ts";
import { type Dialect, ruleFor } from "./rule.ts";
import { type RuleId, RULES } from "./rules/catalogue.ts";

/** Options of {@linkcode Findings}. */
export interface FindingsOptions {
  /** Different findings that are kept; later ones are only counted in `dropped`. Default 500. */
  readonly limit?: number;
  /**
   * Told of each new finding, and again each time its count has doubled, so that a mistake in every
   * packet does not flood a live view.
   */
  readonly onFinding?: (finding: Finding) => void;
}

/** Longest text kept of what was seen. */
const MAX_SEEN = 400;

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** A finding whose count still grows. */
export type OpenFinding = { -readonly [Key in keyof Finding]: Finding[Key] };

/** Collects what the observers of one session, or of one capture, find. */
export class Findings {
  readonly #limit: number;
  readonly #onFinding: ((finding: Finding) => void) | undefined;
  readonly #entries = new Map<string, OpenFinding>();
  #dropped = 0;

  /** An empty collection. */
  constructor(options: FindingsOptions = {}) {
    this.#limit = options.limit ?? 500;
    this.#onFinding = options.onFinding;
  }

  /** Different findings that came after the limit was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Adds a finding, or counts it when this rule is known to have been broken in the stream that
   * `where` names. Gives the entry to count further ones with {@linkcode repeat}; undefined when the
   * rule does not hold in the dialect or the limit is reached.
   */
  report(
    rule: RuleId,
    dialect: Dialect,
    where: Place,
    seen: string,
  ): OpenFinding | undefined {
    const text = ruleFor(RULES[rule], dialect);
    if (text === undefined) return undefined;
    const key = `${rule} ${where.stream ?? ""}`;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.repeat(known);
      return known;
    }
    if (this.#entries.size >= this.#limit) {
      this.#dropped++;
      return undefined;
    }
    const { severity, message, expected, reference, remedy } = text;
    const entry: OpenFinding = {
      rule,
      severity,
      message,
      seen: seen.length > MAX_SEEN ? `${seen.slice(0, MAX_SEEN)}…` : seen,
      expected,
      reference,
      remedy,
      where,
      count: 1,
    };
    this.#entries.set(key, entry);
    this.#onFinding?.({ ...entry });
    return entry;
  }

  /** Counts an entry once more. */
  repeat(entry: OpenFinding): void {
    entry.count++;
    if (this.#onFinding !== undefined && (entry.count & (entry.count - 1)) === 0) {
      this.#onFinding({ ...entry });
    }
  }

  /** How many findings there are of a severity, or in all. */
  count(severity?: Severity): number {
    if (severity === undefined) return this.#entries.size;
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.severity === severity) count++;
    return count;
  }

  /** All findings as they stand, the worst first, those of a severity in the order they were made. */
  list(): readonly Finding[] {
    // Maps keep the order of insertion, and sorting is stable.
    return Array.from(this.#entries.values(), (entry) => ({ ...entry }))
      .sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  }
}
