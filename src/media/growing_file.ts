/**
 * A file that grows at its end while its head is rewritten in place. What is on the disk makes sense
 * after every call, so that a killed program leaves a file that opens.
 *
 * @module
 */

/** What to do when there is such a file already; without either, opening fails. */
export interface OpenOptions {
  /** Go on at the end of it. */
  readonly append?: boolean;
  /** Begin it anew. */
  readonly force?: boolean;
}

/** A file open for appending and patching. All calls are synchronous. */
export class GrowingFile implements Disposable {
  /** Where it is. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  #size: number;
  /** Where the next read or write would take place without seeking. */
  #position = 0;
  #closed = false;

  private constructor(path: string, file: Deno.FsFile, size: number) {
    this.path = path;
    this.#file = file;
    this.#size = size;
  }

  /**
   * Opens a file; a missing one is created, its folder is not.
   *
   * @throws {Deno.errors.AlreadyExists} When there is one and neither `append` nor `force` is given.
   */
  static open(path: string, options: OpenOptions = {}): GrowingFile {
    const { append = false, force = false } = options;
    const file = Deno.openSync(path, {
      read: true,
      write: true,
      create: append || force,
      createNew: !append && !force,
      truncate: force && !append,
    });
    return new GrowingFile(path, file, append ? file.statSync().size : 0);
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds bytes at the end, all or none: when the disk is full, what was written of them is taken back.
   *
   * @throws {Error} What the system says.
   */
  append(bytes: Uint8Array): void {
    try {
      this.#write(this.#size, bytes);
    } catch (error) {
      this.#file.truncateSync(this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Replaces bytes that are there already, and only those. */
  patch(offset: number, bytes: Uint8Array): void {
    if (offset + bytes.length > this.#size) {
      throw new RangeError(`patch ends at ${offset + bytes.length} of ${this.#size} bytes`);
    }
    this.#write(offset, bytes);
  }

  /** Up to `length` bytes from `offset`. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.#size - offset)));
    this.#seek(offset);
    let at = 0;
    while (at < bytes.length) {
      const count = this.#file.readSync(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    this.#position += at;
    return bytes.subarray(0, at);
  }

  /** Cuts the file to `size` bytes. */
  truncate(size: number): void {
    this.#file.truncateSync(size);
    this.#size = size;
  }

  /** Closes it; again is without effect. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#file.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #write(offset: number, bytes: Uint8Array): void {
    this.#seek(offset);
    for (let at = 0; at < bytes.length;) {
      const count = this.#file.writeSync(bytes.subarray(at));
      this.#position += count;
      at += count;
    }
  }

  #seek(offset: number): void {
    if (offset !== this.#position) this.#file.seekSync(offset, Deno.SeekMode.Start);
    this.#position = offset;
  }
}
