/**
 * The tables that RFC 2435 leaves out of the packets: quantisation tables by factor Q (its appendix
 * A) and the Huffman tables (its appendix B, ITU-T T.81 annex K).
 *
 * @module
 */

import { equalBytes } from "../bytes/text.ts";

/** Place in the block, row by row, of each coefficient in zig-zag order. */
export const ZIGZAG: Uint8Array = zigzag();

function zigzag(): Uint8Array {
  const order = new Uint8Array(64);
  let at = 0;
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const from = Math.max(0, diagonal - 7);
    const to = Math.min(diagonal, 7);
    for (let i = from; i <= to; i++) {
      const row = diagonal % 2 === 0 ? diagonal - i + (from + to - diagonal) : i;
      order[at++] = row * 8 + diagonal - row;
    }
  }
  return order;
}

// Tables K.1 and K.2, row by row, as T.81 and the RFC's sample code print them.
const LUMA = [
  [16, 11, 10, 16, 24, 40, 51, 61],
  [12, 12, 14, 19, 26, 58, 60, 55],
  [14, 13, 16, 24, 40, 57, 69, 56],
  [14, 17, 22, 29, 51, 87, 80, 62],
  [18, 22, 37, 56, 68, 109, 103, 77],
  [24, 35, 55, 64, 81, 104, 113, 92],
  [49, 64, 78, 87, 103, 121, 120, 101],
  [72, 92, 95, 98, 112, 100, 103, 99],
].flat();

const CHROMA = [
  [17, 18, 24, 47, 99, 99, 99, 99],
  [18, 21, 26, 66, 99, 99, 99, 99],
  [24, 26, 56, 99, 99, 99, 99, 99],
  [47, 66, 99, 99, 99, 99, 99, 99],
  ...Array.from({ length: 4 }, () => Array<number>(8).fill(99)),
].flat();

/**
 * The luma and chroma tables for Q 1 to 99 (RFC 2435 section 4.2), in zig-zag order as a JPEG file
 * and a packet have them.
 *
 * @throws {RangeError} When Q is outside 1 to 99.
 */
export function staticQuantTables(q: number): readonly [luma: Uint8Array, chroma: Uint8Array] {
  if (!(q >= 1 && q <= 99)) throw new RangeError(`Q ${q} names no tables, 1 to 99 do`);
  const factor = q < 50 ? Math.floor(5000 / q) : 200 - 2 * q;
  const scale = (table: readonly number[]): Uint8Array =>
    Uint8Array.from(ZIGZAG, (place) => {
      return Math.max(1, Math.min(255, Math.floor((table[place]! * factor + 50) / 100)));
    });
  return [scale(LUMA), scale(CHROMA)];
}

/** A Huffman table as a DHT segment has it. */
export interface HuffmanTable {
  /** Number of codes of 1 to 16 bits. */
  readonly counts: Uint8Array;
  /** The symbols, shortest code first. */
  readonly values: Uint8Array;
}

const DC_VALUES = Uint8Array.from({ length: 12 }, (_, i) => i);

/** The standard tables, by class (0 DC, 1 AC) * 16 + destination (0 luma, 1 chroma). */
export const STANDARD_HUFFMAN_TABLES: ReadonlyMap<number, HuffmanTable> = new Map([
  [0x00, table("00010501010101010100000000000000", DC_VALUES)],
  [0x01, table("00030101010101010101010000000000", DC_VALUES)],
  [
    0x10,
    table(
      "0002010303020403050504040000017d",
      fromHex(
        "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25" +
          "262728292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a" +
          "838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9ca" +
          "d2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa",
      ),
    ),
  ],
  [
    0x11,
    table(
      "00020102040403040705040400010277",
      fromHex(
        "0001020311040521310612415107617113223281081442" +
          "91a1b1c109233352f0156272d10a162434e125f117" +
          "18191a262728292a35363738393a434445464748494a535455565758595a636465666768696a737475767778" +
          "797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7" +
          "c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa",
      ),
    ),
  ],
]);

function table(counts: string, values: Uint8Array): HuffmanTable {
  return { counts: fromHex(counts), values };
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Whether two tables are the same. */
export function sameHuffmanTable(a: HuffmanTable, b: HuffmanTable): boolean {
  return equalBytes(a.counts, b.counts) && equalBytes(a.values, b.values);
}
