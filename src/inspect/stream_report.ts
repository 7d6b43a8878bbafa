/**
 * What can be told about a stream, in the words of `--json`. Where a number means what it means in a
 * player's statistics, it has the same name.
 *
 * @module
 */

import { describeClock, judgeClock } from "../client/lab_clock.ts";
import type { ReceptionSnapshot } from "../rtp/reception_snapshot.ts";
import type { ClockOption } from "./clock_option.ts";
import type { SourceRtcp } from "./rtcp_tracker.ts";
import type { Stream, StreamPath } from "./stream.ts";
import { formatOf } from "./stream_format.ts";

/** Time that has to pass before a clock is told from the timestamps, in ms. */
const LEAST_MEASURED_MS = 500;

/** RTCP about a stream. */
export interface RtcpReport {
  /** Sender reports. */
  readonly senderReports: number;
  /** Packets that the last says were sent. */
  readonly sentPackets?: number;
  /** Payload bytes that it says were sent. */
  readonly sentBytes?: number;
  /** Receivers' reports. */
  readonly receiverReports: number;
  /** Packets that the receiver said it lost; compare with `packetsLost`, which the capture shows. */
  readonly reportedLost?: number;
  /** The greatest share that it lost between two reports, 0 to 1. */
  readonly reportedLossRate?: number;
  /** Its jitter in ms. */
  readonly reportedJitterMs?: number;
  /** Least time between the capture and the receiver and back in ms. */
  readonly roundTripMinMs?: number;
  /** Mean of the same. */
  readonly roundTripMeanMs?: number;
  /** Greatest of the same. */
  readonly roundTripMaxMs?: number;
  /** CNAME. */
  readonly name?: string;
  /** When BYE came in ms since the first frame. */
  readonly byeMs?: number;
  /** The reason it gave. */
  readonly byeReason?: string;
}

/** One stream. Times are in ms; those that are no durations count from the capture's first frame. */
export interface StreamReport extends StreamPath {
  /** Number from 1, in the order of the first packets. */
  readonly stream: number;
  /** `stream` less 1, as players number tracks. */
  readonly track: number;
  /** "audio", "video", or "" where nobody says. */
  readonly kind: string;
  /** Synchronization source, eight hex digits. */
  readonly ssrc: string;
  /** The payload type of most packets. */
  readonly payloadType: number;
  /** Packets by payload type, where there are several. */
  readonly payloadTypes?: Readonly<Record<string, number>>;
  /** Encoding name, where anybody says. */
  readonly encodingName?: string;
  /** Clock rate in Hz, where anybody says. */
  readonly clockRate?: number;
  /** Audio channels, where anybody says. */
  readonly channels?: number;
  /** Timestamp units a second as they came; compare with `clockRate`. */
  readonly measuredClockRate?: number;
  /** Timestamps that are no media clock, in words. */
  readonly clockNote?: string;
  /** Who named the stream's end: "RTSP", "SIP", "option", or "consistency" when nobody did. */
  readonly foundBy: string;
  /** Whether payloads are encrypted as far as signalling says. */
  readonly encrypted?: boolean;
  /** Number of the first frame. */
  readonly firstFrame: number;
  /** Number of the last frame. */
  readonly lastFrame: number;
  /** Time of the first packet. */
  readonly startMs: number;
  /** Time of the last packet. */
  readonly endMs: number;
  /** Time between the two. */
  readonly durationMs: number;
  /** Media frames: whole ones where they were put together, else runs of one timestamp. */
  readonly frames: number;
  /** Number of the last frame, where a player would show it. */
  readonly currentFrame?: number;
  /** Media frames a second, pauses left out. */
  readonly frameRateMean?: number;
  /** Payload bytes. */
  readonly bytes: number;
  /** Payload bits a second since the first packet, pauses left out. */
  readonly dataRateMean?: number;
  /** RTP packets that the sequence numbers say were sent. */
  readonly packetsExpected: number;
  /** RTP packets that came, duplicates included. */
  readonly packetsReceived: number;
  /** Sequence numbers never seen. */
  readonly packetsLost: number;
  /** `packetsLost / packetsExpected`. */
  readonly lossRate: number;
  /** How often so many consecutive numbers were lost: length to count. */
  readonly lossRuns: Readonly<Record<string, number>>;
  /** Packets seen before. */
  readonly duplicates: number;
  /** Packets out of order that could be put back. */
  readonly reordered: number;
  /** Packets too late for that. */
  readonly late: number;
  /** Packets far from all others in their number. */
  readonly strays: number;
  /** New sequences begun after the first. */
  readonly restarts: number;
  /** Times the sequence number went past 65,535. */
  readonly wraps: number;
  /** Packets with the marker bit. */
  readonly markers: number;
  /** Datagrams to the stream's end that are no RTP. */
  readonly malformed: number;
  /** Media frames that were given up, where they were put together. */
  readonly damagedFrames: number;
  /** Least time between arrivals. */
  readonly deltaMinMs?: number;
  /** Mean of the same. */
  readonly deltaMeanMs?: number;
  /** Greatest of the same. */
  readonly deltaMaxMs?: number;
  /** Interarrival jitter at the end (RFC 3550 A.8). */
  readonly jitterMs?: number;
  /** Its mean. */
  readonly jitterMeanMs?: number;
  /** Its maximum. */
  readonly jitterMaxMs?: number;
  /** How far the packets fell behind their timestamps by the end. */
  readonly skewMs?: number;
  /** From PLAY being sent to the first media frame. */
  readonly firstFrameDelayMs?: number;
  /** RTCP about the stream, where there is any. */
  readonly rtcp?: RtcpReport;
}

