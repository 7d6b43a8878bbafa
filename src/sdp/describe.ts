/**
 * Session descriptions of what Reel serves (RFC 4566, RFC 2326 appendix C).
 *
 * @module
 */

import sdpTransform, { type MediaDescription } from "sdp-transform";
import { controlOf } from "../rtsp/request_url.ts";
import { formatNpt } from "../rtsp/range.ts";

/** A track as its description needs it. */
export interface DescribedTrack {
  /** Its place in the presentation, from 0: its control URL has it. */
  readonly index: number;
  /** Kind of media. */
  readonly kind: "video" | "audio";
  /** RTP payload type. */
  readonly payloadType: number;
  /** Encoding name of the rtpmap. */
  readonly encodingName: string;
  /** Clock rate in Hz. */
  readonly clockRate: number;
  /** Audio channels. */
  readonly channels?: number;
  /** Frames a second of video. */
  readonly frameRate?: number;
  /** Pixels across and down of video. */
  readonly dimensions?: readonly [width: number, height: number];
}

/** What to describe. */
export interface DescribedPresentation {
  /** Name, for `s=`. */
  readonly name: string;
  /** Length in seconds. */
  readonly duration: number;
  /** Its tracks. */
  readonly tracks: readonly DescribedTrack[];
}

/** The description of a presentation. `origin` is the server's address, `version` changes when it does. */
export function describePresentation(
  presentation: DescribedPresentation,
  origin: { address: string; id: number; version: number },
): string {
  const { name, duration, tracks } = presentation;
  const ipVer = origin.address.includes(":") ? 6 : 4;
  return sdpTransform.write({
    version: 0,
    origin: {
      username: "-",
      sessionId: origin.id,
      sessionVersion: origin.version,
      netType: "IN",
      ipVer,
      address: origin.address,
    },
    name: name === "" ? " " : name,
    connection: { version: ipVer, ip: ipVer === 6 ? "::" : "0.0.0.0" },
    timing: { start: 0, stop: 0 },
    invalid: [
      { value: "tool:Reel" },
      { value: `range:npt=0-${formatNpt(duration)}` },
      { value: "control:*" },
    ],
    media: tracks.map(describeTrack),
  });
}

function describeTrack(track: DescribedTrack): MediaDescription {
  const { index, kind, payloadType, encodingName, clockRate, channels, frameRate, dimensions } =
    track;
  return {
    type: kind,
    port: 0,
    protocol: "RTP/AVP",
    payloads: String(payloadType),
    rtp: [{
      payload: payloadType,
      codec: encodingName,
      rate: clockRate,
      // One channel is the default, and is left out as RFC 3551 has it; more are always named.
      ...(channels === undefined || channels === 1 ? undefined : { encoding: channels }),
    }],
    fmtp: [],
    control: controlOf(index),
    ...(frameRate === undefined ? undefined : { framerate: Number(frameRate.toFixed(3)) }),
    invalid: dimensions === undefined
      ? []
      : [{ value: `x-dimensions:${dimensions[0]},${dimensions[1]}` }],
  };
}

/** The attribute that names a presentation in the description of the root. */
const PRESENTATION_ATTRIBUTE = "x-reel-presentation";

/** The description of the root: no media, one attribute a presentation with its URL. */
export function describeList(
  urls: readonly string[],
  origin: { address: string; id: number },
): string {
  const lines = [
    "v=0",
    `o=- ${origin.id} 1 IN ${origin.address.includes(":") ? "IP6" : "IP4"} ${origin.address}`,
    "s=Presentations",
    "t=0 0",
    "a=tool:Reel",
    ...urls.map((url) => `a=${PRESENTATION_ATTRIBUTE}:${url}`),
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

/** The URLs that {@linkcode describeList} wrote. */
export function parseList(sdp: string): string[] {
  const prefix = `a=${PRESENTATION_ATTRIBUTE}:`;
  return sdp.split(/\r?\n/).filter((line) => line.startsWith(prefix)).map((line) =>
    line.slice(prefix.length)
  );
}

/** The four lines that the labs' DESCRIBE gives, in the line endings of the request. */
export function describeForLab(
  track: { kind: "video" | "audio"; payloadType: number; mimeType: string },
  port: number,
  sessionId: string,
  lineEnding: string,
): string {
  return [
    "v=0",
    `m=${track.kind} ${port} RTP/AVP ${track.payloadType}`,
    `a=control:streamid=${sessionId}`,
    `a=mimetype:string;"${track.mimeType}"`,
  ].map((line) => line + lineEnding).join("");
}
