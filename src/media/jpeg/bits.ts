/**
 * Bits of entropy-coded data, most significant first (ITU-T T.81 annex F).
 *
 * @module
 */

/** Reads bits; behind the end there are zeros, as decoders commonly have it. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #bits = 0;
  #count = 0;

  /** `bytes` without stuffing and markers. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether more bits were read than there are. */
  get exhausted(): boolean {
    // Up to three bytes are read ahead of need.
    return this.#at - (this.#count >> 3) > this.#bytes.length;
  }

  /** The next 16 bits, without passing over them. */
  peek16(): number {
    while (this.#count < 16) {
      this.#bits = (this.#bits << 8) | (this.#bytes[this.#at] ?? 0);
      this.#at++;
      this.#count += 8;
    }
    return (this.#bits >>> (this.#count - 16)) & 0xffff;
  }

  /** Passes over bits that were peeked at. */
  skip(count: number): void {
    this.#count -= count;
  }

  /** The next 0 to 16 bits. */
  read(count: number): number {
    if (count === 0) return 0;
    const bits = this.peek16() >>> (16 - count);
    this.#count -= count;
    return bits;
  }

  /** A signed value of `size` bits: those that start with 0 are negative (T.81 F.2.2.1, EXTEND). */
  readSigned(size: number): number {
    const value = this.read(size);
    return size > 0 && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }
}

/** Writes bits, with a zero stuffed behind each byte of ones. */
export class BitWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;
  #bits = 0;
  #count = 0;

  /** Adds the lower `count` (0 to 16) bits. */
  write(bits: number, count: number): void {
    this.#bits = (this.#bits << count) | bits;
    this.#count += count;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#byte((this.#bits >>> this.#count) & 0xff);
    }
    this.#bits &= (1 << this.#count) - 1;
  }

  /** What was written, filled up with ones to a whole byte. */
  finish(): Uint8Array {
    if (this.#count > 0) this.write((1 << (8 - this.#count)) - 1, 8 - this.#count);
    return this.#bytes.subarray(0, this.#length);
  }

  #byte(byte: number): void {
    if (this.#length + 2 > this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
    if (byte === 0xff) this.#bytes[this.#length++] = 0;
  }
}

/** The data between restart markers, each run without stuffing. */
export function splitAtRestarts(data: Uint8Array): Uint8Array[] {
  const runs: Uint8Array[] = [];
  for (let at = 0;;) {
    const end = markerAt(data, at);
    runs.push(withoutStuffing(data.subarray(at, end)));
    if (end >= data.length) return runs;
    at = end + 2;
  }
}

/** Where the next marker is, behind bytes that only fill up; the length of the data where there is none. */
function markerAt(data: Uint8Array, from: number): number {
  for (let at = data.indexOf(0xff, from); at !== -1; at = data.indexOf(0xff, at)) {
    const next = data[at + 1];
    if (next === undefined) break;
    if (next !== 0 && next !== 0xff) return at;
    at += next === 0 ? 2 : 1;
  }
  return data.length;
}

/** A run's bytes: no zeros behind bytes of ones, and no bytes of ones that only fill up. */
function withoutStuffing(data: Uint8Array): Uint8Array {
  const run = new Uint8Array(data.length);
  let length = 0;
  for (let at = 0; at < data.length;) {
    let ones = data.indexOf(0xff, at);
    if (ones === -1) ones = data.length;
    run.set(data.subarray(at, ones), length);
    length += ones - at;
    at = ones + 1;
    if (data[at] === 0) {
      run[length++] = 0xff;
      at++;
    }
  }
  return run.subarray(0, length);
}
