/**
 * A report as one HTML file: tables, charts, ladders and findings. It loads nothing, so it opens from
 * disk, today and in ten years.
 *
 * @module
 */

import uplotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import pageScript from "./page/report.js" with { type: "text" };
import pageStyle from "./page/report.css" with { type: "text" };
import { formatBitRate, formatBytes } from "../cli/units.ts";
import type { Finding } from "../diagnose/finding.ts";
import { foldFindings } from "../diagnose/fold.ts";
import { summary } from "../diagnose/format.ts";
import type { CaptureReport } from "./capture_report.ts";
import { type ChartData, chartData, lineColor, MAX_LINES } from "./chart_data.ts";
import { rungOf } from "./ladder_report.ts";
import type { RtspConversation } from "./rtsp_conversation.ts";
import { endText, type Stream } from "./stream.ts";
import type { StreamReport } from "./stream_report.ts";

/** Rungs of a ladder that are drawn. */
const MAX_RUNGS = 500;

/** What a page shows. */
export interface HtmlSources {
  /** The report. */
  readonly report: CaptureReport;
  /** The streams with their values over time. */
  readonly streams: readonly Stream[];
  /** The conversations with their messages. */
  readonly conversations: readonly RtspConversation[];
}

/** The page. */
export function formatHtml({ report, streams, conversations }: HtmlSources): string {
  const charts = chartData(streams, report.streams);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escape(report.file)} – Reel</title>`,
    `<style>${uplotStyle}\n${pageStyle}</style>`,
    "</head>",
    "<body>",
    ...header(report),
    ...streamSection(report.streams),
    ...chartSection(charts, streams.length),
    ...ladderSection(conversations),
    ...findingSection(report.findings),
    `<script type="application/json" id="data">${embedJson(charts)}</script>`,
    `<script>${uplotScript}</script>`,
    `<script>${pageScript}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function header(report: CaptureReport): string[] {
  const facts = [
    report.format,
    `${report.frames} frames`,
    `${(report.durationMs / 1000).toFixed(3)} s`,
    ...(report.start === undefined ? [] : [`from ${report.start}`]),
  ];
  return [
    `<h1>${escape(report.file)}</h1>`,
    `<div class="quiet">${escape(facts.join(", "))}</div>`,
    ...(report.damage === undefined
      ? []
      : [`<p class="warning">It ends early: ${escape(report.damage)}</p>`]),
    ...report.notes.map((note) => `<p class="warning">Note: ${escape(note)}</p>`),
  ];
}

const COLUMNS: readonly (readonly [title: string, isNumber: boolean])[] = [
  ["#", true],
  ["Source", false],
  ["Destination", false],
  ["SSRC", false],
  ["Payload", false],
  ["Packets", true],
  ["Lost", true],
  ["Dup.", true],
  ["Late", true],
  ["Seconds", true],
  ["Bytes", true],
  ["Rate", true],
  ["Frames/s", true],
  ["Delta mean/max ms", true],
  ["Jitter mean/max ms", true],
  ["First frame", true],
];

function streamSection(streams: readonly StreamReport[]): string[] {
  if (streams.length === 0) return ["<h2>Streams</h2>", "<p>No RTP streams.</p>"];
  const head = COLUMNS.map(([title, isNumber]) =>
    `<th${isNumber ? ' class="number"' : ""}>${title}</th>`
  );
  return [
    "<h2>Streams</h2>",
    '<div class="panel"><table class="streams">',
    `<thead><tr>${head.join("")}</tr></thead>`,
    "<tbody>",
    ...streams.map(streamRow),
    "</tbody>",
    "</table></div>",
  ];
}

