/**
 * The media folder.
 *
 * @module
 */

import { join } from "@std/path";
import { MediaError } from "./frame_index.ts";
import { findSound, foreignReason, isFilmName, listNames, resolveName } from "./file_names.ts";
import { LruCache } from "./lru.ts";
import {
  type IndexCache,
  type OpenOptions,
  openPresentation,
  type PresentationFiles,
} from "./open_presentation.ts";
import type { Presentation } from "./presentation.ts";

/** Films whose frames need not be looked for again. */
const CACHED_INDEXES = 16;

interface Shared {
  readonly presentation: Presentation;
  users: number;
}

/** Opens what is in a folder. What several people watch at once is opened once. */
export class MediaLibrary {
  /** The folder as it was given. */
  readonly folder: string;
  readonly #options: OpenOptions | undefined;
  readonly #open = new Map<string, Shared>();
  /** States of files that hold nothing that can be served, and why, by their names. */
  readonly #faults = new Map<string, { readonly key: string; readonly error: MediaError }>();
  readonly #indexes: IndexCache = new LruCache(CACHED_INDEXES);

  /** The folder is looked at anew each time. */
  constructor(folder: string, options?: OpenOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /**
   * Names of all files that can be asked for, in alphabetical order; without those that were found to
   * hold nothing that can be served, unless they have changed.
   */
  list(): string[] {
    return this.listAll().filter((name) => {
      const fault = this.#faults.get(name);
      return fault === undefined || fault.key !== this.#key(name);
    });
  }

  /** Names of all files that can be asked for, whatever they hold. */
  listAll(): string[] {
    return listNames(this.folder);
  }

  /** Files that look like media and are of no format that is served, and why not. */
  listForeign(): { readonly name: string; readonly reason: string }[] {
    return listNames(this.folder, (name) => foreignReason(name) !== undefined)
      .map((name) => ({ name, reason: foreignReason(name)! }));
  }

  /**
   * Opens the presentation with a name such as "movie.Mjpeg", "movie" or "concerts/one.wav"
   * (percent-encoding already undone); undefined when there is none. A film comes with the sound file
   * of its name; a sound that is asked for by its own name comes alone. Dispose it when done.
   *
   * @throws {MediaError} When the file is there but holds nothing that can be served.
   */
  open(name: string): Presentation | undefined {
    const found = resolveName(this.folder, name);
    if (found === undefined) return undefined;
    const sound = this.#soundOf(found);
    const key = this.#key(found, sound);
    let shared = this.#open.get(key);
    if (shared === undefined) {
      const files = {
        name: found,
        main: join(this.folder, found),
        ...(sound === undefined ? undefined : { sound: join(this.folder, sound) }),
      };
      shared = { presentation: this.#openFiles(files, key), users: 0 };
      this.#open.set(key, shared);
    }
    return this.#handle(key, shared);
  }

  #openFiles(files: PresentationFiles, key: string): Presentation {
    const fault = this.#faults.get(files.name);
    if (fault?.key === key) throw fault.error;
    this.#faults.delete(files.name);
    try {
      return openPresentation(files, this.#options, this.#indexes);
    } catch (error) {
      if (error instanceof MediaError) this.#faults.set(files.name, { key, error });
      throw error;
    }
  }

  #soundOf(name: string): string | undefined {
    return isFilmName(name) ? findSound(this.folder, name) : undefined;
  }

  #key(name: string, sound: string | undefined = this.#soundOf(name)): string {
    return [name, sound].map((file) => file === undefined ? "" : this.#state(file)).join("\n");
  }

  /** A file's name and state: one that was replaced is opened anew. */
  #state(file: string): string {
    const { size, mtime } = Deno.statSync(join(this.folder, file));
    return `${file} ${size} ${mtime?.getTime() ?? 0}`;
  }

  #handle(key: string, shared: Shared): Presentation {
    shared.users++;
    let disposed = false;
    const { name, tracks, duration, notes, path } = shared.presentation;
    return {
      name,
      tracks,
      duration,
      notes,
      path,
      [Symbol.dispose]: () => {
        if (disposed) return;
        disposed = true;
        if (--shared.users > 0) return;
        this.#open.delete(key);
        shared.presentation[Symbol.dispose]();
      },
    };
  }
}
