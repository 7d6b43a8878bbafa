// @ts-check
/**
 * Runs on the browser's sound thread: a queue of samples that is emptied at the pace of the sound
 * card. It starts when enough is there, falls silent and starts again after it ran dry, and skips
 * when too much has piled up, so that it never lags.
 *
 * @module
 */

/** What the browser offers on that thread. */
const { AudioWorkletProcessor, registerProcessor, sampleRate } =
  /** @type {{ AudioWorkletProcessor: new () => { port: { onmessage: ((event: { data: unknown }) => void) | null, postMessage(data: unknown): void } }, registerProcessor(name: string, type: unknown): void, sampleRate: number }} */
  (/** @type {unknown} */ (globalThis));

const START_S = 0.12;
const MOST_S = 2.5;
const KEPT_S = 1;
const REPORT_EVERY_S = 0.04;

/** @typedef {{ firstSample: number, channels: number, samples: Int16Array }} Chunk */

class ReelSound extends AudioWorkletProcessor {
  /** @type {Chunk[]} */
  #chunks = [];
  /** Sample frames of the first chunk that are used up. */
  #at = 0;
  #queued = 0;
  #playing = false;
  #sinceReport = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data === "flush") {
        this.#chunks = [];
        this.#at = this.#queued = 0;
        this.#playing = false;
      } else this.#push(/** @type {Chunk} */ (data));
    };
  }

  /** @param {Chunk} chunk */
  #push(chunk) {
    this.#chunks.push(chunk);
    this.#queued += chunk.samples.length / chunk.channels;
    if (this.#queued > MOST_S * sampleRate) this.#skip(this.#queued - KEPT_S * sampleRate);
    if (this.#queued >= START_S * sampleRate) this.#playing = true;
  }

  /** @param {number} frames */
  #skip(frames) {
    for (let left = Math.floor(frames); left > 0;) {
      const first = this.#chunks[0];
      if (first === undefined) return;
      const step = Math.min(left, first.samples.length / first.channels - this.#at);
      this.#advance(first, step);
      left -= step;
    }
  }

  /**
   * @param {Chunk} chunk The first one.
   * @param {number} frames
   */
  #advance(chunk, frames) {
    this.#at += frames;
    this.#queued -= frames;
    if (this.#at < chunk.samples.length / chunk.channels) return;
    this.#chunks.shift();
    this.#at = 0;
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   * @returns {boolean}
   */
  process(_inputs, outputs) {
    const output = outputs[0] ?? [];
    const length = output[0]?.length ?? 0;
    const firstSample = (this.#chunks[0]?.firstSample ?? 0) + this.#at;
    for (let done = 0; this.#playing && done < length;) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) {
        this.#playing = false;
        this.port.postMessage(undefined);
        break;
      }
      const { samples, channels } = chunk;
      const step = Math.min(length - done, samples.length / channels - this.#at);
      output.forEach((channel, c) => {
        let from = this.#at * channels + Math.min(c, channels - 1);
        for (let i = done; i < done + step; i++, from += channels) {
          channel[i] = (samples[from] ?? 0) / 32768;
        }
      });
      this.#advance(chunk, step);
      done += step;
    }
    this.#report(firstSample, length);
    return true;
  }

  /**
   * @param {number} sample
   * @param {number} length
   */
  #report(sample, length) {
    this.#sinceReport += length;
    if (!this.#playing || this.#sinceReport < REPORT_EVERY_S * sampleRate) return;
    this.#sinceReport = 0;
    const time = /** @type {{ currentTime: number }} */ (/** @type {unknown} */ (globalThis))
      .currentTime;
    this.port.postMessage({ sample, time, bufferedMs: this.#queued / sampleRate * 1000 });
  }
}

registerProcessor("reel-sound", ReelSound);
