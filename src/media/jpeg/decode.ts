/**
 * From a JPEG's scans to its coefficients: Huffman-coded files, baseline, extended and progressive.
 *
 * @module
 */

import type { JpegComponent, JpegImage, JpegScan } from "../../payload/jpeg_file.ts";
import { type HuffmanTable, STANDARD_HUFFMAN_TABLES } from "../../payload/jpeg_tables.ts";
import { BitReader, splitAtRestarts } from "./bits.ts";
import { BlockDecoder } from "./block_decoder.ts";
import { type CoefficientPlane, makePlane } from "./coefficients.ts";
import { HuffmanDecoder } from "./huffman.ts";

const NO_QUANT = new Uint16Array(64).fill(1);

/** Tables are often the same objects' worth of bytes in each frame; the standard ones always are. */
const decoders = new WeakMap<HuffmanTable, HuffmanDecoder>();

/**
 * The coefficients of each component. Where the data is damaged, the blocks up to the next restart
 * marker stay as they are.
 */
export function decodeCoefficients(image: JpegImage): CoefficientPlane[] {
  const most = largestFactors(image.components);
  const mcusWide = Math.ceil(image.width / (8 * most.horizontal));
  const mcusHigh = Math.ceil(image.height / (8 * most.vertical));
  const planes = image.components.map(({ horizontal, vertical, quantTable }) =>
    makePlane(
      {
        blocksWide: mcusWide * horizontal,
        blocksHigh: mcusHigh * vertical,
        width: Math.ceil(image.width * horizontal / most.horizontal),
        height: Math.ceil(image.height * vertical / most.vertical),
      },
      image.quantTables.get(quantTable)?.values ?? NO_QUANT,
    )
  );
  const progressive = image.frameType === 0xc2;
  for (const scan of image.scans) {
    decodeScan(scan, image.components, planes, { mcusWide, mcusHigh, progressive });
  }
  return planes;
}

/** The highest sampling factors of any component. */
function largestFactors(
  components: readonly JpegComponent[],
): { horizontal: number; vertical: number } {
  return {
    horizontal: Math.max(...components.map(({ horizontal }) => horizontal)),
    vertical: Math.max(...components.map(({ vertical }) => vertical)),
  };
}

interface Part {
  readonly plane: CoefficientPlane;
  readonly horizontal: number;
  readonly vertical: number;
  readonly decoder: BlockDecoder;
}

function decodeScan(
  scan: JpegScan,
  components: readonly JpegComponent[],
  planes: readonly CoefficientPlane[],
  frame: { mcusWide: number; mcusHigh: number; progressive: boolean },
): void {
  const parts = scan.components.map(({ index, dcTable, acTable }): Part => {
    const { horizontal, vertical } = components[index]!;
    const plane = planes[index]!;
    const dc = decoderOf(scan, dcTable);
    const ac = decoderOf(scan, 0x10 + acTable);
    return {
      plane,
      horizontal,
      vertical,
      decoder: new BlockDecoder(plane.coefficients, dc, ac, scan, frame.progressive),
    };
  });
  // A scan of one component has its blocks one by one, without those that only fill up MCUs.
  const single = parts.length === 1 ? parts[0]!.plane : undefined;
  const wide = single === undefined ? frame.mcusWide : Math.ceil(single.width / 8);
  const high = single === undefined ? frame.mcusHigh : Math.ceil(single.height / 8);
  const interval = scan.restartInterval > 0 ? scan.restartInterval : wide * high;
  splitAtRestarts(scan.data).forEach((run, i) => {
    const bits = new BitReader(run);
    for (const { decoder } of parts) decoder.restart();
    const end = Math.min((i + 1) * interval, wide * high);
    for (let mcu = i * interval; mcu < end; mcu++) {
      const row = Math.floor(mcu / wide);
      const column = mcu % wide;
      const whole = single === undefined
        ? parts.every((part) => decodeMcu(part, bits, row, column))
        : parts[0]!.decoder.decode(bits, (row * single.blocksWide + column) * 64);
      if (!whole || bits.exhausted) break;
    }
  });
}

function decodeMcu(part: Part, bits: BitReader, row: number, column: number): boolean {
  const { plane, horizontal, vertical, decoder } = part;
  for (let y = row * vertical; y < (row + 1) * vertical; y++) {
    for (let x = column * horizontal; x < (column + 1) * horizontal; x++) {
      if (!decoder.decode(bits, (y * plane.blocksWide + x) * 64)) return false;
    }
  }
  return true;
}

function decoderOf(scan: JpegScan, place: number): HuffmanDecoder | undefined {
  // Motion JPEG may leave the standard tables out.
  const table = scan.huffmanTables.get(place) ?? STANDARD_HUFFMAN_TABLES.get(place);
  if (table === undefined) return undefined;
  let decoder = decoders.get(table);
  if (decoder === undefined) {
    decoder = new HuffmanDecoder(table);
    decoders.set(table, decoder);
  }
  return decoder;
}
