/**
 * The RTP fixed header (RFC 3550 section 5.1).
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           timestamp                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           synchronization source (SSRC) identifier            |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |            contributing source (CSRC) identifiers             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { readU32 } from "../bytes/words.ts";

/** Bytes of the fixed header, before CSRCs, extension and payload. */
export const RTP_HEADER_LENGTH = 12;

/** The header extension (RFC 3550 section 5.3.1). */
export interface RtpExtension {
  /** The 16 bits "defined by profile"; 0xBEDE marks RFC 8285 one-byte elements. */
  readonly profile: number;
  /** The extension's data, a multiple of 4 bytes. */
  readonly data: Uint8Array;
}

/** A decoded RTP packet. Byte ranges are views of the datagram, not copies. */
export interface RtpPacket {
  /** The M bit: for video, the last packet of a frame (RFC 3551 section 5). */
  readonly marker: boolean;
  /** 0 to 127. */
  readonly payloadType: number;
  /** 0 to 65,535. */
  readonly sequenceNumber: number;
  /** 0 to 2^32 - 1, in units of the stream's clock. */
  readonly timestamp: number;
  /** 0 to 2^32 - 1. */
  readonly ssrc: number;
  /** Contributing sources, at most 15. */
  readonly csrcs: readonly number[];
  /** Present when the X bit is set. */
  readonly extension?: RtpExtension;
  /** What follows the headers, without padding. */
  readonly payload: Uint8Array;
  /** Bytes of padding at the end, the count byte included; 0 when the P bit is not set. */
  readonly paddingLength: number;
}

/** How strict {@linkcode decodeRtpPacket} is. */
export interface RtpDecodeOptions {
  /** Accept a version other than 2: some lab senders leave it 0. Default false. */
  readonly anyVersion?: boolean;
}

const NO_CSRCS: readonly number[] = Object.freeze([]);

/**
 * Decodes one datagram.
 *
 * @throws {DecodeError} When it is shorter than its headers say, its version is not 2 or its padding
 * count does not fit.
 */
export function decodeRtpPacket(datagram: Uint8Array, options?: RtpDecodeOptions): RtpPacket {
  const length = datagram.length;
  if (length < RTP_HEADER_LENGTH) {
    throw new DecodeError("RTP", length, `${length} bytes, the fixed header takes 12`);
  }
  const first = datagram[0]!;
  const version = first >> 6;
  if (version !== 2 && options?.anyVersion !== true) {
    throw new DecodeError("RTP", 0, `version is ${version}, expected 2`);
  }
  let offset = RTP_HEADER_LENGTH + 4 * (first & 0x0f);
  if (offset > length) {
    throw new DecodeError("RTP", 0, `${first & 0x0f} CSRCs do not fit in ${length} bytes`);
  }
  const csrcs: readonly number[] = offset === RTP_HEADER_LENGTH
    ? NO_CSRCS
    : Array.from({ length: first & 0x0f }, (_, i) => readU32(datagram, RTP_HEADER_LENGTH + 4 * i));
  let extension: RtpExtension | undefined;
  if ((first & 0x10) !== 0) {
    if (offset + 4 > length) {
      throw new DecodeError("RTP", offset, "header extension is cut");
    }
    const profile = readU16(datagram, offset);
    const end = offset + 4 + 4 * readU16(datagram, offset + 2);
    if (end > length) {
      throw new DecodeError(
        "RTP",
        offset + 2,
        `header extension ends at ${end} of ${length} bytes`,
      );
    }
    extension = { profile, data: datagram.subarray(offset + 4, end) };
    offset = end;
  }
  let paddingLength = 0;
  if ((first & 0x20) !== 0) {
    paddingLength = datagram[length - 1]!;
    if (paddingLength === 0 || offset + paddingLength > length) {
      throw new DecodeError("RTP", length - 1, `padding count is ${paddingLength}`);
    }
  }
  const second = datagram[1]!;
  return {
    marker: second > 0x7f,
    payloadType: second & 0x7f,
    sequenceNumber: readU16(datagram, 2),
    timestamp: readU32(datagram, 4),
    ssrc: readU32(datagram, 8),
    csrcs,
    ...(extension === undefined ? undefined : { extension }),
    payload: datagram.subarray(offset, length - paddingLength),
    paddingLength,
  };
}

/** What {@linkcode encodeRtpPacket} needs; what is left out is empty. */
export type RtpPacketInit =
  & Pick<RtpPacket, "payloadType" | "sequenceNumber" | "timestamp" | "ssrc" | "payload">
  & Partial<RtpPacket>;

/**
 * Encodes a packet, version 2.
 *
 * @throws {RangeError} When there are more than 15 CSRCs, the extension is not a multiple of 4 bytes
 * or the padding is more than 255 bytes.
 */
export function encodeRtpPacket(packet: RtpPacketInit): Uint8Array<ArrayBuffer> {
  const { csrcs = NO_CSRCS, extension, paddingLength = 0, payload } = packet;
  if (csrcs.length > 15) throw new RangeError(`${csrcs.length} CSRCs, at most 15 fit`);
  if (extension !== undefined && extension.data.length % 4 !== 0) {
    throw new RangeError(`extension of ${extension.data.length} bytes is not a multiple of 4`);
  }
  if (paddingLength > 255) throw new RangeError(`${paddingLength} bytes of padding, at most 255`);
  const extensionLength = extension === undefined ? 0 : 4 + extension.data.length;
  const headerLength = RTP_HEADER_LENGTH + 4 * csrcs.length + extensionLength;
  const bytes = new Uint8Array(headerLength + payload.length + paddingLength);
  writeRtpHeader(bytes, packet);
  bytes[0]! |= (paddingLength > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrcs.length;
  const view = new DataView(bytes.buffer);
  csrcs.forEach((csrc, i) => view.setUint32(RTP_HEADER_LENGTH + 4 * i, csrc));
  if (extension !== undefined) {
    const at = RTP_HEADER_LENGTH + 4 * csrcs.length;
    view.setUint16(at, extension.profile);
    view.setUint16(at + 2, extension.data.length / 4);
    bytes.set(extension.data, at + 4);
  }
  bytes.set(payload, headerLength);
  if (paddingLength > 0) bytes[bytes.length - 1] = paddingLength;
  return bytes;
}

/**
 * Writes the 12 fixed bytes (V=2, P=X=CC=0) at the start of `into`, which must have room for them.
 * This is all that differs between the sessions that watch one frame.
 */
export function writeRtpHeader(
  into: Uint8Array,
  header: {
    marker?: boolean;
    payloadType: number;
    sequenceNumber: number;
    timestamp: number;
    ssrc: number;
  },
): void {
  const { timestamp, ssrc, sequenceNumber } = header;
  into[0] = 0x80;
  into[1] = (header.marker === true ? 0x80 : 0) | (header.payloadType & 0x7f);
  into[2] = sequenceNumber >> 8;
  into[3] = sequenceNumber;
  into[4] = timestamp >>> 24;
  into[5] = timestamp >>> 16;
  into[6] = timestamp >>> 8;
  into[7] = timestamp;
  into[8] = ssrc >>> 24;
  into[9] = ssrc >>> 16;
  into[10] = ssrc >>> 8;
  into[11] = ssrc;
}

/**
 * Whether a datagram on a shared channel is RTCP rather than RTP (RFC 5761 section 4): its second
 * byte, as an RTP payload type with marker, would be 64 to 95. It begins at `at`.
 */
export function isRtcp(datagram: Uint8Array, at = 0): boolean {
  const second = datagram[at + 1]!;
  return datagram.length >= at + 4 && second >= 192 && second <= 223;
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
