/**
 * One block of coefficients at a time (ITU-T T.81 annexes F.2 and G.2).
 *
 * @module
 */

import type { JpegScan } from "../../payload/jpeg_file.ts";
import type { BitReader } from "./bits.ts";
import type { HuffmanDecoder } from "./huffman.ts";

/** Decodes the blocks of one component in one scan. */
export class BlockDecoder {
  readonly #coefficients: Int16Array;
  readonly #dc: HuffmanDecoder | undefined;
  readonly #ac: HuffmanDecoder | undefined;
  readonly #scan: JpegScan;
  readonly #progressive: boolean;
  #prediction = 0;
  /** Blocks that have no (further) coefficients in this progressive scan. */
  #emptyBlocks = 0;

  /** Writes into `coefficients`, which have 64 a block, in zig-zag order. */
  constructor(
    coefficients: Int16Array,
    dc: HuffmanDecoder | undefined,
    ac: HuffmanDecoder | undefined,
    scan: JpegScan,
    progressive: boolean,
  ) {
    this.#coefficients = coefficients;
    this.#dc = dc;
    this.#ac = ac;
    this.#scan = scan;
    this.#progressive = progressive;
  }

  /** A restart marker was passed. */
  restart(): void {
    this.#prediction = 0;
    this.#emptyBlocks = 0;
  }

  /** Decodes the block whose coefficients start at `at`; false when the data makes no sense. */
  decode(bits: BitReader, at: number): boolean {
    if (!this.#progressive) return this.#decodeDc(bits, at) && this.#decodeAc(bits, at, 1, 63, 0);
    const { spectralStart, spectralEnd, approximationHigh, approximationLow } = this.#scan;
    if (spectralStart === 0) {
      if (approximationHigh === 0) return this.#decodeDc(bits, at);
      this.#coefficients[at]! |= bits.read(1) << approximationLow;
      return true;
    }
    return approximationHigh === 0
      ? this.#decodeAc(bits, at, spectralStart, spectralEnd, approximationLow)
      : this.#refineAc(bits, at);
  }

  #decodeDc(bits: BitReader, at: number): boolean {
    const size = this.#dc?.read(bits) ?? -1;
    if (size < 0 || size > 15) return false;
    this.#prediction += bits.readSigned(size);
    const shift = this.#progressive ? this.#scan.approximationLow : 0;
    this.#coefficients[at] = this.#prediction << shift;
    return true;
  }

  #decodeAc(bits: BitReader, at: number, first: number, last: number, shift: number): boolean {
    const ac = this.#ac;
    if (ac === undefined) return false;
    if (this.#emptyBlocks > 0) {
      this.#emptyBlocks--;
      return true;
    }
    for (let k = first; k <= last; k++) {
      const symbol = ac.read(bits);
      if (symbol < 0) return false;
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0 && run < 15) {
        // In baseline scans the run is 0: the block ends here.
        if (this.#progressive) this.#emptyBlocks = (1 << run) - 1 + bits.read(run);
        return true;
      }
      k += run;
      if (k > last) return false;
      if (size > 0) this.#coefficients[at + k] = bits.readSigned(size) << shift;
    }
    return true;
  }

  /** One more bit for coefficients that are there, and new ones of 1 or -1 between them (G.1.2.3). */
  #refineAc(bits: BitReader, at: number): boolean {
    const ac = this.#ac;
    if (ac === undefined) return false;
    const { spectralStart, spectralEnd, approximationLow } = this.#scan;
    const step = 1 << approximationLow;
    let k = spectralStart;
    while (k <= spectralEnd && this.#emptyBlocks === 0) {
      const symbol = ac.read(bits);
      if (symbol < 0) return false;
      let run = symbol >> 4;
      const size = symbol & 15;
      if (size > 1) return false;
      if (size === 0 && run < 15) {
        this.#emptyBlocks = (1 << run) + bits.read(run);
        break;
      }
      const value = size === 0 ? 0 : bits.read(1) === 1 ? step : -step;
      for (; k <= spectralEnd; k++) {
        if (this.#coefficients[at + k] !== 0) this.#refine(bits, at + k, step);
        else if (run-- === 0) break;
      }
      if (value !== 0) {
        if (k > spectralEnd) return false;
        this.#coefficients[at + k] = value;
      }
      k++;
    }
    if (this.#emptyBlocks > 0) {
      for (; k <= spectralEnd; k++) {
        if (this.#coefficients[at + k] !== 0) this.#refine(bits, at + k, step);
      }
      this.#emptyBlocks--;
    }
    return true;
  }

  #refine(bits: BitReader, at: number, step: number): void {
    const value = this.#coefficients[at]!;
    if (bits.read(1) === 1 && (value & step) === 0) {
      this.#coefficients[at] = value + (value > 0 ? step : -step);
    }
  }
}