/** What is known beside the stream itself. */
export interface ReportContext {
  /** Number from 1. */
  readonly number: number;
  /** Meanings of payload types. */
  readonly clocks: ReadonlyMap<number, ClockOption>;
  /** RTCP about its source. */
  readonly rtcp: SourceRtcp | undefined;
  /** Datagrams to its end that are no RTP. */
  readonly malformed: number;
  /** When PLAY was sent in its conversation, before its first packet. */
  readonly playMs: number | undefined;
}

/** Puts a stream's numbers together. */
export function reportStream(stream: Stream, context: ReportContext): StreamReport {
  const snapshot = stream.stats.snapshot();
  const types = [...stream.countTypes()].sort(([, a], [, b]) => b - a);
  const payloadType = types[0]?.[0] ?? 0;
  const format = formatOf(payloadType, stream.end, context.clocks);
  const { durationMs } = snapshot;
  const clock = judgeClock(snapshot.elapsedTicks, snapshot.activeMs);
  const isLab = stream.end?.dialect === "lab" || stream.holdsWholeJpegs;
  const clockNote = isLab && clock !== undefined ? describeClock(clock) : undefined;
  const kind = stream.end?.kind || kindOf(format);
  return {
    stream: context.number,
    track: context.number - 1,
    kind,
    ...stream.path,
    ssrc: `0x${stream.ssrc.toString(16).padStart(8, "0")}`,
    payloadType,
    ...(types.length > 1 ? { payloadTypes: Object.fromEntries(types) } : undefined),
    ...(format === undefined ? undefined : {
      encodingName: isLab ? `lab ${format.encodingName}` : format.encodingName,
      clockRate: format.clockRate,
    }),
    ...(format?.channels === undefined ? undefined : { channels: format.channels }),
    ...measuredClock(snapshot),
    ...(clockNote === undefined ? undefined : { clockNote }),
    foundBy: stream.end?.by ?? "consistency",
    ...(stream.end?.isSecured === true ? { encrypted: true } : undefined),
    firstFrame: stream.firstFrame,
    lastFrame: stream.lastFrame,
    startMs: stream.startMs,
    endMs: stream.endMs,
    durationMs,
    ...mediaNumbers(stream, snapshot, isLab || kind === "video"),
    packetsExpected: snapshot.expected,
    packetsReceived: snapshot.received,
    packetsLost: snapshot.lost,
    lossRate: snapshot.lossRate,
    lossRuns: Object.fromEntries(snapshot.lossRuns),
    duplicates: snapshot.duplicates,
    reordered: snapshot.reordered,
    late: snapshot.late,
    strays: snapshot.strays,
    restarts: snapshot.restarts,
    wraps: snapshot.wraps,
    markers: snapshot.markers,
    malformed: context.malformed,
    damagedFrames: 0,
    ...pick(snapshot, ["deltaMinMs", "deltaMeanMs", "deltaMaxMs"]),
    ...(clockNote === undefined
      ? pick(snapshot, ["jitterMs", "jitterMeanMs", "jitterMaxMs", "skewMs"])
      : undefined),
    ...firstFrameDelay(stream, context.playMs),
    ...(context.rtcp === undefined
      ? undefined
      : { rtcp: reportRtcp(context.rtcp, format?.clockRate) }),
    ...stream.watcher?.statistics(stream.endMs),
  };
}

