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

/** How far keys go while the bar has the focus, in s. Each step is a PLAY. */
const KEY_STEPS = new Map([
  ["ArrowLeft", -5],
  ["ArrowDown", -5],
  ["ArrowRight", 5],
  ["ArrowUp", 5],
  ["PageDown", -30],
  ["PageUp", 30],
]);

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
    // A drag that is cut off ends without a change.
    for (const end of ["blur", "pointercancel", "lostpointercapture"]) {
      this.#bar.addEventListener(end, () => setTimeout(() => this.#dragging = false));
    }
    this.#bar.addEventListener("keydown", (event) => {
      const step = KEY_STEPS.get(event.key);
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      seek(Math.min(Math.max(0, this.position + step), Number(this.#bar.max)));
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
    if (this.#bar.disabled) this.#dragging = false;
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
