/**
 * Bounds-checked reading, big-endian unless the name says otherwise.
 *
 * @module
 */

import { DecodeError } from "./decode_error.ts";

/** Reads numbers and byte ranges from a buffer; running past the end is a {@linkcode DecodeError}. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #protocol: string;
  #offset = 0;

  /** Starts at offset 0 of `bytes`; `protocol` names the format in errors. */
  constructor(protocol: string, bytes: Uint8Array) {
    this.#protocol = protocol;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset of the next byte, from the start of the buffer. */
  get offset(): number {
    return this.#offset;
  }

  /** Number of bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Reads 8 bits, unsigned. */
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** Reads 16 bits, unsigned. */
  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  /** Reads 24 bits, unsigned. */
  u24(): number {
    const at = this.#take(3);
    return (this.#view.getUint8(at) << 16) | this.#view.getUint16(at + 1);
  }

  /** Reads 32 bits, unsigned. */
  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** Reads 16 bits, unsigned, little-endian. */
  u16le(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  /** Reads 32 bits, unsigned, little-endian. */
  u32le(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Reads 64 bits, unsigned. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8));
  }

  /** A view (not a copy) of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** Passes over `length` bytes. */
  skip(length: number): void {
    this.#take(length);
  }

  /** A {@linkcode DecodeError} of this reader's protocol at the current offset. */
  error(message: string): DecodeError {
    return new DecodeError(this.#protocol, this.#offset, message);
  }

  #take(length: number): number {
    const at = this.#offset;
    if (length < 0 || at + length > this.#bytes.length) {
      throw this.error(`${length} bytes expected, ${this.#bytes.length - at} left`);
    }
    this.#offset = at + length;
    return at;
  }
}
