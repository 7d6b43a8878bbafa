/**
 * JFIF files made from scan data and what an RFC 2435 header says.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";
import type { InBandTables } from "./jpeg_header.ts";
import { STANDARD_HUFFMAN_TABLES } from "./jpeg_tables.ts";

/** What a file is made of. */
export interface JpegParts {
  /** Pixels across. */
  readonly width: number;
  /** Pixels down. */
  readonly height: number;
  /** 0 for 4:2:2, 1 for 4:2:0. */
  readonly sampling: 0 | 1;
  /** MCUs between restart markers; 0 for none. */
  readonly restartInterval: number;
  /** One table, or one for luma and one for chroma. */
  readonly tables: InBandTables;
  /** Entropy-coded data in pieces, with or without an EOI marker at its end. */
  readonly scan: readonly Uint8Array[];
}

const JFIF = Uint8Array.of(0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
const HUFFMAN_SEGMENT = segment(
  0xc4,
  ...[...STANDARD_HUFFMAN_TABLES].flatMap(([place, { counts, values }]) => [
    Uint8Array.of(place),
    counts,
    values,
  ]),
);

/** The whole file, with the standard Huffman tables. */
export function buildJpeg(parts: JpegParts): Uint8Array<ArrayBuffer> {
  const { width, height, sampling, restartInterval, scan } = parts;
  const pieces: Uint8Array[] = [Uint8Array.of(0xff, 0xd8), segment(0xe0, JFIF)];
  const [luma, chroma] = splitTables(parts.tables);
  pieces.push(segment(0xdb, Uint8Array.of(luma.wide ? 0x10 : 0), luma.data));
  if (chroma !== undefined) {
    pieces.push(segment(0xdb, Uint8Array.of(chroma.wide ? 0x11 : 1), chroma.data));
  }
  if (restartInterval > 0) {
    pieces.push(segment(0xdd, Uint8Array.of(restartInterval >> 8, restartInterval)));
  }
  const chromaTable = chroma === undefined ? 0 : 1;
  pieces.push(
    segment(
      // Baseline has no 16-bit tables, extended sequential has.
      luma.wide || chroma?.wide === true ? 0xc1 : 0xc0,
      Uint8Array.of(8, height >> 8, height, width >> 8, width, 3),
      Uint8Array.of(1, sampling === 0 ? 0x21 : 0x22, 0),
      Uint8Array.of(2, 0x11, chromaTable, 3, 0x11, chromaTable),
    ),
    HUFFMAN_SEGMENT,
    segment(0xda, Uint8Array.of(3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0)),
    ...scan,
  );
  if (!endsWithEoi(scan)) pieces.push(Uint8Array.of(0xff, 0xd9));
  return concatBytes(pieces);
}

/** A marker segment. */
export function segment(marker: number, ...data: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = data.reduce((sum, part) => sum + part.length, 2);
  return concatBytes([Uint8Array.of(0xff, marker, length >> 8, length), ...data]);
}

function splitTables(
  { precision, data }: InBandTables,
): [luma: SplitTable, chroma: SplitTable | undefined] {
  const first = (precision & 1) === 0 ? 64 : 128;
  const second = (precision & 2) === 0 ? 64 : 128;
  const luma = { wide: first === 128, data: data.subarray(0, first) };
  if (data.length < first + second) return [luma, undefined];
  return [luma, { wide: second === 128, data: data.subarray(first, first + second) }];
}

interface SplitTable {
  readonly wide: boolean;
  readonly data: Uint8Array;
}

function endsWithEoi(scan: readonly Uint8Array[]): boolean {
  // The marker's two bytes may stand in two packets.
  const tail = concatBytes(scan.slice(-2).map((part) => part.subarray(-2)));
  return tail.at(-2) === 0xff && tail.at(-1) === 0xd9;
}
