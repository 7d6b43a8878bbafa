/**
 * All that is told about a capture, in the words of `--json`.
 *
 * @module
 */

import type { Finding } from "../diagnose/finding.ts";
import type { Analyser } from "./analyser.ts";
import type { ReadOutcome } from "./capture_input.ts";
import type { ClockOption } from "./clock_option.ts";
import type { LabelledStream } from "./labelled_stream.ts";
import type { RtspConversation } from "./rtsp_conversation.ts";
import { endText, type Stream, type StreamPath } from "./stream.ts";
import { reportStream, type StreamReport } from "./stream_report.ts";

/** One RTSP conversation. */
export interface ConversationReport {
  /** Number from 1. */
  readonly conversation: number;
  /** The client's address and port. */
  readonly client: string;
  /** The server's address and port. */
  readonly server: string;
  /** Requests and responses. */
  readonly messages: number;
  /** Interleaved packets. */
  readonly interleavedFrames: number;
  /** Number of the first message's frame. */
  readonly firstFrame?: number;
  /** Methods in the order of the requests. */
  readonly methods: readonly string[];
}

/** The audio lab's chunks. */
export interface LabelledReport extends StreamPath {
  /** Datagrams with a label. */
  readonly chunks: number;
  /** Bytes behind the labels. */
  readonly bytes: number;
  /** Bytes that the labels say were passed over. */
  readonly missingBytes: number;
  /** Chunks whose label was not ahead of the one before. */
  readonly repeated: number;
  /** Datagrams without a label. */
  readonly malformed: number;
  /** Number of the first frame. */
  readonly firstFrame: number;
  /** Number of the last frame. */
  readonly lastFrame: number;
  /** Time of the first in ms. */
  readonly startMs: number;
  /** Time of the last in ms. */
  readonly endMs: number;
}

/** One capture. */
export interface CaptureReport {
  /** The file's name, "-" for standard input. */
  readonly file: string;
  /** "pcap" or "pcapng". */
  readonly format: string;
  /** Frames in it. */
  readonly frames: number;
  /** When the first frame was captured (ISO 8601). */
  readonly start?: string;
  /** From the first frame to the latest in ms. */
  readonly durationMs: number;
  /** Why it ends before its end, in words. */
  readonly damage?: string;
  /** What else there is to know. */
  readonly notes: readonly string[];
  /** RTP streams. */
  readonly streams: readonly StreamReport[];
  /** The audio lab's streams. */
  readonly labelledStreams: readonly LabelledReport[];
  /** RTSP conversations. */
  readonly conversations: readonly ConversationReport[];
  /** Compound RTCP packets. */
  readonly rtcpPackets: number;
  /** Mistakes, the worst first. */
  readonly findings: readonly Finding[];
}

/** What a report is put together from. */
export interface ReportSources {
  /** The file's name. */
  readonly file: string;
  /** How reading it ended. */
  readonly outcome: ReadOutcome;
  /** What was found. */
  readonly analyser: Analyser;
  /** Meanings of payload types. */
  readonly clocks: ReadonlyMap<number, ClockOption>;
  /** Mistakes. */
  readonly findings: readonly Finding[];
  /** Streams of which the rules have not seen all packets. */
  readonly skippedStreams: number;
}

/** The latest and, negative, the earliest time that a date can be, in ms. */
const MAX_UNIX_MS = 8.64e15;

/** Puts the report together. The intake must be finished. */
export function reportCapture(sources: ReportSources): CaptureReport {
  const { file, outcome, analyser, findings } = sources;
  const { intake, startUnixMs } = analyser;
  return {
    file,
    format: outcome.format,
    frames: outcome.frames,
    ...(startUnixMs === undefined || !(Math.abs(startUnixMs) <= MAX_UNIX_MS)
      ? undefined
      : { start: new Date(startUnixMs).toISOString() }),
    durationMs: analyser.durationMs,
    ...(outcome.damage === undefined ? undefined : { damage: outcome.damage }),
    notes: notesOf(sources),
    streams: reportStreams(sources),
    labelledStreams: intake.labelled.filter(({ chunks }) => chunks > 0).map(reportLabelled),
    conversations: intake.rtsp.conversations.map(reportConversation),
    rtcpPackets: intake.rtcp.packets,
    findings,
  };
}

