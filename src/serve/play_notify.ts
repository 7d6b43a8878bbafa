/**
 * PLAY_NOTIFY: an RTSP 2.0 server says when a range has been played (RFC 7826 section 13.5.1).
 *
 * @module
 */

import { encodeRequest } from "../rtsp/message.ts";
import { formatNpt } from "../rtsp/range.ts";
import { controlOf } from "../rtsp/request_url.ts";
import { formatRtpInfo } from "../rtsp/rtp_info.ts";
import type { ServedSession } from "./session.ts";

/** The server's own requests count from here; nobody answers with anything that matters. */
let cseq = 0;

/** The request to the client of a session whose range has ended; `playCseq` is that of its PLAY. */
export function encodePlayNotify(
  session: ServedSession,
  url: string,
  playCseq: string,
): Uint8Array<ArrayBuffer> {
  const streams = [...session.streams].map(([track, { sender, nextTimestamp }]) => ({
    url: `${url}/${controlOf(track)}`,
    seq: sender.nextSequenceNumber,
    rtptime: nextTimestamp,
    ssrc: sender.ssrc,
  }));
  return encodeRequest({
    method: "PLAY_NOTIFY",
    url,
    version: "2.0",
    headers: [
      ["CSeq", String(++cseq)],
      ["Date", new Date().toUTCString()],
      ["Session", session.id],
      ["Notify-Reason", "end-of-stream"],
      ["Request-Status", `cseq=${playCseq} status=200 reason="OK"`],
      ["Range", `npt=-${formatNpt(session.playedTo)}`],
      ["RTP-Info", formatRtpInfo(streams, "2.0")],
    ],
  });
}
