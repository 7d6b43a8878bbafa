// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The four views beside the player, one at a time.
 *
 * @module
 */

import { byId, recall } from "./dom.js";

/** @typedef {"numbers" | "charts" | "wire" | "description"} View */

/** @type {readonly View[]} */
const VIEWS = ["numbers", "charts", "wire", "description"];

/** The tabs. */
export class Tabs {
  /** @type {HTMLElement[]} */
  #tabs = [...document.querySelectorAll("[role=tab]")]
    .filter((tab) => tab instanceof HTMLElement);
  #onChange;

  /** @param {(view: View) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    for (const [i, tab] of this.#tabs.entries()) {
      tab.addEventListener("click", () => this.choose(viewOf(tab)));
      tab.addEventListener("keydown", ({ key }) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
        if (step === undefined) return;
        const next = this.#tabs[(i + step + this.#tabs.length) % this.#tabs.length];
        if (next === undefined) return;
        next.focus();
        this.choose(viewOf(next));
      });
    }
  }

  /** Shows the view this browser showed last. */
  start() {
    this.choose(VIEWS.find((view) => view === recall("view")) ?? "numbers");
  }

  /** @param {View} view */
  choose(view) {
    recall("view", view);
    byId("layout").dataset["view"] = view;
    for (const tab of this.#tabs) {
      const chosen = viewOf(tab) === view;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view;
    this.#onChange(view);
  }
}

/**
 * @param {HTMLElement} tab
 * @returns {View}
 */
function viewOf(tab) {
  return VIEWS.find((view) => view === tab.dataset["view"]) ?? "numbers";
}
