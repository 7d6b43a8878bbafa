/**
 * Watches the packets of one RTP stream and names what their sender does wrong.
 *
 * @module
 */

import { isRtcp, RTP_HEADER_LENGTH } from "../rtp/packet.ts";
import { STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import type { Arrival } from "../rtp/reception_stats.ts";
import type { Findings } from "./findings.ts";
import { PacingWatch } from "./pacing_watch.ts";
import { type Meta, Reporter } from "./reporter.ts";
import { Rfc2435Watch } from "./rfc2435_watch.ts";
import { hexSsrc, RtcpWatch } from "./rtcp_watch.ts";
import type { Dialect } from "./rule.ts";
import { SamplesWatch } from "./samples_watch.ts";
import { SequenceWatch } from "./sequence_watch.ts";
import { TimestampWatch } from "./timestamp_watch.ts";
import { spaced, WholeJpegWatch } from "./whole_jpeg_watch.ts";

/** What is known of a stream. */
export interface RtpObserverOptions {
  /** Name of the stream in findings. */
  readonly stream: string;
  /** Whose rules hold. With `unknown`, payloads of whole JPEG images make it the lab. */
  readonly dialect: Dialect;
  /** Clock rate in Hz; that of a static payload type is known. */
  readonly clockRate?: number;
  /** The payload type that was announced. */
  readonly payloadType?: number;
  /** The SSRC that was announced; the hello lab's SessionID. */
  readonly ssrc?: number;
  /** Encoding name ("JPEG", "L16"); that of a static payload type is known. */
  readonly encodingName?: string;
  /** Audio channels. */
  readonly channels?: number;
  /** Frames a second; the labs' is 20. */
  readonly frameRate?: number;
  /** Whether packets come in the control connection, where no length is too long. */
  readonly overTcp?: boolean;
  /** Whether the stream's first packet is sure to be seen. Default true. */
  readonly fromStart?: boolean;
}

/** How a stream ended. */
export interface StreamEnd {
  /** Whether RTCP BYE came; one that {@linkcode RtpObserver} saw counts as well. */
  readonly bye: boolean;
  /** Time since the start of the session in ms. */
  readonly timeMs: number;
  /** Frames that there should have been, where the film's length is known. */
  readonly expectedFrames?: number;
  /** The receiver ended it, or watching ended before it did: neither BYE nor more frames were due. */
  readonly stopped?: boolean;
}

const LAB_FRAME_RATE = 20;
const LAB_PAYLOAD_TYPE = 26;
const LAB_BUFFER = 20_480;
/** Ethernet's 1500 bytes less the headers of IPv4 and UDP. */
const LONGEST_DATAGRAM = 1472;
/** Packets that may have been on their way when BYE was sent, in ms. */
const BYE_GRACE = 500;
/** Frames of several packets without any marker after which it is said to be missing. */
const MARKERLESS_FRAMES = 3;
/** Video formats whose marker ends a frame, and that may send frames out of order. */
const VIDEO: ReadonlySet<string> = new Set(["H264", "H265", "VP8", "VP9", "MP4V-ES"]);
const MPEG: ReadonlySet<string> = new Set([...VIDEO, "MPV", "MP2T"]);

/** What is watched once the first packet has shown what the stream is. */
interface Watches {
  readonly isLab: boolean;
  readonly encoding: string;
  readonly payloadType: number;
  readonly sequence: SequenceWatch;
  readonly timestamp: TimestampWatch;
  readonly pacing: PacingWatch | undefined;
  readonly wholeJpeg: WholeJpegWatch | undefined;
  readonly jpeg: Rfc2435Watch | undefined;
  readonly samples: SamplesWatch | undefined;
}

/** Watches one stream. Nothing is allocated for a packet that breaks no rule. */
export class RtpObserver {
  readonly #reporter: Reporter;
  readonly #options: RtpObserverOptions;
  readonly #rtcp: RtcpWatch;
  #watches: Watches | undefined;
  #dialect: Dialect;
  #ssrc = 0;
  #payloadType = 0;
  #timestamp = 0;
  #frames = 0;
  #packetsOfFrame = 0;
  #longFrames = 0;
  #markers = 0;

  /** A stream of which nothing has been seen. */
  constructor(findings: Findings, options: RtpObserverOptions) {
    this.#options = options;
    this.#dialect = options.dialect;
    this.#reporter = new Reporter(findings, "packet", options.stream, options.dialect);
    this.#rtcp = new RtcpWatch(this.#reporter);
  }

  /** The dialect as far as it is known. */
  get dialect(): Dialect {
    return this.#dialect;
  }

  /** Takes a datagram of the RTP port, or a packet of the RTP channel. Never throws. */
  packet(datagram: Uint8Array, meta: Meta): void {
    if (isReport(datagram)) {
      this.#reporter.report("rtcp-on-rtp-port", meta, () => spaced(datagram, 12));
      this.rtcp(datagram, meta);
      return;
    }
    const lab = this.#watches?.wholeJpeg;
    if (lab?.expectsPiece === true && this.#isNoHeader(datagram)) {
      lab.headerlessPiece(datagram, meta);
      return;
    }
    if (datagram.length < RTP_HEADER_LENGTH) {
      this.#reporter.report("rtp-short", meta, () => shortWords(datagram));
      return;
    }
    const first = datagram[0]!;
    if (first >> 6 !== 2) {
      this.#reporter.report(
        "rtp-version",
        meta,
        () => `version ${first >> 6} in ${head(datagram)}`,
      );
    }
    const start = this.#payloadStart(datagram, meta);
    if (start === -1) return;
    const end = this.#payloadEnd(datagram, start, meta);
    this.#checkPacket(datagram, start, end, meta);
  }

  /** Takes a datagram of the RTCP port, or a packet of the RTCP channel. Never throws. */
  rtcp(datagram: Uint8Array, meta: Meta): void {
    this.#rtcp.update(datagram, this.#watches === undefined ? undefined : this.#ssrc, meta);
  }

  /** The stream pauses, or was just asked to go on: times on both sides are not compared. */
  pause(): void {
    this.#watches?.timestamp.pause();
    this.#watches?.pacing?.pause();
    this.#watches?.jpeg?.pause();
    this.#rtcp.forgetBye();
  }

  /** The stream has ended: what only shows at the end is named now. Call it once. */
  end(end: StreamEnd): void {
    const watches = this.#watches;
    if (watches === undefined) return;
    const { timeMs, expectedFrames, stopped = false } = end;
    watches.timestamp.end(timeMs);
    watches.pacing?.end(timeMs);
    watches.wholeJpeg?.end(timeMs);
    this.#rtcp.end(timeMs);
    if (stopped) return;
    const frames = watches.wholeJpeg?.frames ?? this.#frames;
    const incomplete = expectedFrames !== undefined &&
      frames + watches.sequence.lost < expectedFrames;
    const stopsAtLimit = watches.sequence.end(timeMs, expectedFrames === undefined || incomplete);
    if (incomplete && !stopsAtLimit) {
      this.#reporter.reportSession(
        "rtp-frames-missing",
        timeMs,
        `${frames} frames of ${expectedFrames}`,
      );
    }
    if (!end.bye && this.#rtcp.byeTimeMs < 0) {
      this.#reporter.reportSession("rtp-no-bye", timeMs, "no BYE behind the last packet");
    }
  }

  /** Whether a datagram amid the pieces of a lab's frame has no RTP header that fits the stream. */
  #isNoHeader(datagram: Uint8Array): boolean {
    if (datagram.length < RTP_HEADER_LENGTH) return true;
    if (datagram[0] === 0xff && datagram[1] === 0xd8) return false;
    return datagram[0]! >> 6 !== 2 || (datagram[1]! & 0x7f) !== this.#payloadType ||
      readU32(datagram, 8) !== this.#ssrc;
  }

  #payloadStart(datagram: Uint8Array, meta: Meta): number {
    const first = datagram[0]!;
    const { length } = datagram;
    let start = RTP_HEADER_LENGTH;
    const csrcs = first & 0x0f;
    if (csrcs > 0) {
      start += 4 * csrcs;
      const seen = () => `CC=${csrcs} in ${head(datagram)} of ${length} bytes`;
      if (start > length) {
        this.#reporter.report("rtp-csrc-cut", meta, seen);
        return -1;
      }
      this.#reporter.report("rtp-csrc-set", meta, seen);
    }
    if ((first & 0x10) !== 0) {
      const words = start + 4 > length ? -1 : (datagram[start + 2]! << 8) | datagram[start + 3]!;
      if (words === -1 || start + 4 + 4 * words > length) {
        this.#reporter.report(
          "rtp-extension-cut",
          meta,
          () => `X=1 in ${head(datagram)}, then ${spaced(datagram.subarray(start), 4)}`,
        );
        // In the lab the bit alone is wrong: what follows is the payload.
        return this.#lives(start) ? start : -1;
      }
      this.#reporter.report("rtp-extension-set", meta, () => `X=1 in ${head(datagram)}`);
      start += 4 + 4 * words;
    }
    return start;
  }

  #lives(start: number): boolean {
    return start === RTP_HEADER_LENGTH && this.#watches?.isLab === true;
  }

  #payloadEnd(datagram: Uint8Array, start: number, meta: Meta): number {
    const { length } = datagram;
    if ((datagram[0]! & 0x20) === 0) return length;
    const count = datagram[length - 1]!;
    if (count === 0 || start + count > length) {
      this.#reporter.report(
        "rtp-padding",
        meta,
        () => `P=1 in ${head(datagram)}, last byte ${count}`,
      );
      return length;
    }
    this.#reporter.report("rtp-padding-set", meta, () => `P=1 in ${head(datagram)}`);
    return length - count;
  }

  #checkPacket(datagram: Uint8Array, start: number, end: number, meta: Meta): void {
    const marker = datagram[1]! > 0x7f;
    const payloadType = datagram[1]! & 0x7f;
    const sequence = (datagram[2]! << 8) | datagram[3]!;
    const timestamp = readU32(datagram, 4);
    const ssrc = readU32(datagram, 8);
    const isFirst = this.#watches === undefined;
    const watches = this.#watches ??= this.#begin(datagram, start, payloadType);
    this.#checkPayloadType(payloadType, isFirst, datagram, meta);
    this.#checkSsrc(ssrc, isFirst, meta);
    this.#checkLength(datagram, start, end, meta);
    if (marker) {
      this.#markers++;
      if (this.#dialect === "hello") {
        this.#reporter.report("rtp-marker-set", meta, () => `M=1 in ${head(datagram)}`);
      }
    }
    const arrival = watches.sequence.update(sequence, timestamp, datagram, meta);
    this.#checkAfterBye(meta);
    if (arrival === "duplicate") return;
    const continues = arrival === "in-order" || isFirst;
    // Comfort noise and telephone events have timestamps of their own.
    if (payloadType === watches.payloadType) {
      watches.timestamp.update(timestamp, hasOrder(arrival), meta);
    }
    this.#countFrame(watches, timestamp, arrival, isFirst, meta);
    if (end > start) {
      this.#checkPayload(
        watches,
        datagram.subarray(start, end),
        marker,
        timestamp,
        continues,
        meta,
      );
    }
  }

  #begin(datagram: Uint8Array, start: number, payloadType: number): Watches {
    const options = this.#options;
    if (
      this.#dialect === "unknown" && payloadType === LAB_PAYLOAD_TYPE &&
      datagram[start] === 0xff && datagram[start + 1] === 0xd8 && datagram[start + 2] === 0xff
    ) {
      this.#dialect = "lab";
      this.#reporter.dialect = "lab";
    }
    const isLab = this.#dialect === "lab" || this.#dialect === "hello";
    const fixed = STATIC_PAYLOAD_TYPES.get(payloadType);
    const encoding = (options.encodingName ?? fixed?.encodingName ?? "").toUpperCase();
    const clockRate = options.clockRate ?? fixed?.clockRate;
    const frameRate = options.frameRate ?? (isLab ? LAB_FRAME_RATE : undefined);
    const wholeJpeg = isLab && payloadType === LAB_PAYLOAD_TYPE;
    const width = encoding === "L16" ? 2 : encoding === "L24" ? 3 : encoding === "L8" ? 1 : 0;
    const paced = frameRate !== undefined && options.overTcp !== true;
    return {
      isLab,
      encoding,
      payloadType,
      sequence: new SequenceWatch(this.#reporter, isLab, options.fromStart ?? true),
      timestamp: new TimestampWatch(this.#reporter, {
        clockRate,
        frameRate,
        isLab,
        mayReorder: MPEG.has(encoding),
      }),
      pacing: paced ? new PacingWatch(this.#reporter, frameRate, isLab) : undefined,
      wholeJpeg: wholeJpeg ? new WholeJpegWatch(this.#reporter) : undefined,
      jpeg: !isLab && encoding === "JPEG" ? new Rfc2435Watch(this.#reporter) : undefined,
      samples: !isLab && width > 0
        ? new SamplesWatch(this.#reporter, width, options.channels ?? fixed?.channels)
        : undefined,
    };
  }

  #checkPayloadType(
    payloadType: number,
    isFirst: boolean,
    datagram: Uint8Array,
    meta: Meta,
  ): void {
    const announced = this.#options.payloadType;
    if (this.#watches!.isLab && payloadType !== LAB_PAYLOAD_TYPE) {
      this.#reporter.report("rtp-payload-type", meta, () => typeSeen(payloadType, datagram));
    } else if (announced !== undefined && payloadType !== announced) {
      this.#reporter.report(
        "rtp-payload-type-announced",
        meta,
        () => `${typeSeen(payloadType, datagram)}, announced was ${announced}`,
      );
    } else if (!isFirst && payloadType !== this.#payloadType) {
      const before = this.#payloadType;
      this.#reporter.report(
        "rtp-payload-type-changed",
        meta,
        () => `${typeSeen(payloadType, datagram)}, before it was ${before}`,
      );
    }
    this.#payloadType = payloadType;
  }

  #checkSsrc(ssrc: number, isFirst: boolean, meta: Meta): void {
    const announced = this.#options.ssrc;
    if (!isFirst && ssrc !== this.#ssrc) {
      const before = this.#ssrc;
      this.#reporter.report(
        "rtp-ssrc-changed",
        meta,
        () => `${hexSsrc(ssrc)} after ${hexSsrc(before)}`,
      );
    } else if (ssrc === 0 && this.#dialect !== "hello") {
      this.#reporter.report("rtp-ssrc-zero", meta, "SSRC 0x00000000");
    } else if (announced !== undefined && ssrc !== announced) {
      this.#reporter.report(
        "rtp-ssrc-announced",
        meta,
        () => `${hexSsrc(ssrc)} (${ssrc}), announced was ${hexSsrc(announced)} (${announced})`,
      );
    }
    this.#ssrc = ssrc;
  }

  #checkLength(datagram: Uint8Array, start: number, end: number, meta: Meta): void {
    const { length } = datagram;
    if (end <= start) this.#reporter.report("rtp-empty", meta, () => `${length} bytes, all header`);
    if (length <= LONGEST_DATAGRAM || this.#options.overTcp === true) return;
    this.#reporter.report("rtp-length-mtu", meta, () => `a datagram of ${length} bytes`);
    if (length > LAB_BUFFER) {
      this.#reporter.report("rtp-length-buffer", meta, () => `a datagram of ${length} bytes`);
    }
  }

  #checkAfterBye(meta: Meta): void {
    const bye = this.#rtcp.byeTimeMs;
    if (bye >= 0 && meta.timeMs > bye + BYE_GRACE) {
      this.#reporter.report(
        "rtp-after-bye",
        meta,
        () => `a packet ${Math.round(meta.timeMs - bye)} ms after BYE`,
      );
    }
  }

  /** Counts frames by their timestamps and looks for markers where several packets make one. */
  #countFrame(
    watches: Watches,
    timestamp: number,
    arrival: Arrival,
    isFirst: boolean,
    meta: Meta,
  ): void {
    if (!isFirst && timestamp === this.#timestamp) {
      this.#packetsOfFrame++;
      return;
    }
    if (this.#packetsOfFrame > 1) this.#longFrames++;
    this.#timestamp = timestamp;
    this.#frames++;
    this.#packetsOfFrame = 1;
    if (!watches.isLab) watches.pacing?.frame(arrival === "in-order", meta);
    if (
      VIDEO.has(watches.encoding) && this.#longFrames >= MARKERLESS_FRAMES && this.#markers === 0 &&
      !watches.timestamp.isNoClock
    ) {
      this.#longFrames = 0;
      this.#reporter.report(
        "rtp-marker-missing",
        meta,
        () => `M=0 in all packets of ${this.#frames} frames`,
      );
    }
  }

  #checkPayload(
    watches: Watches,
    payload: Uint8Array,
    marker: boolean,
    timestamp: number,
    continues: boolean,
    meta: Meta,
  ): void {
    if (watches.wholeJpeg !== undefined) {
      const part = watches.wholeJpeg.update(payload, marker, continues, meta);
      if (part === "frame") watches.pacing?.frame(continues, meta);
    } else if (watches.jpeg !== undefined) {
      watches.jpeg.update(payload, marker, timestamp, continues, meta);
    } else watches.samples?.update(payload, meta);
  }
}

function hasOrder(arrival: Arrival): boolean {
  return arrival === "in-order" || arrival === "gap";
}

/** RTCP for certain: version 2, its packet types, and a length that stays within the datagram. */
function isReport(datagram: Uint8Array): boolean {
  return isRtcp(datagram) && datagram[0]! >> 6 === 2 && datagram[1]! >= 200 &&
    datagram[1]! <= 207 &&
    4 + 4 * ((datagram[2]! << 8) | datagram[3]!) <= datagram.length;
}

function head(datagram: Uint8Array): string {
  return spaced(datagram, RTP_HEADER_LENGTH);
}

function typeSeen(payloadType: number, datagram: Uint8Array): string {
  return `PT=${payloadType} in ${head(datagram)}`;
}

function shortWords(datagram: Uint8Array): string {
  return datagram.length === 0 ? "0 bytes" : `${datagram.length} bytes: ${head(datagram)}`;
}

function readU32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>>
    0;
}
