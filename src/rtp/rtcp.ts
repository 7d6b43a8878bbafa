/**
 * RTCP packets and their compounds (RFC 3550 section 6).
 *
 * @module
 */

import { ByteReader } from "../bytes/byte_reader.ts";
import { concatBytes, encodeText } from "../bytes/text.ts";
import type { NtpTime } from "./ntp.ts";

/** RTCP packet types (RFC 3550 section 12.1, RFC 4585). */
export const RTCP_TYPE = {
  senderReport: 200,
  receiverReport: 201,
  sourceDescription: 202,
  goodbye: 203,
  application: 204,
} as const;

/** Extended reports (RFC 3611); above are formats that nobody sends first. */
const LAST_TYPE = 207;

/**
 * Whether bytes begin with a packet of RTCP for certain: version 2, a type that a compound begins with,
 * and a length that stays within them (RFC 3550 section A.2).
 */
export function beginsRtcp(bytes: Uint8Array, at = 0, end: number = bytes.length): boolean {
  if (at + 4 > end || bytes[at]! >> 6 !== 2) return false;
  const type = bytes[at + 1]!;
  if (type < RTCP_TYPE.senderReport || type > LAST_TYPE) return false;
  return at + 4 + 4 * ((bytes[at + 2]! << 8) | bytes[at + 3]!) <= end;
}

/** One reception report block (RFC 3550 section 6.4.1). */
export interface ReportBlock {
  /** The source this block is about. */
  readonly ssrc: number;
  /** Loss since the previous report, in 1/256. */
  readonly fractionLost: number;
  /** Packets lost in all, -2^23 to 2^23 - 1; duplicates make it smaller. */
  readonly cumulativeLost: number;
  /** Cycles in the high, sequence number in the low 16 bits. */
  readonly extendedHighestSequence: number;
  /** Interarrival jitter in units of the stream's clock. */
  readonly jitter: number;
  /** Middle 32 bits of the last sender report's NTP time, or 0. */
  readonly lastSr: number;
  /** Delay since that report in units of 1/65,536 s, or 0. */
  readonly delaySinceLastSr: number;
}

/** Sender report (RFC 3550 section 6.4.1). */
export interface SenderReport {
  /** Which packet this is. */
  readonly type: "SR";
  /** The sender. */
  readonly ssrc: number;
  /** Wall-clock time of this report. */
  readonly ntp: NtpTime;
  /** The same instant on the stream's clock. */
  readonly rtpTimestamp: number;
  /** RTP packets sent since the start. */
  readonly packetCount: number;
  /** Payload bytes sent since the start. */
  readonly octetCount: number;
  /** What the sender receives itself. */
  readonly reports: readonly ReportBlock[];
}

/** Receiver report (RFC 3550 section 6.4.2). */
export interface ReceiverReport {
  /** Which packet this is. */
  readonly type: "RR";
  /** The receiver. */
  readonly ssrc: number;
  /** What it receives, one block a source. */
  readonly reports: readonly ReportBlock[];
}

/** One item of a source description; type 1 is CNAME (RFC 3550 section 6.5). */
export interface SdesItem {
  /** 1 to 255. */
  readonly type: number;
  /** UTF-8 text, at most 255 bytes. */
  readonly text: string;
}

/** Source description (RFC 3550 section 6.5). */
export interface SourceDescription {
  /** Which packet this is. */
  readonly type: "SDES";
  /** One chunk a source. */
  readonly chunks: readonly { readonly ssrc: number; readonly items: readonly SdesItem[] }[];
}

/** Goodbye (RFC 3550 section 6.6). */
export interface Goodbye {
  /** Which packet this is. */
  readonly type: "BYE";
  /** The sources that leave. */
  readonly ssrcs: readonly number[];
  /** Why, if they say. */
  readonly reason?: string;
}

/** Any other packet, kept as it came. */
export interface RawRtcp {
  /** Which packet this is. */
  readonly type: "raw";
  /** The packet type byte. */
  readonly packetType: number;
  /** The five bits after the padding bit: count, subtype or feedback format. */
  readonly count: number;
  /** What follows the 4-byte header. */
  readonly body: Uint8Array;
}

/** Any RTCP packet. */
export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | RawRtcp;

const DECODER = new TextDecoder();

/**
 * Decodes a compound packet.
 *
 * @throws {DecodeError} When a packet's length runs past the datagram, a version is not 2 or a body
 * is shorter than its counts say.
 */
export function decodeRtcp(datagram: Uint8Array): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  const compound = new ByteReader("RTCP", datagram);
  if (compound.remaining < 4) throw compound.error(`${compound.remaining} bytes, a header takes 4`);
  while (compound.remaining > 0) {
    const first = compound.u8();
    if (first >> 6 !== 2) throw compound.error(`version is ${first >> 6}, expected 2`);
    const packetType = compound.u8();
    let body = compound.bytes(4 * compound.u16());
    if ((first & 0x20) !== 0) {
      const padding = body.at(-1) ?? 0;
      if (padding === 0 || padding > body.length) {
        throw compound.error(`padding count is ${padding}`);
      }
      body = body.subarray(0, body.length - padding);
    }
    packets.push(decodeBody(packetType, first & 0x1f, body));
  }
  return packets;
}

