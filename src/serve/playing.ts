/**
 * PLAY, PAUSE and TEARDOWN (RFC 2326 sections 10.5 to 10.7, RFC 7826 sections 13.4 to 13.7).
 *
 * @module
 */

import type { RtspRequest } from "../rtsp/message.ts";
import {
  formatNpt,
  formatNptRange,
  isForeignRange,
  type NptRange,
  parseNptRange,
} from "../rtsp/range.ts";
import { controlOf, parseRequestUrl, splitControl } from "../rtsp/request_url.ts";
import { formatRtpInfo } from "../rtsp/rtp_info.ts";
import type { StatefulMethod } from "../rtsp/states.ts";
import { type Client, findSession, type ServerContext, type SessionResult } from "./context.ts";
import { presentationUrl } from "./describe.ts";
import { framePosition } from "./lab_methods.ts";
import { encodePlayNotify } from "./play_notify.ts";
import type { Reply } from "./reply.ts";
import type { PlayOrder, ServedSession } from "./session.ts";
import { disconnect, forget } from "./setup.ts";

/** Scales that are served; others are brought to the nearest (RFC 2326 section 12.34). */
const MIN_SCALE = 0.25;
const MAX_SCALE = 8;

/** An end this close to that of the presentation means it. */
const ROUNDING_SECONDS = 1e-5;

/** Answers a PLAY. */
export function play(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const found = sessionFor(context, client, request, "PLAY");
  if ("reply" in found) return found.reply;
  const { session } = found;
  const order = readOrder(request, session);
  if (typeof order === "number") return refusal(order, request, session);
  const answer = session.play(order, request.version === "2.0");
  if (answer === undefined) return { status: 455, session: session.id, headers: allowed(session) };
  const url = presentationUrl(request, session.presentation, client);
  const streams = answer.streams.map(({ track, ...info }) => ({
    url: `${url}/${controlOf(track)}`,
    ...info,
  }));
  if (session.dialect !== "standard") {
    return { status: 200, session: session.id, headers: labExtras(client, session) };
  }
  const headers: [string, string][] = [["Range", formatNptRange(answer)]];
  if (streams.length > 0) headers.push(["RTP-Info", formatRtpInfo(streams, request.version)]);
  if (request.headers.has("scale")) headers.push(["Scale", formatNumber(answer.scale)]);
  const sent = formatNumber(order.speed);
  if (request.version === "2.0") {
    if (request.headers.has("speed")) headers.push(["Speed", `${sent}-${sent}`]);
    headers.push(["Seek-Style", "RAP"]);
    const cseq = request.headers.get("cseq")!;
    session.onPlayedOut = isGStreamer(request)
      ? undefined
      : () => client.writer.write(encodePlayNotify(session, url, cseq));
  } else if (request.headers.has("speed")) headers.push(["Speed", sent]);
  return { status: 200, session: session.id, headers };
}

/** A 457 of RTSP 2.0 says what ranges there are (RFC 7826 section 18.5). */
function refusal(status: number, request: RtspRequest, session: ServedSession): Reply {
  const headers: [string, string][] = status === 457 && request.version === "2.0"
    ? [["Accept-Ranges", "npt"]]
    : [];
  return { status, session: session.id, headers };
}

/** The lab client that begins with CONNECT wants the number of frames with each PLAY. */
function labExtras(client: Client, session: ServedSession): [string, string][] {
  const film = session.presentation.tracks.find(({ kind }) => kind === "video");
  if (client.connectId !== session.id || film?.kind !== "video") return [];
  return [["TTtime", String(film.frameCount)]];
}

/** Answers a PAUSE. */
export function pause(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const found = sessionFor(context, client, request, "PAUSE");
  if ("reply" in found) return found.reply;
  const { session } = found;
  session.pause();
  if (session.dialect !== "standard") return { status: 200, session: session.id };
  const range = `npt=${formatNpt(session.position)}-`;
  return { status: 200, session: session.id, headers: [["Range", range]] };
}

/** Answers a TEARDOWN: of one track when its URL names one of several, else of the session. */
export function tearDown(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  const { session } = found;
  const { track } = splitControl(parseRequestUrl(request.url).path);
  if (track !== undefined && session.dialect === "standard" && session.streams.size > 1) {
    if (!session.streams.has(track)) return { status: 404, session: session.id };
    disconnect(client, session, track);
    return { status: 200, session: session.id };
  }
  forget(context, client, session);
  return { status: 200, session: session.id };
}

