/**
 * Whether RFC 2435 can carry a JPEG: its headers have no room for more than two kinds of sampling,
 * the standard Huffman tables and 2,040 pixels.
 *
 * @module
 */

import type { JpegImage } from "./jpeg_file.ts";
import { MAX_RTP_JPEG_SIZE } from "./jpeg_header.ts";
import { sameHuffmanTable, STANDARD_HUFFMAN_TABLES } from "./jpeg_tables.ts";

/** Why RFC 2435 cannot carry the image, in words that follow "it has"; undefined when it can. */
export function uncarriable(image: JpegImage): string | undefined {
  const { components, frameType, scans, precision } = image;
  if (frameType === 0xc2) return "progressive coding";
  if (frameType >= 0xc9) return "arithmetic coding";
  if (frameType > 0xc1) return "lossless coding";
  if (precision !== 8) return `${precision} bits a sample`;
  if (components.length === 1) return "no colours";
  if (components.length !== 3) return `${components.length} colour components`;
  if (image.adobeTransform === 0) return "RGB colours";
  const type = samplingType(image);
  if (type === undefined) {
    return samplingRatio(image) === undefined
      ? `${samplingName(image)} sampling`
      : `${samplingName(image)} sampling with blocks in another order`;
  }
  const scan = scans[0]!;
  if (scans.length > 1 || scan.components.some(({ index }, i) => index !== i)) {
    return "more than one scan";
  }
  if (Math.max(image.width, image.height) > MAX_RTP_JPEG_SIZE) {
    return `${image.width}x${image.height} pixels, more than 2,040`;
  }
  for (const { index, dcTable, acTable } of scan.components) {
    const destination = index === 0 ? 0 : 1;
    for (const [kind, used] of [[0x00, dcTable], [0x10, acTable]] as const) {
      const standard = STANDARD_HUFFMAN_TABLES.get(kind + destination)!;
      // Motion JPEG may leave the standard tables out.
      const table = scan.huffmanTables.get(kind + used) ?? STANDARD_HUFFMAN_TABLES.get(kind + used);
      if (table === undefined || (table !== standard && !sameHuffmanTable(table, standard))) {
        return "Huffman tables of its own";
      }
    }
  }
  const [, blue, red] = components;
  if (blue!.quantTable !== red!.quantTable) return "three quantisation tables";
  if (components.some(({ quantTable }) => !image.quantTables.has(quantTable))) {
    return "a quantisation table missing";
  }
  return undefined;
}

/** RFC 2435 type of the sampling: 0 for 4:2:2, 1 for 4:2:0, with the blocks in its order. */
export function samplingType(image: JpegImage): 0 | 1 | undefined {
  const [, blue] = image.components;
  return blue?.horizontal === 1 && blue.vertical === 1 ? samplingRatio(image) : undefined;
}

/** The type that has room for all samples, were their blocks in its order. */
export function samplingRatio({ components }: JpegImage): 0 | 1 | undefined {
  const [luma, blue, red] = components;
  if (luma === undefined || blue === undefined || red === undefined) return undefined;
  if (blue.horizontal !== red.horizontal || blue.vertical !== red.vertical) return undefined;
  if (luma.horizontal !== 2 * blue.horizontal) return undefined;
  if (luma.vertical === blue.vertical) return 0;
  return luma.vertical === 2 * blue.vertical ? 1 : undefined;
}

/** Sampling as people write it ("4:4:4"). */
function samplingName({ components }: JpegImage): string {
  const [luma, blue] = components;
  if (luma === undefined || blue === undefined) return "4:0:0";
  const across = luma.horizontal / blue.horizontal;
  const down = luma.vertical / blue.vertical;
  const names: Record<string, string> = {
    "1x1": "4:4:4",
    "1x2": "4:4:0",
    "2x1": "4:2:2",
    "2x2": "4:2:0",
    "4x1": "4:1:1",
    "4x2": "4:1:0",
  };
  return names[`${across}x${down}`] ?? `${luma.horizontal}x${luma.vertical}`;
}
