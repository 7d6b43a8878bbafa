/**
 * Writes MJPEG and PCM into an AVI file that opens at every moment: its head, rewritten five times a
 * second, counts what is there; the index comes at the end, and readers do without it.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import { type AviHead, chunk, encodeAviHead, type FrameRate } from "./avi_header.ts";
import { GrowingFile, type OpenOptions } from "./growing_file.ts";
import type { PictureSize } from "./jpeg_size.ts";
import { bytesPerFrame, silenceByte, type WavFormat } from "./wav_header.ts";

/** What an AVI file holds; at least one of the two. */
export interface AviStreams {
  /** The film. */
  readonly video?: PictureSize & { readonly rate: FrameRate };
  /** The sound. */
  readonly audio?: WavFormat;
}

/** Where an AVI 1.0 file has to end, so that every reader can seek in it. */
const MAX_BYTES = 1_990_000_000;
const HEAD_INTERVAL_MS = 200;
const KEY_FRAME = 0x10;
const SILENCE_BLOCK = 65_536;
const EMPTY = { frameCount: 0, sampleCount: 0, maxFrameBytes: 0, moviBytes: 0, indexBytes: 0 };

/** One chunk of sound: where its samples lie, in the stream and in the file. */
interface SoundChunk {
  readonly first: number;
  readonly count: number;
  readonly offset: number;
}

/** A growing AVI file. One that is full ({@linkcode isFull}) is to be closed and followed by another. */
export class AviWriter implements Disposable {
  readonly #file: GrowingFile;
  #streams: AviStreams;
  readonly #frameBytes: number;
  readonly #moviOffset: number;
  /** Index entries: stream, offset from the word `movi`, length. */
  readonly #index: number[] = [];
  readonly #sound: SoundChunk[] = [];
  #frameCount = 0;
  #sampleCount = 0;
  #maxFrameBytes = 0;
  #headMs = -Infinity;
  #closed = false;

  private constructor(file: GrowingFile, streams: AviStreams) {
    this.#file = file;
    this.#streams = streams;
    this.#frameBytes = streams.audio === undefined ? 1 : bytesPerFrame(streams.audio);
    this.#moviOffset = file.size;
  }

