/**
 * Writes a film as a folder of pictures: `frame-000001.jpg` and so on.
 *
 * @module
 */

import { join } from "@std/path";
import type { OpenOptions } from "./growing_file.ts";
import { replaceFile } from "./replace_file.ts";

const NAME = /^frame-(\d{6,})\.jpg$/;

/** A folder that fills with pictures, each of them whole from the moment it has its name. */
export class JpegFolderWriter {
  /** Where the folder is. */
  readonly path: string;
  readonly #before: number;
  #frameCount = 0;
  #size = 0;

  private constructor(path: string, before: number) {
    this.path = path;
    this.#before = before;
  }

  /**
   * Opens a folder; a missing one is created. With `append` the numbers go on behind the highest that
   * is there; with `force` the pictures of an earlier recording, and only those, are removed.
   *
   * @throws {Deno.errors.AlreadyExists} When it holds such pictures and neither is given.
   */
  static open(path: string, options: OpenOptions = {}): JpegFolderWriter {
    Deno.mkdirSync(path, { recursive: true });
    const names = [...Deno.readDirSync(path)].map(({ name }) => name)
      .filter((name) => NAME.test(name));
    if (options.append === true) {
      const numbers = names.map((name) => Number(NAME.exec(name)![1]));
      return new JpegFolderWriter(path, numbers.reduce((most, one) => Math.max(most, one), 0));
    }
    if (names.length > 0 && options.force !== true) {
      throw new Deno.errors.AlreadyExists(`${path} holds ${names.length} pictures already`);
    }
    for (const name of names) Deno.removeSync(join(path, name));
    return new JpegFolderWriter(path, 0);
  }

  /** Bytes of the pictures written since the folder was opened. */
  get size(): number {
    return this.#size;
  }

  /** Pictures written since the folder was opened. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /** Adds a picture. */
  write(jpeg: Uint8Array): void {
    const number = (this.#before + this.#frameCount + 1).toString().padStart(6, "0");
    replaceFile(join(this.path, `frame-${number}.jpg`), jpeg);
    this.#frameCount++;
    this.#size += jpeg.length;
  }

  /** There is nothing left to do at the end. */
  close(): void {}
}
