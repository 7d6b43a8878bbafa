/**
 * Received samples as players want them: one after the other, silence where some are missing.
 *
 * @module
 */

import type { PcmFormat } from "../payload/pcm.ts";
import { toSigned16 } from "./sound.ts";

/** Longer gaps are not filled for players; recordings have their own rule. */
const MAX_SILENCE_SECONDS = 10;

/** A run of 16-bit little-endian samples. */
export interface SoundRun {
  /** Place of the first sample frame. */
  readonly firstSample: number;
  /** Interleaved samples. */
  readonly samples: Uint8Array;
}

/** Fills the gaps of one track. */
export class SoundFiller {
  readonly #format: PcmFormat;
  #end = 0;

  /** Nothing has come yet. */
  constructor(format: PcmFormat) {
    this.#format = format;
  }

  /** Takes samples in network byte order that belong at `ticks`; gives what is to be played. */
  push(ticks: number, data: Uint8Array): SoundRun[] {
    const { encoding, sampleRate, channels } = this.#format;
    const samples = toSigned16(encoding, data);
    const end = this.#end;
    this.#end = Math.max(end, ticks + samples.length / (2 * channels));
    // What would overlap was replaced by silence, or was played already.
    if (ticks < end) return [];
    const run: SoundRun = { firstSample: ticks, samples };
    const missing = Math.min(ticks - end, sampleRate * MAX_SILENCE_SECONDS);
    if (missing === 0) return [run];
    const silence = new Uint8Array(2 * channels * missing);
    return [{ firstSample: ticks - missing, samples: silence }, run];
  }
}
