/**
 * What a stream carries that nobody has described, from its first datagram.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { decodeRtpPacket, type RtpPacket } from "../rtp/packet.ts";
import { LAB_FILM, staticFormat, type StreamFormat } from "./stream_format.ts";

/** The one stream that a datagram belongs to; undefined when it is no RTP. */
export function guessStream(datagram: Uint8Array): StreamFormat[] | undefined {
  let packet: RtpPacket;
  try {
    packet = decodeRtpPacket(datagram, { anyVersion: true });
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
  const version = datagram[0]! >> 6;
  const { payload, payloadType } = packet;
  // Some lab senders leave the version 0, and the lab's pieces may have four bytes of their own.
  const isWhole = startsWithSoi(payload) || startsWithSoi(payload.subarray(4));
  if (isWhole) return [{ ...LAB_FILM, payloadType }];
  if (version !== 2) return undefined;
  const known = staticFormat(payloadType);
  if (known !== undefined) return [known];
  return [{ kind: "unknown", encoding: "UNKNOWN", clockRate: 90_000, payloadType }];
}

function startsWithSoi(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}
