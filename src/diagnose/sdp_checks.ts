/**
 * What can be wrong with a session description (RFC 8866, RFC 2326 appendix C).
 *
 * @module
 */

import { decodeLatin1, visible } from "../bytes/text.ts";
import { FIRST_DYNAMIC_PAYLOAD_TYPE, STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import type { Report } from "./rtsp_message_checks.ts";

/** One m= line and the lines that belong to it. */
interface MediaLines {
  readonly media: string;
  readonly lines: string[];
}

/** Order of the session's lines; those that may stand in several places are not in it. */
const SESSION_ORDER = "vosiuepcbtrzka";
const MEDIA_ORDER = "micbka";

/** Checks the body of a reply to DESCRIBE, or of ANNOUNCE. */
export function checkDescription(body: Uint8Array, report: Report): void {
  const text = decodeLatin1(body);
  const lines = text.split(/\r\n|\n|\r/);
  while (lines.at(-1) === "") lines.pop();
  if (!/^v\s*=/.test(lines[0] ?? "")) {
    report("sdp-not-sdp", visible(text, 160));
    return;
  }
  if (/(?:^|[^\r])\n/.test(text)) report("sdp-line-ending", visible(text));
  if (lines[0]!.trimEnd() !== "v=0") report("sdp-version", visible(lines[0]!));
  const good = lines.filter((line) => {
    const wellFormed = /^[a-z]=\S/.test(line) || /^s= /.test(line);
    if (!wellFormed) report("sdp-line-malformed", visible(line));
    return wellFormed;
  });
  const firstMedia = good.findIndex((line) => line.startsWith("m="));
  const session = firstMedia === -1 ? good : good.slice(0, firstMedia);
  for (const letter of "ost") {
    // One that is there, but malformed, is not missing as well.
    if (!lines.some((line) => line.startsWith(`${letter}=`))) {
      report("sdp-line-missing", `no ${letter}= line in ${visible(text, 160)}`);
    }
  }
  checkOrder(session, SESSION_ORDER, report);
  const medias = mediaOf(firstMedia === -1 ? [] : good.slice(firstMedia));
  if (medias.length === 0) report("sdp-no-media", visible(text, 160));
  for (const media of medias) checkMedia(media, session, report);
}

function mediaOf(lines: readonly string[]): MediaLines[] {
  const medias: MediaLines[] = [];
  for (const line of lines) {
    if (line.startsWith("m=")) medias.push({ media: line, lines: [] });
    else medias.at(-1)?.lines.push(line);
  }
  return medias;
}

function checkOrder(lines: readonly string[], order: string, report: Report): void {
  let reached = 0;
  for (const line of lines) {
    const place = order.indexOf(line[0]!);
    if (place === -1) continue;
    if (place < reached) {
      report("sdp-order", `${visible(line)} behind a line of kind ${order[reached]}=`);
      return;
    }
    // Several times, each with its repeats and zones.
    reached = line[0] === "r" ? order.indexOf("t") : place;
  }
}

function checkMedia(
  { media, lines }: MediaLines,
  session: readonly string[],
  report: Report,
): void {
  checkOrder([media, ...lines], MEDIA_ORDER, report);
  const isConnection = (line: string) => line.startsWith("c=");
  if (!session.some(isConnection) && !lines.some(isConnection)) {
    report("sdp-connection-missing", visible(media));
  }
  if (!lines.some((line) => /^a=control:\s*\S/.test(line))) {
    report("sdp-control-missing", visible(media));
  }
  const match = /^m=\w+ \d{1,5}(?:\/\d+)? (\S+)((?: \S+)+)$/.exec(media);
  if (match === null) {
    report("sdp-media-malformed", visible(media));
    return;
  }
  if (!/^RTP\//i.test(match[1]!)) return;
  const types = match[2]!.trim().split(" ");
  if (types.some((type) => !/^\d{1,3}$/.test(type) || Number(type) > 127)) {
    report("sdp-media-malformed", visible(media));
    return;
  }
  checkRtpMaps(media, types.map(Number), lines, report);
}

function checkRtpMaps(
  media: string,
  types: readonly number[],
  lines: readonly string[],
  report: Report,
): void {
  const mapped = new Set<number>();
  for (const line of lines) {
    if (!line.startsWith("a=rtpmap:")) continue;
    const match = /^a=rtpmap:(\d{1,3}) ([^\s/]+)\/(\d+)(?:\/\S+)?\s*$/.exec(line);
    if (match === null) {
      report("sdp-rtpmap-malformed", visible(line));
      // What was meant is clear enough not to be called missing as well.
      const type = /^a=rtpmap:\s*(\d+)/.exec(line)?.[1];
      if (type !== undefined) mapped.add(Number(type));
      continue;
    }
    const type = Number(match[1]);
    mapped.add(type);
    const fixed = STATIC_PAYLOAD_TYPES.get(type);
    const sameName = fixed?.encodingName.toLowerCase() === match[2]!.toLowerCase();
    if (fixed !== undefined && (!sameName || fixed.clockRate !== Number(match[3]))) {
      report("sdp-rtpmap-static", visible(line));
    }
  }
  for (const type of types) {
    if (type >= FIRST_DYNAMIC_PAYLOAD_TYPE && !mapped.has(type)) {
      report("sdp-rtpmap-missing", `${visible(media)}, no a=rtpmap:${type}`);
    }
  }
}
