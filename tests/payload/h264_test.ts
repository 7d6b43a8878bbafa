import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../src/bytes/text.ts";
import { H264Depacketizer, parameterSets } from "../../src/payload/h264.ts";
import { decodeRtpPacket, encodeRtpPacket, type RtpPacket } from "../../src/rtp/packet.ts";

const START = [0, 0, 0, 1];

function packet(
  sequenceNumber: number,
  payload: number[],
  marker = false,
  timestamp = 1,
): RtpPacket {
  return decodeRtpPacket(encodeRtpPacket({
    ...{ payloadType: 96, sequenceNumber, timestamp, ssrc: 1, marker },
    payload: Uint8Array.from(payload),
  }));
}

Deno.test("parameter sets of the description stand in front as Annex B", () => {
  const sets = parameterSets("96 packetization-mode=1; sprop-parameter-sets=Z0I=,aM4=;profile=1");
  assertEquals([...sets], [...START, 0x67, 0x42, ...START, 0x68, 0xce]);
  assertEquals(parameterSets("96 packetization-mode=1").length, 0);
  assertEquals(parameterSets("96 sprop-parameter-sets=%%%").length, 0);
});

Deno.test("single units, aggregates and fragments make one access unit", () => {
  const depacketizer = new H264Depacketizer();
  assertEquals(depacketizer.push(packet(65_535, [0x67, 1])), []);
  assertEquals(depacketizer.push(packet(0, [0x78, 0, 2, 0x68, 2, 0, 1, 0x06])), []);
  assertEquals(depacketizer.push(packet(1, [0x7c, 0x85, 3])), []);
  assertEquals(depacketizer.push(packet(2, [0x7c, 0x05, 4])), []);
  const frames = depacketizer.push(packet(3, [0x7c, 0x45, 5], true));
  assertEquals(frames.length, 1);
  assertEquals(
    [...frames[0]!.data],
    [...START, 0x67, 1, ...START, 0x68, 2, ...START, 0x06, ...START, 0x65, 3, 4, 5],
  );
  assertEquals([frames[0]!.sequenceNumber, depacketizer.damagedFrames], [3, 0]);
});

Deno.test("a lost fragment costs its unit, not the next one", () => {
  const depacketizer = new H264Depacketizer();
  depacketizer.push(packet(0, [0x7c, 0x85, 3]));
  assertEquals(depacketizer.push(packet(2, [0x7c, 0x45, 5], true)), []);
  assertEquals([depacketizer.damagedFrames, depacketizer.lastDamage], [1, "a packet was lost"]);
  const next = depacketizer.push(packet(3, [0x61, 7], true, 2));
  assertEquals(next.map(({ data }) => [...data]), [[...START, 0x61, 7]]);
});

Deno.test("a new timestamp ends an access unit without a marker; the last is flushed", () => {
  const depacketizer = new H264Depacketizer();
  depacketizer.push(packet(0, [0x61, 1]));
  const frames = depacketizer.push(packet(1, [0x61, 2], false, 2));
  assertEquals(frames.map(({ timestamp }) => timestamp), [1]);
  assertEquals(depacketizer.flush().map(({ data }) => [...data]), [[...START, 0x61, 2]]);
});

Deno.test("what goes out in fragments of any size comes back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 20 }),
      (bodies, size) => {
        const depacketizer = new H264Depacketizer();
        const packets: number[][] = [];
        for (const body of bodies) {
          for (let at = 0; at < body.length; at += size) {
            const [first, last] = [at === 0, at + size >= body.length];
            const header = (first ? 0x80 : 0) | (last ? 0x40 : 0) | 5;
            packets.push([0x7c, header, ...body.subarray(at, at + size)]);
          }
        }
        const frames = packets.flatMap((payload, i) => {
          return depacketizer.push(packet(i, payload, i === packets.length - 1));
        });
        const expected = concatBytes(bodies.map((body) => Uint8Array.of(...START, 0x65, ...body)));
        assertEquals(frames.map(({ data }) => [...data]), [[...expected]]);
      },
    ),
    { seed: 6, numRuns: 200 },
  );
});

Deno.test("arbitrary payloads are counted, never thrown", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 }), (payloads) => {
      const depacketizer = new H264Depacketizer();
      payloads.forEach((payload, i) => depacketizer.push(packet(i, [...payload], i % 3 === 0)));
      depacketizer.flush();
    }),
    { seed: 6, numRuns: 200 },
  );
});