  /**
   * Opens a file.
   *
   * @throws {Deno.errors.AlreadyExists} When there is one and `force` is not given.
   * @throws {Error} When asked to continue one: the index of an AVI file stands behind its pictures.
   */
  static open(path: string, streams: AviStreams, options: OpenOptions = {}): AviWriter {
    if (options.append === true) throw new Error("an AVI file cannot be continued");
    const file = GrowingFile.open(path, options);
    try {
      file.append(encodeAviHead({ ...streams, ...EMPTY }));
      return new AviWriter(file, streams);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Where the file is. */
  get path(): string {
    return this.#file.path;
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#file.size;
  }

  /** Pictures so far. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /** Sample frames so far. */
  get sampleCount(): number {
    return this.#sampleCount;
  }

  /** Whether there is no room left for `bytes` more and the index. */
  isFull(bytes: number): boolean {
    return this.#file.size + bytes + 16 * (this.#index.length / 3 + 3) > MAX_BYTES;
  }

  /** Sets the film's size and rate, where they were not known when the file was opened. */
  describeVideo(video: PictureSize & { readonly rate: FrameRate }): void {
    if (this.#streams.video === undefined) throw new TypeError("the file has no film");
    this.#streams = { ...this.#streams, video };
  }

  /** Adds a picture. */
  picture(jpeg: Uint8Array): void {
    this.#append(0, "dc", jpeg);
    this.#frameCount++;
    this.#maxFrameBytes = Math.max(this.#maxFrameBytes, jpeg.length);
    this.#rewriteHead(false);
  }

  /** Adds samples at the end. */
  sound(samples: Uint8Array): void {
    const count = Math.floor(samples.length / this.#frameBytes);
    if (count === 0) return;
    const stream = this.#streams.video === undefined ? 0 : 1;
    this.#append(stream, "wb", samples.subarray(0, count * this.#frameBytes));
    const padding = (count * this.#frameBytes) % 2;
    const offset = this.#file.size - count * this.#frameBytes - padding;
    this.#sound.push({ first: this.#sampleCount, count, offset });
    this.#sampleCount += count;
    this.#rewriteHead(false);
  }

  /**
   * Puts samples where they belong: a gap before them becomes silence, what is there is replaced, what
   * lies before 0 is dropped.
   */
  soundAt(first: number, samples: Uint8Array): void {
    if (first < 0) {
      samples = samples.subarray(Math.min(samples.length, -first * this.#frameBytes));
      first = 0;
    }
    if (first >= this.#sampleCount) this.silence(first - this.#sampleCount);
    const end = this.#sampleCount;
    const last = Math.min(end, first + Math.floor(samples.length / this.#frameBytes));
    for (let i = this.#sound.length - 1; i >= 0 && first < last; i--) {
      const { first: start, count, offset } = this.#sound[i]!;
      const [from, to] = [Math.max(first, start), Math.min(last, start + count)];
      if (from < to) {
        this.#file.patch(
          offset + (from - start) * this.#frameBytes,
          samples.subarray((from - first) * this.#frameBytes, (to - first) * this.#frameBytes),
        );
      }
      if (start <= first) break;
    }
    this.sound(samples.subarray((Math.max(end, first) - first) * this.#frameBytes));
  }

  /** Adds `count` sample frames of silence. */
  silence(count: number): void {
    const { audio } = this.#streams;
    if (audio === undefined) return;
    const block = Math.floor(SILENCE_BLOCK / this.#frameBytes);
    const bytes = new Uint8Array(Math.min(block, count) * this.#frameBytes)
      .fill(silenceByte(audio));
    for (let left = count; left > 0; left -= block) {
      this.sound(bytes.subarray(0, Math.min(left, block) * this.#frameBytes));
    }
  }

  /** Brings the head up to date now. */
  flush(): void {
    this.#rewriteHead(true);
  }

  /** Writes the index, completes the head and closes the file; again is without effect. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.flush();
    try {
      const index = this.#encodeIndex();
      const head = encodeAviHead(this.#head(index.length));
      this.#file.append(index);
      this.#file.patch(0, head);
    } finally {
      this.#file.close();
    }
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #append(stream: number, kind: string, data: Uint8Array): void {
    // Offsets count from the word "movi", which stands four bytes before the first chunk.
    const offset = this.#file.size - this.#moviOffset + 4;
    this.#file.append(chunk(`0${stream}${kind}`, data));
    this.#index.push(stream, offset, data.length);
  }

  #head(indexBytes: number): AviHead {
    return {
      ...this.#streams,
      frameCount: this.#frameCount,
      sampleCount: this.#sampleCount,
      maxFrameBytes: this.#maxFrameBytes,
      moviBytes: this.#file.size - this.#moviOffset,
      indexBytes,
    };
  }

  #rewriteHead(now: boolean): void {
    const nowMs = performance.now();
    if (!now && nowMs - this.#headMs < HEAD_INTERVAL_MS) return;
    this.#headMs = nowMs;
    this.#file.patch(0, encodeAviHead(this.#head(0)));
  }

  #encodeIndex(): Uint8Array {
    const entries = new Uint8Array(16 * this.#index.length / 3);
    const view = new DataView(entries.buffer);
    const videoId = encodeText("00dc");
    const audioId = encodeText(this.#streams.video === undefined ? "00wb" : "01wb");
    for (let i = 0, at = 0; i < this.#index.length; i += 3, at += 16) {
      const isVideo = this.#index[i] === 0 && this.#streams.video !== undefined;
      entries.set(isVideo ? videoId : audioId, at);
      view.setUint32(at + 4, KEY_FRAME, true);
      view.setUint32(at + 8, this.#index[i + 1]!, true);
      view.setUint32(at + 12, this.#index[i + 2]!, true);
    }
    return chunk("idx1", entries);
  }
}
