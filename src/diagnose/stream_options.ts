/**
 * What is known of a stream before and with its first packet, and the watches that follow from it.
 *
 * @module
 */

import { STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import { PacingWatch } from "./pacing_watch.ts";
import type { Reporter } from "./reporter.ts";
import { Rfc2435Watch } from "./rfc2435_watch.ts";
import type { Dialect } from "./rule.ts";
import { SamplesWatch } from "./samples_watch.ts";
import { SequenceWatch } from "./sequence_watch.ts";
import { TimestampWatch } from "./timestamp_watch.ts";
import { WholeJpegWatch } from "./whole_jpeg_watch.ts";

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
  /** All payload types that were announced, where there may be several. */
  readonly payloadTypes?: ReadonlySet<number>;
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
  /** Whether datagrams have IPv6's longer header. Default false. */
  readonly overIpv6?: boolean;
  /** Whether the stream's first packet is sure to be seen. Default true. */
  readonly fromStart?: boolean;
}

/** JPEG. */
export const LAB_PAYLOAD_TYPE = 26;

/** Frames a second in the labs. */
const LAB_FRAME_RATE = 20;

/** Video formats whose marker ends a frame, and that may send frames out of order. */
const VIDEO: ReadonlySet<string> = new Set(["H264", "H265", "VP8", "VP9", "MP4V-ES"]);
const MPEG: ReadonlySet<string> = new Set([...VIDEO, "MPV", "MP2T"]);

/** Whether payloads are whole JPEG images in this dialect. */
export function isWholeJpeg(dialect: Dialect): boolean {
  return dialect === "lab" || dialect === "hello";
}

/** What is watched once the first packet has shown what the stream is. */
export interface Watches {
  /** Whether one of the whole-JPEG labs' rules hold. */
  readonly isLab: boolean;
  /** Whether a marker ends each frame, in a format other than JPEG. */
  readonly marksFrames: boolean;
  /** Payload type of the first packet. */
  readonly payloadType: number;
  /** Sequence numbers. */
  readonly sequence: SequenceWatch;
  /** Timestamps. */
  readonly timestamp: TimestampWatch;
  /** Arrival of frames, where their rate is known. */
  readonly pacing: PacingWatch | undefined;
  /** The labs' payloads. */
  readonly wholeJpeg: WholeJpegWatch | undefined;
  /** Payloads by RFC 2435. */
  readonly jpeg: Rfc2435Watch | undefined;
  /** Linear samples. */
  readonly samples: SamplesWatch | undefined;
}

/** The watches for a stream whose first packet has this payload type. */
export function watchesFor(
  reporter: Reporter,
  options: RtpObserverOptions,
  payloadType: number,
): Watches {
  const lab = isWholeJpeg(reporter.dialect);
  const fixed = STATIC_PAYLOAD_TYPES.get(payloadType);
  const encoding = (options.encodingName ?? fixed?.encodingName ?? "").toUpperCase();
  const clockRate = options.clockRate ?? fixed?.clockRate;
  const frameRate = options.frameRate ?? (lab ? LAB_FRAME_RATE : undefined);
  const wholeJpeg = lab && payloadType === LAB_PAYLOAD_TYPE;
  const width = encoding === "L16" ? 2 : encoding === "L24" ? 3 : encoding === "L8" ? 1 : 0;
  const paced = frameRate !== undefined && options.overTcp !== true;
  return {
    isLab: lab,
    marksFrames: VIDEO.has(encoding),
    payloadType,
    sequence: new SequenceWatch(reporter, lab, options.fromStart ?? true),
    timestamp: new TimestampWatch(reporter, {
      clockRate,
      frameRate,
      isLab: lab,
      mayReorder: MPEG.has(encoding),
    }),
    pacing: paced ? new PacingWatch(reporter, frameRate, lab) : undefined,
    wholeJpeg: wholeJpeg ? new WholeJpegWatch(reporter) : undefined,
    jpeg: !lab && encoding === "JPEG" ? new Rfc2435Watch(reporter) : undefined,
    samples: !lab && width > 0
      ? new SamplesWatch(reporter, width, options.channels ?? fixed?.channels)
      : undefined,
  };
}
