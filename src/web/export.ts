/**
 * The numbers as files: CSV with a line for each track and moment, JSON with all there is.
 *
 * @module
 */

import type { PlayerSnapshot, TrackStatistics } from "../client/player.ts";
import type { Sample } from "./history.ts";

/** Columns of the CSV after time and position: the names of {@linkcode TrackStatistics}. */
const COLUMNS: readonly (keyof TrackStatistics)[] = [
  "track",
  "kind",
  "frames",
  "currentFrame",
  "frameRateNow",
  "frameRateMean",
  "bytes",
  "dataRateNow",
  "dataRateMean",
  "packetsExpected",
  "packetsReceived",
  "packetsLost",
  "lossRate",
  "duplicates",
  "reordered",
  "late",
  "malformed",
  "damagedFrames",
  "jitterMs",
  "firstFrameDelayMs",
];

/** The samples as CSV (RFC 4180): times in seconds, the rest in the units of `TrackStatistics`. */
export function toCsv(samples: readonly Sample[]): string {
  const lines = [["time", "position", ...COLUMNS].join(",")];
  for (const { timeMs, position, statistics } of samples) {
    for (const track of statistics) {
      const cells = [timeMs / 1000, position, ...COLUMNS.map((column) => track[column])];
      lines.push(cells.map(cell).join(","));
    }
  }
  return lines.join("\r\n") + "\r\n";
}

function cell(value: string | number | undefined): string {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The snapshot and the samples as JSON. */
export function toJson(snapshot: PlayerSnapshot, samples: readonly Sample[]): string {
  return JSON.stringify({ snapshot, samples }, null, 1) + "\n";
}
