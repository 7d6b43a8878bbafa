/**
 * The headers in front of an RFC 2435 payload (its section 3.1).
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Type-specific |              Fragment Offset                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Type     |       Q       |     Width     |     Height    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |       Restart Interval        |F|L|       Restart Count       |  types 64 to 127
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      MBZ      |   Precision   |             Length            |  Q 128 to 255, offset 0
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                    Quantization Table Data                    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @module
 */

import { ByteReader } from "../bytes/byte_reader.ts";

/** Largest width and height that the header can say, in pixels. */
export const MAX_RTP_JPEG_SIZE = 2040;

/** Quantisation tables as a packet carries them. */
export interface InBandTables {
  /** Bit i set: table i has 16-bit values. */
  readonly precision: number;
  /** The tables, one behind the other, in zig-zag order; empty when sent with an earlier frame. */
  readonly data: Uint8Array;
}

/** A decoded payload. Byte ranges are views. */
export interface RtpJpegPayload {
  /** For types 0 and 1: 0 progressive scan, 1 and 2 odd and even fields, 3 one field for both. */
  readonly typeSpecific: number;
  /** Offset in bytes in the frame's scan data, 0 to 2^24 - 1. */
  readonly fragmentOffset: number;
  /** 0 for 4:2:2, 1 for 4:2:0; 64 more with restart markers. */
  readonly type: number;
  /** 1 to 99 names tables, 128 to 255 announces them. */
  readonly q: number;
  /** In pixels, a multiple of 8; 0 when it has to come from elsewhere. */
  readonly width: number;
  /** In pixels, a multiple of 8; 0 when it has to come from elsewhere. */
  readonly height: number;
  /** MCUs between restart markers; 0 for types without. */
  readonly restartInterval: number;
  /** Present when Q is 128 or more and the offset is 0. */
  readonly tables?: InBandTables;
  /** Scan data. */
  readonly data: Uint8Array;
}

/**
 * Decodes a payload.
 *
 * @throws {DecodeError} When it is shorter than its headers.
 */
export function decodeRtpJpeg(payload: Uint8Array): RtpJpegPayload {
  const reader = new ByteReader("RTP JPEG", payload);
  const typeSpecific = reader.u8();
  const fragmentOffset = reader.u24();
  const type = reader.u8();
  const q = reader.u8();
  const width = reader.u8() * 8;
  const height = reader.u8() * 8;
  let restartInterval = 0;
  if (type >= 64 && type < 128) {
    restartInterval = reader.u16();
    reader.skip(2);
  }
  let tables: InBandTables | undefined;
  if (q >= 128 && fragmentOffset === 0) {
    reader.skip(1);
    const precision = reader.u8();
    tables = { precision, data: reader.bytes(reader.u16()) };
  }
  return {
    typeSpecific,
    fragmentOffset,
    type,
    q,
    width,
    height,
    restartInterval,
    ...(tables === undefined ? undefined : { tables }),
    data: reader.rest(),
  };
}

/** Bytes of a payload's headers. */
export function rtpJpegHeaderLength(header: Omit<RtpJpegPayload, "data">): number {
  const { type, tables, fragmentOffset } = header;
  const restart = type >= 64 && type < 128 ? 4 : 0;
  return 8 + restart + (tables !== undefined && fragmentOffset === 0 ? 4 + tables.data.length : 0);
}

/** Writes a payload's headers to the start of `into` and gives their length. */
export function writeRtpJpegHeader(
  into: Uint8Array,
  header: Omit<RtpJpegPayload, "data">,
): number {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(0, header.typeSpecific * 2 ** 24 + header.fragmentOffset);
  view.setUint8(4, header.type);
  view.setUint8(5, header.q);
  view.setUint8(6, Math.ceil(header.width / 8));
  view.setUint8(7, Math.ceil(header.height / 8));
  let at = 8;
  if (header.type >= 64 && header.type < 128) {
    // First and last bit and the highest count: to be decoded when the frame is whole.
    view.setUint16(at, header.restartInterval);
    view.setUint16(at + 2, 0xffff);
    at += 4;
  }
  if (header.tables !== undefined && header.fragmentOffset === 0) {
    view.setUint8(at, 0);
    view.setUint8(at + 1, header.tables.precision);
    view.setUint16(at + 2, header.tables.data.length);
    into.set(header.tables.data, at + 4);
    at += 4 + header.tables.data.length;
  }
  return at;
}
