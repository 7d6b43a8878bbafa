/**
 * Watches the packets of one RTP stream and names what their sender does wrong.
 *
 * @module
 */

import { readU32 } from "../bytes/words.ts";
import { RTP_HEADER_LENGTH } from "../rtp/packet.ts";
import { beginsRtcp } from "../rtp/rtcp.ts";
import type { Arrival } from "../rtp/reception_stats.ts";
import type { Findings } from "./findings.ts";
import { head, HeaderWatch } from "./header_watch.ts";
import { type Meta, Reporter } from "./reporter.ts";
import { RtcpWatch } from "./rtcp_watch.ts";
import type { Dialect } from "./rule.ts";
import {
  isWholeJpeg,
  LAB_PAYLOAD_TYPE,
  type RtpObserverOptions,
  type Watches,
  watchesFor,
} from "./stream_options.ts";
import { spaced } from "./whole_jpeg_watch.ts";

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

/** Packets that may have been on their way when BYE was sent, in ms. */
const BYE_GRACE = 500;
/** Frames of several packets without any marker after which it is said to be missing. */
const MARKERLESS_FRAMES = 3;
/** Where the payload ends when that cannot be told. */
const UNKNOWN_END = Infinity;

/** Watches one stream. Nothing is allocated for a packet that breaks no rule. */
export class RtpObserver {
  readonly #reporter: Reporter;
  readonly #options: RtpObserverOptions;
  readonly #rtcp: RtcpWatch;
  readonly #header: HeaderWatch;
  #watches: Watches | undefined;
  #holes = 0;
  /** Number of the packet before. */
  #sequence = 0;
  #timestamp = 0;
  #frames = 0;
  #packetsOfFrame = 0;
  #longFrames = 0;
  #markers = 0;

  /** A stream of which nothing has been seen. */
  constructor(findings: Findings, options: RtpObserverOptions) {
    this.#options = options;
    this.#reporter = new Reporter(findings, "packet", options.stream, options.dialect);
    this.#header = new HeaderWatch(this.#reporter, options);
    this.#rtcp = new RtcpWatch(this.#reporter);
  }

  /** The dialect as far as it is known. */
  get dialect(): Dialect {
    return this.#reporter.dialect;
  }

