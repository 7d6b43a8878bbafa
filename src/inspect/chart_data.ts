/**
 * The values over time of some streams as charts.
 *
 * @module
 */

import type { Stream } from "./stream.ts";
import type { StreamReport } from "./stream_report.ts";
import type { StreamSeries } from "./stream_series.ts";

/** Streams that are drawn. */
export const MAX_LINES = 12;

/** One line of a chart. */
export interface ChartLine {
  /** Name of the stream. */
  readonly label: string;
  /** Colour (CSS). */
  readonly color: string;
  /** One value a step; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** One chart. */
export interface Chart {
  /** What it shows, with the unit. */
  readonly title: string;
  /** Its lines, one a stream. */
  readonly lines: readonly ChartLine[];
}

/** All charts of a page; they share their times. */
export interface ChartData {
  /** Seconds since the first frame at the middle of each step. */
  readonly times: readonly number[];
  /** The charts; none when there is nothing to draw. */
  readonly charts: readonly Chart[];
}

/** The colour of a stream's line: hues apart from each other by the golden angle. */
export function lineColor(index: number): string {
  return `hsl(${Math.round((index * 137.508 + 205) % 360)} 62% 48%)`;
}

interface Drawn {
  readonly series: StreamSeries;
  readonly report: StreamReport;
  readonly index: number;
}

/** The charts of the first streams. */
export function chartData(
  streams: readonly Stream[],
  reports: readonly StreamReport[],
): ChartData {
  const drawn = streams.slice(0, MAX_LINES).flatMap(({ series }, index): Drawn[] => {
    const report = reports[index];
    return series === null || report === undefined ? [] : [{ series, report, index }];
  });
  const stepMs = Math.max(0, ...drawn.map(({ series }) => series.stepMs));
  for (const { series } of drawn) series.coarsenTo(stepMs);
  const first = Math.min(...drawn.map(({ series }) => series.first));
  const length = Math.max(0, ...drawn.map(({ series }) => series.length));
  if (length - first < 2) return { times: [], charts: [] };
  const steps = Array.from({ length: length - first }, (_, i) => first + i);
  const seconds = stepMs / 1000;
  const chart = (title: string, value: (line: Drawn, step: number) => number | null): Chart => ({
    title,
    lines: drawn.map((line) => ({
      label: `#${line.report.stream}`,
      color: lineColor(line.index),
      values: steps.map((step) => value(line, step)),
    })),
  });
  const present = ({ series }: Drawn, step: number, values: Float64Array) =>
    series.packets[step]! > 0 ? values[step]! : null;
  return {
    times: steps.map((step) => (step + 0.5) * seconds),
    charts: [
      chart(
        "Bit rate of the payload (bit/s)",
        ({ series }, step) => Math.round(series.octets[step]! * 8 / seconds),
      ),
      chart(
        "Greatest time between packets (ms)",
        (line, step) => rounded(present(line, step, line.series.deltaMs)),
      ),
      chart("Greatest jitter (ms)", (line, step) => {
        const { clockRate, jitterMs } = line.report;
        const ticks = present(line, step, line.series.jitterTicks);
        return ticks === null || clockRate === undefined || jitterMs === undefined
          ? null
          : rounded(ticks * 1000 / clockRate);
      }),
      chart("Packets lost", ({ series }, step) => Math.max(0, series.lost[step]!)),
      chart("Largest frame (bytes)", (line, step) => present(line, step, line.series.frameOctets)),
    ],
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
