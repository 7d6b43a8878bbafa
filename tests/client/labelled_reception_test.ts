import { assertEquals } from "@std/assert";
import { LabelledReception } from "../../src/client/labelled_reception.ts";
import { encodeLabelledChunk } from "../../src/payload/labelled_wav.ts";

Deno.test("a label hours ahead is no sound; the chunks behind it are", () => {
  const firsts: number[] = [];
  const reception = new LabelledReception({
    media: (_unit, first) => void firsts.push(first ?? -1),
  });
  const push = (i: number, nowMs: number): boolean => {
    const data = new Uint8Array(1000);
    return reception.push(encodeLabelledChunk({ endOffset: 1000 * (i + 1), data }), nowMs);
  };
  const taken = [0, 1, 2, 900_000, 3, 4].map((i, n) => push(i, 1000 + 5 * n));
  assertEquals(taken, [true, true, true, false, true, true]);
  assertEquals(firsts, [0, 250, 500, 750, 1000]);
  const { malformed, packetsLost } = reception.statistics(2000);
  assertEquals([malformed, packetsLost], [1, 0]);
  assertEquals(push(999, 6000), true);
});
