/**
 * The files of a recording: split at the same moment for film and sound, closed when nothing can come
 * for them any more.
 *
 * @module
 */

import type { FrameRate } from "../media/avi_header.ts";
import type { OpenOptions } from "../media/growing_file.ts";
import { bytesPerFrame, type WavFormat } from "../media/wav_header.ts";
import { expandName, hasNumber, numberedName } from "./file_name.ts";
import type { OutputPlan } from "./output_plan.ts";
import { checkParent, makeParent } from "./parent_folder.ts";
import { PartBoundaries } from "./part_boundaries.ts";
import { alreadyThere, exists, PartFiles, type WrittenFile } from "./part_files.ts";

/** Files stay open so long, in seconds of media, behind their end: late samples belong to them. */
const LINGER_SECONDS = 3;

/** How files are named and opened. */
export interface FileSetOptions extends OpenOptions {
  /** Seconds of media in one file; absent for no splitting. */
  readonly splitSeconds?: number;
  /** Seconds of media to keep; what lies behind is dropped. */
  readonly limitSeconds?: number;
  /** Bytes in one file, where that is less than its format can hold. */
  readonly maxBytes?: number;
  /** Sound as the sound files have it, when there is sound. */
  readonly wavFormat?: WavFormat;
  /** What stands before the first picture of an H.264 stream. */
  readonly parameterSets?: Uint8Array;
  /** Number of the first part, from 1; more than 1 after a reconnection. */
  readonly firstPart?: number;
  /** Local date and time, for names. */
  readonly now: () => Date;
}

/** Writes one recording. Any method may throw a `Failure` that names the file. */
export class FileSet {
  readonly #plan: OutputPlan;
  readonly #options: FileSetOptions;
  readonly #boundaries: PartBoundaries;
  readonly #parts = new Map<number, PartFiles>();
  readonly #paths = new Set<string>();
  readonly #limit: number;
  #soundEnd = 0;
  /** When the picture shown last began. */
  #filmSeconds = 0;
  #lateSamples = 0;

  /** Opens nothing yet. */
  constructor(plan: OutputPlan, options: FileSetOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#boundaries = new PartBoundaries(options.splitSeconds);
    this.#limit = options.limitSeconds ?? Infinity;
  }

