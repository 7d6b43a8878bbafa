/**
 * Writes a film in the labs' format: before each JPEG its length, as five ASCII digits.
 *
 * @module
 */

import { concatBytes, decodeLatin1, encodeText } from "../bytes/text.ts";
import { GrowingFile, type OpenOptions } from "./growing_file.ts";

/** The longest frame whose length five digits can tell. */
export const MAX_LAB_FRAME_BYTES = 99_999;

/** A growing lab movie. Each frame is written at once with its length. */
export class LabMovieWriter implements Disposable {
  readonly #file: GrowingFile;
  #frameCount = 0;

  private constructor(file: GrowingFile) {
    this.#file = file;
  }

  /**
   * Opens a file. With `append` an existing one goes on behind its last whole frame.
   *
   * @throws {Deno.errors.AlreadyExists} When there is one and neither `append` nor `force` is given.
   * @throws {Error} When the file to continue is no lab movie.
   */
  static open(path: string, options: OpenOptions = {}): LabMovieWriter {
    const file = GrowingFile.open(path, options);
    try {
      if (file.size > 0) file.truncate(endOfLastFrame(file));
      return new LabMovieWriter(file);
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

  /** Frames written since the file was opened. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /**
   * Adds a frame.
   *
   * @throws {RangeError} When it is longer than {@linkcode MAX_LAB_FRAME_BYTES}.
   */
  write(jpeg: Uint8Array): void {
    if (jpeg.length > MAX_LAB_FRAME_BYTES) {
      throw new RangeError(
        `a frame of ${jpeg.length} bytes is too long for the lab's five digits (at most 99999); ` +
          `an .avi file takes it`,
      );
    }
    const length = encodeText(jpeg.length.toString().padStart(5, "0"));
    this.#file.append(concatBytes([length, jpeg]));
    this.#frameCount++;
  }

  /** Closes the file; again is without effect. */
  close(): void {
    this.#file.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function endOfLastFrame(file: GrowingFile): number {
  let at = 0;
  while (at + 5 <= file.size) {
    const digits = decodeLatin1(file.read(at, 5));
    if (!/^\d{5}$/.test(digits)) {
      throw new Error(
        `${file.path} is no lab movie that can be continued: no length at byte ${at}`,
      );
    }
    const end = at + 5 + Number(digits);
    if (end > file.size) break;
    at = end;
  }
  return at;
}
