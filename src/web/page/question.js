// @ts-check
/// <reference lib="dom" />
/**
 * The question after the page was closed while the film played: go on, or tear down?
 *
 * @module
 */

import { byId } from "./dom.js";
import { clock } from "./format.js";

/** The dialog. */
export class Question {
  /** @type {HTMLDialogElement} */
  #dialog = byId("asking");

  /** @param {(goOn: boolean) => void} onAnswer */
  constructor(onAnswer) {
    for (const [id, goOn] of /** @type {const} */ ([["asking-go", true], ["asking-end", false]])) {
      byId(id).addEventListener("click", () => {
        this.#dialog.close();
        onAnswer(goOn);
      });
    }
    // It has to be answered: Escape is no answer.
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault());
  }

  /**
   * @param {boolean} asking
   * @param {number | undefined} [position] Where the film was paused, in s.
   */
  ask(asking, position) {
    if (!asking && this.#dialog.open) this.#dialog.close();
    if (!asking || this.#dialog.open) return;
    const where = position === undefined ? "" : ` at ${clock(position)}`;
    byId("asking-text").textContent =
      `The session was paused${where}. Go on from there, or tear it down?`;
    this.#dialog.showModal();
    byId("asking-go").focus();
  }
}
