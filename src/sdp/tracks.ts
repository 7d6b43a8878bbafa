/**
 * What a session description says of its tracks, as a receiver needs it.
 *
 * @module
 */

import sdpTransform, { type MediaDescription, type SessionDescription } from "sdp-transform";
import { STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import { parseNptRange } from "../rtsp/range.ts";

/** Media descriptions that are looked at: a receiver sets each of them up. */
const MAX_TRACKS = 32;

/** One media description. */
export interface SdpTrack {
  /** "video", "audio", or another kind. */
  readonly kind: string;
  /** Port of the media line; 0 in RTSP. */
  readonly port: number;
  /** First payload type of the media line. */
  readonly payloadType?: number;
  /** All payload types of the media line. */
  readonly payloadTypes: readonly number[];
  /** Encoding name from the rtpmap or the static table. */
  readonly encodingName?: string;
  /** Clock rate in Hz. */
  readonly clockRate?: number;
  /** Audio channels. */
  readonly channels?: number;
  /** `a=control`, as it stands there. */
  readonly control?: string;
  /** Frames a second. */
  readonly frameRate?: number;
  /** Size of pictures in pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  /** `a=fmtp` of the payload type. */
  readonly formatParameters?: string;
}

/** A session description. */
export interface SdpSession {
  /** Session-level `a=control`. */
  readonly control?: string;
  /** Length in seconds, from `a=range`. */
  readonly duration?: number;
  /** Media descriptions in order, the first 32. */
  readonly tracks: readonly SdpTrack[];
}

interface Line {
  readonly key: string;
  readonly value: string;
}

/** Parses a description. Nothing in it can make this throw: what makes no sense is left out. */
export function parseSessionDescription(text: string): SdpSession {
  const parsed = parseLeniently(text);
  const [session = [], ...media] = sections(text);
  const control = attribute(session, "control");
  const range = [session, ...media].map((lines) => attribute(lines, "range"))
    .find((value) => value !== undefined);
  const end = range === undefined ? undefined : parseNptRange(range)?.end;
  return {
    ...(control === undefined ? undefined : { control }),
    ...(end === undefined ? undefined : { duration: end }),
    tracks: media.map((lines, i) => readTrack(lines, parsed?.media[i])),
  };
}

function parseLeniently(text: string): SessionDescription | undefined {
  try {
    return sdpTransform.parse(text);
  } catch {
    return undefined;
  }
}

/** Lines of the session, then of each media description, as far as these are looked at. */
function sections(text: string): Line[][] {
  const parts: Line[][] = [[]];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^([a-z])=(.*)$/.exec(line.trim());
    if (match === null) continue;
    if (match[1] === "m") {
      if (parts.length > MAX_TRACKS) break;
      parts.push([]);
    }
    parts.at(-1)!.push({ key: match[1]!, value: match[2]! });
  }
  return parts;
}

function attribute(lines: readonly Line[], name: string): string | undefined {
  const prefix = `${name}:`;
  return lines.find(({ key, value }) => key === "a" && value.startsWith(prefix))?.value
    .slice(prefix.length).trim();
}

function readTrack(
  lines: readonly Line[],
  parsed: MediaDescription | undefined,
): SdpTrack {
  const [kind = "", port = "0", , type, ...more] = lines[0]!.value.split(/\s+/);
  const payloadType = /^\d{1,3}$/.test(type ?? "") ? Number(type) : undefined;
  const map = parsed?.rtp.find(({ payload }) => payload === payloadType);
  const fixed = payloadType === undefined ? undefined : STATIC_PAYLOAD_TYPES.get(payloadType);
  const encodingName = map?.codec ?? fixed?.encodingName;
  const clockRate = positive(map?.rate) ?? fixed?.clockRate;
  const channels = kind === "audio"
    ? positive(Number(map?.encoding)) ?? (map === undefined ? fixed?.channels : 1)
    : undefined;
  const control = attribute(lines, "control");
  const frameRate = positive(Number(attribute(lines, "framerate")));
  const size = readSize(lines);
  const formatParameters = parsed?.fmtp.find(({ payload }) => payload === payloadType)?.config;
  return {
    kind,
    port: Number.parseInt(port) || 0,
    ...(payloadType === undefined ? undefined : { payloadType }),
    payloadTypes: [type ?? "", ...more].filter((one) => /^\d{1,3}$/.test(one)).map(Number),
    ...(encodingName === undefined ? undefined : { encodingName }),
    ...(clockRate === undefined ? undefined : { clockRate }),
    ...(channels === undefined ? undefined : { channels }),
    ...(control === undefined ? undefined : { control }),
    ...(frameRate === undefined ? undefined : { frameRate }),
    ...(size === undefined ? undefined : { size }),
    ...(formatParameters === undefined ? undefined : { formatParameters }),
  };
}

/** `a=x-dimensions:640,360` or `a=framesize:26 640-360`. */
function readSize(lines: readonly Line[]): { width: number; height: number } | undefined {
  const text = attribute(lines, "x-dimensions") ?? attribute(lines, "framesize");
  const match = /(?<!\d)(\d{1,5})[,x-](\d{1,5})\s*$/.exec(text ?? "");
  const width = positive(Number(match?.[1]));
  const height = positive(Number(match?.[2]));
  return width === undefined || height === undefined ? undefined : { width, height };
}

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 && Number.isFinite(value) ? value : undefined;
}

/**
 * The URL of a control attribute: `*` is the base; else resolved by RFC 3986; the second candidate is
 * the plain concatenation that many servers mean.
 */
export function controlUrls(base: string, control: string | undefined): string[] {
  if (control === undefined || control === "*" || control === "") return [base];
  if (/^rtsp[su]?:\/\//i.test(control)) return [control];
  const joined = base.endsWith("/") ? base + control : `${base}/${control}`;
  const resolved = resolveUrl(base, control);
  return resolved === undefined || resolved === joined ? [joined] : [resolved, joined];
}

/** A reference against an RTSP URL (RFC 3986 section 5); undefined when one of them is none. */
export function resolveUrl(base: string, reference: string): string | undefined {
  if (!/^rtsp[su]?:\/\//i.test(base)) return undefined;
  return URL.parse(reference, base)?.href;
}
