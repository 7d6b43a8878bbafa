import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { concatBytes, hex } from "../../src/bytes/text.ts";
import { compactNtp, ntpFromUnixMs, unixMsFromNtp } from "../../src/rtp/ntp.ts";
import { decodeRtcp, encodeRtcp, type RtcpPacket } from "../../src/rtp/rtcp.ts";

const REPORT = {
  ssrc: 1,
  fractionLost: 255,
  cumulativeLost: -2,
  extendedHighestSequence: 0x0001_0002,
  jitter: 3,
  lastSr: 4,
  delaySinceLastSr: 5,
};
const REPORT_BYTES = "00000001" + "fffffffe" + "00010002" + "00000003" + "00000004" + "00000005";

const PACKETS: readonly { name: string; bytes: string; packet: RtcpPacket }[] = [
  {
    name: "sender report",
    bytes: "80c80006" + "0000000a" + "e5000000" + "80000000" + "00000064" + "00000002" + "00000bb8",
    packet: {
      type: "SR",
      ssrc: 10,
      ntp: { seconds: 0xe500_0000, fraction: 0x8000_0000 },
      rtpTimestamp: 100,
      packetCount: 2,
      octetCount: 3000,
      reports: [],
    },
  },
  {
    name: "receiver report",
    bytes: "81c90007" + "0000000b" + REPORT_BYTES,
    packet: { type: "RR", ssrc: 11, reports: [REPORT] },
  },
  {
    name: "an empty receiver report",
    bytes: "80c90001" + "0000000b",
    packet: { type: "RR", ssrc: 11, reports: [] },
  },
  {
    name: "source description",
    bytes: "82ca0005" + "0000000a" + "01026162" + "00000000" + "0000000b" + "01000000",
    packet: {
      type: "SDES",
      chunks: [
        { ssrc: 10, items: [{ type: 1, text: "ab" }] },
        { ssrc: 11, items: [{ type: 1, text: "" }] },
      ],
    },
  },
  {
    name: "goodbye",
    bytes: "82cb0002" + "0000000a" + "0000000b",
    packet: { type: "BYE", ssrcs: [10, 11] },
  },
  {
    name: "goodbye with a reason",
    bytes: "81cb0002" + "0000000a" + "03656e64",
    packet: { type: "BYE", ssrcs: [10], reason: "end" },
  },
  {
    name: "feedback, kept as it is",
    bytes: "81cd0002" + "0000000a" + "0000000b",
    packet: {
      type: "raw",
      packetType: 205,
      count: 1,
      body: Uint8Array.of(0, 0, 0, 10, 0, 0, 0, 11),
    },
  },
];

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}

Deno.test("packets are decoded, encoded and cut", () => {
  for (const { name, bytes, packet } of PACKETS) {
    assertEquals(decodeRtcp(bytesOf(bytes)), [packet], name);
    assertEquals(hex(encodeRtcp([packet])), bytes, name);
    for (let length = 0; length < bytes.length / 2; length++) {
      assertThrows(() => decodeRtcp(bytesOf(bytes).subarray(0, length)), DecodeError, "RTCP");
    }
  }
});

Deno.test("a compound is decoded in order", () => {
  const compound = concatBytes(PACKETS.map(({ bytes }) => bytesOf(bytes)));
  assertEquals(decodeRtcp(compound), PACKETS.map(({ packet }) => packet));
});

Deno.test("padding is taken off", () => {
  const padded = bytesOf("a0c90002" + "0000000b" + "00000004");
  assertEquals(decodeRtcp(padded), [{ type: "RR", ssrc: 11, reports: [] }]);
  assertThrows(() => decodeRtcp(bytesOf("a0c90001" + "00000009")), DecodeError, "padding count");
  assertThrows(() => decodeRtcp(bytesOf("a0c90000")), DecodeError, "padding count is 0");
});

