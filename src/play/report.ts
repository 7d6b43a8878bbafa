/**
 * A player's numbers: the status line, the table at the end, JSON.
 *
 * @module
 */

import type { PlayerSnapshot, TrackStatistics } from "../client/player.ts";
import { formatTable } from "../cli/terminal.ts";
import { formatBitRate, formatBytes, formatClock } from "../cli/units.ts";
import type { Finding } from "../diagnose/finding.ts";

/** One line for while it plays. */
export function statusLine(snapshot: PlayerSnapshot): string {
  const { position, duration, statistics, state, condition } = snapshot;
  const parts = [condition === "running" ? state.toUpperCase() : condition.toUpperCase()];
  if (position !== undefined) {
    const end = duration === undefined ? "" : ` / ${formatClock(duration)}`;
    parts.push(`${formatClock(position)}${end}`);
  }
  for (const track of statistics) {
    if (track.packetsReceived === 0) continue;
    const frame = track.kind === "video"
      ? [`frame ${track.currentFrame ?? track.frames}`, formatRate(track.frameRateNow)]
      : [track.kind];
    parts.push([...frame, formatBitRate(track.dataRateNow ?? 0), formatLoss(track)].join(" "));
  }
  return parts.join("  ");
}

function formatRate(rate: number | undefined): string {
  return rate === undefined ? "- fps" : `${rate.toFixed(1)} fps`;
}

function formatLoss({ packetsLost, lossRate }: TrackStatistics): string {
  return `lost ${packetsLost} (${(lossRate * 100).toFixed(2)} %)`;
}

/** The table at the end: a row a number, a column a track. */
export function statisticsTable(snapshot: PlayerSnapshot): string[] {
  const { statistics, tracks } = snapshot;
  if (statistics.length === 0) return [];
  const title = (index: number): string => {
    const { kind, encodingName } = tracks[index]!;
    return encodingName === undefined ? kind : `${kind} ${encodingName}`;
  };
  const row = (name: string, cell: (track: TrackStatistics) => string): string[] => [
    name,
    ...statistics.map(cell),
  ];
  const rows = [
    ["", ...statistics.map((_, i) => title(i))],
    row("frames", ({ frames }) => String(frames)),
    row("current frame", ({ currentFrame }) => show(currentFrame, String)),
    row(
      "frame rate now",
      ({ frameRateNow }) => show(frameRateNow, (rate) => `${rate.toFixed(2)} fps`),
    ),
    row(
      "frame rate mean",
      ({ frameRateMean, kind }) =>
        kind === "video" ? show(frameRateMean, (rate) => `${rate.toFixed(2)} fps`) : "-",
    ),
    row("data received", ({ bytes }) => formatBytes(bytes)),
    row("data rate now", ({ dataRateNow }) => show(dataRateNow, formatBitRate)),
    row("data rate mean", ({ dataRateMean }) => show(dataRateMean, formatBitRate)),
    row("packets expected", ({ packetsExpected }) => String(packetsExpected)),
    row("packets received", ({ packetsReceived }) => String(packetsReceived)),
    row("packets lost", ({ packetsLost }) => String(packetsLost)),
    row("loss rate", ({ lossRate }) => `${(lossRate * 100).toFixed(3)} %`),
    row("duplicate", ({ duplicates }) => String(duplicates)),
    row("reordered", ({ reordered }) => String(reordered)),
    row("late", ({ late }) => String(late)),
    row("malformed", ({ malformed }) => String(malformed)),
    row("damaged frames", ({ damagedFrames }) => String(damagedFrames)),
    row(
      "jitter",
      ({ jitterMs, clockNote }) =>
        jitterMs === undefined ? clockNote ?? "-" : `${jitterMs.toFixed(2)} ms`,
    ),
    row(
      "first-frame delay",
      ({ firstFrameDelayMs }) => show(firstFrameDelayMs, (ms) => `${ms.toFixed(0)} ms`),
    ),
  ];
  return formatTable(rows, ["left", ...statistics.map(() => "right" as const)]);
}

function show<T>(value: T | undefined, format: (value: T) => string): string {
  return value === undefined ? "-" : format(value);
}

/** Everything as one object, for `--json`. Raw description and findings are left to their own fields. */
export function resultObject(
  snapshot: PlayerSnapshot,
  findings: readonly Finding[],
  files: { readonly sound?: string; readonly capture?: readonly string[] },
): Record<string, unknown> {
  const { sdp: _sdp, tracks, statistics, ...session } = snapshot;
  return {
    ...session,
    tracks: tracks.map((track, i) => ({ ...track, ...statistics[i] })),
    files,
    findings,
  };
}
