/**
 * What the reply to PLAY says about the beginning of each track (RFC 2326 section 12.33).
 *
 * @module
 */

import { RtspParser } from "../rtsp/parser.ts";
import { infoOfStreams, parseRtpInfo } from "../rtsp/rtp_info.ts";
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
  const urls = streams.map(({ control }) => control === undefined ? [] : [control]);
  infoOfStreams(parseRtpInfo(header), urls).forEach((info, track) => {
    if (info?.rtptime !== undefined) times.set(track, info.rtptime);
  });
  return times;
}
