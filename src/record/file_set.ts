/**
 * The files of a recording: opened when the first picture or sample is there, split at the same moment
 * for film and sound, closed when nothing can come for them any more.
 *
 * @module
 */

import { describeError, Failure } from "../cli/failure.ts";
import type { FrameRate } from "../media/avi_header.ts";
import type { OpenOptions } from "../media/growing_file.ts";
import { bytesPerFrame, type WavFormat } from "../media/wav_header.ts";
import { WavWriter } from "../media/wav_writer.ts";
import { expandName, hasNumber, numberedName } from "./file_name.ts";
import { AviFile, type FilmFile, FolderFile, H264File, LabMovieFile } from "./film_file.ts";
import type { OutputPlan } from "./output_plan.ts";

/** Files stay open so long, in seconds of media, behind their end: late samples belong to them. */
const LINGER_SECONDS = 3;

/** Bytes kept free in a WAV file for sound that runs ahead of the film, where both are split. */
const WAV_MARGIN = 4_000_000;

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

/** A file that was written. */
export interface WrittenFile {
  /** Where it is. */
  readonly path: string;
  /** Bytes. */
  readonly bytes: number;
  /** Pictures in it. */
  readonly frames?: number;
  /** Sample frames in it. */
  readonly samples?: number;
  /** Seconds that it lasts, where that is known. */
  readonly seconds?: number;
}

/** The files of one stretch of time. */
interface Part {
  readonly number: number;
  film?: FilmFile;
  wav?: WavWriter;
  h264?: H264File;
  rate?: FrameRate;
  closed: boolean;
}

/** Writes one recording. Any method may throw a {@linkcode Failure} that names the file. */
export class FileSet {
  readonly #plan: OutputPlan;
  readonly #options: FileSetOptions;
  /** Where parts begin, in seconds of media. */
  readonly #starts: number[] = [0];
  readonly #parts = new Map<number, Part>();
  readonly #written: WrittenFile[] = [];
  readonly #paths = new Set<string>();
  #soundEnd = 0;
  /** When the picture shown last began. */
  #filmSeconds = 0;
  #lateSamples = 0;
  #refused = 0;

  /** Opens nothing yet. */
  constructor(plan: OutputPlan, options: FileSetOptions) {
    this.#plan = plan;
    this.#options = options;
  }