function sessionFor(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
  method: StatefulMethod,
): SessionResult {
  const found = findSession(context, client, request);
  if ("reply" in found || found.session.allows(method)) return found;
  const { session } = found;
  return { reply: { status: 455, session: session.id, headers: allowed(session) } };
}

function allowed(session: ServedSession): [string, string][] {
  const methods = (["SETUP", "PLAY", "PAUSE", "TEARDOWN"] as const).filter((method) =>
    session.allows(method)
  );
  return session.dialect === "standard" ? [["Allow", methods.join(", ")]] : [];
}

/** What a PLAY asks for, or the status that says why not. */
function readOrder(request: RtspRequest, session: ServedSession): PlayOrder | number {
  const scale = readFactor(request, "scale");
  const speed = readSpeed(request);
  if (scale === undefined || speed === undefined || speed < 0) return 400;
  const factors = {
    scale: clampScale(scale),
    speed: Math.min(Math.max(speed, 0.1), 100),
    steady: wantsSteady(request),
  };
  const header = request.headers.get("range");
  if (header === undefined) return factors;
  if (session.dialect !== "standard") return withLabRange(factors, header, session);
  if (isForeignRange(header)) return 457;
  const range = parseNptRange(header);
  if (range === undefined) return 457;
  return withRange(factors, range, session);
}

/**
 * `Range: npt=12.5-` and `Range: frame=250` of lab clients, in each of the ways that they are written. To
 * go on from the start after a pause, none is sent: many send `npt=0-` with each PLAY.
 */
function withLabRange(
  factors: Pick<PlayOrder, "scale" | "speed" | "steady">,
  header: string,
  session: ServedSession,
): PlayOrder {
  const [, unit, number] = /^\s*(npt|frame)\s*=\s*(\d+(?:\.\d+)?)/i.exec(header) ?? [];
  const start = unit?.toLowerCase() === "frame" ? framePosition(session, number) : Number(number);
  const isInside = start !== undefined && start > 0 && start < session.presentation.duration;
  return isInside ? { ...factors, start } : factors;
}

function withRange(
  factors: Pick<PlayOrder, "scale" | "speed" | "steady">,
  range: NptRange,
  session: ServedSession,
): PlayOrder | number {
  const { duration } = session.presentation;
  const start = range.start === "now" ? session.position : range.start;
  if (start !== undefined && start > duration) return 457;
  const { end } = range;
  const from = start ?? session.position;
  if (end !== undefined && (factors.scale > 0 ? end <= from : end >= from)) return 457;
  // The description rounds the duration, and players round it once more.
  const bounded = end !== undefined && end < duration - ROUNDING_SECONDS;
  return {
    ...factors,
    ...(start === undefined ? undefined : { start }),
    ...(bounded ? { end } : undefined),
  };
}

/** A speed that is asked for is kept from the start on. */
function wantsSteady(request: RtspRequest): boolean {
  return request.headers.has("speed") || isGStreamer(request);
}

/**
 * GStreamer takes what comes ahead of time for a drift of the clock, and shifts its timestamps; and a
 * PLAY_NOTIFY makes it drop what it has not shown, while it waits for that after a BYE.
 */
function isGStreamer(request: RtspRequest): boolean {
  return /^GStreamer\b/.test(request.headers.get("user-agent") ?? "");
}

function readFactor(request: RtspRequest, name: string): number | undefined {
  const text = request.headers.get(name);
  if (text === undefined) return 1;
  const value = Number(text.trim());
  return text.trim() !== "" && Number.isFinite(value) && value !== 0 ? value : undefined;
}

/** RTSP 2.0 names the lowest and the highest speed (RFC 7826 section 18.50): as near to 1 as may be. */
function readSpeed(request: RtspRequest): number | undefined {
  const bounds = /^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*$/.exec(
    request.headers.get("speed") ?? "",
  );
  if (bounds === null) return readFactor(request, "speed");
  const [low, high] = [Number(bounds[1]), Number(bounds[2])];
  return low <= high && high > 0 ? Math.max(low, Math.min(1, high)) : undefined;
}

function clampScale(scale: number): number {
  const size = Math.min(Math.max(Math.abs(scale), MIN_SCALE), MAX_SCALE);
  return scale < 0 ? -size : size;
}

function formatNumber(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