function kindOf(format: { clockRate: number; channels?: number } | undefined): string {
  if (format === undefined) return "";
  return format.channels !== undefined || format.clockRate < 90_000 ? "audio" : "video";
}

function mediaNumbers(
  stream: Stream,
  snapshot: ReceptionSnapshot,
  isVideo: boolean,
): Pick<StreamReport, "frames" | "frameRateMean" | "bytes" | "dataRateMean"> {
  const { activeMs, timestamps } = snapshot;
  const seconds = activeMs / 1000;
  return {
    frames: timestamps,
    ...(isVideo && timestamps > 1 && seconds > 0
      ? { frameRateMean: (timestamps - 1) / seconds }
      : undefined),
    bytes: stream.octets,
    ...(seconds > 0
      ? { dataRateMean: (stream.octets - stream.firstOctets) * 8 / seconds }
      : undefined),
  };
}

function measuredClock(snapshot: ReceptionSnapshot): { measuredClockRate?: number } {
  const { activeMs, elapsedTicks } = snapshot;
  if (activeMs < LEAST_MEASURED_MS) return {};
  return { measuredClockRate: Math.round(elapsedTicks * 1000 / activeMs) };
}

function firstFrameDelay(
  stream: Stream,
  playMs: number | undefined,
): { firstFrameDelayMs?: number } {
  if (playMs === undefined || stream.firstMediaMs < playMs) return {};
  return { firstFrameDelayMs: stream.firstMediaMs - playMs };
}

function reportRtcp(rtcp: SourceRtcp, clockRate: number | undefined): RtcpReport {
  const trips = rtcp.roundTripsMs;
  const mean = trips.reduce((sum, trip) => sum + trip, 0) / trips.length;
  const { reportedFractionLost, reportedJitterTicks } = rtcp;
  return {
    senderReports: rtcp.senderReports,
    ...pick(rtcp, ["sentPackets", "sentBytes"]),
    receiverReports: rtcp.receiverReports,
    ...pick(rtcp, ["reportedLost"]),
    ...(reportedFractionLost === undefined
      ? undefined
      : { reportedLossRate: reportedFractionLost }),
    ...(reportedJitterTicks === undefined || clockRate === undefined
      ? undefined
      : { reportedJitterMs: reportedJitterTicks * 1000 / clockRate }),
    ...(trips.length === 0 ? undefined : {
      roundTripMinMs: Math.min(...trips),
      roundTripMeanMs: mean,
      roundTripMaxMs: Math.max(...trips),
    }),
    ...pick(rtcp, ["name", "byeMs", "byeReason"]),
  };
}

/** Those of the named properties that are there. */
function pick<T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.flatMap((name) => from[name] === undefined ? [] : [[name, from[name]]]),
  ) as Pick<T, K>;
}
