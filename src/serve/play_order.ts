/**
 * What a PLAY asks for: Range, Scale and Speed.
 *
 * @module
 */

import type { RtspRequest } from "../rtsp/message.ts";
import { isForeignRange, type NptRange, parseNptRange } from "../rtsp/range.ts";
import { framePosition } from "./lab_methods.ts";
import type { ServedSession } from "./session.ts";
import type { PlayOrder } from "./session_types.ts";

/** Scales that are served; others are brought to the nearest (RFC 2326 section 12.34). */
const MIN_SCALE = 0.25;
const MAX_SCALE = 8;

/** An end this close to that of the presentation means it. */
const ROUNDING_SECONDS = 1e-5;

/** What a PLAY asks for, or the status that says why not. */
export function readOrder(request: RtspRequest, session: ServedSession): PlayOrder | number {
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
  factors: Omit<PlayOrder, "start" | "end">,
  header: string,
  session: ServedSession,
): PlayOrder {
  const [, unit, number] = /^\s*(npt|frame)\s*=\s*(\d+(?:\.\d+)?)/i.exec(header) ?? [];
  const start = unit?.toLowerCase() === "frame" ? framePosition(session, number) : Number(number);
  const isInside = start !== undefined && start > 0 && start < session.presentation.duration;
  return isInside ? { ...factors, start } : factors;
}

function withRange(
  factors: Omit<PlayOrder, "start" | "end">,
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
export function isGStreamer(request: RtspRequest): boolean {
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