function decodeBody(packetType: number, count: number, body: Uint8Array): RtcpPacket {
  const reader = new ByteReader("RTCP", body);
  switch (packetType) {
    case RTCP_TYPE.senderReport:
      return {
        type: "SR",
        ssrc: reader.u32(),
        ntp: { seconds: reader.u32(), fraction: reader.u32() },
        rtpTimestamp: reader.u32(),
        packetCount: reader.u32(),
        octetCount: reader.u32(),
        reports: decodeReports(reader, count),
      };
    case RTCP_TYPE.receiverReport:
      return { type: "RR", ssrc: reader.u32(), reports: decodeReports(reader, count) };
    case RTCP_TYPE.sourceDescription:
      return decodeSourceDescription(reader, count);
    case RTCP_TYPE.goodbye: {
      const ssrcs = Array.from({ length: count }, () => reader.u32());
      if (reader.remaining === 0) return { type: "BYE", ssrcs };
      return { type: "BYE", ssrcs, reason: DECODER.decode(reader.bytes(reader.u8())) };
    }
    default:
      return { type: "raw", packetType, count, body };
  }
}

function decodeReports(reader: ByteReader, count: number): ReportBlock[] {
  return Array.from({ length: count }, () => ({
    ssrc: reader.u32(),
    fractionLost: reader.u8(),
    cumulativeLost: (reader.u24() << 8) >> 8,
    extendedHighestSequence: reader.u32(),
    jitter: reader.u32(),
    lastSr: reader.u32(),
    delaySinceLastSr: reader.u32(),
  }));
}

function decodeSourceDescription(reader: ByteReader, count: number): SourceDescription {
  const chunks: { ssrc: number; items: SdesItem[] }[] = [];
  for (let i = 0; i < count; i++) {
    const ssrc = reader.u32();
    const items: SdesItem[] = [];
    // A zero byte ends the list; chunks are padded with zeros to a multiple of 4 bytes.
    for (let type = reader.u8(); type !== 0; type = reader.u8()) {
      items.push({ type, text: DECODER.decode(reader.bytes(reader.u8())) });
    }
    reader.skip(Math.min((4 - reader.offset % 4) % 4, reader.remaining));
    chunks.push({ ssrc, items });
  }
  return { type: "SDES", chunks };
}

/**
 * Encodes a compound packet. RFC 3550 section 6.1 wants a report first and an SDES with CNAME.
 *
 * @throws {RangeError} When a packet holds more than 31 blocks or a text more than 255 bytes.
 */
export function encodeRtcp(packets: readonly RtcpPacket[]): Uint8Array<ArrayBuffer> {
  return concatBytes(packets.map(encodePacket));
}

function encodePacket(packet: RtcpPacket): Uint8Array {
  switch (packet.type) {
    case "SR": {
      const { ntp } = packet;
      const info = [packet.ssrc, ntp.seconds, ntp.fraction, packet.rtpTimestamp];
      return frame(
        RTCP_TYPE.senderReport,
        packet.reports.length,
        concatBytes([
          words([...info, packet.packetCount, packet.octetCount]),
          ...packet.reports.map(encodeReport),
        ]),
      );
    }
    case "RR":
      return frame(
        RTCP_TYPE.receiverReport,
        packet.reports.length,
        concatBytes([words([packet.ssrc]), ...packet.reports.map(encodeReport)]),
      );
    case "SDES":
      return frame(
        RTCP_TYPE.sourceDescription,
        packet.chunks.length,
        concatBytes(packet.chunks.map(({ ssrc, items }) => {
          const list = concatBytes(items.map(({ type, text }) => labelled([type], text)));
          return padToWords(concatBytes([words([ssrc]), list, new Uint8Array(1)]));
        })),
      );
    case "BYE": {
      const reason = packet.reason === undefined ? [] : [labelled([], packet.reason)];
      const body = padToWords(concatBytes([words(packet.ssrcs), ...reason]));
      return frame(RTCP_TYPE.goodbye, packet.ssrcs.length, body);
    }
    case "raw":
      return frame(packet.packetType, packet.count, packet.body);
  }
}

function encodeReport(report: ReportBlock): Uint8Array {
  return words([
    report.ssrc,
    (report.fractionLost << 24) | (report.cumulativeLost & 0xffffff),
    report.extendedHighestSequence,
    report.jitter,
    report.lastSr,
    report.delaySinceLastSr,
  ]);
}

function frame(packetType: number, count: number, body: Uint8Array): Uint8Array {
  if (count > 31) throw new RangeError(`${count} blocks in one RTCP packet, at most 31 fit`);
  const bytes = new Uint8Array(4 + body.length);
  bytes[0] = 0x80 | count;
  bytes[1] = packetType;
  new DataView(bytes.buffer).setUint16(2, body.length / 4);
  bytes.set(body, 4);
  return bytes;
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setUint32(4 * i, value));
  return bytes;
}

function labelled(prefix: readonly number[], text: string): Uint8Array {
  const encoded = encodeText(text);
  if (encoded.length > 255) {
    throw new RangeError(`RTCP text of ${encoded.length} bytes, at most 255`);
  }
  return Uint8Array.from([...prefix, encoded.length, ...encoded]);
}

function padToWords(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}
