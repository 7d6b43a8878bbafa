/**
 * The audio lab's chunks, put in their places: the sender may begin with the WAV file's head or with
 * the samples behind it, and cuts without regard to samples.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";
import { bytesPerFrame, parseWavHead, type WavFormat } from "./wav_header.ts";

/** So many chunks are waited for when the first one, which may hold the head, is missing. */
const ENOUGH_CHUNKS = 18;

/** What the lab's file is like, where no head says otherwise. */
const LAB_SOUND: WavFormat = {
  encoding: "pcm",
  sampleRate: 44_100,
  channels: 2,
  bitsPerSample: 16,
};

/** Whole sample frames and where they belong. */
export interface PlacedSamples {
  /** Number of the first sample frame. */
  readonly first: number;
  /** Samples as the WAV file has them. */
  readonly samples: Uint8Array;
}

/** Makes samples of chunks. */
export class LabelledSound {
  #format: WavFormat | undefined;
  /** Where the samples begin in what is sent. */
  #dataOffset = 0;
  #held: { readonly offset: number; readonly data: Uint8Array }[] = [];
  /** The beginning of a sample frame whose end comes with the next chunk. */
  #rest: Uint8Array = new Uint8Array(0);
  #restOffset = -1;

  /** How the samples are stored, once that is known. */
  get format(): WavFormat | undefined {
    return this.#format;
  }

  /** Takes the bytes at `offset` of what is sent; they are kept until the format is known. */
  push(offset: number, data: Uint8Array): PlacedSamples[] {
    if (this.#format !== undefined) return this.#place(offset, data);
    this.#held.push({ offset, data: data.slice() });
    return offset === 0 || this.#held.length >= ENOUGH_CHUNKS ? this.flush() : [];
  }

  /** What waits for the first chunk goes without it. */
  flush(): PlacedSamples[] {
    const held = this.#held.toSorted((a, b) => a.offset - b.offset);
    const [first] = held;
    if (first === undefined) return [];
    this.#held = [];
    const head = first.offset === 0 ? parseWavHead(first.data) : undefined;
    this.#format = head?.format ?? LAB_SOUND;
    this.#dataOffset = head?.dataOffset ?? 0;
    return held.flatMap(({ offset, data }) => this.#place(offset, data));
  }

  #place(offset: number, data: Uint8Array): PlacedSamples[] {
    const frameBytes = bytesPerFrame(this.#format!);
    let bytes = data.subarray(Math.min(data.length, Math.max(0, this.#dataOffset - offset)));
    let at = Math.max(0, offset - this.#dataOffset);
    if (this.#rest.length > 0 && at === this.#restOffset + this.#rest.length) {
      bytes = concatBytes([this.#rest, bytes]);
      at = this.#restOffset;
    } else if (at % frameBytes !== 0) {
      // The chunk before is missing, and with it the beginning of this sample frame.
      const skip = Math.min(bytes.length, frameBytes - at % frameBytes);
      bytes = bytes.subarray(skip);
      at += skip;
    }
    const whole = bytes.length - bytes.length % frameBytes;
    this.#rest = bytes.slice(whole);
    this.#restOffset = at + whole;
    return whole === 0 ? [] : [{ first: at / frameBytes, samples: bytes.subarray(0, whole) }];
  }
}
