/**
 * JPEGs made into ones that RFC 2435 can carry, with as little loss as the reason allows: what only
 * has other Huffman tables, several scans or no colours keeps each coefficient; with other sampling the
 * luma does.
 *
 * @module
 */

import { buildJpeg } from "../../payload/jpeg_build.ts";
import { samplingRatio } from "../../payload/jpeg_carriage.ts";
import type { JpegImage } from "../../payload/jpeg_file.ts";
import { MAX_RTP_JPEG_SIZE } from "../../payload/jpeg_header.ts";
import { type CoefficientPlane, makePlane } from "./coefficients.ts";
import { type SamplePlane, toCoefficients, toSamples } from "./dct.ts";
import { decodeCoefficients } from "./decode.ts";
import { encodeScan } from "./encode.ts";
import { fromRgb, resample } from "./resample.ts";

/** More pixels than any camera's film has; a damaged header may claim 4 billion. */
const MAX_PIXELS = 2 ** 25;

/**
 * Whether {@linkcode convertJpeg} can take an image: Huffman-coded, 8 bits, grey or three colours, at
 * most 33 million pixels.
 */
export function isConvertible(image: JpegImage): boolean {
  const { frameType, precision, components, width, height } = image;
  return frameType >= 0xc0 && frameType <= 0xc2 && precision === 8 &&
    width * height <= MAX_PIXELS && (components.length === 1 || components.length === 3);
}

/** Whether {@linkcode convertJpeg} keeps each sample of an image. */
export function isLossless(image: JpegImage): boolean {
  const { components, width, height, adobeTransform } = image;
  if (Math.max(width, height) > MAX_RTP_JPEG_SIZE) return false;
  if (components.length === 1) return true;
  const [, blue, red] = components;
  return adobeTransform !== 0 && samplingRatio(image) !== undefined &&
    blue!.quantTable === red!.quantTable;
}

/**
 * The image with 4:2:0 sampling (or its own 4:2:2), standard Huffman tables, one scan and at most
 * 2,040 pixels either way.
 */
export function convertJpeg(image: JpegImage): Uint8Array<ArrayBuffer> {
  const scale = Math.min(1, MAX_RTP_JPEG_SIZE / Math.max(image.width, image.height));
  const width = Math.max(1, Math.floor(image.width * scale));
  const height = Math.max(1, Math.floor(image.height * scale));
  const type = scale === 1 && image.adobeTransform !== 0 ? samplingRatio(image) ?? 1 : 1;
  const mcu = {
    across: 2,
    down: type + 1,
    wide: Math.ceil(width / 16),
    high: Math.ceil(height / (8 * (type + 1))),
  };
  const sources = decodeCoefficients(image);
  const luma = sources[0]!.quant;
  const chroma = (sources[1] ?? sources[0]!).quant;
  const rgb = image.adobeTransform === 0 && sources.length === 3
    ? fromRgb(sources.map((plane) => resample(toSamples(plane), width, height)))
    : undefined;
  const planes = [0, 1, 2].map((i) => {
    const size = i === 0
      ? { width, height, blocksWide: mcu.wide * 2, blocksHigh: mcu.high * mcu.down }
      : {
        width: Math.ceil(width / 2),
        height: Math.ceil(height / mcu.down),
        blocksWide: mcu.wide,
        blocksHigh: mcu.high,
      };
    const quant = i === 0 ? luma : chroma;
    const source = sources[i];
    if (rgb !== undefined) return fit(rgb[i]!, size, quant);
    if (source === undefined) return makePlane(size, quant);
    if (source.width === size.width && source.height === size.height) {
      return requantise(source, quant);
    }
    return fit(toSamples(source), size, quant);
  });
  return buildJpeg({
    width,
    height,
    sampling: type,
    restartInterval: 0,
    tables: tablesOf(luma, chroma),
    scan: [encodeScan(planes, mcu)],
  });
}

function fit(
  samples: SamplePlane,
  size: Pick<CoefficientPlane, "width" | "height" | "blocksWide" | "blocksHigh">,
  quant: Uint16Array,
): CoefficientPlane {
  const resized = resample(samples, size.width, size.height);
  return toCoefficients(resized, size.blocksWide, size.blocksHigh, quant);
}

/** The same plane for another quantisation table. */
function requantise(plane: CoefficientPlane, quant: Uint16Array): CoefficientPlane {
  if (plane.quant.every((value, k) => value === quant[k])) return plane;
  const coefficients = plane.coefficients.map((value, i) =>
    Math.round(value * plane.quant[i % 64]! / quant[i % 64]!)
  );
  return { ...plane, coefficients, quant };
}

function tablesOf(
  luma: Uint16Array,
  chroma: Uint16Array,
): { precision: number; data: Uint8Array } {
  let precision = 0;
  const bytes = [luma, chroma].flatMap((table, i) => {
    const wide = table.some((value) => value > 255);
    if (wide) precision |= 1 << i;
    return [...table].flatMap((value) => wide ? [value >> 8, value & 0xff] : [value]);
  });
  return { precision, data: Uint8Array.from(bytes) };
}
