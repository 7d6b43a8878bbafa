// @ts-check
/**
 * Which moment of the film is due now: that of the sound being heard or, without sound, of the
 * pictures as they came, so that a burst is not played in a rush.
 *
 * @module
 */

/** @import { SoundOutput } from "./sound.js" */

/** Pictures further ahead than this, in ms, are from elsewhere in the film, or too many wait. */
const FARTHEST_AHEAD_MS = 2500;

/** What is left of that when there are too many. */
const KEPT_AHEAD_MS = 1000;

/** Times are in ms of the film as Reel received it, pauses left out. */
export class PlayoutClock {
  #sound;
  #now;
  /** Time of day minus time of the film; undefined until the first picture. */
  /** @type {number | undefined} */
  #base;

  /**
   * @param {Pick<SoundOutput, "heardMs">} sound
   * @param {() => number} now Time of day in ms.
   */
  constructor(sound, now) {
    this.#sound = sound;
    this.#now = now;
  }

  /** The moment of the sound that is being heard; undefined when none is. */
  get heardMs() {
    return this.#sound.heardMs();
  }

  /** The moment that is due. */
  get dueMs() {
    const heard = this.#sound.heardMs();
    // Should the sound stop, the pictures go on from there.
    if (heard !== undefined) this.#base = this.#now() - heard;
    return this.#base === undefined ? -Infinity : this.#now() - this.#base;
  }

  /**
   * A picture has come. The first one is due at once; one that is late makes all that follow wait
   * as long, so that the next late one is in time.
   *
   * @param {number} mediaMs
   */
  came(mediaMs) {
    if (this.#sound.heardMs() !== undefined) return;
    const due = this.dueMs;
    if (mediaMs < due || due === -Infinity) this.#base = this.#now() - mediaMs;
    if (mediaMs > due + FARTHEST_AHEAD_MS && due !== -Infinity) {
      this.#base = this.#now() - mediaMs + KEPT_AHEAD_MS;
    }
  }

  /** What comes next is due at once. */
  reset() {
    this.#base = undefined;
  }
}
