/**
 * What looks at the packets of a stream, not only at their headers: the mistake rules, and for streams
 * that RTSP set up and that Reel can play, the receiver that a player has. So the numbers of a played
 * session and of its capture are the same.
 *
 * @module
 */

import type { TrackStatistics } from "../client/player.ts";
import type { RangeStart } from "../client/reception.ts";
import { isPlayable, TrackReception } from "../client/track_reception.ts";
import type { Findings } from "../diagnose/findings.ts";
import { RtpObserver } from "../diagnose/rtp_observer.ts";
import type { Dialect } from "../diagnose/rule.ts";
import type { PayloadFormat } from "../rtp/payload_types.ts";
import { RTCP_TYPE } from "../rtp/rtcp.ts";
import type { RtspResponse } from "../rtsp/message.ts";
import { parseNptRange } from "../rtsp/range.ts";
import { parseRtpInfo } from "../rtsp/rtp_info.ts";
import type { ClockOption } from "./clock_option.ts";
import { holdsGoodbye } from "./report_route.ts";
import type { SignalledEnd } from "./signalling.ts";
import {
  END_SLACK_MS,
  pathText,
  type Stream,
  type StreamPath,
  type StreamWatcher,
} from "./stream.ts";
import { formatOf } from "./stream_format.ts";

/** What it takes to begin with a stream, in packets. */
const STREAM_COST = 60;

/** Options of {@linkcode StreamWatches}. */
export interface StreamWatchesOptions {
  /** Takes what the rules find; undefined when they are not wanted. */
  readonly findings: Findings | undefined;
  /** Meanings of payload types. */
  readonly clocks: ReadonlyMap<number, ClockOption>;
  /** Packets that the rules look at; the first ones of the capture. */
  readonly rulePackets: number;
}

/** Makes the watchers of a capture and shares the time between them. */
export class StreamWatches {
  readonly #options: StreamWatchesOptions;
  /** Ends that streams of RTSP sessions have come to. */
  readonly #ends = new Set<string>();
  #packetsLeft: number;
  #skipped = 0;

  /** Watchers for a capture. */
  constructor(options: StreamWatchesOptions) {
    this.#options = options;
    this.#packetsLeft = options.rulePackets;
  }

  /** Streams of which the rules have not seen all packets. */
  get skippedStreams(): number {
    return this.#skipped;
  }

  /** Takes a packet's share of the time; false when there is none left. */
  take(): boolean {
    return this.#packetsLeft-- > 0;
  }

