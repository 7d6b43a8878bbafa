import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeText } from "../../src/bytes/text.ts";
import {
  decodeLabelledChunk,
  encodeLabelledChunk,
  isLabelledChunk,
} from "../../src/payload/labelled_wav.ts";

Deno.test("a label and its bytes", () => {
  const rows = [
    { text: "1000.wavabc", endOffset: 1000, data: "abc" },
    { text: "53000.wav\t8", endOffset: 53000, data: "\t8" },
    { text: "7.wav", endOffset: 7, data: "" },
    { text: "123456789012345.wav.wav", endOffset: 123456789012345, data: ".wav" },
  ];
  for (const { text, endOffset, data } of rows) {
    const datagram = encodeText(text);
    assertEquals(isLabelledChunk(datagram), true);
    const chunk = { endOffset, data: encodeText(data) };
    assertEquals(decodeLabelledChunk(datagram), chunk);
    assertEquals(encodeLabelledChunk(chunk), datagram);
  }
});

Deno.test("what has no label is none", () => {
  for (const text of ["", ".wav", "12", "12.wa", "x12.wav", "1234567890123456.wav", "-1.wav"]) {
    assertEquals(isLabelledChunk(encodeText(text)), false, text);
    assertEquals(decodeLabelledChunk(encodeText(text)), undefined);
  }
});

Deno.test("any chunk comes out as it went in", () => {
  fc.assert(
    fc.property(fc.nat(), fc.uint8Array({ maxLength: 1500 }), (endOffset, data) => {
      assertEquals(decodeLabelledChunk(encodeLabelledChunk({ endOffset, data })), {
        endOffset,
        data,
      });
    }),
    { seed: 1000, numRuns: 200 },
  );
});
