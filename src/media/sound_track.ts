/**
 * The samples of a file as a track.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";
import type { ByteSource } from "./byte_source.ts";
import { LruCache } from "./lru.ts";
import type { AudioEncoding, AudioTrack } from "./presentation.ts";
import type { WaveFormat } from "./wave_format.ts";

/** Sample frames that are read and converted at once. */
const BLOCK_FRAMES = 8192;

/** Blocks kept in memory. */
const CACHED_BLOCKS = 32;

/** Samples of a file. */
export class SoundTrack implements AudioTrack {
  /** Which track this is. */
  readonly kind = "audio";
  /** How samples go over the wire. */
  readonly encoding: AudioEncoding;
  /** Sample frames a second. */
  readonly sampleRate: number;
  /** 1 to 8. */
  readonly channels: number;
  /** Bytes of one sample frame on the wire. */
  readonly bytesPerFrame: number;
  /** Number of sample frames. */
  readonly sampleCount: number;
  readonly #source: ByteSource;
  readonly #format: WaveFormat;
  readonly #blocks = new LruCache<number, Uint8Array>(CACHED_BLOCKS);

  /** `source` holds the samples alone; a cut one at its end is left out. */
  constructor(source: ByteSource, format: WaveFormat) {
    this.#source = source;
    this.#format = format;
    this.encoding = format.encoding;
    this.sampleRate = format.sampleRate;
    this.channels = format.channels;
    this.bytesPerFrame = format.wireFrameBytes;
    this.sampleCount = Math.floor(source.size / format.fileFrameBytes);
  }

  /** `count` sample frames from `first`, fewer at the end, as they go over the wire. */
  samples(first: number, count: number): Uint8Array {
    const start = Math.max(0, first);
    const end = Math.min(this.sampleCount, first + count);
    const parts: Uint8Array[] = [];
    for (let at = start; at < end;) {
      const block = Math.floor(at / BLOCK_FRAMES);
      const from = at - block * BLOCK_FRAMES;
      const to = Math.min(BLOCK_FRAMES, end - block * BLOCK_FRAMES);
      const { bytesPerFrame } = this;
      parts.push(this.#block(block).subarray(from * bytesPerFrame, to * bytesPerFrame));
      at += to - from;
    }
    return parts.length === 1 ? parts[0]! : concatBytes(parts);
  }

  #block(index: number): Uint8Array {
    return this.#blocks.get(index, () => {
      const { fileFrameBytes } = this.#format;
      const first = index * BLOCK_FRAMES;
      const count = Math.min(BLOCK_FRAMES, this.sampleCount - first);
      return this.#format.toWire(this.#source.read(first * fileFrameBytes, count * fileFrameBytes));
    });
  }
}