Deno.test("what is no RTCP", () => {
  const wrong: [string, string][] = [
    ["40c90001" + "0000000b", "version is 1"],
    ["80c90002" + "0000000b", "8 bytes expected, 4 left"],
    ["81c90001" + "0000000b", "4 bytes expected"],
    ["80c80001" + "0000000b", "4 bytes expected"],
    ["81ca0002" + "0000000b" + "01ff6162", "255 bytes expected"],
    ["82cb0001" + "0000000b", "4 bytes expected"],
    ["80c900", "3 bytes, a header takes 4"],
  ];
  for (const [digits, message] of wrong) {
    assertThrows(() => decodeRtcp(bytesOf(digits)), DecodeError, message);
  }
});

Deno.test("what does not fit is refused", () => {
  assertThrows(
    () => encodeRtcp([{ type: "RR", ssrc: 1, reports: new Array(32).fill(REPORT) }]),
    RangeError,
  );
  assertThrows(
    () => encodeRtcp([{ type: "BYE", ssrcs: [1], reason: "x".repeat(256) }]),
    RangeError,
  );
});

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const report = fc.record({
  ssrc: word,
  fractionLost: fc.integer({ min: 0, max: 255 }),
  cumulativeLost: fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }),
  extendedHighestSequence: word,
  jitter: word,
  lastSr: word,
  delaySinceLastSr: word,
});
const reports = fc.array(report, { maxLength: 31 });
const packet: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({ type: fc.constant("RR" as const), ssrc: word, reports }),
  fc.record({
    type: fc.constant("SR" as const),
    ssrc: word,
    ntp: fc.record({ seconds: word, fraction: word }),
    rtpTimestamp: word,
    packetCount: word,
    octetCount: word,
    reports,
  }),
  fc.record({
    type: fc.constant("SDES" as const),
    chunks: fc.array(
      fc.record({
        ssrc: word,
        items: fc.array(
          fc.record({ type: fc.integer({ min: 1, max: 255 }), text: fc.string({ maxLength: 40 }) }),
          { maxLength: 4 },
        ),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({ type: fc.constant("BYE" as const), ssrcs: fc.array(word, { maxLength: 31 }) }),
);

Deno.test("what is encoded is decoded", () => {
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 4 }), (packets) => {
      const bytes = encodeRtcp(packets);
      assertEquals(bytes.length % 4, 0);
      assertEquals(decodeRtcp(bytes), packets);
    }),
    { seed: 14 },
  );
});

Deno.test("arbitrary bytes give packets or a DecodeError, and nothing else", () => {
  const likely = fc.tuple(
    fc.integer({ min: 0x80, max: 0xbf }),
    fc.integer({ min: 200, max: 206 }),
    fc.uint8Array({ maxLength: 60 }),
  ).map(([first, type, rest]) => Uint8Array.of(first, type, 0, rest.length >> 2, ...rest));
  fc.assert(
    fc.property(fc.oneof(likely, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        decodeRtcp(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { seed: 15, numRuns: 5000 },
  );
});

Deno.test("NTP time", () => {
  // RFC 868 and RFC 5905 figure 4: 1 January 1970 is 2,208,988,800 s into the era.
  assertEquals(ntpFromUnixMs(0), { seconds: 2_208_988_800, fraction: 0 });
  assertEquals(ntpFromUnixMs(500), { seconds: 2_208_988_800, fraction: 2 ** 31 });
  assertEquals(ntpFromUnixMs(999.9999999999), { seconds: 2_208_988_801, fraction: 0 });
  // The era ends on 7 February 2036.
  assertEquals(ntpFromUnixMs(2_085_978_496_000), { seconds: 0, fraction: 0 });
  assertEquals(compactNtp({ seconds: 0x12345678, fraction: 0x9abcdef0 }), 0x56789abc);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_085_978_495_999 }), (ms) => {
      assertEquals(Math.round(unixMsFromNtp(ntpFromUnixMs(ms))), ms);
    }),
    { seed: 16 },
  );
});
