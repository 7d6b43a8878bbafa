import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { hex } from "../../src/bytes/text.ts";
import {
  decodeRtpPacket,
  encodeRtpPacket,
  isRtcp,
  type RtpPacket,
  writeRtpHeader,
} from "../../src/rtp/packet.ts";

const BASE = {
  marker: false,
  payloadType: 26,
  sequenceNumber: 1,
  timestamp: 0x6b01307f,
  ssrc: 0,
  csrcs: [],
  payload: Uint8Array.of(0xff, 0xd8),
  paddingLength: 0,
};

/** One table for decoding, encoding and cutting; `shortest` is the length of the headers. */
const PACKETS: readonly {
  name: string;
  bytes: string;
  packet: RtpPacket;
  shortest: number;
}[] = [
  { name: "plain", bytes: "801a00016b01307f00000000ffd8", packet: BASE, shortest: 12 },
  {
    name: "marker and large numbers",
    bytes: "80ffffffffffffffffffffff",
    packet: {
      ...BASE,
      marker: true,
      payloadType: 127,
      sequenceNumber: 65_535,
      timestamp: 0xffff_ffff,
      ssrc: 0xffff_ffff,
      payload: new Uint8Array(0),
    },
    shortest: 12,
  },
  {
    name: "contributing sources",
    bytes: "821a00016b01307f00000000" + "0000000180000002" + "ffd8",
    packet: { ...BASE, csrcs: [1, 0x8000_0002] },
    shortest: 20,
  },
  {
    name: "header extension",
    bytes: "901a00016b01307f00000000" + "bede000110aa0000" + "ffd8",
    packet: { ...BASE, extension: { profile: 0xbede, data: Uint8Array.of(0x10, 0xaa, 0, 0) } },
    shortest: 20,
  },
  {
    name: "an extension of nothing",
    bytes: "901a00016b01307f00000000" + "00000000" + "ffd8",
    packet: { ...BASE, extension: { profile: 0, data: new Uint8Array(0) } },
    shortest: 16,
  },
  {
    name: "padding",
    bytes: "a01a00016b01307f00000000ffd8" + "000003",
    packet: { ...BASE, paddingLength: 3 },
    shortest: 17,
  },
  {
    name: "everything",
    bytes: "b11a00016b01307f00000000" + "00000007" + "00010000" + "ffd8" + "01",
    packet: {
      ...BASE,
      csrcs: [7],
      extension: { profile: 1, data: new Uint8Array(0) },
      paddingLength: 1,
    },
    shortest: 23,
  },
];

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}

Deno.test("packets are decoded, encoded and cut", () => {
  for (const { name, bytes, packet, shortest } of PACKETS) {
    const datagram = bytesOf(bytes);
    assertEquals(decodeRtpPacket(datagram), packet, name);
    assertEquals(hex(encodeRtpPacket(packet)), bytes, name);
    for (let length = 0; length < shortest; length++) {
      // A cut packet with padding may end in a byte that passes for a count.
      if (packet.paddingLength > 0 && length >= 12) continue;
      assertThrows(() => decodeRtpPacket(datagram.subarray(0, length)), DecodeError, "RTP");
    }
  }
});

Deno.test("what is no RTP packet", () => {
  const wrong: [string, string, number][] = [
    ["000e00016b01322600000000fff3", "version is 0", 0],
    ["c01a00016b01307f00000000ffd8", "version is 3", 0],
    ["a01a00016b01307f00000000ff00", "padding count is 0", 13],
    ["a01a00016b01307f00000000ff03", "padding count is 3", 13],
    ["8f1a00016b01307f00000000ffd8", "15 CSRCs", 0],
    ["901a00016b01307f00000000bede", "cut", 12],
    ["901a00016b01307f00000000bede0002" + "00000000", "ends at 24 of 20", 14],
  ];
  for (const [digits, message, offset] of wrong) {
    const error = assertThrows(() => decodeRtpPacket(bytesOf(digits)), DecodeError, message);
    assertEquals(error.offset, offset, digits);
  }
  const lab = decodeRtpPacket(bytesOf("000e00016b01322600000000fff3"), { anyVersion: true });
  assertEquals([lab.payloadType, lab.payload.length], [14, 2]);
});

Deno.test("what does not fit a packet is refused", () => {
  assertThrows(() => encodeRtpPacket({ ...BASE, csrcs: new Array(16).fill(1) }), RangeError);
  assertThrows(() => encodeRtpPacket({ ...BASE, paddingLength: 256 }), RangeError);
  const extension = { profile: 1, data: new Uint8Array(3) };
  assertThrows(() => encodeRtpPacket({ ...BASE, extension }), RangeError);
});

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const packets: fc.Arbitrary<RtpPacket> = fc.record({
  marker: fc.boolean(),
  payloadType: fc.integer({ min: 0, max: 127 }),
  sequenceNumber: fc.integer({ min: 0, max: 65_535 }),
  timestamp: word,
  ssrc: word,
  csrcs: fc.array(word, { maxLength: 15 }),
  payload: fc.uint8Array({ maxLength: 50 }),
  paddingLength: fc.integer({ min: 0, max: 255 }),
  extension: fc.record({
    profile: fc.integer({ min: 0, max: 65_535 }),
    data: fc.integer({ min: 0, max: 5 }).map((words) => new Uint8Array(4 * words).fill(words)),
  }),
}, {
  requiredKeys: [
    "marker",
    "payloadType",
    "sequenceNumber",
    "timestamp",
    "ssrc",
    "csrcs",
    "payload",
    "paddingLength",
  ],
}) as fc.Arbitrary<RtpPacket>;

Deno.test("what is encoded is decoded", () => {
  fc.assert(
    fc.property(packets, (packet) => {
      assertEquals(decodeRtpPacket(encodeRtpPacket(packet)), packet);
    }),
    { seed: 12 },
  );
});

Deno.test("arbitrary bytes give a packet or a DecodeError, and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, anyVersion) => {
      if (bytes.length > 0) bytes[0] = (bytes[0]! & 0x3f) | 0x80;
      try {
        const { payload } = decodeRtpPacket(bytes, { anyVersion });
        if (payload.length > bytes.length - 12) throw new Error("payload too long");
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
    { seed: 13, numRuns: 5000 },
  );
});

Deno.test("the header alone, written over what is there", () => {
  const bytes = new Uint8Array(13).fill(0x55);
  writeRtpHeader(bytes, {
    marker: true,
    payloadType: 26,
    sequenceNumber: 258,
    timestamp: 3,
    ssrc: 4,
  });
  assertEquals(hex(bytes), "809a0102" + "00000003" + "00000004" + "55");
});

Deno.test("RTCP on an RTP channel is told by its second byte", () => {
  assertEquals(isRtcp(bytesOf("80c80006")), true);
  assertEquals(isRtcp(bytesOf("81cd0006")), true);
  assertEquals(isRtcp(bytesOf("801a0006")), false);
  assertEquals(isRtcp(bytesOf("809a0006")), false);
  assertEquals(isRtcp(bytesOf("80c8")), false);
});