  /** The watcher of a stream; null when there is no time for it. */
  create(stream: Stream): StreamWatcher | null {
    const payloadType = stream.pending?.[0]?.payloadType ?? stream.firstPayloadType;
    const format = formatOf(payloadType, stream.end, this.#options.clocks);
    const media = followMedia(stream, payloadType, format);
    const { findings } = this.#options;
    const isTooLate = this.#packetsLeft <= 0;
    if (isTooLate && findings !== undefined) this.#skipped++;
    const fromStart = this.#isSeenFromStart(stream);
    const observer = findings === undefined || isTooLate
      ? undefined
      : observe(stream, { format, fromStart }, findings);
    if (observer === undefined && media === undefined) return null;
    if (observer !== undefined) this.#packetsLeft -= STREAM_COST;
    return new StreamWatch(this, stream, observer, media, () => {
      this.#skipped++;
    });
  }

  /** A watcher of an end to which nothing comes that is a stream; null when there is no time for it. */
  createForEnd(end: SignalledEnd, path: StreamPath): StreamWatcher | null {
    const { findings } = this.#options;
    if (findings === undefined || this.#packetsLeft <= 0) return null;
    this.#packetsLeft -= STREAM_COST;
    const watched = { path, end, title: pathText(path), ssrc: undefined };
    const format = [...end.formats.values()][0];
    const fromStart = this.#isSeenFromStart(watched);
    const observer = observe(watched, { format, fromStart }, findings);
    return new StreamWatch(this, watched, observer, undefined, () => {});
  }

  /**
   * Whether the numbers of a stream begin with what was captured. A server that takes another SSRC at
   * each PLAY goes on counting.
   */
  #isSeenFromStart({ end, path }: Watched): boolean {
    if (end?.by !== "RTSP") return false;
    const { conversation = "", channel = "", destination, destinationPort } = path;
    const key = `${conversation}|${channel}|${destination}|${destinationPort}`;
    if (this.#ends.has(key)) return false;
    this.#ends.add(key);
    return true;
  }
}

/** A stream, or the end of a path on which there is none. */
interface Watched extends Pick<Stream, "path" | "end" | "title"> {
  readonly ssrc: number | undefined;
}

interface Known {
  readonly format: PayloadFormat | undefined;
  readonly fromStart: boolean;
}

/** Both of them for one stream. */
class StreamWatch implements StreamWatcher {
  readonly #watches: StreamWatches;
  readonly #stream: Watched;
  #observer: RtpObserver | undefined;
  #media: TrackReception | undefined;
  readonly #onSkip: () => void;
  readonly #meta = { number: 0, timeMs: 0 };
  #hasBye = false;
  #lastMalformedMs = -Infinity;

  constructor(
    watches: StreamWatches,
    stream: Watched,
    observer: RtpObserver | undefined,
    media: TrackReception | undefined,
    onSkip: () => void,
  ) {
    this.#watches = watches;
    this.#stream = stream;
    this.#observer = observer;
    this.#media = media;
    this.#onSkip = onSkip;
  }

  packet(datagram: Uint8Array, frameNumber: number, timeMs: number, isCut: boolean): boolean {
    // Of frames that were captured in part none can be put together.
    if (isCut) this.#media = undefined;
    // The receiver keeps what it is given for longer than this call.
    this.#media?.push(datagram.slice(), timeMs);
    if (this.#observer === undefined) return this.#media !== undefined;
    if (!this.#watches.take()) {
      this.#observer = undefined;
      this.#onSkip();
      return this.#media !== undefined;
    }
    this.#meta.number = frameNumber;
    this.#meta.timeMs = timeMs;
    if (isCut || this.#stream.end?.isSecured === true) {
      this.#observer.header(datagram, this.#meta);
    } else this.#observer.packet(datagram, this.#meta);
    return true;
  }

  malformed(datagram: Uint8Array, frameNumber: number, timeMs: number): void {
    this.#lastMalformedMs = timeMs;
    if (this.#observer === undefined || !this.#watches.take()) return;
    this.#observer.packet(datagram, { number: frameNumber, timeMs });
  }

  rtcp(datagram: Uint8Array, frameNumber: number, timeMs: number, onRtpPort: boolean): void {
    const { ssrc, end } = this.#stream;
    if (ssrc !== undefined && holdsGoodbye(datagram, ssrc)) this.#hasBye = true;
    const observer = this.#observer;
    if (observer === undefined || end?.isSecured === true) return;
    // Nobody knows what was agreed on there; feedback may come alone then (RFC 5506).
    if (observer.dialect === "unknown" && datagram[1]! > RTCP_TYPE.goodbye) return;
    const meta = { number: frameNumber, timeMs };
    if (onRtpPort) observer.packet(datagram, meta);
    else observer.rtcp(datagram, meta);
  }

  playSent(timeMs: number): void {
    this.#media?.playSent(timeMs);
    this.#observer?.pause();
  }

  playAnswered(response: RtspResponse): void {
    this.#media?.playAnswered(rangeOf(response));
  }

  paused(timeMs: number): void {
    this.#media?.paused(timeMs);
    this.#observer?.pause();
  }

  finish(timeMs: number, stopped: boolean): void {
    const goesOn = this.#lastMalformedMs > timeMs - END_SLACK_MS;
    this.#observer?.end({ bye: this.#hasBye, timeMs, stopped: stopped || goesOn });
    this.#media?.poll(timeMs + 10_000);
  }

  statistics(timeMs: number): Partial<TrackStatistics> | undefined {
    if (this.#media === undefined) return undefined;
    const {
      track: _,
      kind: _kind,
      frameRateNow: _now,
      dataRateNow: _rate,
      malformed: _bad,
      ...rest
    } = this.#media.statistics(timeMs);
    return rest;
  }
}

function observe(
  stream: Watched,
  { format, fromStart }: Known,
  findings: Findings,
): RtpObserver {
  const payloadTypes = stream.end?.payloadTypes;
  return new RtpObserver(findings, {
    stream: stream.title,
    dialect: dialectOf(stream),
    ...(payloadTypes === undefined ? undefined : { payloadTypes }),
    ...(stream.end?.ssrc === undefined ? undefined : { ssrc: stream.end.ssrc }),
    ...(format === undefined ? undefined : {
      clockRate: format.clockRate,
      encodingName: format.encodingName,
    }),
    ...(format?.channels === undefined ? undefined : { channels: format.channels }),
    ...(stream.end?.frameRate === undefined ? undefined : { frameRate: stream.end.frameRate }),
    overTcp: stream.path.transport === "tcp",
    overIpv6: stream.path.source.includes(":"),
    fromStart,
  });
}

function dialectOf(stream: Watched): Dialect {
  if (stream.end?.dialect === "lab") return "lab";
  return stream.end === undefined ? "unknown" : "standard";
}

function followMedia(
  stream: Stream,
  payloadType: number,
  format: PayloadFormat | undefined,
): TrackReception | undefined {
  const { end } = stream;
  const isLab = end?.dialect === "lab";
  if (end?.by !== "RTSP" || end.isSecured || !(isLab || isPlayable(format?.encodingName))) {
    return undefined;
  }
  const info = {
    index: 0,
    kind: end.kind !== "" ? end.kind : isLab ? "video" : "",
    payloadType,
    playable: true,
    ...(format === undefined ? undefined : {
      encodingName: format.encodingName,
      clockRate: format.clockRate,
    }),
    ...(format?.channels === undefined ? undefined : { channels: format.channels }),
  };
  return new TrackReception({
    info,
    form: isLab ? "whole-frames" : "standard",
    ...(end.frameRate === undefined ? undefined : { frameRate: end.frameRate }),
  }, { media: () => {} });
}

function rangeOf(response: RtspResponse): RangeStart {
  const range = parseNptRange(response.headers.get("range") ?? "");
  const start = typeof range?.start === "number" ? range.start : undefined;
  const rtptime = parseRtpInfo(response.headers.get("rtp-info") ?? "")[0]?.rtptime;
  return {
    scale: Number(response.headers.get("scale") ?? 1) || 1,
    ...(start === undefined ? undefined : { position: start }),
    ...(rtptime === undefined ? undefined : { rtptime }),
  };
}
