/**
 * The files that a film can go to, behind one interface.
 *
 * @module
 */

import type { FrameRate } from "../media/avi_header.ts";
import { AviWriter } from "../media/avi_writer.ts";
import type { OpenOptions } from "../media/growing_file.ts";
import { GrowingFile } from "../media/growing_file.ts";
import { JpegFolderWriter } from "../media/jpeg_folder_writer.ts";
import { jpegSize } from "../media/jpeg_size.ts";
import { LabMovieWriter, MAX_LAB_FRAME_BYTES } from "../media/lab_movie_writer.ts";
import type { WavFormat } from "../media/wav_header.ts";

/** A file that pictures go to. */
export interface FilmFile {
  /** Where it is. */
  readonly path: string;
  /** Bytes so far. */
  readonly size: number;
  /** Pictures so far. */
  readonly frameCount: number;
  /** Pictures that did not fit in and were replaced by the one before. */
  readonly refused: number;
  /** Adds a picture. */
  picture(jpeg: Uint8Array, rate: FrameRate): void;
  /** Whether the next `bytes` belong in another file. */
  isFull(bytes: number): boolean;
  /** Brings the file up to date. */
  flush(): void;
  /** Completes and closes the file. */
  close(): void;
}

/** What a film's writer tells of its file. */
export type FilmWriter = Pick<FilmFile, "path" | "size" | "frameCount" | "close">;

/** A film file on its writer: one that nothing has to be brought up to date in, and that has no end. */
export abstract class WriterFile<Writer extends FilmWriter> implements FilmFile {
  /** Pictures that did not fit in. */
  refused = 0;
  /** What writes the file. */
  readonly writer: Writer;

  /** The file of that writer. */
  constructor(writer: Writer) {
    this.writer = writer;
  }

  /** Where it is. */
  get path(): string {
    return this.writer.path;
  }

  /** Bytes so far. */
  get size(): number {
    return this.writer.size;
  }

  /** Pictures so far. */
  get frameCount(): number {
    return this.writer.frameCount;
  }

  /** Adds a picture. */
  abstract picture(jpeg: Uint8Array, rate: FrameRate): void;

  /** Nothing limits its length. */
  isFull(_bytes: number): boolean {
    return false;
  }

  /** The file is up to date at every moment. */
  flush(): void {}

  /** Completes and closes the file. */
  close(): void {
    this.writer.close();
  }
}

/** A lab movie. A picture too long for it is replaced by the one before, so that time stays right. */
export class LabMovieFile extends WriterFile<LabMovieWriter> {
  #before: Uint8Array | undefined;
  /** Pictures to be made good for by the first that fits. */
  #owed = 0;

  /** Opens the file. */
  constructor(path: string, options: OpenOptions) {
    super(LabMovieWriter.open(path, options));
  }

  /** Adds a picture, or the one before. */
  override picture(jpeg: Uint8Array): void {
    if (jpeg.length > MAX_LAB_FRAME_BYTES) {
      this.refused++;
      if (this.#before === undefined) this.#owed++;
      else this.writer.write(this.#before);
      return;
    }
    for (; this.#owed > 0; this.#owed--) this.writer.write(jpeg);
    this.#before = jpeg;
    this.writer.write(jpeg);
  }
}

/** A folder of pictures. */
export class FolderFile extends WriterFile<JpegFolderWriter> {
  /** Opens the folder. */
  constructor(path: string, options: OpenOptions) {
    super(JpegFolderWriter.open(path, options));
  }

  /** Adds a picture. */
  override picture(jpeg: Uint8Array): void {
    this.writer.write(jpeg);
  }
}

/** An AVI file, with the sound if there is one. Its writer takes the sound. */
export class AviFile extends WriterFile<AviWriter> {
  #described = false;

  /** Opens the file. */
  constructor(path: string, audio: WavFormat | undefined, options: OpenOptions) {
    const rate = { numerator: 25, denominator: 1 };
    super(AviWriter.open(path, {
      video: { width: 0, height: 0, rate },
      ...(audio === undefined ? undefined : { audio }),
    }, options));
  }

  /** Adds a picture; the first one tells the size of all. */
  override picture(jpeg: Uint8Array, rate: FrameRate): void {
    if (!this.#described) {
      const { width, height } = jpegSize(jpeg) ?? { width: 0, height: 0 };
      this.writer.describeVideo({ width, height, rate });
      this.#described = true;
    }
    this.writer.picture(jpeg);
  }

  /** Whether `bytes` more do not fit in an AVI file. */
  override isFull(bytes: number): boolean {
    return this.writer.isFull(bytes);
  }

  /** Brings the header and the index up to date. */
  override flush(): void {
    this.writer.flush();
  }
}

/** An H.264 byte stream, parameter sets first. */
export class H264File {
  readonly #file: GrowingFile;
  #units = 0;

  /** Opens the file and writes the parameter sets of the session description. */
  constructor(path: string, parameterSets: Uint8Array, options: OpenOptions) {
    this.#file = GrowingFile.open(path, options);
    this.#file.append(parameterSets);
  }

  /** Where it is. */
  get path(): string {
    return this.#file.path;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#file.size;
  }

  /** Access units so far. */
  get frameCount(): number {
    return this.#units;
  }

  /** Adds an access unit. */
  unit(data: Uint8Array): void {
    this.#file.append(data);
    this.#units++;
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }
}