  /** Takes a datagram of the RTP port, or a packet of the RTP channel. Never throws. */
  packet(datagram: Uint8Array, meta: Meta): void {
    // The audio lab's labelled chunks are no RTP.
    if (this.#reporter.dialect === "audio-lab") return;
    if (beginsRtcp(datagram)) {
      this.#reporter.report("rtcp-on-rtp-port", meta, () => spaced(datagram, 12));
      this.rtcp(datagram, meta);
      return;
    }
    const lab = this.#watches?.wholeJpeg;
    if (lab?.expectsPiece === true && this.#header.isNoHeader(datagram)) {
      lab.headerlessPiece(datagram, meta);
      return;
    }
    if (this.#watches === undefined && this.#opensHole(datagram)) return;
    if (datagram.length < RTP_HEADER_LENGTH) {
      this.#reporter.report("rtp-short", meta, () => shortWords(datagram));
      return;
    }
    this.#checkVersion(datagram, meta);
    const start = this.#header.payloadStart(datagram, meta);
    if (start === -1) {
      // Its number came all the same.
      const sequence = (datagram[2]! << 8) | datagram[3]!;
      this.#watches?.sequence.update(sequence, readU32(datagram, 4), datagram, meta);
      return;
    }
    const end = this.#header.payloadEnd(datagram, start, meta);
    this.#checkPacket(datagram, start, end, meta);
  }

  /**
   * Takes an RTP packet of which only the header can be read: what follows was not captured, or is
   * encrypted. Never throws.
   */
  header(datagram: Uint8Array, meta: Meta): void {
    if (datagram.length < RTP_HEADER_LENGTH || this.#reporter.dialect === "audio-lab") return;
    this.#checkVersion(datagram, meta);
    this.#checkPacket(datagram, RTP_HEADER_LENGTH, UNKNOWN_END, meta);
  }

  /** Takes a datagram of the RTCP port, or a packet of the RTCP channel. Never throws. */
  rtcp(datagram: Uint8Array, meta: Meta): void {
    this.#rtcp.update(datagram, this.#watches === undefined ? undefined : this.#header.ssrc, meta);
  }

  /** The stream pauses, or was just asked to go on: times on both sides are not compared. */
  pause(): void {
    this.#watches?.sequence.pause();
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
    if (stopped) {
      watches.sequence.end(timeMs, false);
      return;
    }
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
    if (!end.bye && !this.#rtcp.hasBye) {
      this.#reporter.reportSession("rtp-no-bye", timeMs, "no BYE behind the last packet");
    }
  }

  /**
   * Whether this is what receivers send to open a firewall before the stream begins: ffmpeg an RTP
   * header that is zero but for its version, live555 the word 0xFEEDFACE, GStreamer five times 200
   * random bytes.
   */
  #opensHole(datagram: Uint8Array): boolean {
    const { length } = datagram;
    if (length === 4) return readU32(datagram, 0) === 0xcefaedfe;
    if (length === 200) return !isWholeJpeg(this.#reporter.dialect) && this.#holes++ < 5;
    if (length !== RTP_HEADER_LENGTH || datagram[0] !== 0x80) return false;
    for (let i = 1; i < length; i++) if (datagram[i] !== 0) return false;
    return true;
  }

  #checkVersion(datagram: Uint8Array, meta: Meta): void {
    const version = datagram[0]! >> 6;
    if (version === 2) return;
    this.#reporter.report("rtp-version", meta, () => `version ${version} in ${head(datagram)}`);
  }

  #checkPacket(datagram: Uint8Array, start: number, end: number, meta: Meta): void {
    const marker = datagram[1]! > 0x7f;
    const payloadType = datagram[1]! & 0x7f;
    const sequence = (datagram[2]! << 8) | datagram[3]!;
    const timestamp = readU32(datagram, 4);
    const isFirst = this.#watches === undefined;
    const watches = this.#watches ??= this.#begin(datagram, start, payloadType);
    this.#header.update(datagram, start, end, isFirst, meta);
    if (marker) this.#markers++;
    const payload = datagram.subarray(start, end);
    // Error correction beside pictures has a form of its own.
    const isBeside = payloadType !== watches.payloadType &&
      (watches.jpeg !== undefined || watches.wholeJpeg !== undefined);
    const isKnown = end !== UNKNOWN_END;
    const goesOn = isKnown && !isBeside && watches.wholeJpeg?.goesOn(payload) === true;
    const arrival = watches.sequence.update(sequence, timestamp, datagram, meta, goesOn);
    this.#checkAfterBye(meta);
    if (isBeside) return;
    // A number again is a mistake of its own: the packet is judged like any other. The pieces of a
    // lab's frame may all have its number.
    const isRepeat = arrival === "duplicate" && watches.sequence.wasRepeat;
    if (arrival === "duplicate" && !isRepeat) return;
    if (isRepeat && goesOn) {
      watches.wholeJpeg?.update(payload, marker, true, meta);
      return;
    }
    // A packet that was overtaken belongs neither behind the one before it nor before the next.
    const isNext = sequence === ((this.#sequence + 1) & 0xffff);
    this.#sequence = sequence;
    const continues = isFirst || isRepeat ||
      (isNext && (arrival === "in-order" || arrival === "reordered"));
    // Comfort noise and telephone events have timestamps of their own.
    if (payloadType === watches.payloadType) {
      watches.timestamp.update(timestamp, hasOrder(arrival) || isRepeat, meta);
    }
    this.#countFrame(watches, timestamp, continues, isFirst, meta);
    if (isKnown && end > start) {
      this.#checkPayload(watches, payload, marker, timestamp, continues, meta);
    }
  }

  #begin(datagram: Uint8Array, start: number, payloadType: number): Watches {
    if (
      this.#reporter.dialect === "unknown" && payloadType === LAB_PAYLOAD_TYPE &&
      datagram[start] === 0xff && datagram[start + 1] === 0xd8 && datagram[start + 2] === 0xff
    ) {
      this.#reporter.dialect = "lab";
    }
    return watchesFor(this.#reporter, this.#options, payloadType);
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
    continues: boolean,
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
    if (!watches.isLab) watches.pacing?.frame(continues, meta);
    if (
      watches.marksFrames && this.#longFrames >= MARKERLESS_FRAMES && this.#markers === 0 &&
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

function shortWords(datagram: Uint8Array): string {
  return datagram.length === 0 ? "0 bytes" : `${datagram.length} bytes: ${head(datagram)}`;
}
