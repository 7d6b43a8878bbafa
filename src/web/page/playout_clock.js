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

/** Pictures that come this much ahead of their time, in ms, and keep doing so, wait needlessly. */
const ENOUGH_AHEAD_MS = 120;

/** Trust that grows with each picture that is in time, in ms. */
const SLACK_STEP_MS = 2;

/** Then the clock is put on by so much with each picture, in ms: too little to be seen. */
const CATCH_UP_MS = 1;

/** Times are in ms of the film as Reel received it, pauses left out. */
export class PlayoutClock {
  #sound;
  #now;
  /** How far ahead all pictures have been of late, in ms. */
  #slack = 0;
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
   * as long, so that the next late one is in time. When none has been late for a while, the wait
   * grows shorter again.
   *
   * @param {number} mediaMs
   */
  came(mediaMs) {
    if (this.#sound.heardMs() !== undefined) return;
    const ahead = mediaMs - this.dueMs;
    if (ahead < 0 || ahead === Infinity || this.#base === undefined) {
      this.#base = this.#now() - mediaMs;
      this.#slack = 0;
      return;
    }
    this.#slack = Math.min(ahead, this.#slack + SLACK_STEP_MS);
    if (ahead > FARTHEST_AHEAD_MS) this.#base -= ahead - KEPT_AHEAD_MS;
    else if (this.#slack > ENOUGH_AHEAD_MS) this.#base -= CATCH_UP_MS;
  }

  /** What comes next is due at once. */
  reset() {
    this.#base = undefined;
  }
}
