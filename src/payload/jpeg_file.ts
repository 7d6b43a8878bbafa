/**
 * A JPEG file taken apart into what its segments say (ITU-T T.81 annex B).
 *
 * @module
 */

import { ByteReader } from "../bytes/byte_reader.ts";
import { DecodeError } from "../bytes/decode_error.ts";
import type { HuffmanTable } from "./jpeg_tables.ts";

/** One quantisation table. */
export interface QuantTable {
  /** 64 values in zig-zag order. */
  readonly values: Uint16Array;
  /** Whether the file has them in 16 bits each. */
  readonly wide: boolean;
}

/** One colour component, as the frame header has it. */
export interface JpegComponent {
  /** Its identifier, any number. */
  readonly id: number;
  /** Horizontal sampling factor, 1 to 4. */
  readonly horizontal: number;
  /** Vertical sampling factor, 1 to 4. */
  readonly vertical: number;
  /** Which quantisation table, 0 to 3. */
  readonly quantTable: number;
}

/** One scan, with what held for it when it came. */
export interface JpegScan {
  /** Its components: place in {@linkcode JpegImage.components} and Huffman table destinations. */
  readonly components: readonly { index: number; dcTable: number; acTable: number }[];
  /** First coefficient, 0 to 63. */
  readonly spectralStart: number;
  /** Last coefficient, 0 to 63. */
  readonly spectralEnd: number;
  /** Successive approximation: bit position high. */
  readonly approximationHigh: number;
  /** Successive approximation: bit position low. */
  readonly approximationLow: number;
  /** Entropy-coded data with stuffed bytes and restart markers, without the marker behind it. */
  readonly data: Uint8Array;
  /** Huffman tables by class * 16 + destination. */
  readonly huffmanTables: ReadonlyMap<number, HuffmanTable>;
  /** MCUs between restart markers; 0 for none. */
  readonly restartInterval: number;
}

/** What a JPEG file says. Byte ranges are views of the file. */
export interface JpegImage {
  /** The SOF marker's second byte: 0xc0 baseline, 0xc1 extended, 0xc2 progressive, 0xc9 arithmetic. */
  readonly frameType: number;
  /** Bits a sample. */
  readonly precision: number;
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** In the frame header's order. */
  readonly components: readonly JpegComponent[];
  /** By destination. */
  readonly quantTables: ReadonlyMap<number, QuantTable>;
  /** At least one. */
  readonly scans: readonly JpegScan[];
  /** The Adobe segment's colour transform: 0 none, 1 YCbCr, 2 YCCK. */
  readonly adobeTransform?: number;
  /** Offset behind the EOI marker, or the length of what is there when it is missing. */
  readonly end: number;
  /** Whether there is an EOI marker. */
  readonly complete: boolean;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/**
 * Takes a file apart. What stands behind the EOI marker is left alone.
 *
 * @throws {DecodeError} When it is no JPEG file, or ends before its first scan.
 */
export function parseJpeg(bytes: Uint8Array): JpegImage {
  const reader = new ByteReader("JPEG", bytes);
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== SOI) {
    throw new DecodeError("JPEG", 0, "does not start with FF D8");
  }
  reader.skip(2);
  const quantTables = new Map<number, QuantTable>();
  let huffmanTables: ReadonlyMap<number, HuffmanTable> = new Map();
  const scans: JpegScan[] = [];
  let restartInterval = 0;
  let frame: FrameHeader | undefined;
  let adobeTransform: number | undefined;
  let complete = false;
  while (reader.remaining >= 2) {
    const marker = nextMarker(reader);
    if (marker === EOI) {
      complete = true;
      break;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= SOI)) continue;
    // A file that is cut behind its first scan is shown as far as it goes.
    if (scans.length > 0 && reader.remaining < 2) break;
    const length = reader.u16();
    if (length < 2) throw reader.error(`segment length is ${length}, at least 2`);
    const segment = new ByteReader("JPEG", reader.bytes(length - 2));
    if (marker === 0xdb) readQuantTables(segment, quantTables);
    else if (marker === 0xc4) huffmanTables = readHuffmanTables(segment, huffmanTables);
    else if (marker === 0xdd) restartInterval = segment.u16();
    else if (marker === 0xee) adobeTransform = readAdobe(segment) ?? adobeTransform;
    else if (marker === SOS) {
      if (frame === undefined) throw reader.error("scan before the frame header");
      const data = reader.bytes(scanEnd(bytes, reader.offset) - reader.offset);
      scans.push({ ...readScan(segment, frame.components), data, huffmanTables, restartInterval });
    } else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc) {
      frame = readFrame(segment, marker);
    }
  }
  if (frame === undefined || scans.length === 0) throw reader.error("ends before its first scan");
  return {
    ...frame,
    quantTables,
    scans,
    ...(adobeTransform === undefined ? undefined : { adobeTransform }),
    end: reader.offset,
    complete,
  };
}

