// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * Frame rate, data rate, loss and jitter over time, on one time axis with one cursor.
 *
 * @module
 */

/** @import { ChartPoint } from "../messages.ts" */
/** @import { Chart } from "./chart_options.js" */
/** @import { PlayerSnapshot } from "../../client/player.ts" */
import { byId, make, radioGroup, setText } from "./dom.js";
import { chartOptions, CHARTS, readColours } from "./chart_options.js";
import { fixed, UNKNOWN } from "./format.js";

/** @typedef {import("uplot")} uPlot */

/** The page has it under a name of its own, which only the browser can resolve. */
const UPLOT = "./uPlot.esm.js";
/** @type {typeof import("uplot")} */
const Plot = (await import(UPLOT)).default;

/** Seconds the time axis shows at least. */
const LEAST_SPAN_S = 20;

/** Points kept: half an hour of two a second. */
const MOST_POINTS = 3600;

/** The four charts. */
export class Charts {
  /** @type {ChartPoint[]} */
  #points = [];
  /** @type {{ index: number, kind: string }[]} */
  #tracks = [];
  /** @type {{ plot: uPlot, chart: Chart, values: HTMLElement, tracks: number[] }[]} */
  #drawn = [];
  #paused = false;
  #visible = false;
  #spanS = 60;
  #holder = byId("charts");

  constructor() {
    const pause = byId("charts-pause");
    pause.addEventListener("click", () => {
      this.#paused = !this.#paused;
      pause.setAttribute("aria-pressed", String(this.#paused));
      setText(pause, this.#paused ? "Go on" : "Pause");
      this.#refresh();
    });
    radioGroup("span", (value) => {
      this.#spanS = Number(value);
      this.#refresh();
    });
    new ResizeObserver(() => this.#resize()).observe(this.#holder);
  }

  /** Draws them anew, in the colours of now. */
  rebuild() {
    for (const { plot } of this.#drawn) plot.destroy();
    this.#drawn = [];
    if (this.#visible) this.#build();
  }

  /** @param {boolean} visible Whether anybody sees them: else there is nothing to draw. */
  show(visible) {
    this.#visible = visible;
    if (visible && this.#drawn.length === 0) this.#build();
    this.#refresh();
  }

  /**
   * @param {PlayerSnapshot} snapshot
   * @param {readonly ChartPoint[]} points
   */
  start(snapshot, points) {
    this.#points = [...points];
    this.tracks(snapshot);
    this.#refresh();
  }

  /** @param {PlayerSnapshot} snapshot */
  tracks({ statistics }) {
    const tracks = statistics.map(({ track, kind }) => ({ index: track, kind }));
    if (tracks.length === 0 || JSON.stringify(tracks) === JSON.stringify(this.#tracks)) return;
    this.#tracks = tracks;
    this.rebuild();
  }

  /** @param {ChartPoint} point */
  add(point) {
    this.#points.push(point);
    if (this.#points.length > MOST_POINTS) this.#points.shift();
    if (!this.#paused) this.#refresh();
  }

  #build() {
    this.#holder.replaceChildren();
    setText(byId("chart-keys"), "");
    if (this.#tracks.length > 1) {
      byId("chart-keys").append(
        ...this.#tracks.map(({ kind }, i) => make("span", { class: `key key-${i}` }, kind)),
      );
    }
    const colours = readColours();
    CHARTS.forEach((chart, i) => {
      const tracks = this.#tracks
        .filter(({ kind }) => chart.videoOnly !== true || kind === "video")
        .map(({ index }) => index);
      if (tracks.length === 0) return;
      const values = make("span", { class: "chart-values" });
      const body = make("div", { class: "chart-body" });
      this.#holder.append(make(
        "figure",
        { class: "chart" },
        make(
          "figcaption",
          {},
          make("span", { class: "chart-name" }, chart.name),
          make("span", { class: "chart-unit" }, ` ${chart.unit}`),
          values,
        ),
        body,
      ));
      const plot = new Plot(
        chartOptions(chart, tracks, this.#tracks, colours, i === CHARTS.length - 1, (at) => {
          this.#showValues(at);
        }),
        this.#data(chart, tracks),
        body,
      );
      this.#drawn.push({ plot, chart, values, tracks });
    });
    this.#resize();
    this.#refresh();
  }

  /**
   * @param {Chart} chart
   * @param {readonly number[]} tracks
   * @returns {import("uplot").AlignedData}
   */
  #data(chart, tracks) {
    const times = this.#points.map(({ timeMs }) => timeMs / 1000);
    const lines = tracks.map((index) =>
      this.#points.map((point) => {
        const value = point.tracks.find(({ track }) => track === index)?.[chart.key];
        return value === undefined || value === null ? null : value * chart.scale;
      })
    );
    return /** @type {import("uplot").AlignedData} */ ([times, ...lines]);
  }

  #refresh() {
    if (!this.#visible || this.#paused) return;
    const last = (this.#points.at(-1)?.timeMs ?? 0) / 1000;
    const first = (this.#points[0]?.timeMs ?? 0) / 1000;
    const min = this.#spanS === 0 ? first : Math.max(first, last - this.#spanS);
    for (const { plot, chart, tracks } of this.#drawn) {
      plot.batch(() => {
        plot.setData(this.#data(chart, tracks), false);
        plot.setScale("x", { min, max: Math.max(last, min + LEAST_SPAN_S) });
      });
    }
    this.#showValues(this.#drawn[0]?.plot.cursor.idx ?? null);
  }

  /** @param {number | null} at Index of the point under the cursor; the newest where there is none. */
  #showValues(at) {
    for (const { plot, chart, values } of this.#drawn) {
      const index = at ?? plot.data[0].length - 1;
      const time = plot.data[0][index];
      const texts = plot.data.slice(1).map((line) => fixed(line[index], chart.digits));
      const when = at === null || time === undefined ? "" : `at ${time.toFixed(1)} s  `;
      setText(values, `${when}${texts.join("  ·  ") || UNKNOWN}`);
    }
  }

  #resize() {
    for (const { plot } of this.#drawn) {
      const body = plot.root.parentElement;
      if (body === null || body.clientWidth === 0) continue;
      plot.setSize({ width: body.clientWidth, height: body.clientHeight });
    }
  }
}
