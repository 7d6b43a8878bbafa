/**
 * A report for people: what there is, what was lost, what is wrong.
 *
 * @module
 */

import { formatTable, type Style, style } from "../cli/terminal.ts";
import { formatBitRate, formatBytes } from "../cli/units.ts";
import { formatFindings } from "../diagnose/format.ts";
import type { CaptureReport } from "./capture_report.ts";
import { endText } from "./stream.ts";
import type { StreamReport } from "./stream_report.ts";

/** How far timestamps may be from the time of day, in ms, before they are called wrong. */
const BURST_MS = 1000;

const COLUMNS = [
  "#",
  "source",
  "destination",
  "SSRC",
  "payload",
  "packets",
  "lost",
  "dup",
  "reord",
  "late",
  "seconds",
  "rate",
  "fps",
  "delta min/mean/max ms",
  "jitter mean/max ms",
] as const;

/** The whole report, `color` as the terminal wants it. */
export function formatReport(report: CaptureReport, color: boolean): string {
  const paint = (text: string, name: Style) => style(text, name, color);
  const lines = [
    `${paint(report.file, "bold")}: ${report.format}, ${report.frames} frames, ${
      (report.durationMs / 1000).toFixed(3)
    } s${report.start === undefined ? "" : ` from ${report.start}`}`,
  ];
  if (report.damage !== undefined) lines.push(paint(`It ends early: ${report.damage}`, "yellow"));
  for (const note of report.notes) lines.push(paint(`Note: ${note}`, "yellow"));
  for (const conversation of report.conversations) {
    const { client, server, messages, interleavedFrames, methods } = conversation;
    const interleaved = interleavedFrames === 0 ? "" : `, ${interleavedFrames} interleaved packets`;
    lines.push(
      "",
      `RTSP ${conversation.conversation}: ${client} → ${server}, ${messages} messages${interleaved}`,
      paint(`  ${summarize(methods)}`, "dim"),
    );
  }
  lines.push("");
  if (report.streams.length === 0) lines.push(noStreams(report));
  else lines.push(...streamTable(report.streams, paint));
  for (const stream of report.streams) lines.push(...details(stream, paint));
  for (const stream of report.labelledStreams) {
    lines.push(
      "",
      `Labelled chunks: ${endText(stream.source, stream.sourcePort)} → ${
        endText(stream.destination, stream.destinationPort)
      }, ${stream.chunks} chunks, ${formatBytes(stream.bytes)}, ${
        formatBytes(stream.missingBytes)
      } missing, ${stream.repeated} repeated`,
    );
  }
  if (report.findings.length > 0) {
    lines.push("", formatFindings(report.findings, { color: paint }));
  }
  return lines.join("\n");
}

function noStreams({ rtcpPackets, labelledStreams }: CaptureReport): string {
  if (labelledStreams.length > 0) return "No RTP.";
  return rtcpPackets > 0
    ? `No RTP streams; ${rtcpPackets} RTCP packets.`
    : "No RTP streams: no packets agree in their sequence numbers and timestamps, and nothing signals any.";
}

type Paint = (text: string, name: Style) => string;

function streamTable(streams: readonly StreamReport[], paint: Paint): string[] {
  const rows = streams.map((stream) => [
    stream.stream.toString(),
    endText(stream.source, stream.sourcePort),
    endText(stream.destination, stream.destinationPort) +
    (stream.channel === undefined ? "" : ` ch ${stream.channel}`),
    stream.ssrc,
    payloadText(stream),
    stream.packetsReceived.toString(),
    stream.packetsLost === 0
      ? "0"
      : `${stream.packetsLost} (${(stream.lossRate * 100).toFixed(2)}%)`,
    stream.duplicates.toString(),
    stream.reordered.toString(),
    stream.late.toString(),
    (stream.durationMs / 1000).toFixed(3),
    stream.dataRateMean === undefined ? "" : formatBitRate(stream.dataRateMean),
    stream.frameRateMean === undefined ? "" : stream.frameRateMean.toFixed(2),
    numbers([stream.deltaMinMs, stream.deltaMeanMs, stream.deltaMaxMs]),
    numbers([stream.jitterMeanMs, stream.jitterMaxMs]),
  ]);
  const align = COLUMNS.map((_, i) => i === 0 || i >= 5 ? "right" as const : "left" as const);
  const [head = "", ...lines] = formatTable([COLUMNS, ...rows], align);
  return [
    paint(head, "bold"),
    ...lines.map((line, i) => streams[i]!.packetsLost > 0 ? paint(line, "yellow") : line),
  ];
}

