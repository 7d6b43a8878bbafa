/**
 * Planes of samples made larger or smaller, and RGB turned into luma and chroma.
 *
 * @module
 */

import type { SamplePlane } from "./dct.ts";

/** The plane at another size; each new sample is the mean of what it covers. */
export function resample(plane: SamplePlane, width: number, height: number): SamplePlane {
  if (plane.width === width && plane.height === height) return plane;
  const columns = spans(plane.width, width);
  const rows = spans(plane.height, height);
  const samples = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = rows[y]!;
    for (let x = 0; x < width; x++) {
      const [left, right] = columns[x]!;
      let sum = 0;
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          sum += plane.samples[row * plane.width + column]!;
        }
      }
      samples[y * width + x] = sum / ((bottom - top) * (right - left));
    }
  }
  return { width, height, samples };
}

/** For each new sample, the first of the old ones that it covers, and the one behind the last. */
function spans(from: number, to: number): [first: number, end: number][] {
  // Halves keep to pairs also when the length is odd, as chroma sampling has it.
  const step = to === Math.ceil(from / 2) ? 2 : from / to;
  return Array.from({ length: to }, (_, i) => {
    const first = Math.min(from - 1, Math.floor(i * step));
    return [first, Math.min(from, Math.max(first + 1, Math.floor((i + 1) * step)))];
  });
}

/** Luma and chroma of RGB planes of one size, by JFIF's equations. */
export function fromRgb(planes: readonly SamplePlane[]): SamplePlane[] {
  const [red, green, blue] = planes;
  const { width, height } = red!;
  const mix = (r: number, g: number, b: number, offset: number): SamplePlane => ({
    width,
    height,
    samples: red!.samples.map((value, i) =>
      r * value + g * green!.samples[i]! + b * blue!.samples[i]! + offset
    ),
  });
  return [
    mix(0.299, 0.587, 0.114, 0),
    mix(-0.168736, -0.331264, 0.5, 128),
    mix(0.5, -0.418688, -0.081312, 128),
  ];
}
