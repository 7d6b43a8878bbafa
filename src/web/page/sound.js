// @ts-check
/// <reference lib="dom" />
/**
 * Plays the sound, and tells the pictures which moment of it is being heard.
 *
 * @module
 */

/** @import { Sound } from "./connection.js" */

/** A jump of the sample number by more than this, in s, starts anew. */
const JUMP_S = 0.5;

/** Sound for one page. */
export class SoundOutput {
  /** @type {AudioContext | undefined} */
  #context;
  /** @type {AudioWorkletNode | undefined} */
  #node;
  #starting = false;
  #muted;
  #nextSample = 0;
  /** @type {{ sample: number, time: number, bufferedMs: number } | undefined} */
  #report;
  /** Called when anything changes that a button shows. */
  onChange = () => {};
  /** @type {(sound: Sound) => void} Hears all that comes, muted or not. */
  onSamples = () => {};

  /** @param {boolean} muted */
  constructor(muted) {
    this.#muted = muted;
  }

  /** Whether the user wants no sound. */
  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    if (muted) this.flush();
    else this.unlock();
    this.onChange();
  }

  /** Whether the browser lets the page make a sound only after a click. */
  get locked() {
    return this.#context?.state === "suspended" && !this.#muted;
  }

  /** Whether sound is being heard, so that pictures have to wait for it. */
  get running() {
    return !this.#muted && this.#report !== undefined && this.#context?.state === "running";
  }

  /** Sound that waits to be heard, in ms. */
  get bufferedMs() {
    return this.running ? this.#report?.bufferedMs : undefined;
  }

  /** Tries to make the browser play: it allows that after a click or a key. */
  unlock() {
    if (this.#context?.state === "suspended") this.#context.resume().then(this.onChange, () => {});
  }

  /**
   * Gets ready for sound at this rate, which takes a moment: better before the first of it comes.
   *
   * @param {number} sampleRate
   */
  prepare(sampleRate) {
    if (!this.#muted && this.#context?.sampleRate !== sampleRate) this.#start(sampleRate);
  }

  /** @param {Sound} sound */
  push(sound) {
    this.onSamples(sound);
    if (this.#muted) return;
    this.prepare(sound.sampleRate);
    if (this.#node === undefined || this.#context?.state !== "running") return;
    const { firstSample, sampleRate, channels, samples } = sound;
    if (Math.abs(firstSample - this.#nextSample) > JUMP_S * sampleRate) this.flush();
    this.#nextSample = firstSample + samples.length / channels;
    this.#node.port.postMessage({ firstSample, channels, samples });
  }

  /** Falls silent at once. */
  flush() {
    this.#node?.port.postMessage("flush");
    this.#report = undefined;
  }

  /**
   * Time in the track of what leaves the loudspeaker now, in ms; undefined when nothing does.
   *
   * @returns {number | undefined}
   */
  heardMs() {
    const context = this.#context;
    if (!this.running || context === undefined || this.#report === undefined) return undefined;
    const { sample, time } = this.#report;
    const since = context.currentTime - time - (context.outputLatency || context.baseLatency || 0);
    return (sample / context.sampleRate + since) * 1000;
  }

  /** @param {number} sampleRate */
  async #start(sampleRate) {
    if (this.#starting) return;
    this.#starting = true;
    try {
      await this.#context?.close();
      const context = this.#context = new AudioContext({ sampleRate, latencyHint: "interactive" });
      context.onstatechange = () => this.onChange();
      await context.audioWorklet.addModule("sound_worklet.js");
      this.#node = new AudioWorkletNode(context, "reel-sound", {
        numberOfInputs: 0,
        outputChannelCount: [2],
      });
      this.#node.port.onmessage = ({ data }) => this.#report = data;
      this.#node.connect(context.destination);
      this.onChange();
    } finally {
      this.#starting = false;
    }
  }
}
