/**
 * The frame rate of a film that does not say it, from the times of its pictures.
 *
 * @module
 */

import type { FrameRate } from "../media/avi_header.ts";

/** Rates that NTSC made fractions of 1001. */
const NTSC = [24, 30, 48, 60, 120];

/** A rate as a fraction: 25 is 25/1, 29.97 is 30000/1001, the rest in thousandths. */
export function toFraction(rate: number): FrameRate {
  const whole = Math.round(rate);
  if (Math.abs(rate - whole) < 0.0005 && whole > 0) return { numerator: whole, denominator: 1 };
  for (const nominal of NTSC) {
    if (Math.abs(rate - nominal / 1.001) < 0.005) {
      return { numerator: nominal * 1000, denominator: 1001 };
    }
  }
  return { numerator: Math.max(1, Math.round(rate * 1000)), denominator: 1000 };
}

/**
 * The step between neighbours, where some are missing: the shortest difference, or its half or third
 * when the others are no multiples of it. `tolerance` is how far from a multiple counts as one, as a
 * part of the step. Undefined when nothing moves.
 */
export function commonStep(values: readonly number[], tolerance: number): number | undefined {
  const steps: number[] = [];
  for (let i = 1; i < values.length; i++) {
    const step = values[i]! - values[i - 1]!;
    if (step > 0) steps.push(step);
  }
  if (steps.length === 0) return undefined;
  // The least of them may be a hiccup: the tenth part of all is allowed to be shorter.
  const sorted = steps.toSorted((a, b) => a - b);
  const shortest = sorted[Math.floor(sorted.length / 10)]!;
  for (const divisor of [1, 2, 3]) {
    const step = shortest / divisor;
    const multiples = steps.filter((other) => {
      const times = other / step;
      return Math.round(times) >= 1 && Math.abs(times - Math.round(times)) <= tolerance;
    });
    if (multiples.length >= steps.length * 0.9) return refine(multiples, step);
  }
  return refine(steps, shortest);
}

/** The step that fits all differences best. */
function refine(steps: readonly number[], step: number): number {
  let [sum, count] = [0, 0];
  for (const other of steps) {
    const times = Math.max(1, Math.round(other / step));
    sum += other;
    count += times;
  }
  return sum / count;
}
