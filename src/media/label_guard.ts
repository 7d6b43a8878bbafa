/**
 * Which labels of the audio lab's chunks may be true: one wrong label must not become hours of silence.
 *
 * @module
 */

/** Labels this far ahead of the sound, in seconds, need time that passed to be believed. */
const MAX_UNPROVEN_GAP_SECONDS = 2;

/** So far ahead, in seconds, a chunk is believed when the one that follows it comes next. */
const MAX_PROVEN_GAP_SECONDS = 60;

/** Compares what labels say with the time that has passed. */
export class LabelGuard {
  #newestArrivalMs: number;
  /** Where the chunk ended that was refused last. */
  #refusedEnd = -1;

  /** The sound began to arrive at `arrivalMs` on any steady clock. */
  constructor(arrivalMs: number) {
    this.#newestArrivalMs = arrivalMs;
  }

  /** Whether a first label is so far from the beginning that the sender had begun long before. */
  static isLate(seconds: number): boolean {
    return seconds > MAX_UNPROVEN_GAP_SECONDS;
  }

  /** Whether to take `bytes` bytes at `offset`, which lie `gapSeconds` behind all there is. */
  accepts(offset: number, bytes: number, gapSeconds: number, arrivalMs: number): boolean {
    const arrivedSeconds = (arrivalMs - this.#newestArrivalMs) / 1000;
    const isProven = offset === this.#refusedEnd && gapSeconds <= MAX_PROVEN_GAP_SECONDS;
    if (!isProven && gapSeconds > Math.max(MAX_UNPROVEN_GAP_SECONDS, 1.5 * arrivedSeconds)) {
      this.#refusedEnd = offset + bytes;
      return false;
    }
    this.#newestArrivalMs = Math.max(this.#newestArrivalMs, arrivalMs);
    return true;
  }
}
