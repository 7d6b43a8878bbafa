/**
 * The files of one part of a recording, each opened when the first thing for it comes.
 *
 * @module
 */

import { describeError, Failure } from "../cli/failure.ts";
import type { FrameRate } from "../media/avi_header.ts";
import type { OpenOptions } from "../media/growing_file.ts";
import { bytesPerFrame, type WavFormat } from "../media/wav_header.ts";
import { WavWriter } from "../media/wav_writer.ts";
import { AviFile, type FilmFile, FolderFile, H264File, LabMovieFile } from "./film_file.ts";
import type { OutputPlan } from "./output_plan.ts";

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

/** Bytes kept free in a WAV file for sound that runs ahead of the film, where both are split. */
const WAV_MARGIN = 4_000_000;

/** Opens a file whose name has the given pattern. */
export type Opener = <T>(
  pattern: string,
  open: (path: string, options: OpenOptions) => T,
) => T;

/** What a part's files need to know. */
export interface PartFilesInit {
  /** Which files there are. */
  readonly plan: OutputPlan;
  /** How names become files. */
  readonly opener: Opener;
  /** The sound's format, when there is sound. */
  readonly wavFormat?: WavFormat;
  /** What stands before the first picture of an H.264 stream. */
  readonly parameterSets?: Uint8Array;
  /** Bytes in one file, where that is less than its format can hold. */
  readonly maxBytes?: number;
}

/** One part. Any method may throw a {@linkcode Failure} that names the file. */
export class PartFiles {
  readonly #init: PartFilesInit;
  #film: FilmFile | undefined;
  #wav: WavWriter | undefined;
  #h264: H264File | undefined;
  #rate: FrameRate | undefined;
  #written: WrittenFile[] | undefined;
  #refused = 0;

  /** Opens nothing yet. */
  constructor(init: PartFilesInit) {
    this.#init = init;
  }

  /** Whether nothing can be added any more. */
  get isClosed(): boolean {
    return this.#written !== undefined;
  }

  /** Pictures that were too long for their file. */
  get refusedPictures(): number {
    return this.#film?.refused ?? this.#refused;
  }

  /** Adds a picture. */
  picture(jpeg: Uint8Array, rate: FrameRate): void {
    this.#rate = rate;
    this.#guard(this.#init.plan.film?.name, () => this.#openFilm()?.picture(jpeg, rate));
  }

  /** Puts samples where they belong, from position `first` in this part. */
  sound(first: number, samples: Uint8Array): void {
    const { plan, opener, wavFormat } = this.#init;
    const { film, sound } = plan;
    if (sound === undefined || wavFormat === undefined) return;
    this.#guard(sound.name, () => {
      if (film?.kind === "avi" && film.name === sound.name) {
        const file = this.#openFilm();
        if (file instanceof AviFile) file.writer.soundAt(first, samples);
        return;
      }
      this.#wav ??= opener(sound.name, (path, options) => WavWriter.open(path, wavFormat, options));
      this.#wav.writeAt(first, samples);
    });
  }

  /** Adds an access unit of H.264. */
  unit(data: Uint8Array): void {
    const { plan, opener, parameterSets = new Uint8Array(0) } = this.#init;
    const { film } = plan;
    if (film?.kind !== "h264") return;
    this.#guard(film.name, () => {
      this.#h264 ??= opener(film.name, (path, options) => {
        return new H264File(path, parameterSets, options);
      });
      this.#h264.unit(data);
    });
  }

  /** Whether there is no room left for `bytes` more. */
  isFull(bytes: number): boolean {
    const [film, wav] = [this.#film, this.#wav];
    const { maxBytes = Infinity } = this.#init;
    if (Math.max(film?.size ?? 0, wav?.size ?? 0) + bytes > maxBytes) return true;
    if (wav !== undefined && wav.room * bytesPerFrame(wav.format) < bytes + WAV_MARGIN) return true;
    return film?.isFull(bytes) === true;
  }

  /** Brings the files up to date, and sees whether they are still there. */
  flush(): void {
    for (const file of this.#open()) {
      if (!exists(file.path)) {
        throw new Failure(`Cannot go on writing ${file.path}: it, or its folder, was removed`);
      }
      if (!(file instanceof H264File)) this.#guard(file.path, () => file.flush());
    }
  }

  /** Completes and closes the files; again is without effect. */
  close(): void {
    if (this.isClosed) return;
    let failure: unknown;
    for (const file of this.#open()) {
      try {
        this.#guard(file.path, () => file.close());
      } catch (error) {
        failure ??= error;
      }
    }
    this.#written = this.files;
    this.#refused = this.refusedPictures;
    // Their indexes need not be kept in memory for as long as the recording goes on.
    this.#film = this.#wav = this.#h264 = undefined;
    if (failure !== undefined) throw failure;
  }

  /** What is written, or was. */
  get files(): WrittenFile[] {
    if (this.#written !== undefined) return this.#written;
    const [film, wav, h264, rate] = [this.#film, this.#wav, this.#h264, this.#rate];
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
      const seconds = samples / wav.format.sampleRate;
      files.push({ path: wav.path, bytes: wav.size, samples, seconds });
    }
    if (h264 !== undefined) {
      files.push({ path: h264.path, bytes: h264.size, frames: h264.frameCount });
    }
    return files;
  }

  #open(): (FilmFile | WavWriter | H264File)[] {
    return [this.#film, this.#wav, this.#h264].filter((file) => file !== undefined);
  }

  #openFilm(): FilmFile | undefined {
    const { plan, opener, wavFormat } = this.#init;
    const { film, sound } = plan;
    if (film === undefined) return undefined;
    const sharesFile = sound?.name === film.name;
    this.#film ??= opener(film.name, (path, options) => {
      if (film.kind === "folder") return new FolderFile(path, options);
      if (film.kind === "lab-movie") return new LabMovieFile(path, options);
      return new AviFile(path, sharesFile ? wavFormat : undefined, options);
    });
    return this.#film;
  }

  #guard(name: string | undefined, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (error instanceof Failure) throw error;
      const path = name ?? "the file";
      if (error instanceof Deno.errors.AlreadyExists) throw alreadyThere(path);
      throw new Failure(`Cannot write ${path}: ${describeError(error)}`, { cause: error });
    }
  }
}

/** What to say of a file that must not be replaced. */
export function alreadyThere(path: string): Failure {
  return new Failure(
    `Cannot record to ${path}: it is there already. Give another name, --append to go on at its ` +
      `end, or --force to replace it`,
  );
}

/** Whether there is something of that name. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
