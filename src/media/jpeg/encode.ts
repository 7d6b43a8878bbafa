/**
 * From coefficients to baseline scan data with the standard Huffman tables.
 *
 * @module
 */

import { STANDARD_HUFFMAN_TABLES } from "../../payload/jpeg_tables.ts";
import { BitWriter } from "./bits.ts";
import type { CoefficientPlane } from "./coefficients.ts";
import { HuffmanEncoder } from "./huffman.ts";

/** Standard tables by class * 16 + destination. */
const ENCODERS = new Map(
  [...STANDARD_HUFFMAN_TABLES].map(([place, table]) => [place, new HuffmanEncoder(table)]),
);

/**
 * One interleaved scan of luma and two chroma planes; an MCU has `across` by `down` luma blocks and
 * one block of each chroma. Blocks that a plane does not have repeat the mean of the one before.
 */
export function encodeScan(
  planes: readonly CoefficientPlane[],
  mcu: { across: number; down: number; wide: number; high: number },
): Uint8Array {
  const bits = new BitWriter();
  const components = planes.map((plane, i) => ({
    plane,
    across: i === 0 ? mcu.across : 1,
    down: i === 0 ? mcu.down : 1,
    dc: ENCODERS.get(i === 0 ? 0x00 : 0x01)!,
    ac: ENCODERS.get(i === 0 ? 0x10 : 0x11)!,
    prediction: 0,
  }));
  for (let row = 0; row < mcu.high; row++) {
    for (let column = 0; column < mcu.wide; column++) {
      for (const component of components) {
        const { plane, across, down, dc, ac } = component;
        for (let y = row * down; y < (row + 1) * down; y++) {
          for (let x = column * across; x < (column + 1) * across; x++) {
            const there = x < plane.blocksWide && y < plane.blocksHigh;
            const at = (y * plane.blocksWide + x) * 64;
            const mean = there ? plane.coefficients[at]! : component.prediction;
            const difference = clamp(mean - component.prediction, 2047);
            component.prediction += difference;
            writeValue(bits, dc, 0, difference);
            if (there) writeAc(bits, ac, plane.coefficients, at);
            else ac.write(bits, 0);
          }
        }
      }
    }
  }
  return bits.finish();
}

function writeAc(
  bits: BitWriter,
  ac: HuffmanEncoder,
  coefficients: Int16Array,
  at: number,
): void {
  let last = 63;
  while (last > 0 && coefficients[at + last] === 0) last--;
  let run = 0;
  for (let k = 1; k <= last; k++) {
    const value = coefficients[at + k]!;
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) ac.write(bits, 0xf0);
    writeValue(bits, ac, run, clamp(value, 1023));
    run = 0;
  }
  if (last < 63) ac.write(bits, 0);
}

/** A run, the size of a value, and its bits; negative ones are one less (T.81 F.1.2). */
function writeValue(bits: BitWriter, encoder: HuffmanEncoder, run: number, value: number): void {
  const size = 32 - Math.clz32(Math.abs(value));
  encoder.write(bits, (run << 4) | size);
  if (size > 0) bits.write((value < 0 ? value - 1 : value) & ((1 << size) - 1), size);
}

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}
