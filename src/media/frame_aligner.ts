/**
 * Bytes of samples that were cut anywhere, put together to whole sample frames.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";

/** Whole sample frames and where they belong. */
export interface PlacedSamples {
  /** Number of the first sample frame. */
  readonly first: number;
  /** Samples as the WAV file has them. */
  readonly samples: Uint8Array;
}

/** Finds the sample frames in pieces that come in any order; neighbours share the frame at their border. */
export class FrameAligner {
  readonly #frameBytes: number;
  readonly #dataOffset: number;
  /** The beginning of a sample frame whose end comes with the next piece. */
  #rest: Uint8Array = new Uint8Array(0);
  #restOffset = -1;

  /** `dataOffset` is where the samples begin in what is sent. */
  constructor(frameBytes: number, dataOffset: number) {
    this.#frameBytes = frameBytes;
    this.#dataOffset = dataOffset;
  }

  /** Takes the bytes at `offset` of what is sent; undefined when no sample frame is whole. */
  place(offset: number, data: Uint8Array): PlacedSamples | undefined {
    const frameBytes = this.#frameBytes;
    let bytes = data.subarray(Math.min(data.length, Math.max(0, this.#dataOffset - offset)));
    let at = Math.max(0, offset - this.#dataOffset);
    if (this.#rest.length > 0 && at === this.#restOffset + this.#rest.length) {
      bytes = concatBytes([this.#rest, bytes]);
      at = this.#restOffset;
    } else if (at % frameBytes !== 0) {
      // The piece before is missing, and with it the beginning of this sample frame.
      const skip = Math.min(bytes.length, frameBytes - at % frameBytes);
      bytes = bytes.subarray(skip);
      at += skip;
    }
    const whole = bytes.length - bytes.length % frameBytes;
    this.#rest = bytes.slice(whole);
    this.#restOffset = at + whole;
    return whole === 0 ? undefined : { first: at / frameBytes, samples: bytes.subarray(0, whole) };
  }
}
