/**
 * Every RTP header field, one line a packet: the rows that tshark prints with the fields that the
 * first line names.
 *
 * @module
 */

import type { WiresharkPacket } from "./wireshark_dissector.ts";

/** The columns, as the fields are called in Wireshark. */
export const HEADER_COLUMNS: readonly string[] = [
  "frame.number",
  "frame.time_epoch",
  "src",
  "dst",
  "transport",
  "srcport",
  "dstport",
  "rtp.version",
  "rtp.padding",
  "rtp.ext",
  "rtp.cc",
  "rtp.marker",
  "rtp.p_type",
  "rtp.seq",
  "rtp.timestamp",
  "rtp.ssrc",
  "payload_len",
  "frame.cap_len",
  "frame.len",
  "in_icmp",
];

/** The longest frame that tshark prints. */
const MAX_LENGTH = 2 ** 31 - 1;

/** The row of one packet, tabs between the fields. */
export function headerRow(packet: Omit<WiresharkPacket, "isCounted" | "end">): string {
  const { fields, cursor } = packet;
  return [
    cursor.frameNumber,
    cursor.hasTime ? `${cursor.seconds}.${cursor.nanoseconds.toString().padStart(9, "0")}` : "",
    packet.source,
    packet.destination,
    packet.transport,
    packet.sourcePort,
    packet.destinationPort,
    fields.version,
    fields.padding,
    fields.extension,
    fields.csrcCount,
    fields.marker,
    fields.payloadType,
    fields.sequenceNumber,
    fields.timestamp,
    `0x${fields.ssrc.toString(16).padStart(8, "0")}`,
    packet.payloadLength,
    cursor.end - cursor.offset,
    Math.min(cursor.originalLength, MAX_LENGTH),
    packet.inIcmp ? 1 : 0,
  ].join("\t");
}
