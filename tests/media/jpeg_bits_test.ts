import { assertEquals, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { splitAtRestarts } from "../../src/media/jpeg/bits.ts";

/** The same, byte by byte. */
function split(data: readonly number[]): number[][] {
  const runs: number[][] = [[]];
  for (let at = 0; at < data.length; at++) {
    const [byte, next] = [data[at]!, data[at + 1]];
    if (byte !== 0xff) {
      runs.at(-1)!.push(byte);
    } else if (next === 0) {
      runs.at(-1)!.push(byte);
      at++;
    } else if (next !== undefined && next !== 0xff) {
      runs.push([]);
      at++;
    }
  }
  return runs;
}

Deno.test("runs end at markers; stuffing and bytes that fill up are left out", () => {
  const byte = fc.constantFrom(0xff, 0xff, 0, 1, 0xd0, 0xd7);
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), (data) => {
      assertEquals(splitAtRestarts(Uint8Array.from(data)).map((run) => [...run]), split(data));
    }),
    { seed: 18, numRuns: 2000 },
  );
});

Deno.test("runs take no more room than the scan, however many markers there are", () => {
  const data = new Uint8Array(32_000);
  for (let at = 0; at < data.length; at += 16) data.set([0xff, 0xd0], at);
  const runs = splitAtRestarts(data);
  assertEquals(runs.length, 2001);
  const allocated = runs.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  assertLessOrEqual(allocated, data.length);
});
