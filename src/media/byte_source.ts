/**
 * Bytes that are read where they are needed: of a file, or of parts of one behind each other.
 *
 * @module
 */

/** Something that can be read at any offset. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Up to `length` bytes from `offset`; fewer at the end. A new array, or a view of one. */
  read(offset: number, length: number): Uint8Array;
}

/** A file that stays open until it is disposed. */
export class FileSource implements ByteSource, Disposable {
  readonly #file: Deno.FsFile;
  /** Size when it was opened. */
  readonly size: number;
  /** Differs when the file was changed. */
  readonly state: string;

  /** Opens the file for reading. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true });
    const { size, mtime } = this.#file.statSync();
    this.size = size;
    this.state = `${size} ${mtime?.getTime() ?? 0}`;
  }

  /** Reads with one system call where the kernel gives all at once. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let at = 0;
    while (at < bytes.length) {
      const count = this.#file.readSync(bytes.subarray(at));
      // The file has become shorter since.
      if (count === null) break;
      at += count;
    }
    return bytes.subarray(0, at);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Bytes in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** A range of a source. */
export interface Extent {
  /** Offset of its first byte. */
  readonly offset: number;
  /** Bytes in it. */
  readonly length: number;
}

/** Extents of a source as if they followed each other. */
export class SplicedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #extents: readonly Extent[];
  /** Where each extent starts in the whole. */
  readonly #starts: readonly number[];
  /** Bytes in all. */
  readonly size: number;

  /** `extents` in the order in which they are to follow. */
  constructor(source: ByteSource, extents: readonly Extent[]) {
    this.#source = source;
    this.#extents = extents;
    let size = 0;
    this.#starts = extents.map(({ length }) => (size += length) - length);
    this.size = size;
  }

  /** Reads across extents. */
  read(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    let at = 0;
    for (let i = this.#find(offset); at < bytes.length; i++) {
      const extent = this.#extents[i]!;
      const skip = offset + at - this.#starts[i]!;
      const wanted = Math.min(extent.length - skip, bytes.length - at);
      const part = this.#source.read(extent.offset + skip, wanted);
      bytes.set(part, at);
      at += part.length;
      if (part.length < wanted) break;
    }
    return bytes.subarray(0, at);
  }

  /** Last extent that starts at or before `offset`. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Reads forward through a source, a block at a time. */
export class Scanner {
  readonly #source: ByteSource;
  readonly #blockBytes: number;
  #block: Uint8Array = new Uint8Array(0);
  #start = 0;

  /** `blockBytes` is how much is read at once. */
  constructor(source: ByteSource, blockBytes: number = 2 ** 20) {
    this.#source = source;
    this.#blockBytes = blockBytes;
  }

  /** Bytes in all. */
  get size(): number {
    return this.#source.size;
  }

  /** The byte at an offset, or -1 behind the end. */
  at(offset: number): number {
    return this.#load(offset) ? this.#block[offset - this.#start]! : -1;
  }

  /** Up to `length` bytes, at most a block; fewer at the end. */
  bytes(offset: number, length: number): Uint8Array {
    if (offset < this.#start || offset + length > this.#start + this.#block.length) {
      this.#read(offset, Math.max(length, this.#blockBytes));
    }
    return this.#block.subarray(offset - this.#start, offset - this.#start + length);
  }

  /** Offset of the next such byte at or behind `from`, or -1. */
  indexOf(byte: number, from: number): number {
    for (let offset = from; this.#load(offset); offset = this.#start + this.#block.length) {
      const found = this.#block.indexOf(byte, offset - this.#start);
      if (found !== -1) return this.#start + found;
    }
    return -1;
  }

  #load(offset: number): boolean {
    if (offset < this.#start || offset >= this.#start + this.#block.length) {
      this.#read(offset, this.#blockBytes);
    }
    return offset < this.#start + this.#block.length;
  }

  #read(offset: number, length: number): void {
    this.#block = this.#source.read(offset, length);
    this.#start = offset;
  }
}
