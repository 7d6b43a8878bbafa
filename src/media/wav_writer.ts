/**
 * Writes a WAV file that is valid at every moment: samples first, then the head that counts them.
 *
 * @module
 */

import { GrowingFile, type OpenOptions } from "./growing_file.ts";
import {
  bytesPerFrame,
  describeWavFormat,
  encodeWavHeader,
  parseWavHead,
  silenceByte,
  type WavFormat,
} from "./wav_header.ts";

/** Time between two rewritings of the head in ms. */
const HEAD_INTERVAL_MS = 200;

/** RIFF sizes are 32 bits; a margin keeps readers that take them as signed within theirs. */
const MAX_DATA_BYTES = 0xffff_0000;

/** Silence is written in pieces of at most this many bytes. */
const SILENCE_BLOCK = 65_536;

/** A growing WAV file. Positions and counts are in sample frames (a sample of every channel). */
export class WavWriter implements Disposable {
  /** How the samples are stored. */
  readonly format: WavFormat;
  readonly #file: GrowingFile;
  readonly #dataOffset: number;
  readonly #frameBytes: number;
  /** Sample frames that were there when the file was opened. */
  readonly #before: number;
  #sampleCount: number;
  #headMs = -Infinity;
  #closed = false;

  private constructor(file: GrowingFile, format: WavFormat, dataOffset: number, count: number) {
    this.#file = file;
    this.format = format;
    this.#dataOffset = dataOffset;
    this.#frameBytes = bytesPerFrame(format);
    this.#before = count;
    this.#sampleCount = count;
  }

  /**
   * Opens a file. With `append` an existing one goes on, if its format is the same.
   *
   * @throws {Deno.errors.AlreadyExists} When there is one and neither `append` nor `force` is given.
   * @throws {Error} When a file cannot be continued; the message says why.
   */
  static open(path: string, format: WavFormat, options: OpenOptions = {}): WavWriter {
    const file = GrowingFile.open(path, options);
    try {
      return file.size > 0 ? WavWriter.#resume(file, format) : WavWriter.#begin(file, format);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  static #begin(file: GrowingFile, format: WavFormat): WavWriter {
    const head = encodeWavHeader(format, 0);
    file.append(head);
    return new WavWriter(file, format, head.length, 0);
  }

  static #resume(file: GrowingFile, format: WavFormat): WavWriter {
    const { dataOffset, sampleCount } = findEnd(file, format);
    file.truncate(dataOffset + sampleCount * bytesPerFrame(format));
    const writer = new WavWriter(file, format, dataOffset, sampleCount);
    writer.flush();
    return writer;
  }

  /** Where the file is. */
  get path(): string {
    return this.#file.path;
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#file.size;
  }

  /** Sample frames written since the file was opened, silence included. */
  get sampleCount(): number {
    return this.#sampleCount - this.#before;
  }

  /** Sample frames for which there is still room. */
  get room(): number {
    return Math.floor(MAX_DATA_BYTES / this.#frameBytes) - this.#sampleCount;
  }

  /**
   * Adds samples at the end; what is left of a last, incomplete frame is dropped.
   *
   * @throws {RangeError} When the file would grow beyond what a WAV file can hold (4 GB).
   */
  write(samples: Uint8Array): void {
    const count = Math.floor(samples.length / this.#frameBytes);
    if (count > this.room) throw new RangeError("a WAV file holds at most 4 GB");
    this.#file.append(samples.subarray(0, count * this.#frameBytes));
    this.#sampleCount += count;
    this.#rewriteHead(false);
  }

  /**
   * Puts samples where they belong: frame `first`, counted from the opening of the file. A gap before
   * it becomes silence; what is there already is replaced; what lies before 0 is dropped.
   */
  writeAt(first: number, samples: Uint8Array): void {
    if (first < 0) {
      samples = samples.subarray(Math.min(samples.length, -first * this.#frameBytes));
      first = 0;
    }
    const end = this.sampleCount;
    if (first >= end) {
      this.silence(first - end);
      this.write(samples);
      return;
    }
    const inside = samples.subarray(0, (end - first) * this.#frameBytes);
    const at = this.#dataOffset + (this.#before + first) * this.#frameBytes;
    this.#file.patch(at, inside.subarray(0, inside.length - inside.length % this.#frameBytes));
    if (inside.length < samples.length) this.write(samples.subarray(inside.length));
  }

  /** Adds `count` sample frames of silence. */
  silence(count: number): void {
    if (count > this.room) throw new RangeError("a WAV file holds at most 4 GB");
    const block = Math.max(1, Math.floor(SILENCE_BLOCK / this.#frameBytes));
    const bytes = new Uint8Array(Math.min(block, count) * this.#frameBytes);
    bytes.fill(silenceByte(this.format));
    for (let left = count; left > 0; left -= block) {
      this.write(bytes.subarray(0, Math.min(left, block) * this.#frameBytes));
    }
  }

  /** Brings the head up to date now; otherwise that happens as samples come, five times a second. */
  flush(): void {
    this.#rewriteHead(true);
  }

  /** Completes the head and closes the file; again is without effect. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      // RIFF chunks are padded to an even length.
      if (this.#file.size % 2 === 1) this.#file.append(new Uint8Array(1));
      this.flush();
    } finally {
      this.#file.close();
    }
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #rewriteHead(now: boolean): void {
    const nowMs = performance.now();
    if (!now && nowMs - this.#headMs < HEAD_INTERVAL_MS) return;
    this.#headMs = nowMs;
    const dataBytes = this.#sampleCount * this.#frameBytes;
    const head = encodeWavHeader(this.format, this.#sampleCount);
    if (head.length === this.#dataOffset) {
      this.#file.patch(0, head);
      return;
    }
    // A file that another program began: only its two sizes are ours to change.
    this.#file.patch(4, littleEndian(this.#dataOffset - 8 + dataBytes + dataBytes % 2));
    this.#file.patch(this.#dataOffset - 4, littleEndian(dataBytes));
  }
}

/** Where the samples of an existing file begin and how many there are. */
function findEnd(
  file: GrowingFile,
  format: WavFormat,
): { dataOffset: number; sampleCount: number } {
  const head = parseWavHead(file.read(0, 65_536));
  if (head === undefined) throw new Error(`${file.path} is no WAV file that can be continued`);
  const [there, wanted] = [describeWavFormat(head.format), describeWavFormat(format)];
  if (there !== wanted) throw new Error(`${file.path} holds ${there}, and this is ${wanted}`);
  const present = file.size - head.dataOffset;
  const named = head.dataBytes + head.dataBytes % 2;
  if (named + 8 <= present && isChunk(file, head.dataOffset + named)) {
    throw new Error(`other chunks follow the samples in ${file.path}`);
  }
  // After a crash the head counts fewer samples than there are; a padding byte is none.
  const bytes = present === named ? head.dataBytes : present;
  return {
    dataOffset: head.dataOffset,
    sampleCount: Math.floor(bytes / bytesPerFrame(format)),
  };
}

/** Whether a chunk that ends with the file begins here. */
function isChunk(file: GrowingFile, offset: number): boolean {
  const bytes = file.read(offset, 8);
  if (bytes.length < 8 || !bytes.subarray(0, 4).every((byte) => byte >= 0x20 && byte < 0x7f)) {
    return false;
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return offset + 8 + length <= file.size;
}

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
