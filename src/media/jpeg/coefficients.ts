/**
 * A JPEG as what it really is: blocks of quantised DCT coefficients.
 *
 * @module
 */

/** The blocks of one component. */
export interface CoefficientPlane {
  /** Blocks across, including those that fill up the last MCU. */
  readonly blocksWide: number;
  /** Blocks down, likewise. */
  readonly blocksHigh: number;
  /** Samples across that are part of the picture. */
  readonly width: number;
  /** Samples down that are part of the picture. */
  readonly height: number;
  /** 64 a block, in zig-zag order; blocks row by row. */
  readonly coefficients: Int16Array;
  /** Quantisation table in zig-zag order. */
  readonly quant: Uint16Array;
}

/** An empty plane for a picture's component. */
export function makePlane(
  size: Pick<CoefficientPlane, "blocksWide" | "blocksHigh" | "width" | "height">,
  quant: Uint16Array,
): CoefficientPlane {
  const { blocksWide, blocksHigh } = size;
  return { ...size, quant, coefficients: new Int16Array(blocksWide * blocksHigh * 64) };
}
