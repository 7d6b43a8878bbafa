import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { hex } from "../../src/bytes/text.ts";
import { decodePickle, encodePickle, type PickleValue } from "../../src/rtsp/pickle.ts";

/** What `pickle.dumps(value, protocol)` of Python 3 writes. */
const PICKLES: readonly (readonly [name: string, value: PickleValue, pickle: string])[] = [
  [
    "tuple, 0",
    ["movie.Mjpeg", 25000],
    "28566d6f7669652e4d6a7065670a70300a4932353030300a7470310a2e",
  ],
  ["tuple, 1", ["movie.Mjpeg", 25000], "28580b0000006d6f7669652e4d6a70656771004da8617471012e"],
  ["tuple, 2", ["movie.Mjpeg", 25000], "8002580b0000006d6f7669652e4d6a70656771004da8618671012e"],
  ["tuple, 3", ["movie.Mjpeg", 25000], "8003580b0000006d6f7669652e4d6a70656771004da8618671012e"],
  [
    "tuple, 4",
    ["movie.Mjpeg", 25000],
    "80049514000000000000008c0b6d6f7669652e4d6a706567944da86186942e",
  ],
  [
    "tuple, 5",
    ["movie.Mjpeg", 25000],
    "80059514000000000000008c0b6d6f7669652e4d6a706567944da86186942e",
  ],
  ["list, 0", ["m", 7], "286c70300a566d0a70310a6149370a612e"],
  ["list, 1", ["m", 7], "5d71002858010000006d71014b07652e"],
  ["list, 2", ["m", 7], "80025d71002858010000006d71014b07652e"],
  ["list, 4", ["m", 7], "8004950b000000000000005d94288c016d944b07652e"],
  ["three, 0", ["a", 1, "b"], "2856610a70300a49310a56620a70310a7470320a2e"],
  ["three, 2", ["a", 1, "b"], "800258010000006171004b0158010000006271018771022e"],
  ["three, 4", ["a", 1, "b"], "8004950d000000000000008c0161944b018c01629487942e"],
  ["four, 4", ["a", 1, 2, 3], "8004950e00000000000000288c0161944b014b024b0374942e"],
  ["none in it, 0", [], "28742e"],
  ["none in it, 4", [], "8004292e"],
  ["one, latin-1, 0", ["é"], "2856e90a70300a7470310a2e"],
  ["one, UTF-8, 4", ["é"], "80049508000000000000008c02c3a99485942e"],
  ["a string of Python 2", ["m", 7], "2853276d270a70300a49370a7470310a2e"],
  ["text, 0", "Go", "56476f0a70300a2e"],
  ["text, 2", "Go", "80025802000000476f71002e"],
  ["-1, 0", -1, "492d310a2e"],
  ["-1, 4", -1, "80049506000000000000004affffffff2e"],
  ["small, 2", 7, "80024b072e"],
  ["two bytes, 4", 300, "80049504000000000000004d2c012e"],
  ["four bytes, 4", 123456789, "80049506000000000000004a15cd5b072e"],
  ["long, 0", 2 ** 40, "4c313039393531313632373737364c0a2e"],
  ["long, 4", 2 ** 40, "80049509000000000000008a060000000000012e"],
  ["long below nought, 2", -(2 ** 40), "80028a060000000000ff2e"],
  ["True, 4", true, "8004882e"],
  ["False, 2", false, "8002892e"],
  ["None, 4", null, "80044e2e"],
];

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}

Deno.test("pickles of each protocol are decoded, and cut at any length they are an error", () => {
  for (const [name, value, pickle] of PICKLES) {
    const bytes = bytesOf(pickle);
    assertEquals(decodePickle(bytes), value, name);
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(
        () => decodePickle(bytes.subarray(0, length)),
        DecodeError,
        "Cannot decode pickle",
      );
    }
  }
});

Deno.test("pickles are written as Python's default protocol writes them", () => {
  const values: [number | string | readonly [string, number], string][] = [
    [["movie.Mjpeg", 25000], "80049514000000000000008c0b6d6f7669652e4d6a706567944da86186942e"],
    ["Go", "80049506000000000000008c02476f942e"],
    [-1, "80049506000000000000004affffffff2e"],
    [300, "80049504000000000000004d2c012e"],
    [123456789, "80049506000000000000004a15cd5b072e"],
  ];
  for (const [value, pickle] of values) assertEquals(hex(encodePickle(value)), pickle);
  assertThrows(() => encodePickle("x".repeat(256)), RangeError);
});

Deno.test("what is written is read back", () => {
  const tuple = fc.tuple(fc.string({ maxLength: 60 }), fc.integer({ min: 0, max: 65_535 }));
  const integer = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(fc.oneof(tuple, integer, fc.string({ maxLength: 60 })), (value) => {
      assertEquals(decodePickle(encodePickle(value)), value);
    }),
    { seed: 1 },
  );
});

Deno.test("nothing is executed or looked up", () => {
  for (
    const pickle of [
      // os.system("id"), as an exploit has it; GLOBAL, REDUCE, BUILD, INST, persistent ids, a memo.
      "63706f7369780a73797374656d0a2856696400a74522e",
      "63706f7369780a73797374656d0a71002e",
      "80048c05706f736978948c0673797374656d9493942e",
      "28696f730a73797374656d0a2e",
      "50310a2e",
      "8002580100000061710068002e",
    ]
  ) assertThrows(() => decodePickle(bytesOf(pickle)), DecodeError);
});

Deno.test("arbitrary bytes give a value or a DecodeError, and nothing else", () => {
  const opcodes = fc.constantFrom(
    ..."\x80\x95()]tlae\x85\x86\x87pqr\x94N\x88\x89\x8cXUTVSKMJIL\x8a.".split(""),
  )
    .map((opcode) => opcode.charCodeAt(0));
  const bytes = fc.array(fc.oneof(opcodes, fc.integer({ min: 0, max: 255 })), { maxLength: 80 });
  fc.assert(
    fc.property(bytes, (values) => {
      try {
        decodePickle(Uint8Array.from(values));
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { seed: 2, numRuns: 20_000 },
  );
});
