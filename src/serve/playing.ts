/**
 * PLAY, PAUSE and TEARDOWN (RFC 2326 sections 10.5 to 10.7, RFC 7826 sections 13.4 to 13.7).
 *
 * @module
 */

import type { RtspRequest } from "../rtsp/message.ts";
import { formatNpt, formatNptRange, parsePausePoint } from "../rtsp/range.ts";
import { controlOf, parseRequestUrl, splitControl } from "../rtsp/request_url.ts";
import { formatRtpInfo } from "../rtsp/rtp_info.ts";
import type { StatefulMethod } from "../rtsp/states.ts";
import { readBlockSize } from "./block_size.ts";
import { type Client, findSession, type ServerContext, type SessionResult } from "./context.ts";
import { presentationUrl } from "./describe.ts";
import { isGStreamer, readOrder } from "./play_order.ts";
import { encodePlayNotify } from "./play_notify.ts";
import type { Reply } from "./reply.ts";
import type { ServedSession } from "./session.ts";
import type { PlayAnswer, PlayOrder } from "./session_types.ts";
import { disconnect, forget } from "./setup.ts";

/** Answers a PLAY. */
export function play(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const found = sessionFor(context, client, request, "PLAY");
  if ("reply" in found) return found.reply;
  const { session } = found;
  const target = targetOf(request, session);
  if (typeof target === "object") return target.reply;
  const order = readOrder(request, session);
  if (typeof order === "number") return refusal(order, request, session);
  const refused = takeBlockSize(context, request, session, target);
  if (refused !== undefined) return refused;
  const answer = playTarget(request, session, target, order);
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
      : () => client.send(encodePlayNotify(session, url, cseq));
  } else if (request.headers.has("speed")) headers.push(["Speed", sent]);
  return { status: 200, session: session.id, headers };
}

function playTarget(
  request: RtspRequest,
  session: ServedSession,
  target: number | undefined,
  order: PlayOrder,
): PlayAnswer | undefined {
  return target === undefined
    ? session.play(order, request.version === "2.0")
    : session.playTrack(target, order);
}

/** Notes the size of packets that a PLAY asks for, or gives its refusal. */
function takeBlockSize(
  { environment }: ServerContext,
  request: RtspRequest,
  session: ServedSession,
  target: number | undefined,
): Reply | undefined {
  if (session.dialect !== "standard") return undefined;
  const size = readBlockSize(request, environment.maxPayloadBytes);
  if ("reply" in size) return { ...size.reply, session: session.id };
  if (size.bytes === undefined) return undefined;
  for (const track of target === undefined ? session.streams.keys() : [target]) {
    session.blockSizes.set(track, size.bytes);
  }
  return undefined;
}

/**
 * The track that a request of a standard client is about, or undefined where it is about all of them.
 * RTSP 1.0 lets each be controlled by itself, RTSP 2.0 does not (RFC 7826 sections 13.4 and 13.6).
 */
function targetOf(
  request: RtspRequest,
  session: ServedSession,
): number | undefined | { readonly reply: Reply } {
  if (session.dialect !== "standard") return undefined;
  const { path, track } = splitControl(parseRequestUrl(request.url).path);
  if (track === undefined || path !== session.presentation.name) return undefined;
  if (!session.streams.has(track)) {
    // That one is still in Init.
    return { reply: { status: 455, session: session.id, headers: [["Allow", "SETUP"]] } };
  }
  if (session.streams.size === 1) return undefined;
  return request.version === "2.0" ? { reply: { status: 460, session: session.id } } : track;
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
  const target = targetOf(request, session);
  if (typeof target === "object") return target.reply;
  const point = pausePointOf(request, session);
  if (Number.isNaN(point)) return { status: 457, session: session.id };
  if (!pauseTarget(session, target, point)) return { status: 457, session: session.id };
  if (session.dialect !== "standard") return { status: 200, session: session.id };
  const range = `npt=${formatNpt(point ?? session.position)}-`;
  return { status: 200, session: session.id, headers: [["Range", range]] };
}

function pauseTarget(
  session: ServedSession,
  target: number | undefined,
  point: number | undefined,
): boolean {
  if (target !== undefined) return session.pauseTrack(target, point);
  if (point !== undefined) return session.pauseAt(point);
  session.pause();
  return true;
}

/**
 * Where a PAUSE is to take effect: undefined for now, NaN where the Range makes no sense. RTSP 2.0 has
 * no Range here.
 */
function pausePointOf(request: RtspRequest, session: ServedSession): number | undefined {
  const header = request.headers.get("range");
  if (header === undefined || request.version === "2.0" || session.dialect !== "standard") {
    return undefined;
  }
  const point = parsePausePoint(header);
  return point === "now" ? undefined : point ?? NaN;
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

function formatNumber(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}
