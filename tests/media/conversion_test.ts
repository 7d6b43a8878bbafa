import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { carriable, conversionNote } from "../../src/media/carriable.ts";
import { decodeCoefficients } from "../../src/media/jpeg/decode.ts";
import { type SamplePlane, toCoefficients, toSamples } from "../../src/media/jpeg/dct.ts";
import { fromRgb, resample } from "../../src/media/jpeg/resample.ts";
import { segment } from "../../src/payload/jpeg_build.ts";
import { uncarriable } from "../../src/payload/jpeg_carriage.ts";
import { JpegPayloader } from "../../src/payload/jpeg_payloader.ts";
import { parseJpeg } from "../../src/payload/jpeg_file.ts";
import { makeJpeg } from "../payload/jpegs.ts";
import { makeProgressive } from "./progressive.ts";

/** One picture of 75 by 51 pixels, written by mozjpeg in several ways with the same tables. */
const [BASELINE, OPTIMIZED, PROGRESSIVE, BASELINE_444, PROGRESSIVE_444, GREY] = [
  "baseline-420",
  "optimized-420",
  "progressive-420",
  "baseline-444",
  "progressive-444",
  "grey",
].map((name) => {
  const path = new URL(`../testdata/jpeg/${name}.jpg`, import.meta.url);
  return new Uint8Array(Deno.readFileSync(path));
}) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];

function planes(file: Uint8Array): SamplePlane[] {
  return decodeCoefficients(parseJpeg(file)).map(toSamples);
}

function psnr(a: SamplePlane, b: SamplePlane): number {
  assertEquals([a.width, a.height], [b.width, b.height]);
  let sum = 0;
  a.samples.forEach((value, i) => sum += (value - b.samples[i]!) ** 2);
  return 10 * Math.log10(255 * 255 / (sum / a.samples.length));
}

Deno.test("progressive files give the coefficients that went into them", () => {
  for (const file of [BASELINE, BASELINE_444, GREY]) {
    const progressive = makeProgressive(file);
    assertEquals(parseJpeg(progressive).scans.length > 5, true);
    decodeCoefficients(parseJpeg(progressive)).forEach((plane, i) => {
      // Blocks that only fill up MCUs are in the DC scans alone.
      assertEquals(toSamples(plane), planes(file)[i]);
    });
  }
});

Deno.test("other Huffman tables, scans and a missing colour cost nothing", () => {
  for (const file of [BASELINE, OPTIMIZED, PROGRESSIVE, GREY]) {
    assert(uncarriable(parseJpeg(file)) !== undefined);
    const converted = carriable(file)!;
    assertEquals(uncarriable(parseJpeg(converted)), undefined);
    const before = planes(file);
    const after = planes(converted);
    assertEquals(after.length, 3);
    before.forEach((plane, i) => assertEquals(after[i], plane));
    if (before.length === 1) {
      assert(after.slice(1).every(({ samples }) => samples.every((value) => value === 128)));
    }
  }
});

Deno.test("4:4:4 keeps its luma, and its chroma at half the size", () => {
  for (const file of [BASELINE_444, PROGRESSIVE_444]) {
    const converted = carriable(file)!;
    assertEquals(uncarriable(parseJpeg(converted)), undefined);
    const before = planes(file);
    const after = planes(converted);
    assertEquals(after[0], before[0]);
    for (const i of [1, 2]) {
      assertGreater(psnr(after[i]!, resample(before[i]!, 38, 26)), 30);
    }
  }
});

Deno.test("RGB becomes luma and chroma", () => {
  const adobe = segment(0xee, encodeText("Adobe"), Uint8Array.of(0, 100, 0, 0, 0, 0, 0));
  const file = concatBytes([BASELINE_444.subarray(0, 2), adobe, BASELINE_444.subarray(2)]);
  assertEquals(uncarriable(parseJpeg(file)), "RGB colours");
  const after = planes(carriable(file)!);
  const expected = fromRgb(planes(file));
  assertGreater(psnr(after[0]!, expected[0]!), 30);
  assertGreater(psnr(after[1]!, resample(expected[1]!, 38, 26)), 25);
});

Deno.test("more than 2,040 pixels are made fewer", () => {
  for (const [width, height] of [[4000, 24], [24, 4000]] as const) {
    const image = parseJpeg(carriable(makeJpeg({ width, height }))!);
    assertEquals(Math.max(image.width, image.height), 2040);
    assertEquals(Math.min(image.width, image.height), 12);
    assertEquals(uncarriable(image), undefined);
  }
});

Deno.test("what RFC 2435 can carry stays as it is; for some nothing can be done", () => {
  const fine = [makeJpeg({}), makeJpeg({ sampling: 0, restartInterval: 3 })];
  for (const frame of fine) assert(carriable(frame) === frame);
  const hopeless = [
    makeJpeg({ frameType: 0xc9 }),
    makeJpeg({ width: 65_535, height: 65_535 }),
    encodeText("no JPEG"),
  ];
  for (const frame of hopeless) assertEquals(carriable(frame), undefined);
  assertEquals(conversionNote(fine[0]!), undefined);
  assert(conversionNote(BASELINE_444)!.includes("4:4:4"));
  assert(conversionNote(hopeless[0]!)!.includes("arithmetic"));
});

Deno.test("samples become coefficients and samples again", () => {
  const quant = new Uint16Array(64).fill(1);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 30 }),
      fc.nat(),
      (w, h, n) => {
        const samples = Float32Array.from({ length: w * h }, (_, i) => (i * 37 + n) % 256);
        const plane = { width: w, height: h, samples };
        const again = toSamples(toCoefficients(plane, Math.ceil(w / 8), Math.ceil(h / 8), quant));
        again.samples.forEach((value, i) => assert(Math.abs(value - samples[i]!) < 3));
      },
    ),
    { seed: 8, numRuns: 50 },
  );
});

Deno.test("a changed file is converted or left, without an exception", () => {
  const payloader = new JpegPayloader();
  for (const file of [BASELINE_444, PROGRESSIVE, GREY]) {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, value) => {
        const changed = file.slice();
        changed[at] = value;
        const converted = carriable(changed);
        if (converted !== undefined) payloader.payloads(converted, 1400);
      }),
      { seed: 444, numRuns: 300 },
    );
  }
});
