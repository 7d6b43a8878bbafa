// @ts-check
/// <reference lib="dom" />
/**
 * Something to look at while there is only sound: how loud it was, going by.
 *
 * @module
 */

/** @import { Sound } from "./connection.js" */

const WIDTH = 960;
const HEIGHT = 360;
/** Columns a second. */
const COLUMNS_PER_S = 60;
const COLUMN_WIDTH = 4;

/** Draws on the canvas of the picture. */
export class Waveform {
  #canvas;
  #peak = 0;
  #counted = 0;
  /** @type {number[]} */
  #peaks = [];
  #drawing = false;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  /** @param {Sound} sound */
  push({ samples, channels, sampleRate }) {
    const perColumn = sampleRate / COLUMNS_PER_S;
    for (let i = 0; i < samples.length; i += channels) {
      this.#peak = Math.max(this.#peak, Math.abs(samples[i] ?? 0));
      if (++this.#counted < perColumn) continue;
      this.#peaks.push(this.#peak / 32768);
      this.#peak = this.#counted = 0;
    }
    while (this.#peaks.length > WIDTH / COLUMN_WIDTH) this.#peaks.shift();
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#drawing = false;
    const canvas = this.#canvas;
    if (canvas.width !== WIDTH) canvas.width = WIDTH;
    if (canvas.height !== HEIGHT) canvas.height = HEIGHT;
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) return;
    context.fillStyle = "#0c0e10";
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = "#4fc3b8";
    const start = WIDTH - this.#peaks.length * COLUMN_WIDTH;
    this.#peaks.forEach((peak, i) => {
      const height = Math.max(2, peak * HEIGHT * 0.86);
      context.fillRect(start + i * COLUMN_WIDTH, (HEIGHT - height) / 2, COLUMN_WIDTH - 1, height);
    });
    canvas.dataset["frame"] = "sound";
  }
}
