/** A progressive JPEG with successive approximation, made from the coefficients of another one. */

import { concatBytes } from "../../src/bytes/text.ts";
import { BitWriter } from "../../src/media/jpeg/bits.ts";
import { decodeCoefficients } from "../../src/media/jpeg/decode.ts";
import { segment } from "../../src/payload/jpeg_build.ts";
import { parseJpeg } from "../../src/payload/jpeg_file.ts";

/** All symbols but the last have codes of 8 bits that are the symbols themselves. */
const FLAT_TABLE = concatBytes([
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0),
  Uint8Array.from({ length: 255 }, (_, i) => i),
]);

/** Spectral selection and approximation: first, last, high, low (T.81 G.1.1). */
const AC_SCANS = [[1, 5, 0, 2], [6, 63, 0, 2], [1, 63, 2, 1], [1, 63, 1, 0]] as const;

/** The same coefficients in the scans that most encoders make. */
export function makeProgressive(file: Uint8Array): Uint8Array {
  const image = parseJpeg(file);
  const planes = decodeCoefficients(image);
  const { width, height, components } = image;
  const scan = (ids: number[], parameters: readonly number[], bits: BitWriter): Uint8Array[] => {
    const [first, last, high, low] = parameters;
    const selected = ids.flatMap((id) => [id, 0]);
    const head = Uint8Array.of(ids.length, ...selected, first!, last!, (high! << 4) | low!);
    return [segment(0xda, head), bits.finish()];
  };
  const scans: Uint8Array[] = [];
  for (const [high, low] of [[0, 1], [1, 0]] as const) {
    const bits = new BitWriter();
    const predictions = planes.map(() => 0);
    const wide = planes[0]!.blocksWide / components[0]!.horizontal;
    const high2 = planes[0]!.blocksHigh / components[0]!.vertical;
    for (let mcu = 0; mcu < wide * high2; mcu++) {
      components.forEach(({ horizontal, vertical }, i) => {
        const plane = planes[i]!;
        for (let block = 0; block < horizontal * vertical; block++) {
          const x = (mcu % wide) * horizontal + block % horizontal;
          const y = Math.floor(mcu / wide) * vertical + Math.floor(block / horizontal);
          const value = plane.coefficients[(y * plane.blocksWide + x) * 64]! >> low;
          if (high > 0) bits.write(value & 1, 1);
          else {
            writeValue(bits, 0, value - predictions[i]!);
            predictions[i] = value;
          }
        }
      });
    }
    scans.push(...scan(components.map(({ id }) => id), [0, 0, high, low], bits));
  }
  for (const parameters of AC_SCANS) {
    components.forEach(({ id }, i) => {
      const { coefficients, blocksWide, width, height } = planes[i]!;
      const bits = new BitWriter();
      const blocks: Int16Array[] = [];
      for (let y = 0; y < Math.ceil(height / 8); y++) {
        for (let x = 0; x < Math.ceil(width / 8); x++) {
          const at = (y * blocksWide + x) * 64;
          blocks.push(coefficients.subarray(at, at + 64));
        }
      }
      if (parameters[2] === 0) writeFirst(bits, blocks, parameters);
      else blocks.forEach((block) => writeRefinement(bits, block, parameters));
      scans.push(...scan([id], parameters, bits));
    });
  }
  return concatBytes([
    Uint8Array.of(0xff, 0xd8),
    ...[...image.quantTables].map(([id, { values }]) =>
      segment(0xdb, Uint8Array.of(id, ...values))
    ),
    segment(
      0xc2,
      Uint8Array.of(8, height >> 8, height, width >> 8, width, components.length),
      Uint8Array.from(components.flatMap(({ id, horizontal, vertical, quantTable }) => [
        id,
        (horizontal << 4) | vertical,
        quantTable,
      ])),
    ),
    segment(0xc4, Uint8Array.of(0x00), FLAT_TABLE),
    segment(0xc4, Uint8Array.of(0x10), FLAT_TABLE),
    ...scans,
    Uint8Array.of(0xff, 0xd9),
  ]);
}

function writeFirst(
  bits: BitWriter,
  blocks: readonly Int16Array[],
  [first, last, , low]: readonly [number, number, number, number],
): void {
  let empty = 0;
  const flush = (): void => {
    if (empty === 0) return;
    const size = 31 - Math.clz32(empty);
    bits.write(size << 4, 8);
    bits.write(empty & ((1 << size) - 1), size);
    empty = 0;
  };
  for (const block of blocks) {
    let run = 0;
    for (let k = first; k <= last; k++) {
      const value = Math.trunc(block[k]! / (1 << low));
      if (value === 0) {
        run++;
        continue;
      }
      flush();
      for (; run > 15; run -= 16) bits.write(0xf0, 8);
      writeValue(bits, run, value);
      run = 0;
    }
    if (run > 0) empty++;
    if (empty === 0x7fff) flush();
  }
  flush();
}

function writeRefinement(
  bits: BitWriter,
  block: Int16Array,
  [first, last, , low]: readonly [number, number, number, number],
): void {
  const magnitude = (k: number): number => Math.abs(block[k]!) >> low;
  let end = last;
  while (end >= first && magnitude(end) !== 1) end--;
  let run = 0;
  let corrections: number[] = [];
  const correct = (): void => {
    for (const bit of corrections) bits.write(bit, 1);
    corrections = [];
  };
  for (let k = first; k <= last; k++) {
    const value = magnitude(k);
    if (value === 0) {
      run++;
      continue;
    }
    while (run > 15 && k <= end) {
      bits.write(0xf0, 8);
      run -= 16;
      correct();
    }
    if (value > 1) {
      corrections.push(value & 1);
      continue;
    }
    bits.write((run << 4) | 1, 8);
    bits.write(block[k]! > 0 ? 1 : 0, 1);
    correct();
    run = 0;
  }
  if (run > 0 || corrections.length > 0) {
    bits.write(0, 8);
    correct();
  }
}

function writeValue(bits: BitWriter, run: number, value: number): void {
  const size = 32 - Math.clz32(Math.abs(value));
  bits.write((run << 4) | size, 8);
  if (size > 0) bits.write((value < 0 ? value - 1 : value) & ((1 << size) - 1), size);
}
