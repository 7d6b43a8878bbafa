/**
 * What is missing in a recording, as ranges of positions (samples or pictures).
 *
 * @module
 */

/** A run of missing positions: `from` is the first, `to` the one behind the last. */
export interface Gap {
  /** First missing position. */
  readonly from: number;
  /** First position that is there again. */
  readonly to: number;
}

/** Ranges in ascending order. Gaps open at the end; what comes late closes or splits them. */
export class GapList {
  #gaps: Gap[] = [];

  /** The gaps that are still open. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** Adds a gap behind all others. */
  open(from: number, to: number): void {
    if (to <= from) return;
    const last = this.#gaps.at(-1);
    if (last !== undefined && last.to === from) {
      this.#gaps[this.#gaps.length - 1] = { from: last.from, to };
    } else {
      this.#gaps.push({ from, to });
    }
  }

  /** Takes a range that has come after all out of the gaps. */
  fill(from: number, to: number): void {
    // What comes late comes soon: the gap is one of the last.
    for (let i = this.#gaps.length - 1; i >= 0; i--) {
      const gap = this.#gaps[i]!;
      if (gap.to <= from) return;
      if (gap.from >= to) continue;
      const rest = [{ from: gap.from, to: from }, { from: to, to: gap.to }];
      this.#gaps.splice(i, 1, ...rest.filter((part) => part.to > part.from));
    }
  }
}
