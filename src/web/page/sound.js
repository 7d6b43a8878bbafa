// @ts-check
/// <reference lib="dom" />
/**
 * Plays the sound, and is the clock for the pictures while it does.
 *
 * Pictures and samples both carry the time at which they arrived at Reel. A server sends both at the
 * pace at which they are to be seen and heard, so the sample that arrived with a picture belongs to
 * it, but for the lead that sender reports tell of (RFC 3550 section 6.4.1).
 *
 * @module
 */

/** @import { Sound } from "./connection.js" */

/** How quickly the relation between arrival and samples follows a change: 1 is at once. */
const SMOOTHING = 0.05;

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
  /** Media time of what arrives minus its arrival time, in ms. */
  #mediaMinusArrivalMs = NaN;
  /** @type {{ sample: number, time: number, bufferedMs: number } | undefined} */
  #report;
  /** Sound's lead over picture in ms, where Reel knows it. */
  leadMs = 0;
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
    const { firstSample, sampleRate, channels, samples, timeMs } = sound;
    if (Math.abs(firstSample - this.#nextSample) > JUMP_S * sampleRate) this.flush();
    this.#nextSample = firstSample + samples.length / channels;
    const offset = firstSample / sampleRate * 1000 - timeMs;
    this.#mediaMinusArrivalMs = Number.isNaN(this.#mediaMinusArrivalMs)
      ? offset
      : this.#mediaMinusArrivalMs + SMOOTHING * (offset - this.#mediaMinusArrivalMs);
    this.#node.port.postMessage({ firstSample, channels, samples });
  }

  /** Falls silent at once. */
  flush() {
    this.#node?.port.postMessage("flush");
    this.#report = undefined;
    this.#mediaMinusArrivalMs = NaN;
  }

  /**
   * Whether a picture that arrived at `timeMs` belongs to sound that is still to be heard.
   *
   * @param {number} timeMs
   * @returns {boolean}
   */
  isAhead(timeMs) {
    const heard = this.#heardMs();
    return heard !== undefined && timeMs - this.leadMs + this.#mediaMinusArrivalMs > heard;
  }

  /** Media time of what leaves the loudspeaker now, in ms. */
  #heardMs() {
    const context = this.#context;
    if (context === undefined || this.#report === undefined) return undefined;
    const { sample, time } = this.#report;
    const late = context.currentTime - time - (context.outputLatency || context.baseLatency || 0);
    return (sample / context.sampleRate + late) * 1000;
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
