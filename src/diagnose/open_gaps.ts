/**
 * The gaps in a stream's numbers that late packets may still fill.
 *
 * @module
 */

import { difference16 } from "../bytes/serial.ts";
import type { Meta, Reporter } from "./reporter.ts";

/** Packets that may come before a missing one is taken to be lost. */
const PATIENCE = 32;

interface Gap {
  /** The numbers on both sides, and how many between them are missing. */
  readonly before: number;
  readonly behind: number;
  missing: number;
  /** Packets since. */
  age: number;
  readonly meta: Meta;
}

/** Keeps gaps until they are filled, or old enough to be losses. */
export class OpenGaps {
  readonly #reporter: Reporter;
  #gaps: Gap[] = [];

  /** No gaps yet; losses go to `reporter`. */
  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** `behind` came right after `before`, with numbers missing between them. */
  open(before: number, behind: number, { number, timeMs }: Meta): void {
    const missing = difference16(behind, before) - 1;
    this.#gaps.push({ before, behind, missing, age: 0, meta: { number, timeMs } });
  }

  /** A number came late. */
  fill(sequence: number): void {
    const gap = this.#gaps.find(({ before, behind }) =>
      difference16(sequence, before) > 0 && difference16(behind, sequence) > 0
    );
    if (gap !== undefined) gap.missing--;
  }

  /** A packet came: gaps grow older. */
  grow(): void {
    if (this.#gaps.length === 0) return;
    for (const gap of this.#gaps) gap.age++;
    // The oldest stands first.
    while (this.#gaps.length > 0 && this.#gaps[0]!.age > PATIENCE) {
      this.#report(this.#gaps.shift()!);
    }
  }

  /** Nothing will be filled any more. */
  release(): void {
    for (const gap of this.#gaps) this.#report(gap);
    this.#gaps = [];
  }

  #report({ before, behind, missing, meta }: Gap): void {
    if (missing === 0) return;
    this.#reporter.report(
      "rtp-sequence-gap",
      meta,
      () => `${behind} after ${before}: ${missing} missing`,
    );
  }
}
