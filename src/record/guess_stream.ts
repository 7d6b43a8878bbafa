/**
 * What a stream carries that nobody has described, from its first datagram.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { decodeLabPacket } from "../payload/lab_packet.ts";
import { imageOffset } from "../payload/piece_counter.ts";
import { decodeRtpPacket } from "../rtp/packet.ts";
import { LAB_FILM, staticFormat, type StreamFormat } from "./stream_format.ts";

/** The one stream that a datagram belongs to; undefined when it is no RTP. */
export function guessStream(datagram: Uint8Array): StreamFormat[] | undefined {
  const lab = decodeLabPacket(datagram);
  // Some lab senders leave the version 0, and put headers of their own before the image.
  if (lab !== undefined && imageOffset(lab.payload) !== undefined) {
    return [{ ...LAB_FILM, payloadType: lab.payloadType }];
  }
  let payloadType: number;
  try {
    ({ payloadType } = decodeRtpPacket(datagram));
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
  const known = staticFormat(payloadType);
  if (known !== undefined) return [known];
  return [{ kind: "unknown", encoding: "UNKNOWN", clockRate: 90_000, payloadType }];
}
