// @ts-check
/// <reference lib="dom" />
/**
 * Draws the pictures, each when its time has come. What is late when a newer one is due as well is
 * dropped.
 *
 * @module
 */

/** @import { Picture } from "./connection.js" */
/** @import { PlayoutClock } from "./playout_clock.js" */

/** Pictures that wait to be decoded: a burst of some seconds. */
const MOST_WAITING = 150;

/** Pictures that are decoded ahead of their time. */
const DECODED_AHEAD = 3;

/** A frame number that leaps by more than this means that somebody has gone elsewhere in the film. */
const LEAP_FRAMES = 100;

/** @typedef {{ picture: Picture, bitmap: ImageBitmap }} Decoded */

/** The canvas. */
export class Screen {
  #canvas;
  #context;
  #clock;
  /** @type {Picture[]} */
  #waiting = [];
  /** @type {Decoded[]} */
  #decoded = [];
  #decoding = false;
  #looking = false;
  #epoch = 0;
  #lastFrame = 0;
  /** @type {Picture | undefined} */
  #newest;
  /** Pictures drawn. */
  shown = 0;
  /** Pictures that came too late to be drawn, or could not be decoded. */
  dropped = 0;
  /**
   * How much later the newest picture was drawn than its sound was heard, in ms.
   *
   * @type {number | undefined}
   */
  behindSoundMs;
  /** Called when the frames leap: the sound that waits is of no use either. */
  onLeap = () => {};

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {PlayoutClock} clock
   */
  constructor(canvas, clock) {
    this.#canvas = canvas;
    this.#clock = clock;
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("This browser cannot draw");
    this.#context = context;
  }

  /** Whether pictures wait for their time. */
  get busy() {
    return this.#waiting.length + this.#decoded.length > 0;
  }

  /** @param {Picture} picture */
  push(picture) {
    const step = picture.frame - this.#lastFrame;
    this.#lastFrame = picture.frame;
    if (step < 0 || step > LEAP_FRAMES) {
      this.flush();
      this.onLeap();
    }
    this.#newest = picture;
    this.#clock.came(picture.mediaMs);
    this.#waiting.push(picture);
    if (this.#waiting.length > MOST_WAITING) this.#skip();
    this.#decode();
  }

  /** Forgets what waits: the session is elsewhere now. */
  flush() {
    this.#epoch++;
    this.#waiting.length = 0;
    for (const { bitmap } of this.#decoded) bitmap.close();
    this.#decoded.length = 0;
    this.#clock.reset();
  }

  /** Shows the newest picture at once: the session has paused, and this is where. */
  settle() {
    const newest = this.#newest;
    const isShown = this.#canvas.dataset["frame"] === String(newest?.frame);
    this.flush();
    if (newest === undefined || isShown) return;
    this.#clock.came(newest.mediaMs);
    this.#waiting.push(newest);
    this.#decode();
  }

  /** Back to an empty picture. */
  clear() {
    this.flush();
    this.#newest = undefined;
    this.#lastFrame = 0;
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    delete this.#canvas.dataset["frame"];
    this.#canvas.setAttribute("aria-label", "No picture yet");
  }

  async #decode() {
    if (this.#decoding) return;
    this.#decoding = true;
    while (this.#decoded.length < DECODED_AHEAD) {
      while ((this.#waiting[1]?.mediaMs ?? Infinity) <= this.#clock.dueMs) this.#skip();
      const picture = this.#waiting.shift();
      if (picture === undefined) break;
      const epoch = this.#epoch;
      try {
        const bitmap = await createImageBitmap(new Blob([picture.jpeg], { type: "image/jpeg" }));
        if (epoch !== this.#epoch) bitmap.close();
        else this.#decoded.push({ picture, bitmap });
      } catch {
        this.dropped++;
      }
      this.#look();
    }
    this.#decoding = false;
  }

  /** Draws the newest picture whose time has come, and looks again while there are any. */
  #look() {
    const due = this.#clock.dueMs;
    // Written so that an unknown time, NaN, is due.
    for (
      let next = this.#decoded[1];
      next && !(next.picture.mediaMs > due);
      next = this.#decoded[1]
    ) {
      this.#decoded.shift()?.bitmap.close();
      this.dropped++;
    }
    const [first] = this.#decoded;
    if (first !== undefined && !(first.picture.mediaMs > due)) {
      this.#decoded.shift();
      this.#draw(first);
    }
    if (this.#decoded.length === 0 || this.#looking) return;
    this.#looking = true;
    requestAnimationFrame(() => {
      this.#looking = false;
      this.#look();
      this.#decode();
    });
  }

  #skip() {
    this.#waiting.shift();
    this.dropped++;
  }

  /** @param {Decoded} decoded */
  #draw({ picture, bitmap }) {
    const canvas = this.#canvas;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      const ratio = Math.min(Math.max(bitmap.width / bitmap.height, 1), 2.4);
      canvas.parentElement?.style.setProperty("--ratio", ratio.toFixed(4));
    }
    this.#context.drawImage(bitmap, 0, 0);
    bitmap.close();
    this.shown++;
    const heard = this.#clock.heardMs;
    this.behindSoundMs = heard === undefined ? undefined : heard - picture.mediaMs;
    canvas.dataset["frame"] = String(picture.frame);
    canvas.dataset["timestamp"] = String(picture.timestamp);
  }
}
