/**
 * The media folder.
 *
 * @module
 */

import { join } from "@std/path";
import { findSound, isFilmName, listNames, resolveName } from "./file_names.ts";
import { LruCache } from "./lru.ts";
import { type IndexCache, type OpenOptions, openPresentation } from "./open_presentation.ts";
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
  readonly #indexes: IndexCache = new LruCache(CACHED_INDEXES);

  /** The folder is looked at anew each time. */
  constructor(folder: string, options?: OpenOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** Names of all files that can be asked for, in alphabetical order. */
  list(): string[] {
    return listNames(this.folder);
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
    const sound = isFilmName(found) ? findSound(this.folder, found) : undefined;
    const key = [found, sound].map((file) => file === undefined ? "" : this.#state(file)).join(
      "\n",
    );
    let shared = this.#open.get(key);
    if (shared === undefined) {
      const files = {
        name: found,
        main: join(this.folder, found),
        ...(sound === undefined ? undefined : { sound: join(this.folder, sound) }),
      };
      shared = { presentation: openPresentation(files, this.#options, this.#indexes), users: 0 };
      this.#open.set(key, shared);
    }
    return this.#handle(key, shared);
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
