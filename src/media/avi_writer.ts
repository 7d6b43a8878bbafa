/**
 * Writes MJPEG and PCM into an AVI file that opens at every moment: its head, rewritten five times a
 * second, counts what is there; the index comes at the end, and readers do without it.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import type { PictureSize } from "../payload/picture_size.ts";
import { type AviContents, emptyContents, readAviContents } from "./avi_contents.ts";
import { type AviHead, chunk, encodeAviHead, type FrameRate } from "./avi_header.ts";
import { GrowingFile, type OpenOptions } from "./growing_file.ts";
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

/** A growing AVI file. One that is full ({@linkcode isFull}) is to be closed and followed by another. */
export class AviWriter implements Disposable {
  readonly #file: GrowingFile;
  readonly #frameBytes: number;
  readonly #moviOffset: number;
  readonly #contents: AviContents;
  /** What was there when the file was opened. */
  readonly #before: { readonly frames: number; readonly samples: number };
  #streams: AviStreams;
  #headMs = -Infinity;
  #closed = false;

  private constructor(
    file: GrowingFile,
    streams: AviStreams,
    moviOffset: number,
    contents: AviContents,
  ) {
    this.#file = file;
    this.#streams = streams;
    this.#frameBytes = streams.audio === undefined ? 1 : bytesPerFrame(streams.audio);
    this.#moviOffset = moviOffset;
    this.#contents = contents;
    this.#before = { frames: contents.frameCount, samples: contents.sampleCount };
  }

  /**
   * Opens a file. With `append` one that was written before, even if its program was killed, goes on;
   * the shorter of film and sound is made as long as the other first.
   *
   * @throws {Deno.errors.AlreadyExists} When there is one and neither `append` nor `force` is given.
   * @throws {Error} When a file cannot be continued; the message says why.
   */
  static open(path: string, streams: AviStreams, options: OpenOptions = {}): AviWriter {
    const file = GrowingFile.open(path, options);
    try {
      if (file.size > 0) return AviWriter.#resume(file, streams);
      file.append(encodeAviHead({ ...streams, ...EMPTY }));
      return new AviWriter(file, streams, file.size, emptyContents());
    } catch (error) {
      file.close();
      throw error;
    }
  }