function payloadText({ payloadType, encodingName, clockRate }: StreamReport): string {
  if (encodingName === undefined) return `PT ${payloadType}`;
  return `${payloadType} ${encodingName}/${clockRate}`;
}

function numbers(values: readonly (number | undefined)[]): string {
  if (values.some((value) => value === undefined)) return "";
  return values.map((value) => value!.toFixed(3)).join(" / ");
}

/** What does not fit in the table: only what is out of the ordinary. */
function details(stream: StreamReport, paint: Paint): string[] {
  const runs = Object.entries(stream.lossRuns);
  const { rtcp } = stream;
  const facts = [
    runs.length === 0
      ? ""
      : `lost in runs of ${runs.map(([length, count]) => `${length} (${count}×)`).join(", ")}`,
    stream.restarts > 0 ? `sequence restarts ${stream.restarts}` : "",
    stream.wraps > 0 ? `wraps ${stream.wraps}` : "",
    stream.strays > 0 ? `strays ${stream.strays}` : "",
    stream.malformed > 0 ? `malformed datagrams ${stream.malformed}` : "",
    stream.damagedFrames > 0 ? `damaged frames ${stream.damagedFrames}` : "",
    stream.clockNote ?? "",
    clockText(stream),
    stream.payloadTypes === undefined
      ? ""
      : `payload types ${
        Object.entries(stream.payloadTypes).map(([type, count]) => `${type} (${count})`).join(", ")
      }`,
    stream.skewMs === undefined || Math.abs(stream.skewMs) < 50
      ? ""
      : `skew ${stream.skewMs.toFixed(1)} ms`,
    stream.firstFrameDelayMs === undefined
      ? ""
      : `first frame ${stream.firstFrameDelayMs.toFixed(1)} ms after PLAY`,
    stream.encrypted === true ? "encrypted" : "",
    rtcp === undefined ? "" : rtcpText(stream),
  ].filter((fact) => fact !== "");
  return facts.length === 0 ? [] : [paint(`  #${stream.stream}  ${facts.join("; ")}`, "dim")];
}

function clockText(stream: StreamReport): string {
  const { clockRate, measuredClockRate, clockNote, payloadType, durationMs } = stream;
  if (measuredClockRate === undefined || measuredClockRate === 0 || clockNote !== undefined) {
    return "";
  }
  if (clockRate === undefined) {
    return `about ${measuredClockRate} timestamp units a second; name the clock with --clock ${payloadType}=RATE for jitter`;
  }
  const share = measuredClockRate / clockRate;
  // Servers begin with a burst: over a short time that looks like a fast clock.
  const aheadMs = (share - 1) * durationMs;
  return (share > 0.9 && share < 1.1) || Math.abs(aheadMs) < BURST_MS
    ? ""
    : `timestamps ran at ${measuredClockRate} units a second, not ${clockRate}`;
}

function rtcpText({ rtcp, packetsLost }: StreamReport): string {
  const { senderReports = 0, receiverReports = 0 } = rtcp ?? {};
  const parts = [`RTCP ${senderReports} SR, ${receiverReports} reports`];
  if (rtcp?.reportedLost !== undefined) {
    parts.push(`receiver lost ${rtcp.reportedLost}, capture shows ${packetsLost}`);
  }
  if (rtcp?.roundTripMeanMs !== undefined) {
    parts.push(`round trip ${rtcp.roundTripMeanMs.toFixed(1)} ms`);
  }
  if (rtcp?.byeMs !== undefined) parts.push("BYE");
  return parts.join(", ");
}

/** "OPTIONS, DESCRIBE, SETUP ×2, PLAY". */
function summarize(methods: readonly string[]): string {
  const parts: [method: string, count: number][] = [];
  for (const method of methods) {
    const last = parts.at(-1);
    if (last?.[0] === method) last[1]++;
    else parts.push([method, 1]);
  }
  return parts.map(([method, count]) => count === 1 ? method : `${method} ×${count}`).join(", ");
}
