/**
 * The film: a day that passes over hills in thirty seconds and starts again without a seam.
 *
 * Each frame can be told from its picture, by people and by programs: a clock, a frame number, and the
 * same number in binary in the strip's perforations. The panel on the left is white in the first frame
 * of every second and dark in all others.
 *
 * @module
 */

import { type Canvas, type Color, mix } from "./canvas.ts";
import { textWidth, writeText } from "./lettering.ts";

/** Pixels across. */
export const WIDTH = 640;
/** Pixels down. */
export const HEIGHT = 360;
/** Frames a second. */
export const FRAME_RATE = 20;
/** Seconds. */
export const DURATION = 30;

/** The flashing panel: left, top, width and height in pixels. */
export const FLASH_PANEL = [20, 20, 112, 63] as const;

/** Perforations of the strip, most significant bit first: the middle of the first, and the step. */
export const PERFORATIONS = { count: 10, x: 250, step: 28, y: 344 } as const;

const STRIP_TOP = 328;
const TURN = 2 * Math.PI;
const WHITE: Color = [250, 250, 246];
const INK: Color = [18, 18, 26];
const AMBER: Color = [255, 190, 90];

/** Sky at its top and at the horizon, and the hills' haze, around the day. */
const DAY: readonly (readonly [top: Color, horizon: Color, land: Color])[] = [
  [[36, 44, 92], [250, 158, 110], [60, 42, 84]],
  [[58, 128, 206], [190, 222, 236], [34, 92, 96]],
  [[88, 84, 158], [255, 190, 120], [82, 52, 86]],
  [[10, 14, 40], [44, 56, 104], [14, 18, 44]],
];

/** Hills from the farthest: height of the ridge, its waves, and waves a turn it moves by. */
const RIDGES = [
  { base: 218, rise: 30, waves: [3, 7, 13], laps: 1 },
  { base: 242, rise: 26, waves: [4, 9, 17], laps: 2 },
  { base: 268, rise: 24, waves: [3, 8, 15], laps: 3 },
  { base: 300, rise: 20, waves: [2, 5, 11], laps: 5 },
] as const;

const STARS = Array.from({ length: 70 }, (_, i) => ({
  x: Math.floor(((i * 0.618034) % 1) * WIDTH),
  y: Math.floor(((i * 0.754878) % 1) * 200),
  bright: 0.35 + 0.65 * ((i * 0.569841) % 1),
}));

/** Paints frame `index` (from 0). */
export function paintFrame(canvas: Canvas, index: number): void {
  const turn = index / (DURATION * FRAME_RATE);
  const [top, horizon, land] = light(turn);
  paintSky(canvas, turn, top, horizon);
  RIDGES.forEach((ridge, i) => {
    paintRidge(canvas, turn, ridge, mix(horizon, land, 0.35 + 0.65 * (i + 1) / RIDGES.length));
  });
  paintStrip(canvas, index);
}

function light(turn: number): readonly [Color, Color, Color] {
  const place = turn * DAY.length;
  const from = DAY[Math.floor(place) % DAY.length]!;
  const to = DAY[(Math.floor(place) + 1) % DAY.length]!;
  const x = place % 1;
  const smooth = x * x * (3 - 2 * x);
  return [
    mix(from[0], to[0], smooth),
    mix(from[1], to[1], smooth),
    mix(from[2], to[2], smooth),
  ];
}

function paintSky(canvas: Canvas, turn: number, top: Color, horizon: Color): void {
  for (let y = 0; y < STRIP_TOP; y++) {
    canvas.rectangle(0, y, WIDTH, 1, mix(top, horizon, Math.min(1, y / 250) ** 1.4));
  }
  const night = Math.max(0, 1 - Math.abs(turn - 0.75) * 5);
  if (night > 0) {
    for (const { x, y, bright } of STARS) canvas.rectangle(x, y, 2, 2, WHITE, night * bright);
  }
  // The sun is up from a bit before the first quarter of the turn to a bit after its half.
  const sun = TURN * (turn + 0.04);
  const x = WIDTH * (0.5 - 0.42 * Math.cos(sun));
  const y = 236 - 176 * Math.sin(sun);
  for (let halo = 5; halo > 0; halo--) canvas.disc(x, y, 24 + halo * 12, [255, 226, 168], 0.07);
  canvas.disc(x, y, 24, [255, 240, 206]);
  const moonX = WIDTH * (0.5 + 0.36 * Math.cos(sun));
  const moonY = 236 + 168 * Math.sin(sun);
  canvas.disc(moonX, moonY, 17, [226, 230, 240]);
  canvas.disc(moonX + 8, moonY - 4, 14, mix(top, horizon, Math.max(0, moonY / 250) ** 1.4));
}

function paintRidge(
  canvas: Canvas,
  turn: number,
  ridge: (typeof RIDGES)[number],
  color: Color,
): void {
  for (let x = 0; x < WIDTH; x++) {
    const place = TURN * (0.5 * x / WIDTH + ridge.laps * turn);
    let height = 0;
    ridge.waves.forEach((wave, i) => height += Math.sin(wave * place + i * 1.7) / (i + 1));
    const crest = ridge.base - ridge.rise * height * 0.6;
    const first = Math.floor(crest);
    canvas.blend(x, first, color, 1 - (crest - first));
    for (let y = first + 1; y < STRIP_TOP; y++) canvas.blend(x, y, color, 1);
  }
}

function paintStrip(canvas: Canvas, index: number): void {
  canvas.rectangle(0, STRIP_TOP, WIDTH, HEIGHT - STRIP_TOP, INK);
  const { count, x, step, y } = PERFORATIONS;
  for (let i = 0; i < count; i++) {
    const lit = (index >> (count - 1 - i)) & 1;
    canvas.panel(x + i * step - 8, y - 6, 16, 12, 3, lit === 1 ? AMBER : [52, 52, 66]);
  }
  const seconds = Math.floor(index / FRAME_RATE);
  const hundredths = (index % FRAME_RATE) * 100 / FRAME_RATE;
  const two = (value: number): string => String(value).padStart(2, "0");
  const clock = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}.${two(hundredths)}`;
  writeText(canvas, clock, 22, 336, 16, WHITE);
  const number = String(index).padStart(4, "0");
  writeText(canvas, number, WIDTH - 26 - textWidth(number, 16), 336, 16, AMBER);
  const [left, top, width, height] = FLASH_PANEL;
  const flash = index % FRAME_RATE === 0;
  canvas.panel(left, top, width, height, 9, flash ? WHITE : INK, flash ? 1 : 0.55);
  writeText(canvas, "REEL", left + 17, top + 17, 28, flash ? INK : WHITE);
}