function streamRow(stream: StreamReport): string {
  const fixed = (value: number | undefined, digits = 3) => value?.toFixed(digits) ?? "";
  const pair = (a: number | undefined, b: number | undefined) =>
    a === undefined ? "" : `${fixed(a)} / ${fixed(b)}`;
  const channel = stream.channel === undefined ? "" : ` channel ${stream.channel}`;
  const cells = [
    String(stream.stream),
    endText(stream.source, stream.sourcePort),
    endText(stream.destination, stream.destinationPort) + channel,
    stream.ssrc,
    stream.encodingName === undefined
      ? `PT ${stream.payloadType}`
      : `${stream.encodingName}/${stream.clockRate}`,
    String(stream.packetsReceived),
    stream.packetsLost === 0
      ? "0"
      : `${stream.packetsLost} (${(stream.lossRate * 100).toFixed(2)} %)`,
    String(stream.duplicates),
    String(stream.late + stream.reordered),
    fixed(stream.durationMs / 1000),
    formatBytes(stream.bytes),
    stream.dataRateMean === undefined ? "" : formatBitRate(stream.dataRateMean),
    fixed(stream.frameRateMean, 2),
    pair(stream.deltaMeanMs, stream.deltaMaxMs),
    pair(stream.jitterMeanMs, stream.jitterMaxMs),
    stream.firstFrameDelayMs === undefined ? "" : `${fixed(stream.firstFrameDelayMs, 1)} ms`,
  ];
  const key = stream.stream <= MAX_LINES
    ? `<span class="key" style="background:${lineColor(stream.stream - 1)}"></span>`
    : "";
  const tds = cells.map((cell, i) =>
    `<td${COLUMNS[i]![1] ? ' class="number"' : ""}>${i === 0 ? key : ""}${escape(cell)}</td>`
  );
  return `<tr${stream.packetsLost > 0 ? ' class="lossy"' : ""}>${tds.join("")}</tr>`;
}

function chartSection({ charts }: ChartData, count: number): string[] {
  if (charts.length === 0) return [];
  const cut = count > MAX_LINES
    ? [`<p class="quiet">The charts show the first ${MAX_LINES} of ${count} streams.</p>`]
    : [];
  return ["<h2>Over time</h2>", ...cut, '<div id="charts" class="charts"></div>'];
}

function ladderSection(conversations: readonly RtspConversation[]): string[] {
  return conversations.flatMap((conversation) => {
    const rungs = conversation.messages.slice(0, MAX_RUNGS).map(rungOf);
    const left = conversation.messages.length + conversation.droppedMessages - rungs.length;
    return [
      `<h2>RTSP ${conversation.number}: ${escape(conversation.title)}</h2>`,
      '<div class="panel"><div class="ladder">',
      ...rungs.flatMap((rung) => {
        const side = rung.fromClient ? "client" : "server";
        const details = rung.details.map((line) => `<small>${escape(line)}</small>`).join("");
        return [
          `<div class="quiet">${
            (rung.timeMs / 1000).toFixed(6)
          } s, frame ${rung.frameNumber}</div>`,
          `<div class="rung ${side}${rung.isBad ? " bad" : ""}">${
            escape(rung.title)
          }<span class="arrow"></span>${details}</div>`,
        ];
      }),
      "</div></div>",
      ...(left > 0 ? [`<p class="quiet">${left} more messages.</p>`] : []),
    ];
  });
}

function findingSection(findings: readonly Finding[]): string[] {
  return [
    "<h2>Findings</h2>",
    `<p class="quiet">${escape(summary(findings))}</p>`,
    ...foldFindings(findings).map(({ finding, where }) => {
      const rows = [
        ["seen", finding.seen],
        ["where", where],
        ["expected", finding.expected],
        ["by", finding.reference],
        ["remedy", finding.remedy],
      ].map(([name, text]) => `<dt>${name}</dt><dd>${escape(text!)}</dd>`);
      return `<div class="panel finding ${finding.severity}"><h3>${
        escape(`${finding.severity}: ${finding.message}`)
      } <span class="quiet">[${escape(finding.rule)}]</span></h3><dl>${rows.join("")}</dl></div>`;
    }),
  ];
}

/** JSON that cannot end its script element. */
function embedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
