/**
 * The labs' cache file: the picture that is shown now, as `cache-<session>.jpg`.
 *
 * @module
 */

import { join } from "@std/path";
import { replaceFile } from "./replace_file.ts";

/** A file that always holds one whole picture, and is gone at the end. */
export class CacheJpeg implements Disposable {
  /** Where it is. */
  readonly path: string;

  /** `session` is the session identifier; characters that no file name should hold are replaced. */
  constructor(folder: string, session: string) {
    const name = session.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
    this.path = join(folder, `cache-${name}.jpg`);
  }

  /**
   * Replaces the picture.
   *
   * @throws {Error} What the system says when the file cannot be written.
   */
  show(jpeg: Uint8Array): void {
    replaceFile(this.path, jpeg);
  }

  /** Removes the file, if there is one. */
  close(): void {
    try {
      Deno.removeSync(this.path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
