/**
 * Whose RTCP packet it is: that of the stream whose sender sent it, or of none that is watched, as
 * the receivers' reports are.
 *
 * @module
 */

import { readU32 } from "../bytes/words.ts";
import { RTCP_TYPE } from "../rtp/rtcp.ts";
import type { Stream, StreamPath } from "./stream.ts";
import type { StreamBook } from "./stream_book.ts";

/**
 * The streams that a compound packet from `path` belongs to. An interleaved packet's channel is to be
 * that of the RTP it goes with. The reporter's SSRC decides; in a session of RTSP the ends do where
 * that SSRC is nobody's.
 */
export function streamsOfReport(
  book: StreamBook,
  compound: Uint8Array,
  path: StreamPath,
): readonly Stream[] {
  const named = book.withSsrc(readU32(compound, 4));
  if (named.length === 0) {
    if (path.conversation === undefined) return [];
    return book.streams.filter((stream) => isBeside(stream.path, path)).slice(-1);
  }
  const beside = named.filter((stream) => isBeside(stream.path, path));
  if (beside.length > 0) return beside;
  const alike = named.filter((stream) =>
    stream.path.source === path.source && stream.path.destination === path.destination
  );
  return alike.length > 0 ? alike : named;
}

/** Whether a compound packet says goodbye for a source. */
export function holdsGoodbye(compound: Uint8Array, ssrc: number): boolean {
  for (let at = 0; at + 4 <= compound.length;) {
    const end = at + 4 + 4 * ((compound[at + 2]! << 8) | compound[at + 3]!);
    if (compound[at + 1] === RTCP_TYPE.goodbye) {
      const count = compound[at]! & 0x1f;
      for (let i = 0; i < count && at + 8 + 4 * i <= compound.length; i++) {
        if (readU32(compound, at + 4 + 4 * i) === ssrc) return true;
      }
    }
    at = end;
  }
  return false;
}

/** Whether RTCP on one path goes with RTP on another: the same ends, the same port or the next. */
function isBeside(rtp: StreamPath, rtcp: StreamPath): boolean {
  if (rtp.source !== rtcp.source || rtp.destination !== rtcp.destination) return false;
  if (rtp.conversation !== rtcp.conversation || rtp.channel !== rtcp.channel) return false;
  if (rtcp.channel !== undefined) return rtp.sourcePort === rtcp.sourcePort;
  const distance = rtcp.destinationPort - rtp.destinationPort;
  return distance === 0 || distance === 1;
}
