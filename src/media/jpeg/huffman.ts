/**
 * Huffman tables made ready for decoding and encoding (ITU-T T.81 annex C).
 *
 * @module
 */

import type { HuffmanTable } from "../../payload/jpeg_tables.ts";
import type { BitReader, BitWriter } from "./bits.ts";

/** Finds the symbol that the next bits stand for. */
export class HuffmanDecoder {
  /** For each 16 bits, the code's length * 256 + its symbol; 0 where no code is. */
  readonly #entries = new Uint16Array(65_536);

  /** Codes that the table's counts have no room for are left out. */
  constructor({ counts, values }: HuffmanTable) {
    let code = 0;
    let index = 0;
    for (let length = 1; length <= 16; length++) {
      for (let i = counts[length - 1]!; i > 0 && code < 65_536; i--, index++) {
        const next = code + (1 << (16 - length));
        this.#entries.fill((length << 8) | values[index]!, code, next);
        code = next;
      }
    }
  }

  /** Reads a symbol; -1 when the bits are no code. */
  read(bits: BitReader): number {
    const entry = this.#entries[bits.peek16()]!;
    if (entry === 0) return -1;
    bits.skip(entry >> 8);
    return entry & 0xff;
  }
}

/** Writes symbols as codes. */
export class HuffmanEncoder {
  readonly #codes = new Uint16Array(256);
  readonly #lengths = new Uint8Array(256);

  /** Knows the table's symbols. */
  constructor({ counts, values }: HuffmanTable) {
    let code = 0;
    let index = 0;
    for (let length = 1; length <= 16; length++) {
      for (let i = counts[length - 1]!; i > 0; i--, index++) {
        this.#codes[values[index]!] = code++;
        this.#lengths[values[index]!] = length;
      }
      code <<= 1;
    }
  }

  /** Writes a symbol of the table. */
  write(bits: BitWriter, symbol: number): void {
    bits.write(this.#codes[symbol]!, this.#lengths[symbol]!);
  }
}
