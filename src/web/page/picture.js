// @ts-check
/// <reference lib="dom" />
/**
 * Draws the pictures: each as soon as it is decoded or, with sound, when the sound has come to it.
 * What comes late is dropped.
 *
 * @module
 */

/** @import { Picture } from "./connection.js" */
/** @import { SoundOutput } from "./sound.js" */

/** Longest time a picture waits for the sound, in ms. */
const LONGEST_WAIT_MS = 600;

/** Pictures that wait for the sound: half a second of them at 30 a second. */
const MOST_WAITING = 16;

/** @typedef {{ picture: Picture, bitmap: ImageBitmap, decodedAt: number }} Decoded */

/** The canvas. */
export class Screen {
  #canvas;
  #context;
  #sound;
  /** @type {Picture[]} */
  #undecoded = [];
  #decoding = false;
  /** @type {Decoded[]} */
  #waiting = [];
  #epoch = 0;
  /** Pictures drawn. */
  shown = 0;
  /** Pictures that came too late to be drawn, or could not be decoded. */
  dropped = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {SoundOutput} sound
   */
  constructor(canvas, sound) {
    this.#canvas = canvas;
    this.#sound = sound;
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("This browser cannot draw");
    this.#context = context;
  }

  /** @param {Picture} picture */
  push(picture) {
    this.#undecoded.push(picture);
    // Without sound to wait for, only the newest is of use.
    const keep = this.#sound.running ? MOST_WAITING : 1;
    while (this.#undecoded.length > keep) {
      this.#undecoded.shift();
      this.dropped++;
    }
    if (!this.#decoding) this.#decode();
  }

  /** Forgets what waits: the session is elsewhere now. */
  flush() {
    this.#epoch++;
    this.#undecoded.length = 0;
    for (const { bitmap } of this.#waiting) bitmap.close();
    this.#waiting.length = 0;
  }

  /** Back to an empty picture. */
  clear() {
    this.flush();
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    delete this.#canvas.dataset["frame"];
    this.#canvas.setAttribute("aria-label", "No picture yet");
  }

  async #decode() {
    this.#decoding = true;
    for (let picture = this.#undecoded.shift(); picture; picture = this.#undecoded.shift()) {
      const epoch = this.#epoch;
      try {
        const bitmap = await createImageBitmap(new Blob([picture.jpeg], { type: "image/jpeg" }));
        if (epoch === this.#epoch) this.#decoded({ picture, bitmap, decodedAt: performance.now() });
        else bitmap.close();
      } catch {
        this.dropped++;
      }
    }
    this.#decoding = false;
  }

  /** @param {Decoded} decoded */
  #decoded(decoded) {
    if (!this.#sound.running) {
      this.flush();
      return this.#draw(decoded);
    }
    this.#waiting.push(decoded);
    if (this.#waiting.length === 1) requestAnimationFrame(() => this.#due());
    if (this.#waiting.length > MOST_WAITING) this.#drop();
  }

  /** Draws the newest picture whose time has come. */
  #due() {
    const now = performance.now();
    /** @type {Decoded | undefined} */
    let latest;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const tooLong = now - first.decodedAt > LONGEST_WAIT_MS;
      if (!tooLong && this.#sound.isAhead(first.picture.timeMs)) break;
      if (latest !== undefined) {
        latest.bitmap.close();
        this.dropped++;
      }
      latest = this.#waiting.shift();
    }
    if (latest !== undefined) this.#draw(latest);
    if (this.#waiting.length > 0) requestAnimationFrame(() => this.#due());
  }

  #drop() {
    this.#waiting.shift()?.bitmap.close();
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
    canvas.dataset["frame"] = String(picture.frame);
    canvas.dataset["timestamp"] = String(picture.timestamp);
  }
}
