// @ts-check
/// <reference lib="dom" />
/**
 * Picture and sound in this tab, and what the tab knows of how they do.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
/** @import { OwnNumbers } from "./numbers.js" */
/** @import { Picture, Sound } from "./connection.js" */
import { byId, recall } from "./dom.js";
import { Screen } from "./picture.js";
import { PlayoutClock } from "./playout_clock.js";
import { SoundButton } from "./sound_button.js";
import { SoundOutput } from "./sound.js";
import { Waveform } from "./waveform.js";

/** Screen and loudspeaker. */
export class MediaOutput {
  /** @type {HTMLCanvasElement} */
  #canvas = byId("picture");
  #sound = new SoundOutput(recall("muted") === "yes");
  #screen = new Screen(this.#canvas, new PlayoutClock(this.#sound, () => performance.now()));
  #waveform = new Waveform(this.#canvas);
  #button = new SoundButton(this.#sound);
  /** @type {PlayerSnapshot | undefined} */
  #snapshot;
  #counted = { at: performance.now(), shown: 0 };
  /** @type {number | undefined} */
  #shownRate;

  /** @param {() => void} onChange Called when the tab has use for something else than before. */
  constructor(onChange) {
    this.#sound.onChange = () => {
      this.#button.draw(this.#snapshot);
      onChange();
    };
    this.#sound.onSamples = (sound) => {
      if (this.#isSoundOnly()) this.#waveform.push(sound);
    };
    this.#screen.onLeap = () => this.#sound.flush();
    document.addEventListener("visibilitychange", onChange);
    setInterval(() => this.#count(), 1000);
  }

  /** What this tab has use for. */
  get wanted() {
    const pictures = document.visibilityState === "visible";
    const heard = !this.#sound.muted && !this.#sound.locked;
    return { pictures, sound: heard || (pictures && this.#isSoundOnly()) };
  }

  /** Whether something is still to be shown. */
  get busy() {
    return this.#screen.busy;
  }

  /** @type {OwnNumbers} */
  get numbers() {
    const { dropped, behindSoundMs } = this.#screen;
    const { bufferedMs } = this.#sound;
    return { shownRate: this.#shownRate, dropped, bufferedMs, behindSoundMs };
  }

  /** @param {Picture} picture */
  picture(picture) {
    this.#screen.push(picture);
  }

  /** @param {Sound} sound */
  sound(sound) {
    this.#sound.push(sound);
  }

  /** @param {PlayerSnapshot} snapshot */
  session(snapshot) {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    const { condition, state, tracks } = snapshot;
    // What ends is played to its end; what is paused or torn down stops at once.
    if (before?.condition === "running" && condition !== "running" && condition !== "ended") {
      this.#sound.flush();
      this.#screen.settle();
    }
    if (state === "Init" && before?.state !== "Init") this.#screen.clear();
    const doing = condition === "running" ? "playing" : condition;
    this.#canvas.setAttribute("aria-label", state === "Init" ? "Picture" : `Picture, ${doing}`);
    const audible = tracks.find(({ kind, playable }) => kind === "audio" && playable);
    if (audible?.clockRate !== undefined) this.#sound.prepare(audible.clockRate);
    this.#button.draw(snapshot);
  }

  /** What is on its way to be shown is of no use. */
  flush() {
    this.#sound.flush();
    this.#screen.flush();
  }

  /** Sound on or off. */
  toggleSound() {
    this.#button.toggle();
  }

  #count() {
    const now = performance.now();
    const { shown } = this.#screen;
    const seconds = (now - this.#counted.at) / 1000;
    this.#shownRate = this.#isSoundOnly() ? undefined : (shown - this.#counted.shown) / seconds;
    this.#counted = { at: now, shown };
  }

  #isSoundOnly() {
    const tracks = this.#snapshot?.tracks ?? [];
    return tracks.length > 0 && tracks.every(({ kind }) => kind === "audio");
  }
}
