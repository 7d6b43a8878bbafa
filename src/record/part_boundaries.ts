/**
 * Where the parts of a recording begin: film and sound are cut at the same moments.
 *
 * @module
 */

/** Moments in seconds of media, the first of them 0. Positions count units of 1/`perSecond` s. */
export class PartBoundaries {
  readonly #starts: number[] = [0];
  readonly #splitSeconds: number | undefined;

  /** With `splitSeconds` all parts are that long, unless {@linkcode cut} makes one shorter. */
  constructor(splitSeconds: number | undefined) {
    this.#splitSeconds = splitSeconds;
  }

  /** Index of the last part that has a beginning. */
  get last(): number {
    return this.#starts.length - 1;
  }

  /** Seconds at which a part begins. */
  startOf(part: number): number {
    return this.#starts[part] ?? Infinity;
  }

  /** The position at which a part begins. */
  firstOf(part: number, perSecond: number): number {
    return Math.round(this.startOf(part) * perSecond);
  }

  /** The position behind a part; infinite for a last one without end. */
  endOf(part: number, perSecond: number): number {
    return Math.round(this.#endSeconds(part) * perSecond);
  }

  /** The part that a position belongs to. */
  partAt(position: number, perSecond: number): number {
    while (position >= this.endOf(this.last, perSecond)) {
      this.#starts.push(this.#endSeconds(this.last));
    }
    let part = this.last;
    while (part > 0 && this.firstOf(part, perSecond) > position) part--;
    return part;
  }

  /** Begins a part at a moment behind the beginning of the last one. */
  cut(seconds: number): void {
    if (seconds > this.#starts.at(-1)!) this.#starts.push(seconds);
  }

  #endSeconds(part: number): number {
    return this.#starts[part + 1] ?? this.startOf(part) + (this.#splitSeconds ?? Infinity);
  }
}
