// @ts-check
/// <reference lib="dom" />
/**
 * What each chart shows, and how uPlot is to draw it.
 *
 * @module
 */

/** @import { TrackPoint } from "../messages.ts" */
import { make } from "./dom.js";
import { clock } from "./format.js";

/**
 * @typedef {object} Chart
 * @property {keyof Omit<TrackPoint, "track">} key
 * @property {string} name
 * @property {string} unit
 * @property {number} scale From the number to the unit.
 * @property {number} digits
 * @property {number} atLeast The axis goes up to this at least.
 * @property {boolean} [videoOnly]
 */

/** From top to bottom. */
/** @type {readonly Chart[]} */
export const CHARTS = [
  {
    key: "frameRate",
    name: "Frame rate",
    unit: "fps",
    scale: 1,
    digits: 1,
    atLeast: 10,
    videoOnly: true,
  },
  { key: "dataRate", name: "Data rate", unit: "Mbit/s", scale: 1e-6, digits: 2, atLeast: 0.5 },
  { key: "loss", name: "Loss", unit: "%", scale: 100, digits: 1, atLeast: 5 },
  { key: "jitterMs", name: "Jitter", unit: "ms", scale: 1, digits: 2, atLeast: 2 },
];

/** Steps of the time axis: those of clocks. */
const TIME_STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];

/** Colours out of the style sheet: a canvas knows no custom properties. */
export function readColours() {
  const probe = make("span", { class: "colour-probe" });
  document.body.append(probe);
  /** @param {string} name */
  const read = (name) => {
    probe.className = `colour-probe ${name}`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    lines: [read("line-0"), read("line-1")],
    fill: read("fill-0"),
    grid: read("grid"),
    text: read("text"),
  };
  probe.remove();
  return colours;
}

/**
 * How to draw one.
 *
 * @param {Chart} chart
 * @param {readonly number[]} tracks
 * @param {readonly { index: number }[]} all
 * @param {ReturnType<typeof readColours>} colours
 * @param {boolean} last Whether it carries the time axis.
 * @param {(index: number | null) => void} onCursor
 * @returns {import("uplot").Options}
 */
export function chartOptions(chart, tracks, all, colours, last, onCursor) {
  const font = "12px system-ui, sans-serif";
  const axis = {
    stroke: colours.text,
    font,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width: 300,
    height: 120,
    padding: [6, 8, last ? 0 : 6, 0],
    legend: { show: false },
    cursor: { sync: { key: "reel" }, drag: { x: false, y: false }, y: false },
    scales: {
      x: { time: false, auto: false },
      y: { range: (_plot, _min, max) => [0, 1.15 * Math.max(chart.atLeast, max ?? 0)] },
    },
    axes: [
      {
        ...axis,
        size: last ? 24 : 0,
        incrs: TIME_STEPS_S,
        values: last ? (_plot, splits) => splits.map(clock) : () => [],
      },
      { ...axis, size: 44, space: 28 },
    ],
    series: [
      {},
      ...tracks.map((index) => {
        const line = Math.max(0, all.findIndex((track) => track.index === index));
        return {
          stroke: colours.lines[line % 2] ?? "",
          width: 1.75,
          points: { show: false },
          ...(line === 0 ? { fill: colours.fill } : {}),
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}
