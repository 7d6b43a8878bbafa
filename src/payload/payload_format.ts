/**
 * What every payload format offers: a payloader for the sender, a depacketizer for the receiver.
 *
 * @module
 */

import type { RtpPacket } from "../rtp/packet.ts";

/** One RTP payload, without the header: the same bytes for everybody who watches. */
export interface Payload {
  /** The bytes behind the RTP header. */
  readonly payload: Uint8Array;
  /** The M bit of its packet. */
  readonly marker: boolean;
}

/** Splits frames into payloads. */
export interface Payloader {
  /**
   * The payloads of a frame, in order; none is longer than `maxBytes`.
   *
   * @throws {RangeError} When the frame cannot be carried in this format; the message says why.
   */
  payloads(frame: Uint8Array, maxBytes: number): Payload[];
}

/** One frame of video or one run of samples, put together again. */
export interface ReceivedFrame {
  /** RTP timestamp. */
  readonly timestamp: number;
  /** A JPEG image, or samples in network byte order. */
  readonly data: Uint8Array;
  /** Sequence number of its last packet. */
  readonly sequenceNumber: number;
  /** Sequence numbers that it took, where that is known to be more than one. */
  readonly packets?: number;
}

/** Puts frames together from packets that come in order, with gaps where packets were lost. */
export interface Depacketizer {
  /** Takes a packet and gives the frames that are complete with it. Never throws. */
  push(packet: RtpPacket): ReceivedFrame[];
  /** Frames that were given up because a packet of theirs was lost or made no sense. */
  readonly damagedFrames: number;
  /** Why the last one was given up. */
  readonly lastDamage?: string | undefined;
}
