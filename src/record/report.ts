/**
 * What a recording came to, for people and for programs.
 *
 * @module
 */

import { formatBytes, formatClock } from "../cli/units.ts";
import type { RecordingSummary } from "./recorder.ts";

/** Gaps that are printed; the report has them all. */
const PRINTED_GAPS = 8;

/** How a recording ended and where it came from. */
export interface RecordingContext {
  /** The URL, or the port that was listened on. */
  readonly source: string;
  /** When it began. */
  readonly started: Date;
  /** Seconds it took. */
  readonly elapsedSeconds: number;
  /** Why it ended, in words. */
  readonly ended: string;
  /** Captures that were written. */
  readonly captures: readonly string[];
  /** What a person should know besides. */
  readonly notes: readonly string[];
}

/** The report as an object for JSON. Times are seconds from the start of the recording. */
export function reportObject(
  parts: readonly RecordingSummary[],
  context: RecordingContext,
): Record<string, unknown> {
  return {
    source: context.source,
    started: context.started.toISOString(),
    elapsedSeconds: round(context.elapsedSeconds),
    ended: context.ended,
    notes: context.notes,
    captures: context.captures,
    recordings: parts.map((summary) => ({
      files: summary.files,
      lateSamples: summary.lateSamples,
      refusedPictures: summary.refusedPictures,
      tracks: summary.tracks.map(trackObject),
    })),
  };
}

function trackObject(track: RecordingSummary["tracks"][number]): Record<string, unknown> {
  const { format, reception, gaps, rate, length, received, damaged, foreign } = track;
  const { encoding, kind, clockRate, channels } = format;
  return {
    kind,
    encoding,
    clockRate,
    ...(channels === undefined ? undefined : { channels }),
    packetsExpected: reception.expected,
    packetsReceived: reception.received,
    packetsLost: reception.lost,
    lossRate: reception.lossRate,
    duplicates: reception.duplicates,
    reordered: reception.reordered,
    late: reception.late,
    restarts: reception.restarts,
    bytes: reception.bytes,
    ...(reception.jitterMs === undefined ? undefined : { jitterMs: round(reception.jitterMs) }),
    foreign,
    damagedFrames: damaged,
    unitsReceived: received,
    unitsMissing: gaps.reduce((sum, { from, to }) => sum + to - from, 0),
    length,
    rate,
    gaps: gaps.map(({ from, to }) => ({
      from,
      to,
      fromSeconds: round(from / rate),
      seconds: round((to - from) / rate),
    })),
  };
}

/** The same in lines for a terminal. */
export function reportLines(
  parts: readonly RecordingSummary[],
  context: RecordingContext,
): string[] {
  const lines: string[] = [];
  for (const { files, tracks, lateSamples, refusedPictures } of parts) {
    for (const file of files) {
      const facts = [
        ...(file.seconds === undefined ? [] : [`${file.seconds.toFixed(2)} s`]),
        formatBytes(file.bytes),
        ...(file.frames === undefined ? [] : [counted(file.frames, "picture")]),
        ...(file.samples === undefined ? [] : [counted(file.samples, "sample")]),
      ];
      lines.push(`${file.path}: ${facts.join(", ")}`);
    }
    tracks.forEach((track, i) => lines.push(...trackLines(track, i)));
    if (lateSamples > 0) {
      lines.push(`${counted(lateSamples, "sample")} came after the file was closed`);
    }
    if (refusedPictures > 0) {
      lines.push(
        `${refusedPictures} pictures were over 99,999 bytes, too long for a lab movie: the one ` +
          `before stands for each. An .avi file takes them`,
      );
    }
  }
  for (const capture of context.captures) lines.push(`${capture}: every packet`);
  return [...lines, ...context.notes];
}

function trackLines(track: RecordingSummary["tracks"][number], index: number): string[] {
  const { format, reception, gaps, rate, damaged, foreign } = track;
  const { expected, received, lost, lossRate, duplicates, reordered, late } = reception;
  const counts = [
    `${received} packets`,
    `${expected} expected`,
    `${lost} lost (${(lossRate * 100).toFixed(2)} %)`,
    `${duplicates} duplicate`,
    `${reordered} reordered`,
    `${late} late`,
  ];
  if (damaged > 0) counts.push(`${damaged} frames damaged`);
  if (foreign > 0) counts.push(`${foreign} datagrams of another kind`);
  const lines = [`Track ${index + 1} (${format.encoding}): ${counts.join(", ")}`];
  const unit = format.kind === "audio" ? "sample" : "picture";
  for (const { from, to } of gaps.slice(0, PRINTED_GAPS)) {
    const [start, length] = [from / rate, (to - from) / rate];
    const clock = `${formatClock(start)}.${
      Math.floor(start % 1 * 1000).toString().padStart(3, "0")
    }`;
    lines.push(`  missing at ${clock}: ${counted(to - from, unit)} (${length.toFixed(3)} s)`);
  }
  if (gaps.length > PRINTED_GAPS) lines.push(`  and ${gaps.length - PRINTED_GAPS} more gaps`);
  return lines;
}

/** `1 picture`, `2 pictures`. */
function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