  static #resume(file: GrowingFile, streams: AviStreams): AviWriter {
    if (streams.video === undefined) throw new Error(`${file.path} has no film to go on with`);
    const { audio } = streams;
    const { video, contents, end } = readAviContents(file, audio);
    file.truncate(end);
    const moviOffset = encodeAviHead({ ...streams, ...EMPTY }).length;
    const levelling = new AviWriter(file, { ...streams, video }, moviOffset, contents);
    levelling.#level();
    levelling.flush();
    return new AviWriter(file, { ...streams, video }, moviOffset, contents);
  }

  /** Where the file is. */
  get path(): string {
    return this.#file.path;
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#file.size;
  }

  /** Pictures added since the file was opened. */
  get frameCount(): number {
    return this.#contents.frameCount - this.#before.frames;
  }

  /** Sample frames added since the file was opened, silence included. */
  get sampleCount(): number {
    return this.#contents.sampleCount - this.#before.samples;
  }

  /** Whether there is no room left for `bytes` more and the index. */
  isFull(bytes: number): boolean {
    return this.#file.size + bytes + 16 * (this.#contents.index.length / 3 + 3) > MAX_BYTES;
  }

  /**
   * Sets the film's size and rate, where they were not known when the file was opened.
   *
   * @throws {Error} When there are pictures of another size or rate already.
   */
  describeVideo(video: PictureSize & { readonly rate: FrameRate }): void {
    const { video: known } = this.#streams;
    if (known === undefined) throw new TypeError("the file has no film");
    if (this.#before.frames > 0 && describe(known) !== describe(video)) {
      throw new Error(`${this.path} holds ${describe(known)}, and this is ${describe(video)}`);
    }
    this.#streams = { ...this.#streams, video };
  }

  /** Adds a picture. */
  picture(jpeg: Uint8Array): void {
    this.#append(0, "dc", jpeg);
    this.#contents.frameCount++;
    this.#contents.maxFrameBytes = Math.max(this.#contents.maxFrameBytes, jpeg.length);
    this.#rewriteHead(false);
  }

  /** Adds samples at the end. */
  sound(samples: Uint8Array): void {
    const count = Math.floor(samples.length / this.#frameBytes);
    if (count === 0) return;
    const bytes = count * this.#frameBytes;
    const stream = this.#streams.video === undefined ? 0 : 1;
    this.#append(stream, "wb", samples.subarray(0, bytes));
    const contents = this.#contents;
    const offset = this.#file.size - bytes - bytes % 2;
    contents.sound.push({ first: contents.sampleCount, count, offset });
    contents.sampleCount += count;
    this.#rewriteHead(false);
  }

  /**
   * Puts samples where they belong, counted from the opening of the file: a gap before them becomes
   * silence, what is there is replaced, what lies before 0 is dropped.
   */
  soundAt(first: number, samples: Uint8Array): void {
    if (first < 0) {
      samples = samples.subarray(Math.min(samples.length, -first * this.#frameBytes));
      first = 0;
    }
    if (first >= this.sampleCount) this.silence(first - this.sampleCount);
    const end = this.sampleCount;
    this.#replace(first + this.#before.samples, end + this.#before.samples, samples);
    this.sound(samples.subarray((end - first) * this.#frameBytes));
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
    try {
      this.flush();
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

  /** Writes over what lies from `first` up to `end`, chunk by chunk from the last. */
  #replace(first: number, end: number, samples: Uint8Array): void {
    const last = Math.min(end, first + Math.floor(samples.length / this.#frameBytes));
    const { sound } = this.#contents;
    for (let i = sound.length - 1; i >= 0 && first < last; i--) {
      const { first: start, count, offset } = sound[i]!;
      const [from, to] = [Math.max(first, start), Math.min(last, start + count)];
      if (from < to) {
        this.#file.patch(
          offset + (from - start) * this.#frameBytes,
          samples.subarray((from - first) * this.#frameBytes, (to - first) * this.#frameBytes),
        );
      }
      if (start <= first) return;
    }
  }

  /** Makes film and sound equally long. */
  #level(): void {
    const { video, audio } = this.#streams;
    const contents = this.#contents;
    const last = contents.index.findLastIndex((value, i) => i % 3 === 0 && value === 0);
    if (video === undefined || audio === undefined || last === -1) return;
    const samplesAFrame = audio.sampleRate * video.rate.denominator / video.rate.numerator;
    const offset = this.#moviOffset - 4 + contents.index[last + 1]! + 8;
    const jpeg = this.#file.read(offset, contents.index[last + 2]!);
    while (contents.frameCount < Math.round(contents.sampleCount / samplesAFrame)) {
      this.picture(jpeg);
    }
    this.silence(Math.max(
      0,
      Math.round(contents.frameCount * samplesAFrame) - contents.sampleCount,
    ));
  }

  #append(stream: number, kind: string, data: Uint8Array): void {
    // Offsets count from the word "movi", which stands four bytes before the first chunk.
    const offset = this.#file.size - this.#moviOffset + 4;
    this.#file.append(chunk(`0${stream}${kind}`, data));
    this.#contents.index.push(stream, offset, data.length);
  }

  #head(indexBytes: number): AviHead {
    const { frameCount, sampleCount, maxFrameBytes } = this.#contents;
    const moviBytes = this.#file.size - this.#moviOffset;
    return { ...this.#streams, frameCount, sampleCount, maxFrameBytes, moviBytes, indexBytes };
  }

  #rewriteHead(now: boolean): void {
    const nowMs = performance.now();
    if (!now && nowMs - this.#headMs < HEAD_INTERVAL_MS) return;
    this.#headMs = nowMs;
    this.#file.patch(0, encodeAviHead(this.#head(0)));
  }

  #encodeIndex(): Uint8Array {
    const { index } = this.#contents;
    const entries = new Uint8Array(16 * index.length / 3);
    const view = new DataView(entries.buffer);
    const videoId = encodeText("00dc");
    const audioId = encodeText(this.#streams.video === undefined ? "00wb" : "01wb");
    for (let i = 0, at = 0; i < index.length; i += 3, at += 16) {
      const isVideo = index[i] === 0 && this.#streams.video !== undefined;
      entries.set(isVideo ? videoId : audioId, at);
      view.setUint32(at + 4, KEY_FRAME, true);
      view.setUint32(at + 8, index[i + 1]!, true);
      view.setUint32(at + 12, index[i + 2]!, true);
    }
    return chunk("idx1", entries);
  }
}

/** "640x360 at 30000/1001 frames a second". */
function describe({ width, height, rate }: PictureSize & { readonly rate: FrameRate }): string {
  return `${width}x${height} at ${rate.numerator}/${rate.denominator} frames a second`;
}
