/**
 * What a stream carries, as the session description, the payload type or the command line says.
 *
 * @module
 */

import { PCM_ENCODINGS, type PcmFormat, pcmFormat as samplesFormat } from "../payload/pcm.ts";
import { STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import { parseSessionDescription } from "../sdp/tracks.ts";

/** What a recorder has to know about a stream. */
export interface StreamFormat {
  /** "video", "audio", or whatever else the description names. */
  readonly kind: string;
  /** Encoding name in upper case ("JPEG", "L16"); "LAB JPEG" for whole frames. */
  readonly encoding: string;
  /** RTP clock in Hz. */
  readonly clockRate: number;
  /** RTP payload type, where it is known. */
  readonly payloadType?: number;
  /** Audio channels. */
  readonly channels?: number;
  /** Frames a second (`a=framerate`). */
  readonly frameRate?: number;
  /** Pixels across and down (`a=x-dimensions`, `a=framesize`). */
  readonly size?: { readonly width: number; readonly height: number };
  /** Format parameters (`a=fmtp`). */
  readonly parameters?: string;
  /** Port of the description, where it names one. */
  readonly port?: number;
  /** Control URL (`a=control`) as it stands in the description. */
  readonly control?: string;
}

/** The format of samples, or undefined for what is no PCM. */
export function pcmFormat({ encoding, ...format }: StreamFormat): PcmFormat | undefined {
  return samplesFormat({ ...format, encodingName: encoding });
}

/** Whether a stream's pictures are JPEG, so that they can be kept as a film. */
export function isPictures(format: StreamFormat): boolean {
  return format.encoding === "JPEG" || format.encoding === "LAB JPEG";
}

/** The format of a static payload type; undefined for dynamic ones and those nobody uses. */
export function staticFormat(payloadType: number): StreamFormat | undefined {
  const known = STATIC_PAYLOAD_TYPES.get(payloadType);
  if (known === undefined) return undefined;
  const { encodingName, clockRate, channels } = known;
  return {
    kind: channels === undefined ? "video" : "audio",
    encoding: encodingName.toUpperCase(),
    clockRate,
    payloadType,
    ...(channels === undefined ? undefined : { channels }),
  };
}

/**
 * A format from the command line: "lab", "jpeg", "h264", or as in an rtpmap: "L16/44100/2",
 * "PCMU/8000". Undefined when it is none of these.
 */
export function parseFormat(text: string): StreamFormat | undefined {
  const word = text.toLowerCase();
  if (word === "lab") return LAB_FILM;
  if (word === "jpeg") return { kind: "video", encoding: "JPEG", clockRate: 90_000 };
  if (word === "h264") return { kind: "video", encoding: "H264", clockRate: 90_000 };
  const match = /^([A-Za-z0-9]+)\/(\d{1,6})(?:\/([1-8]))?$/.exec(text);
  const encoding = PCM_ENCODINGS.find((name) => name === match?.[1]?.toUpperCase());
  if (encoding === undefined || Number(match![2]) === 0) return undefined;
  const channels = Number(match![3] ?? 1);
  return { kind: "audio", encoding, clockRate: Number(match![2]), channels };
}

/** The streams of a session description, in order. */
export function formatsOfSdp(sdp: string): StreamFormat[] {
  return parseSessionDescription(sdp).tracks.map((track) => {
    const { kind, payloadType, encodingName, clockRate, channels, frameRate, size } = track;
    return {
      kind,
      encoding: encodingName?.toUpperCase() ?? "UNKNOWN",
      clockRate: clockRate ?? 90_000,
      ...(payloadType === undefined ? undefined : { payloadType }),
      ...(channels === undefined ? undefined : { channels }),
      ...(frameRate === undefined ? undefined : { frameRate }),
      ...(size === undefined ? undefined : { size }),
      ...(track.formatParameters === undefined
        ? undefined
        : { parameters: track.formatParameters }),
      ...(track.port === 0 ? undefined : { port: track.port }),
      ...(track.control === undefined ? undefined : { control: track.control }),
    };
  });
}

/** Length in seconds (`a=range:npt=0-30`), where the description has one. */
export function durationOfSdp(sdp: string): number | undefined {
  return parseSessionDescription(sdp).duration;
}

/** Whole frames, one a datagram, as the labs send them. */
export const LAB_FILM: StreamFormat = { kind: "video", encoding: "LAB JPEG", clockRate: 90_000 };
