// @ts-check
/// <reference lib="dom" />
/**
 * Where in the film it is, and how to get elsewhere.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
import { byId, setText } from "./dom.js";
import { clock } from "./format.js";

/** The seek bar. */
export class SeekBar {
  /** @type {HTMLInputElement} */
  #bar = byId("seek");
  #position = byId("position");
  #length = byId("length");
  #dragging = false;
  /** @type {PlayerSnapshot | undefined} */
  #snapshot;
  #shownAt = 0;

  /** @param {(seconds: number) => void} seek */
  constructor(seek) {
    this.#bar.addEventListener("input", () => {
      this.#dragging = true;
      this.#draw(this.#bar.valueAsNumber);
    });
    this.#bar.addEventListener("change", () => {
      this.#dragging = false;
      seek(this.#bar.valueAsNumber);
    });
    setInterval(() => this.#move(), 100);
  }

  /** Whether there is anywhere to go. */
  get enabled() {
    return !this.#bar.disabled;
  }

  /** Position now, in seconds. */
  get position() {
    const { position = 0, duration = Infinity, condition } = this.#snapshot ?? {};
    const since = condition === "running" ? (performance.now() - this.#shownAt) / 1000 : 0;
    return Math.min(position + Math.min(since, 0.5), duration);
  }

  /**
   * @param {PlayerSnapshot} snapshot
   * @param {boolean} enabled
   */
  show(snapshot, enabled) {
    this.#snapshot = snapshot;
    this.#shownAt = performance.now();
    const { duration } = snapshot;
    this.#bar.disabled = !enabled || duration === undefined || duration <= 0;
    this.#bar.max = String(duration ?? 1);
    setText(this.#length, clock(duration));
    this.#move();
  }

  /** Between two snapshots the film goes on. */
  #move() {
    if (this.#dragging || this.#snapshot === undefined) return;
    if (this.#snapshot.position === undefined) return this.#draw(undefined);
    this.#draw(this.position);
  }

  /** @param {number | undefined} seconds */
  #draw(seconds) {
    const max = Number(this.#bar.max);
    const at = seconds ?? 0;
    if (!this.#dragging) this.#bar.value = String(at);
    this.#bar.style.setProperty("--part", `${max > 0 ? Math.min(at / max, 1) * 100 : 0}%`);
    this.#bar.setAttribute(
      "aria-valuetext",
      `${clock(seconds)} of ${clock(this.#snapshot?.duration)}`,
    );
    setText(this.#position, clock(seconds));
  }
}
