/**
 * The audio lab's chunks, put in their places: the sender may begin with the WAV file's head or with
 * the samples behind it, and cuts without regard to samples.
 *
 * @module
 */

import { FrameAligner, type PlacedSamples } from "./frame_aligner.ts";
import { bytesPerFrame, parseWavHead, type WavFormat } from "./wav_header.ts";

/** So many chunks are waited for when the first one, which may hold the head, is missing. */
export const ENOUGH_CHUNKS = 18;

/** What the lab's file is like, where no head says otherwise. */
export const LAB_SOUND: WavFormat = {
  encoding: "pcm",
  sampleRate: 44_100,
  channels: 2,
  bitsPerSample: 16,
};

/** Makes samples of chunks. */
export class LabelledSound {
  #format: WavFormat | undefined;
  #aligner: FrameAligner | undefined;
  #held: { readonly offset: number; readonly data: Uint8Array }[] = [];

  /** How the samples are stored, once that is known. */
  get format(): WavFormat | undefined {
    return this.#format;
  }

  /** Takes the bytes at `offset` of what is sent; they are kept until the format is known. */
  push(offset: number, data: Uint8Array): PlacedSamples[] {
    if (this.#aligner !== undefined) return place(this.#aligner, offset, data);
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
    const aligner = new FrameAligner(bytesPerFrame(this.#format), head?.dataOffset ?? 0);
    this.#aligner = aligner;
    return held.flatMap(({ offset, data }) => place(aligner, offset, data));
  }
}

function place(aligner: FrameAligner, offset: number, data: Uint8Array): PlacedSamples[] {
  const placed = aligner.place(offset, data);
  return placed === undefined ? [] : [placed];
}
