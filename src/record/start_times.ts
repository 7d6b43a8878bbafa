/**
 * What the reply to PLAY says about the beginning of each track (RFC 2326 section 12.33).
 *
 * @module
 */

import { withoutEnding } from "../bytes/text.ts";
import { RtspParser } from "../rtsp/parser.ts";
import { parseRtpInfo } from "../rtsp/rtp_info.ts";
import type { StreamFormat } from "./stream_format.ts";

/**
 * The RTP timestamps of the start, by track, from the bytes of a message; empty when it has no
 * RTP-Info.
 */
export function startTimes(
  message: Uint8Array,
  streams: readonly StreamFormat[],
): Map<number, number> {
  const times = new Map<number, number>();
  const parser = new RtspParser();
  const response = parser.push(message)[0] ?? parser.takePending();
  if (response?.kind !== "response") return times;
  const header = response.headers.get("rtp-info");
  if (header === undefined) return times;
  const infos = parseRtpInfo(header);
  infos.forEach(({ url, rtptime }, i) => {
    if (rtptime === undefined) return;
    const named = streams.findIndex(({ control }) => control !== undefined && isSame(url, control));
    // Servers that name no track in the URL list them in order.
    const track = named !== -1 ? named : infos.length === streams.length ? i : -1;
    if (track !== -1 && !times.has(track)) times.set(track, rtptime);
  });
  return times;
}

function isSame(url: string, control: string): boolean {
  const [a, b] = [url, control].map((text) => withoutEnding(text, "/"));
  return a === b || a!.endsWith(`/${b}`);
}
