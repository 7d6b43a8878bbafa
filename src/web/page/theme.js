// @ts-check
/// <reference lib="dom" />
/**
 * Light or dark: as the system has it, until somebody chooses.
 *
 * @module
 */

import { byId, makeSvg, recall } from "./dom.js";

const SUN =
  "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M5 5l1.7 1.7M17.3 17.3 19 19M5 19l1.7-1.7M17.3 6.7 19 5";
const MOON = "M20 14.2A8.4 8.4 0 0 1 9.8 4 8.4 8.4 0 1 0 20 14.2Z";

/** The button for it. */
export class Theme {
  #button = byId("theme");
  #system = matchMedia("(prefers-color-scheme: dark)");
  #onChange;

  /** @param {() => void} onChange Called when the colours have changed. */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#button.addEventListener("click", () => this.toggle());
    this.#system.addEventListener("change", () => this.#apply());
    this.#apply();
  }

  /** The other one. */
  toggle() {
    recall("theme", this.#isDark() ? "light" : "dark");
    this.#apply();
  }

  #isDark() {
    const chosen = recall("theme");
    return chosen === "dark" || (chosen !== "light" && this.#system.matches);
  }

  #apply() {
    const dark = this.#isDark();
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    const name = dark ? "Light colours" : "Dark colours";
    this.#button.setAttribute("aria-label", name);
    this.#button.title = `${name} (L)`;
    this.#button.replaceChildren(
      makeSvg(
        "svg",
        { viewBox: "0 0 24 24", "aria-hidden": "true" },
        makeSvg("path", {
          d: dark ? SUN : MOON,
        }),
      ),
    );
    this.#onChange();
  }
}
