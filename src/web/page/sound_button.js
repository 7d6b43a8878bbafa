// @ts-check
/// <reference lib="dom" />
/**
 * The button that turns the sound on and off, and the one that asks for the click without which
 * browsers stay silent.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
/** @import { SoundOutput } from "./sound.js" */
import { byId, makeSvg, recall } from "./dom.js";

const SPEAKER = "M4 9.5v5h3.2L12 18.5v-13L7.2 9.5z";
const WAVES = "M15.5 9a4 4 0 0 1 0 6M18 6.5a7.6 7.6 0 0 1 0 11";
const CROSS = "m15.5 9.5 5 5m0-5-5 5";

/** Both buttons. */
export class SoundButton {
  #sound;
  #button = byId("mute");
  #hear = byId("hear");

  /** @param {SoundOutput} sound */
  constructor(sound) {
    this.#sound = sound;
    this.#button.addEventListener("click", () => this.toggle());
    this.#hear.addEventListener("click", () => sound.unlock());
    document.addEventListener("pointerdown", () => sound.unlock());
  }

  /** On or off. */
  toggle() {
    this.#sound.muted = !this.#sound.muted;
    recall("muted", this.#sound.muted ? "yes" : "no");
  }

  /** @param {PlayerSnapshot | undefined} snapshot */
  draw(snapshot) {
    const tracks = snapshot?.tracks ?? [];
    const audible = tracks.some(({ kind, playable }) => kind === "audio" && playable);
    const { muted, locked } = this.#sound;
    this.#button.hidden = !audible;
    this.#hear.hidden = !(audible && locked);
    const name = muted ? "Sound on" : "Sound off";
    if (this.#button.getAttribute("aria-label") === name) return;
    this.#button.setAttribute("aria-label", name);
    this.#button.title = `${name} (M)`;
    this.#button.replaceChildren(makeSvg(
      "svg",
      { viewBox: "0 0 24 24", "aria-hidden": "true" },
      makeSvg("path", { d: SPEAKER }),
      makeSvg("path", { d: muted ? CROSS : WAVES }),
    ));
  }
}
