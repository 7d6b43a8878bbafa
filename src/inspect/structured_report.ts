/**
 * Reports for programs: JSON, one JSON object a line, comma-separated values.
 *
 * @module
 */

import type { CaptureReport } from "./capture_report.ts";
import type { StreamReport } from "./stream_report.ts";

/** Numbers keep six digits behind the point: nanoseconds, where they are ms. */
function tidy(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value)
    ? Math.round(value * 1e6) / 1e6
    : value;
}

/** The reports as JSON: one object, or a list when there are several files. */
export function formatJson(reports: readonly CaptureReport[]): string {
  return JSON.stringify(reports.length === 1 ? reports[0] : reports, tidy, 2);
}

/** One line for the capture, then one for each stream, conversation and finding. */
export function formatNdjson(report: CaptureReport): string {
  const { streams, labelledStreams, conversations, findings, ...capture } = report;
  const line = (type: string, value: object) =>
    JSON.stringify({ type, file: report.file, ...value }, tidy);
  return [
    line("capture", capture),
    ...conversations.map((conversation) => line("conversation", conversation)),
    ...streams.map((stream) => line("stream", stream)),
    ...labelledStreams.map((stream) => line("labelled-stream", stream)),
    ...findings.map((finding) => line("finding", finding)),
  ].join("\n");
}

const CSV_COLUMNS: readonly (keyof StreamReport)[] = [
  "stream",
  "kind",
  "source",
  "sourcePort",
  "destination",
  "destinationPort",
  "transport",
  "channel",
  "ssrc",
  "payloadType",
  "encodingName",
  "clockRate",
  "foundBy",
  "firstFrame",
  "lastFrame",
  "startMs",
  "endMs",
  "durationMs",
  "frames",
  "frameRateMean",
  "bytes",
  "dataRateMean",
  "packetsExpected",
  "packetsReceived",
  "packetsLost",
  "lossRate",
  "duplicates",
  "reordered",
  "late",
  "strays",
  "restarts",
  "wraps",
  "markers",
  "malformed",
  "damagedFrames",
  "deltaMinMs",
  "deltaMeanMs",
  "deltaMaxMs",
  "jitterMs",
  "jitterMeanMs",
  "jitterMaxMs",
  "skewMs",
  "firstFrameDelayMs",
];

/** A line of names, then one line a stream (RFC 4180). */
export function formatCsv(reports: readonly CaptureReport[]): string {
  const rows = reports.flatMap(({ file, streams }) =>
    streams.map((stream) => [file, ...CSV_COLUMNS.map((name) => stream[name])])
  );
  return [["file", ...CSV_COLUMNS], ...rows].map((row) => row.map(csvCell).join(",")).join("\r\n");
}

function csvCell(value: unknown): string {
  const text = value === undefined ? "" : String(tidy("", value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
