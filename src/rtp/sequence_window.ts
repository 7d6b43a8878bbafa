/**
 * Which of the latest sequence numbers came, and how long the runs of those were that did not.
 *
 * @module
 */

/** Numbers that are remembered: a power of two, and more than any gap that is no restart. */
const WINDOW = 4096;
const MASK = WINDOW - 1;

/** Remembers extended sequence numbers. One that leaves the window without having come is lost. */
export class SequenceWindow {
  /** A set bit where a number came; indexed by the number modulo {@linkcode WINDOW}. */
  readonly #seen = new Int32Array(WINDOW / 32).fill(-1);
  readonly #lossRuns = new Map<number, number>();
  /** Length of the newest run, to which the next number may belong, and the last number in it. */
  #openRun = 0;
  #openRunEnd = -1;

  /** Begins a sequence: nothing is missing. */
  clear(): void {
    this.#seen.fill(-1);
  }

  /** Whether the number, which must be in the window, came. */
  has(number: number): boolean {
    return (this.#seen[(number & MASK) >> 5]! & (1 << (number & 31))) !== 0;
  }

  /** The number, which is in the window, came. */
  note(number: number): void {
    this.#seen[(number & MASK) >> 5]! |= 1 << (number & 31);
  }

  /** The number, which is in the window, has not come yet. */
  forget(number: number): void {
    this.#seen[(number & MASK) >> 5]! &= ~(1 << (number & 31));
  }

  /**
   * Moves the window on to the number after its highest, as one that came. The number whose place it
   * takes will not come any more.
   */
  enter(number: number): void {
    const word = (number & MASK) >> 5;
    const bit = 1 << (number & 31);
    const seen = this.#seen[word]!;
    // Almost always that number came, and there is nothing to write.
    if ((seen & bit) !== 0) return;
    this.#countLost(number - WINDOW);
    this.#seen[word] = seen | bit;
  }

  /** Ends the sequence from `base` to `highest`: what is missing stays missing. */
  close(base: number, highest: number): void {
    this.#eachMissing(base, highest, (number) => this.#countLost(number));
    addRun(this.#lossRuns, this.#openRun);
    this.#openRun = 0;
    this.#openRunEnd = -1;
  }

  /** Runs of missing numbers by length, in this sequence, from `base` to `highest`, and before. */
  lossRuns(base: number, highest: number): Map<number, number> {
    const runs = new Map(this.#lossRuns);
    let run = this.#openRun;
    let end = this.#openRunEnd;
    this.#eachMissing(base, highest, (number) => {
      if (run > 0 && number === end + 1) {
        run++;
      } else {
        addRun(runs, run);
        run = 1;
      }
      end = number;
    });
    addRun(runs, run);
    return runs;
  }

  /** Numbers come in ascending order. */
  #countLost(number: number): void {
    if (number === this.#openRunEnd + 1 && this.#openRun > 0) {
      this.#openRun++;
    } else {
      addRun(this.#lossRuns, this.#openRun);
      this.#openRun = 1;
    }
    this.#openRunEnd = number;
  }

  #eachMissing(base: number, highest: number, visit: (number: number) => void): void {
    for (let number = Math.max(base, highest - MASK); number <= highest; number++) {
      // Where all 32 numbers of a word have come, as they mostly have, it is passed over at once.
      if (this.#seen[(number & MASK) >> 5] === -1) number |= 31;
      else if (!this.has(number)) visit(number);
    }
  }
}

function addRun(runs: Map<number, number>, length: number): void {
  if (length > 0) runs.set(length, (runs.get(length) ?? 0) + 1);
}
