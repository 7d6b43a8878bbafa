import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { headerBits } from "../../src/diagnose/header_bits.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";

const PACKET = encodeRtpPacket({
  marker: true,
  payloadType: 26,
  sequenceNumber: 258,
  timestamp: 90_000,
  ssrc: 0x1a2b3c4d,
  payload: Uint8Array.of(1, 2, 3),
});

Deno.test("each field has its place, its bits and its value", () => {
  assertEquals(
    headerBits(PACKET).map(({ name, bitOffset, width, bits, value }) =>
      `${name} ${bitOffset}+${width} ${bits} ${value}`
    ),
    [
      "V 0+2 10 2",
      "P 2+1 0 0",
      "X 3+1 0 0",
      "CC 4+4 0000 0",
      "M 8+1 1 1",
      "PT 9+7 0011010 26",
      "sequence number 16+16 0000000100000010 258",
      "timestamp 32+32 00000000000000010101111110010000 90000",
      "SSRC 64+32 00011010001010110011110001001101 439041101",
    ],
  );
  assertEquals(new Set(headerBits(PACKET).map(({ verdict }) => verdict)), new Set(["ok"]));
});

Deno.test("what the hello lab wants is said, and what is not so is odd", () => {
  const odd = headerBits(PACKET, { dialect: "hello", ssrc: 7 }).filter(({ verdict }) =>
    verdict === "odd"
  );
  assertEquals(odd.map(({ name, expectation }) => `${name}: ${expectation}`), [
    "M: 0",
    "sequence number: 1 for the first frame",
    "SSRC: 7, the SessionID",
  ]);
});

Deno.test("a packet is judged by the one before", () => {
  const previous = { sequenceNumber: 256, timestamp: 95_000 };
  const fields = headerBits(PACKET, { previous, payloadType: 97 });
  assertEquals(
    fields.filter(({ verdict }) => verdict === "odd").map(({ meaning }) => meaning),
    [
      "JPEG, clock 90000 Hz",
      "258 after 256: lost, reordered or miscounted",
      "5000 units before the packet before",
    ],
  );
});

Deno.test("with the clock known, the step is told in ms; sound has a marker of its own", () => {
  const fields = headerBits(PACKET, {
    kind: "audio",
    clockRate: 90_000,
    previous: { sequenceNumber: 257, timestamp: 86_400 },
  });
  const meaning = (name: string) => fields.find((field) => field.name === name)!.meaning;
  assertEquals(meaning("timestamp"), "3600 units (40.0 ms) after the packet before");
  assertEquals(meaning("M"), "marked: sound begins after a silence");
});

Deno.test("a version of 0 is odd", () => {
  const [version] = headerBits(new Uint8Array(12));
  assertEquals([version!.verdict, version!.meaning, version!.expectation], [
    "odd",
    "RTP version 0",
    "2",
  ]);
});

Deno.test("a datagram that ends early has fields without values", () => {
  for (let length = 0; length < 12; length++) {
    const fields = headerBits(PACKET.subarray(0, length));
    assertEquals(fields.length, 9);
    assertEquals(fields.map(({ bits }) => bits).join("").length, 8 * length);
    assertEquals(fields.at(-1)!.value, undefined);
  }
});

Deno.test("the bits of any 12 bytes put together are those bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 20 }), (bytes) => {
      const digits = headerBits(bytes).map(({ bits }) => bits).join("");
      const expected = Array.from(
        bytes.subarray(0, 12),
        (byte) => byte.toString(2).padStart(8, "0"),
      ).join("");
      assertEquals(digits, expected);
    }),
    { seed: 4711 },
  );
});
