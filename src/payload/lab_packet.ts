/**
 * The labs' RTP packets: twelve bytes of header, then the frame.
 *
 * @module
 */

import { RTP_HEADER_LENGTH, type RtpPacket } from "../rtp/packet.ts";

/**
 * Decodes a packet of a lab's sender. Version, padding, extension and CSRC count are what students get
 * wrong most often: a payload begins behind the twelfth byte whatever they say.
 *
 * @returns The packet; undefined when the datagram is too short for a header.
 */
export function decodeLabPacket(datagram: Uint8Array): RtpPacket | undefined {
  if (datagram.length < RTP_HEADER_LENGTH) return undefined;
  const view = new DataView(datagram.buffer, datagram.byteOffset, RTP_HEADER_LENGTH);
  const second = view.getUint8(1);
  return {
    marker: second > 0x7f,
    payloadType: second & 0x7f,
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    csrcs: [],
    payload: datagram.subarray(RTP_HEADER_LENGTH),
    paddingLength: 0,
  };
}
