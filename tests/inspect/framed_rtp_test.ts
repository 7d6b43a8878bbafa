import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../src/bytes/text.ts";
import { beginsFramed, FramedPackets } from "../../src/inspect/framed_rtp.ts";
import { rtpBytes, TestCapture } from "./test_capture.ts";

const FROM = { host: "192.0.2.1", port: 41_000 };
const TO = { host: "198.51.100.7", port: 9000 };

function framed(packet: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(packet.length >> 8, packet.length & 0xff), packet]);
}

const PACKETS = Array.from(
  { length: 30 },
  (_, i) => rtpBytes({ sequenceNumber: i, timestamp: i * 160, payload: new Uint8Array(i * 9) }),
);
const STREAM = concatBytes(PACKETS.map(framed));

Deno.test("packets behind their lengths come out however the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (lengths) => {
      const direction = new FramedPackets();
      const seen: Uint8Array[] = [];
      for (let at = 0, i = 0; at < STREAM.length; i++) {
        const chunk = STREAM.subarray(at, at + lengths[i % lengths.length]!);
        assertEquals(direction.push(chunk, (packet) => seen.push(packet.slice())), true);
        at += chunk.length;
      }
      assertEquals(seen, PACKETS);
    }),
    { seed: 81, numRuns: 100 },
  );
});

Deno.test("other protocols do not begin like packets behind lengths", () => {
  const text = (words: string) => new TextEncoder().encode(words);
  assertEquals(beginsFramed(STREAM), true);
  assertEquals(beginsFramed(text("GET / HTTP/1.1\r\nHost: x\r\n\r\n")), false);
  assertEquals(beginsFramed(Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 9)), false);
  assertEquals(new FramedPackets().push(text("SSH-2.0-x\r\n"), () => {}), false);
});

Deno.test("RTP over a connection of its own is a stream", async () => {
  const capture = new TestCapture();
  // Not all segments begin where packets do.
  for (let at = 0, i = 0; at < STREAM.length; at += 500, i++) {
    capture.tcp(FROM, TO, STREAM.subarray(at, at + 500), i * 20);
  }
  const [stream, ...others] = (await capture.analyse()).streams;
  assertEquals(others, []);
  assertEquals([stream?.transport, stream?.packetsReceived, stream?.packetsLost], ["tcp", 30, 0]);
  assertEquals([stream?.source, stream?.destinationPort], ["192.0.2.1", 9000]);
});

Deno.test("lengths that fit and packets that do not agree are no stream", async () => {
  const capture = new TestCapture();
  for (let i = 0; i < 40; i++) {
    const packet = rtpBytes({ sequenceNumber: i * 7919 & 0xffff, timestamp: i * 2 ** 25, ssrc: i });
    capture.tcp(FROM, TO, framed(packet), i * 20);
  }
  assertEquals((await capture.analyse()).streams, []);
});