/** The streams alone. */
export function reportStreams({ analyser, clocks }: ReportSources): StreamReport[] {
  const { intake } = analyser;
  return intake.streams.map((stream, i) => {
    return reportStream(stream, {
      number: i + 1,
      clocks,
      rtcp: intake.rtcp.get(stream.ssrc),
      malformed: intake.malformed.get(endOf(stream.path)) ?? 0,
      playMs: playBefore(stream, intake.rtsp.conversations),
    });
  });
}

/** The key of a destination among those of what is malformed. */
function endOf({ destination, destinationPort }: StreamPath): string {
  return `${destination}|${destinationPort}`;
}

/** When PLAY was sent last before the stream's first packet. */
function playBefore(
  stream: Stream,
  conversations: readonly RtspConversation[],
): number | undefined {
  const { conversation } = stream.path;
  if (conversation === undefined) return undefined;
  const plays = conversations[conversation - 1]?.plays ?? [];
  return plays.findLast(({ timeMs }) => timeMs <= stream.startMs)?.timeMs;
}

function notesOf({ analyser, skippedStreams }: ReportSources): string[] {
  const { intake } = analyser;
  const notes: string[] = [];
  if (analyser.leftOut > 0) {
    notes.push(
      `${analyser.leftOut} of ${analyser.frames} frames are left out, and with them what they signal`,
    );
  }
  for (const [linkType, count] of analyser.unknownLinkTypes) {
    notes.push(`${count} frames of link type ${linkType} are not understood`);
  }
  if (intake.uncountedPackets > 0) {
    notes.push(
      `${intake.uncountedPackets} packets of further RTP sources are not looked at: there are ${intake.streams.length} streams already`,
    );
  }
  if (intake.quotedPackets > 0) {
    notes.push(
      `${intake.quotedPackets} RTP packets are quoted in ICMP errors: their receiver had gone, or its port was closed`,
    );
  }
  const ends = new Set(intake.streams.map(({ path }) => endOf(path)));
  for (const [end, count] of intake.malformed) {
    if (ends.has(end)) continue;
    const at = end.lastIndexOf("|");
    const text = endText(end.slice(0, at), Number(end.slice(at + 1)));
    notes.push(`${count} packets to ${text} are no RTP, though that was announced there`);
  }
  if (intake.rtcp.malformed > 0) {
    notes.push(
      `${intake.rtcp.malformed} RTCP packets cannot be read, the first in frame ${intake.rtcp.firstMalformedFrame}: they are damaged, or encrypted`,
    );
  }
  if (skippedStreams > 0) {
    notes.push(
      `the rules have looked at the first packets only of ${skippedStreams} streams; --thorough looks at all`,
    );
  }
  return notes;
}

function reportLabelled(stream: LabelledStream): LabelledReport {
  const { path, chunks, bytes, missingBytes, repeated, malformed } = stream;
  const { firstFrame, lastFrame, startMs, endMs } = stream;
  return {
    ...path,
    chunks,
    bytes,
    missingBytes,
    repeated,
    malformed,
    firstFrame,
    lastFrame,
    startMs,
    endMs,
  };
}

function reportConversation(conversation: RtspConversation): ConversationReport {
  const [a, aPort, b, bPort] = conversation.ends;
  const [one, two] = [endText(a, aPort), endText(b, bPort)];
  const [client, server] = conversation.clientIsForward ? [one, two] : [two, one];
  const firstFrame = conversation.messages[0]?.frameNumber;
  return {
    conversation: conversation.number,
    client,
    server,
    messages: conversation.messages.length + conversation.droppedMessages,
    interleavedFrames: conversation.interleavedFrames,
    ...(firstFrame === undefined ? undefined : { firstFrame }),
    methods: conversation.messages.flatMap(({ message }) =>
      message.kind === "request" ? [message.method] : []
    ),
  };
}
