/**
 * Between coefficients and samples: the discrete cosine transform of 8 by 8 blocks (T.81 A.3.3).
 *
 * @module
 */

import { ZIGZAG } from "../../payload/jpeg_tables.ts";
import { type CoefficientPlane, makePlane } from "./coefficients.ts";

/** Samples of one component. */
export interface SamplePlane {
  /** Samples across. */
  readonly width: number;
  /** Samples down. */
  readonly height: number;
  /** 0 to 255, row by row, not rounded. */
  readonly samples: Float32Array;
}

/** BASIS[k * 8 + n]: the weight of coefficient k in sample n. */
const BASIS = Float32Array.from({ length: 64 }, (_, i) => {
  const k = i >> 3;
  const n = i & 7;
  return (k === 0 ? Math.SQRT1_2 : 1) * Math.cos((2 * n + 1) * k * Math.PI / 16) / 2;
});

/** The samples of a plane, without those that only fill up blocks. */
export function toSamples(plane: CoefficientPlane): SamplePlane {
  const { width, height, blocksWide, coefficients, quant } = plane;
  const samples = new Float32Array(width * height);
  const block = new Float32Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const at = ((top >> 3) * blocksWide + (left >> 3)) * 64;
      let last = 63;
      while (last > 0 && coefficients[at + last] === 0) last--;
      if (last === 0) {
        block.fill(coefficients[at]! * quant[0]! / 8);
      } else {
        block.fill(0);
        for (let k = 0; k <= last; k++) block[ZIGZAG[k]!] = coefficients[at + k]! * quant[k]!;
        inverse(block);
      }
      const rows = Math.min(8, height - top);
      const columns = Math.min(8, width - left);
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const value = block[y * 8 + x]! + 128;
          samples[(top + y) * width + left + x] = value < 0 ? 0 : value > 255 ? 255 : value;
        }
      }
    }
  }
  return { width, height, samples };
}

/** The coefficients of samples; blocks are filled up with the samples at the edge. */
export function toCoefficients(
  { width, height, samples }: SamplePlane,
  blocksWide: number,
  blocksHigh: number,
  quant: Uint16Array,
): CoefficientPlane {
  const plane = makePlane({ blocksWide, blocksHigh, width, height }, quant);
  const block = new Float32Array(64);
  for (let row = 0; row < blocksHigh; row++) {
    for (let column = 0; column < blocksWide; column++) {
      for (let i = 0; i < 64; i++) {
        const y = Math.min(height - 1, row * 8 + (i >> 3));
        const x = Math.min(width - 1, column * 8 + (i & 7));
        block[i] = samples[y * width + x]! - 128;
      }
      forward(block);
      const at = (row * blocksWide + column) * 64;
      for (let k = 0; k < 64; k++) {
        plane.coefficients[at + k] = Math.round(block[ZIGZAG[k]!]! / quant[k]!);
      }
    }
  }
  return plane;
}

const half = new Float32Array(64);

/** Coefficients to samples, in place. */
function inverse(block: Float32Array): void {
  for (let row = 0; row < 8; row++) {
    for (let n = 0; n < 8; n++) {
      let sum = 0;
      for (let k = 0; k < 8; k++) sum += block[row * 8 + k]! * BASIS[k * 8 + n]!;
      half[row * 8 + n] = sum;
    }
  }
  for (let column = 0; column < 8; column++) {
    for (let n = 0; n < 8; n++) {
      let sum = 0;
      for (let k = 0; k < 8; k++) sum += half[k * 8 + column]! * BASIS[k * 8 + n]!;
      block[n * 8 + column] = sum;
    }
  }
}

/** Samples to coefficients, in place. */
function forward(block: Float32Array): void {
  for (let row = 0; row < 8; row++) {
    for (let k = 0; k < 8; k++) {
      let sum = 0;
      for (let n = 0; n < 8; n++) sum += block[row * 8 + n]! * BASIS[k * 8 + n]!;
      half[row * 8 + k] = sum;
    }
  }
  for (let column = 0; column < 8; column++) {
    for (let k = 0; k < 8; k++) {
      let sum = 0;
      for (let n = 0; n < 8; n++) sum += half[n * 8 + column]! * BASIS[k * 8 + n]!;
      block[k * 8 + column] = sum;
    }
  }
}