  /**
   * Whether the first part's files can be made; to be asked before anything is received.
   *
   * @throws {Failure} When a file is there already, or where a folder has to be.
   */
  check(): void {
    const { append = false, force = false } = this.#options;
    for (const output of [this.#plan.film, this.#plan.sound]) {
      if (output === undefined) continue;
      const path = this.#name(output.name, 1);
      checkParent(path);
      if (append || force) continue;
      if (exists(path) && !isFreeFolder(path)) throw alreadyThere(path);
    }
  }

  /** The files that are open or done, in order. */
  get files(): WrittenFile[] {
    return [...this.#parts.values()].flatMap(({ files }) => files);
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Parts begun. */
  get partCount(): number {
    return this.#parts.size;
  }

  /** Samples that came after their file was closed. */
  get lateSamples(): number {
    return this.#lateSamples;
  }

  /** Pictures that were too long for their file and were replaced by the one before. */
  get refusedPictures(): number {
    return [...this.#parts.values()].reduce((sum, part) => sum + part.refusedPictures, 0);
  }

  /** Adds the picture that belongs at `slot`, in ascending order. */
  picture(slot: number, jpeg: Uint8Array, rate: FrameRate): void {
    const perSecond = rate.numerator / rate.denominator;
    if (slot >= Math.round(this.#limit * perSecond)) return;
    this.#filmSeconds = slot / perSecond;
    const index = this.#partFor(slot, perSecond, jpeg.length);
    const part = this.#part(index);
    if (!part.isClosed) part.picture(jpeg, rate);
    this.#retire(index, slot / perSecond);
  }

  /** Puts samples where they belong, from position `first`. */
  sound(first: number, samples: Uint8Array): void {
    const format = this.#options.wavFormat;
    if (format === undefined || this.#plan.sound === undefined) return;
    const { sampleRate } = format;
    const frameBytes = bytesPerFrame(format);
    const limit = Math.round(this.#limit * sampleRate);
    let left = samples.subarray(
      0,
      Math.max(0, Math.min(samples.length, (limit - first) * frameBytes)),
    );
    first = Math.min(first, limit);
    // A gap may reach over the ends of files: each of them gets its silence.
    while (first > this.#soundEnd) {
      const index = this.#boundaries.partAt(this.#soundEnd, sampleRate);
      this.#soundEnd = Math.min(first, this.#boundaries.endOf(index, sampleRate));
      this.#soundInPart(index, this.#soundEnd, new Uint8Array(0), format);
    }
    while (left.length >= frameBytes) {
      const index = first === this.#soundEnd
        ? this.#partFor(first, sampleRate, left.length)
        : this.#boundaries.partAt(first, sampleRate);
      const room = (this.#boundaries.endOf(index, sampleRate) - first) * frameBytes;
      const piece = left.subarray(0, Math.min(left.length, room));
      this.#soundInPart(index, first, piece, format);
      left = left.subarray(piece.length);
      first += Math.floor(piece.length / frameBytes);
      this.#soundEnd = Math.max(this.#soundEnd, first);
      this.#retire(index, first / sampleRate);
    }
  }

  /** Adds an access unit of H.264. */
  unit(data: Uint8Array): void {
    const part = this.#part(this.#boundaries.last);
    if (!part.isClosed) part.unit(data);
  }

  /**
   * Brings all open files up to date.
   *
   * @throws {Failure} When one of them has been taken away.
   */
  flush(): void {
    for (const part of this.#parts.values()) part.flush();
  }

  /** Completes and closes all files, whatever happens to one of them. */
  close(): void {
    let failure: unknown;
    for (const part of this.#parts.values()) {
      try {
        part.close();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** The part for what comes next at a position; a new one if the last is full. */
  #partFor(position: number, perSecond: number, bytes: number): number {
    const index = this.#boundaries.partAt(position, perSecond);
    const isLast = index === this.#boundaries.last;
    if (!isLast || this.#parts.get(index)?.isFull(bytes) !== true) return index;
    // Both film and sound have to be able to go over: behind what either has written.
    const soundSeconds = this.#soundEnd / (this.#options.wavFormat?.sampleRate ?? 1);
    const seconds = Math.max(this.#filmSeconds, soundSeconds);
    this.#boundaries.cut(Math.ceil(seconds * perSecond - 1e-6) / perSecond);
    return this.#boundaries.partAt(position, perSecond);
  }

  #soundInPart(index: number, first: number, samples: Uint8Array, format: WavFormat): void {
    const part = this.#part(index);
    if (part.isClosed) {
      this.#lateSamples += samples.length / bytesPerFrame(format);
    } else {
      part.sound(first - this.#boundaries.firstOf(index, format.sampleRate), samples);
    }
  }

  #part(index: number): PartFiles {
    let part = this.#parts.get(index);
    if (part === undefined) {
      const number = index + (this.#options.firstPart ?? 1);
      part = new PartFiles({
        ...this.#options,
        plan: this.#plan,
        opener: (pattern, open) => this.#open(number, pattern, open),
      });
      this.#parts.set(index, part);
    }
    return part;
  }

  /** Closes the part before one in which media has got far enough. */
  #retire(index: number, seconds: number): void {
    if (seconds >= this.#boundaries.startOf(index) + LINGER_SECONDS) {
      this.#parts.get(index - 1)?.close();
    }
  }

  #open<T>(number: number, pattern: string, open: (path: string, options: OpenOptions) => T): T {
    const { append = false, force = false } = this.#options;
    let path = this.#name(pattern, number);
    makeParent(path);
    if (number === 1) {
      this.#paths.add(path);
      return open(path, { append, force: force && !append });
    }
    // A later part replaces nothing but, when told so, what an earlier recording left.
    for (let next = number; this.#paths.has(path) || (!force && exists(path)); next++) {
      path = numberedName(this.#name(pattern, number), next);
    }
    this.#paths.add(path);
    return open(path, { force });
  }

  #name(pattern: string, number: number): string {
    const name = expandName(pattern, this.#options.now(), number);
    return number > 1 && !hasNumber(pattern) && name === pattern
      ? numberedName(name, number)
      : name;
  }
}

/** Whether a folder holds nothing that a recording would write over. */
function isFreeFolder(path: string): boolean {
  try {
    return [...Deno.readDirSync(path)].every(({ name }) => {
      return !/^(frame-\d+\.jpg|sound\.wav)$/.test(name);
    });
  } catch {
    return false;
  }
}