/** Offset of the marker that ends the entropy-coded data which starts at `from`. */
function scanEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1];
    if (next === undefined) return at;
    if (next === 0xff) at++;
    else if (next === 0 || (next >= 0xd0 && next <= 0xd7)) at += 2;
    else return at;
  }
  return bytes.length;
}

function nextMarker(reader: ByteReader): number {
  const first = reader.u8();
  if (first !== 0xff) throw reader.error(`0x${first.toString(16)} where a marker should be`);
  let marker = 0xff;
  while (marker === 0xff) marker = reader.u8();
  return marker;
}

type FrameHeader = Pick<
  JpegImage,
  "frameType" | "precision" | "width" | "height" | "components"
>;

function readFrame(segment: ByteReader, frameType: number): FrameHeader {
  const precision = segment.u8();
  const height = segment.u16();
  const width = segment.u16();
  if (width === 0 || height === 0) throw segment.error(`picture of ${width}x${height} pixels`);
  const count = segment.u8();
  const components: JpegComponent[] = [];
  for (let i = 0; i < count; i++) {
    const id = segment.u8();
    const sampling = segment.u8();
    const horizontal = sampling >> 4;
    const vertical = sampling & 15;
    if (horizontal < 1 || horizontal > 4 || vertical < 1 || vertical > 4) {
      throw segment.error(`sampling factors ${horizontal}x${vertical}, 1 to 4 each`);
    }
    components.push({ id, horizontal, vertical, quantTable: segment.u8() & 3 });
  }
  if (count === 0) throw segment.error("no components");
  return { frameType, precision, width, height, components };
}

function readQuantTables(segment: ByteReader, tables: Map<number, QuantTable>): void {
  while (segment.remaining > 0) {
    const head = segment.u8();
    const wide = head >> 4 !== 0;
    const values = Uint16Array.from({ length: 64 }, () => wide ? segment.u16() : segment.u8());
    tables.set(head & 3, { values, wide });
  }
}

function readHuffmanTables(
  segment: ByteReader,
  before: ReadonlyMap<number, HuffmanTable>,
): ReadonlyMap<number, HuffmanTable> {
  const tables = new Map(before);
  while (segment.remaining > 0) {
    const head = segment.u8();
    const counts = segment.bytes(16);
    const values = segment.bytes(counts.reduce((sum, count) => sum + count, 0));
    tables.set(head & 0x13, { counts, values });
  }
  return tables;
}

function readAdobe(segment: ByteReader): number | undefined {
  if (segment.remaining < 12) return undefined;
  const name = segment.bytes(5);
  if (String.fromCharCode(...name) !== "Adobe") return undefined;
  segment.skip(6);
  return segment.u8();
}

function readScan(
  segment: ByteReader,
  components: readonly JpegComponent[],
): Omit<JpegScan, "data" | "huffmanTables" | "restartInterval"> {
  const count = segment.u8();
  const selected: { index: number; dcTable: number; acTable: number }[] = [];
  for (let i = 0; i < count; i++) {
    const id = segment.u8();
    const tables = segment.u8();
    const index = components.findIndex((component) => component.id === id);
    if (index === -1) throw segment.error(`scan of component ${id}, which is not there`);
    selected.push({ index, dcTable: (tables >> 4) & 3, acTable: tables & 3 });
  }
  if (count === 0) throw segment.error("scan without components");
  const spectralStart = segment.u8();
  const spectralEnd = segment.u8();
  const approximation = segment.u8();
  return {
    components: selected,
    spectralStart,
    spectralEnd: Math.min(spectralEnd, 63),
    approximationHigh: approximation >> 4,
    approximationLow: approximation & 15,
  };
}
