/**
 * Lettering drawn with strokes, so that the film needs no font.
 *
 * @module
 */

import type { Canvas, Color } from "./canvas.ts";

type Stroke = readonly [x1: number, y1: number, x2: number, y2: number];

const TOP: Stroke = [0, 0, 1, 0];
const MIDDLE: Stroke = [0, 1, 1, 1];
const BOTTOM: Stroke = [0, 2, 1, 2];
const UPPER_LEFT: Stroke = [0, 0, 0, 1];
const UPPER_RIGHT: Stroke = [1, 0, 1, 1];
const LOWER_LEFT: Stroke = [0, 1, 0, 2];
const LOWER_RIGHT: Stroke = [1, 1, 1, 2];

/** Strokes of each character in a box one wide and two high. */
const GLYPHS: Readonly<Record<string, readonly Stroke[]>> = {
  "0": [TOP, BOTTOM, UPPER_LEFT, UPPER_RIGHT, LOWER_LEFT, LOWER_RIGHT],
  "1": [UPPER_RIGHT, LOWER_RIGHT],
  "2": [TOP, UPPER_RIGHT, MIDDLE, LOWER_LEFT, BOTTOM],
  "3": [TOP, UPPER_RIGHT, MIDDLE, LOWER_RIGHT, BOTTOM],
  "4": [UPPER_LEFT, MIDDLE, UPPER_RIGHT, LOWER_RIGHT],
  "5": [TOP, UPPER_LEFT, MIDDLE, LOWER_RIGHT, BOTTOM],
  "6": [TOP, UPPER_LEFT, MIDDLE, LOWER_LEFT, LOWER_RIGHT, BOTTOM],
  "7": [TOP, UPPER_RIGHT, LOWER_RIGHT],
  "8": [TOP, MIDDLE, BOTTOM, UPPER_LEFT, UPPER_RIGHT, LOWER_LEFT, LOWER_RIGHT],
  "9": [TOP, MIDDLE, BOTTOM, UPPER_LEFT, UPPER_RIGHT, LOWER_RIGHT],
  "R": [TOP, UPPER_LEFT, UPPER_RIGHT, MIDDLE, LOWER_LEFT, [0.3, 1, 1, 2]],
  "E": [TOP, MIDDLE, BOTTOM, UPPER_LEFT, LOWER_LEFT],
  "L": [UPPER_LEFT, LOWER_LEFT, BOTTOM],
  ":": [[0, 0.6, 0, 0.6], [0, 1.4, 0, 1.4]],
  ".": [[0, 2, 0, 2]],
  " ": [],
};

/** Width in pixels of a text that is `height` pixels high. */
export function textWidth(text: string, height: number): number {
  let width = 0;
  for (const character of text) width += advance(character, height);
  return width - 0.45 * height / 2;
}

/** Writes a text; its box starts at `left` and `top`. */
export function writeText(
  canvas: Canvas,
  text: string,
  left: number,
  top: number,
  height: number,
  color: Color,
): void {
  const unit = height / 2;
  for (const character of text) {
    for (const [x1, y1, x2, y2] of GLYPHS[character] ?? []) {
      // A slight slant, as on the counters of tape machines.
      const slant = 0.12 * unit;
      canvas.stroke(
        left + x1 * unit * 0.95 + slant * (2 - y1),
        top + y1 * unit,
        left + x2 * unit * 0.95 + slant * (2 - y2),
        top + y2 * unit,
        Math.max(2, height * 0.13),
        color,
      );
    }
    left += advance(character, height);
  }
}

function advance(character: string, height: number): number {
  return (character === ":" || character === "." ? 0.45 : 1.45) * height / 2;
}