  /**
   * Whether the first part's files can be made; to be asked before anything is received.
   *
   * @throws {Failure} When a file is there already, or its folder is not.
   */
  check(): void {
    const { append = false, force = false } = this.#options;
    for (const output of [this.#plan.film, this.#plan.sound]) {
      if (output === undefined) continue;
      const path = this.#name(output.name, 1);
      if (!append && !force && exists(path) && !isEmptyFolder(path)) {
        throw new Failure(
          `Cannot record to ${path}: it is there already. Give another name, --append to go on at ` +
            `its end, or --force to replace it`,
        );
      }
    }
  }

  /** The files that are open or done, in order. */
  get files(): WrittenFile[] {
    const open = [...this.#parts.values()].filter(({ closed }) => !closed);
    return [...this.#written, ...open.flatMap((part) => this.#describe(part))];
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
    return this.#refused +
      [...this.#parts.values()].reduce((sum, { film }) => sum + (film?.refused ?? 0), 0);
  }

  /** Adds the picture that belongs at `slot`, in ascending order. */
  picture(slot: number, jpeg: Uint8Array, rate: FrameRate): void {
    const perSecond = rate.numerator / rate.denominator;
    if (slot >= Math.round(this.#limit * perSecond)) return;
    let index = this.#partAt(slot / perSecond, perSecond);
    this.#filmSeconds = slot / perSecond;
    if (this.#isFull(index, jpeg.length)) {
      this.#cut(perSecond);
      index = this.#partAt(slot / perSecond, perSecond);
    }
    const part = this.#part(index);
    part.rate = rate;
    this.#guard(part, this.#plan.film?.name, () => {
      this.#filmOf(part)?.picture(jpeg, rate);
    });
    this.#retire(index, slot / perSecond);
  }

  /** Puts samples where they belong, from position `first`. */
  sound(first: number, samples: Uint8Array): void {
    const format = this.#options.wavFormat;
    if (format === undefined || this.#plan.sound === undefined) return;
    const { sampleRate } = format;
    const room = Math.max(0, Math.round(this.#limit * sampleRate) - first);
    first = Math.min(first, Math.round(this.#limit * sampleRate));
    // A gap may reach over the ends of files: each of them gets its silence.
    while (first > this.#soundEnd) {
      const index = this.#partAt(this.#soundEnd / sampleRate, sampleRate);
      this.#soundEnd = Math.min(first, this.#endOf(index, sampleRate));
      this.#soundInPart(index, this.#soundEnd, new Uint8Array(0), format);
    }
    const frameBytes = bytesPerFrame(format);
    const kept = samples.subarray(0, Math.min(samples.length, room * frameBytes));
    for (let left = kept; left.length >= frameBytes;) {
      let index = this.#partAt(first / sampleRate, sampleRate);
      if (first === this.#soundEnd && this.#isFull(index, left.length)) {
        this.#cut(sampleRate);
        index = this.#partAt(first / sampleRate, sampleRate);
      }
      const fitting = (this.#endOf(index, sampleRate) - first) * frameBytes;
      const piece = left.subarray(0, Math.min(left.length, fitting));
      this.#soundInPart(index, first, piece, format);
      left = left.subarray(piece.length);
      first += Math.floor(piece.length / frameBytes);
      this.#soundEnd = Math.max(this.#soundEnd, first);
      this.#retire(index, first / sampleRate);
    }
  }

  /** Adds an access unit of H.264. */
  unit(data: Uint8Array): void {
    const part = this.#part(this.#starts.length - 1);
    this.#guard(part, this.#plan.film?.name, () => {
      if (this.#plan.film?.kind !== "h264") return;
      const sets = this.#options.parameterSets ?? new Uint8Array(0);
      part.h264 ??= this.#open(part, this.#plan.film.name, (path, options) => {
        return new H264File(path, sets, options);
      });
      part.h264.unit(data);
    });
  }

  /**
   * Brings all open files up to date.
   *
   * @throws {Failure} When one of them has been taken away.
   */
  flush(): void {
    for (const part of this.#parts.values()) {
      if (part.closed) continue;
      for (const file of [part.film, part.wav, part.h264]) {
        if (file === undefined) continue;
        if (!exists(file.path)) {
          throw new Failure(`Cannot go on writing ${file.path}: it, or its folder, was removed`);
        }
        if (file instanceof H264File) continue;
        this.#guard(part, file.path, () => file.flush());
      }
    }
  }

  /** Completes and closes all files, whatever happens to one of them. */
  close(): void {
    let failure: unknown;
    for (const part of this.#parts.values()) {
      try {
        this.#close(part);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  #soundInPart(index: number, first: number, samples: Uint8Array, format: WavFormat): void {
    const part = this.#part(index);
    if (part.closed) {
      this.#lateSamples += samples.length / bytesPerFrame(format);
      return;
    }
    const offset = Math.round(this.#starts[index]! * format.sampleRate);
    this.#guard(part, this.#plan.sound?.name, () => {
      if (this.#plan.film?.kind === "avi" && this.#plan.film.name === this.#plan.sound?.name) {
        const film = this.#filmOf(part);
        if (film instanceof AviFile) film.writer.soundAt(first - offset, samples);
        return;
      }
      part.wav ??= this.#open(part, this.#plan.sound!.name, (path, options) => {
        return WavWriter.open(path, format, options);
      });
      part.wav.writeAt(first - offset, samples);
    });
  }

  #filmOf(part: Part): FilmFile | undefined {
    const film = this.#plan.film;
    if (film === undefined || part.closed) return undefined;
    const sharesFile = this.#plan.sound?.name === film.name;
    part.film ??= this.#open(part, film.name, (path, options) => {
      if (film.kind === "folder") return new FolderFile(path, options);
      if (film.kind === "lab-movie") return new LabMovieFile(path, options);
      return new AviFile(path, sharesFile ? this.#options.wavFormat : undefined, options);
    });
    return part.film;
  }

  /** The part that a moment belongs to; a moment is a whole number of units of 1/`perSecond` s. */
  #partAt(seconds: number, perSecond: number): number {
    const { splitSeconds } = this.#options;
    const unit = Math.round(seconds * perSecond);
    if (splitSeconds !== undefined) {
      while (Math.round((this.#starts.at(-1)! + splitSeconds) * perSecond) <= unit) {
        this.#starts.push(this.#starts.at(-1)! + splitSeconds);
      }
    }
    let index = this.#starts.length - 1;
    while (index > 0 && Math.round(this.#starts[index]! * perSecond) > unit) index--;
    return index;
  }

  get #limit(): number {
    return this.#options.limitSeconds ?? Infinity;
  }

  /** The position of the first sample behind a part. */
  #endOf(index: number, sampleRate: number): number {
    const { splitSeconds } = this.#options;
    if (this.#starts[index + 1] === undefined && splitSeconds !== undefined) {
      this.#starts.push(this.#starts[index]! + splitSeconds);
    }
    return Math.round((this.#starts[index + 1] ?? Infinity) * sampleRate);
  }

  /**
   * Begins a new part where both film and sound can go over to it: behind what either has written.
   * What belongs before that still goes to the old one.
   */
  #cut(perSecond: number): void {
    const soundSeconds = this.#soundEnd / (this.#options.wavFormat?.sampleRate ?? 1);
    const seconds = Math.max(this.#filmSeconds, soundSeconds);
    this.#starts.push(Math.ceil(seconds * perSecond - 1e-6) / perSecond);
  }

  /** Whether the last part has no room for `bytes` more; earlier ones are bounded by their time. */
  #isFull(index: number, bytes: number): boolean {
    const part = this.#parts.get(index);
    if (part === undefined || index < this.#starts.length - 1) return false;
    const { film, wav } = part;
    const { maxBytes = Infinity } = this.#options;
    if (Math.max(film?.size ?? 0, wav?.size ?? 0) + bytes > maxBytes) return true;
    const isWavFull = wav !== undefined &&
      wav.room * bytesPerFrame(wav.format) < bytes + WAV_MARGIN;
    return isWavFull || film?.isFull(bytes) === true;
  }

  #part(index: number): Part {
    let part = this.#parts.get(index);
    if (part === undefined) {
      part = { number: index + (this.#options.firstPart ?? 1), closed: false };
      this.#parts.set(index, part);
    }
    return part;
  }

  /** Closes the parts that ended long enough before `seconds`. */
  #retire(index: number, seconds: number): void {
    const before = this.#parts.get(index - 1);
    if (before === undefined || before.closed) return;
    if (seconds >= this.#starts[index]! + LINGER_SECONDS) this.#close(before);
  }

  #close(part: Part): void {
    if (part.closed) return;
    try {
      for (const file of [part.film, part.wav, part.h264]) {
        if (file !== undefined) this.#guard(part, file.path, () => file.close());
      }
    } finally {
      part.closed = true;
      this.#written.push(...this.#describe(part));
    }
  }

  #describe({ film, wav, h264, rate }: Part): WrittenFile[] {
    const files: WrittenFile[] = [];
    if (film !== undefined) {
      const frames = film.frameCount;
      const samples = film instanceof AviFile ? film.writer.sampleCount : 0;
      const seconds = rate === undefined ? 0 : frames * rate.denominator / rate.numerator;
      files.push({
        path: film.path,
        bytes: film.size,
        frames,
        ...(samples > 0 ? { samples } : undefined),
        ...(seconds > 0 ? { seconds } : undefined),
      });
    }
    if (wav !== undefined) {
      const samples = wav.sampleCount;
      files.push({
        path: wav.path,
        bytes: wav.size,
        samples,
        seconds: samples / wav.format.sampleRate,
      });
    }
    if (h264 !== undefined) {
      files.push({ path: h264.path, bytes: h264.size, frames: h264.frameCount });
    }
    return files;
  }

  #open<T>(part: Part, pattern: string, open: (path: string, options: OpenOptions) => T): T {
    const { append = false, force = false, firstPart = 1 } = this.#options;
    const isFirst = part.number === firstPart && firstPart === 1;
    const folder = /^(.*)[/\\][^/\\]*$/.exec(this.#name(pattern, part.number))?.[1];
    const kind = this.#plan.film?.kind;
    // The sound of a folder of pictures may come before the first picture.
    if (kind === "folder" && folder !== undefined && folder !== "") {
      Deno.mkdirSync(folder, { recursive: true });
    }
    let path = this.#name(pattern, part.number);
    if (isFirst) {
      this.#paths.add(path);
      return open(path, { append, force: force && !append });
    }
    // A later part replaces nothing but, when told so, what an earlier recording left.
    for (let number = part.number; this.#paths.has(path) || (!force && exists(path)); number++) {
      path = numberedName(this.#name(pattern, part.number), number);
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

  #guard(part: Part, name: string | undefined, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof Failure) throw error;
      const path = part.film?.path ?? part.wav?.path ?? part.h264?.path ?? name ?? "the file";
      if (error instanceof Deno.errors.AlreadyExists) {
        throw new Failure(
          `Cannot record to ${name ?? path}: it is there already. Give another name, --append to ` +
            `go on at its end, or --force to replace it`,
        );
      }
      throw new Failure(`Cannot write ${path}: ${describeError(error)}`, { cause: error });
    }
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function isEmptyFolder(path: string): boolean {
  try {
    return [...Deno.readDirSync(path)].every(({ name }) =>
      !/^(frame-\d+\.jpg|sound\.wav)$/.test(name)
    );
  } catch {
    return false;
  }
}
