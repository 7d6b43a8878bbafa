import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../src/bytes/text.ts";
import type { ReceivedFrame } from "../../src/payload/payload_format.ts";
import { WholeJpegPayloader } from "../../src/payload/whole_jpeg.ts";
import { WholeJpegDepacketizer } from "../../src/payload/whole_jpeg_depacketizer.ts";
import { encodeRtpPacket, RTP_HEADER_LENGTH } from "../../src/rtp/packet.ts";
import { makeJpeg, packetsOf } from "./jpegs.ts";

/** Frames that differ and whose bytes are easily taken for headers. */
const FRAMES = [0, 1, 2, 3].map((n) =>
  makeJpeg({ scan: Uint8Array.from({ length: 5000 + n * 100 }, (_, i) => (i * (n + 3)) & 0x9f) })
);

interface Datagrams {
  readonly name: string;
  /** Datagrams of each frame. */
  readonly frames: readonly (readonly Uint8Array[])[];
}

/** The ways in which lab programs send frames. */
function variants(): Datagrams[] {
  const rtp = (payload: Uint8Array, sequenceNumber: number, marker: boolean): Uint8Array =>
    encodeRtpPacket({ payloadType: 26, sequenceNumber, timestamp: 5, ssrc: 0, payload, marker });
  let sequence = 0;
  const consecutive = FRAMES.map((frame) =>
    new WholeJpegPayloader().payloads(frame, 1300)
      .map(({ payload, marker }) => rtp(payload, ++sequence, marker))
  );
  return [
    { name: "one datagram", frames: FRAMES.map((frame, i) => [rtp(frame, i, true)]) },
    {
      name: "one datagram without marker",
      frames: FRAMES.map((frame, i) => [rtp(frame, i, false)]),
    },
    {
      name: "one datagram with bytes behind the end",
      frames: FRAMES.map((frame, i) => [rtp(concatBytes([frame, new Uint8Array(3)]), i, false)]),
    },
    {
      name: "version 0",
      frames: FRAMES.map((frame, i) => {
        const datagram = rtp(frame, i, false);
        datagram[0] = 0;
        return [datagram];
      }),
    },
    { name: "pieces with consecutive numbers", frames: consecutive },
    {
      name: "pieces with consecutive numbers, never a marker",
      frames: consecutive.map((datagrams) =>
        datagrams.map((datagram) => {
          const copy = datagram.slice();
          copy[1] = 26;
          return copy;
        })
      ),
    },
    {
      name: "numbered pieces of one sequence number",
      frames: FRAMES.map((frame, n) => {
        const total = Math.ceil(frame.length / 1384);
        return Array.from({ length: total }, (_, i) => {
          const piece = frame.subarray(i * 1384, (i + 1) * 1384);
          const head = Uint8Array.of(0, n + 1, total, i);
          return rtp(concatBytes([head, piece]), n + 1, i === total - 1);
        });
      }),
    },
    {
      name: "pieces of which only the first has a header",
      frames: FRAMES.map((frame, n) => {
        const whole = rtp(frame, n, false);
        return Array.from(
          { length: Math.ceil(whole.length / 4096) },
          (_, i) => whole.subarray(i * 4096, (i + 1) * 4096),
        );
      }),
    },
  ];
}

function receive(
  depacketizer: WholeJpegDepacketizer,
  datagrams: readonly Uint8Array[],
): ReceivedFrame[] {
  return datagrams.flatMap((datagram) => depacketizer.pushDatagram(datagram));
}

for (const { name, frames } of variants()) {
  Deno.test(`frames are put together: ${name}`, () => {
    const depacketizer = new WholeJpegDepacketizer();
    const received = receive(depacketizer, frames.flat());
    assertEquals(received.length, FRAMES.length);
    received.forEach(({ data }, i) => {
      assertEquals(data.subarray(0, FRAMES[i]!.length), FRAMES[i]);
    });
    assertEquals(depacketizer.damagedFrames, 0);
  });

  Deno.test(`a lost datagram costs its own frame at most: ${name}`, () => {
    frames[1]!.forEach((_, lost) => {
      const depacketizer = new WholeJpegDepacketizer();
      const kept = frames.flatMap((datagrams, n) =>
        datagrams.filter((_, i) => n !== 1 || i !== lost)
      );
      const received = receive(depacketizer, kept);
      const whole = received.filter(({ data }) =>
        FRAMES.some((frame) => concatBytes([frame]).every((byte, i) => data[i] === byte))
      );
      // Pieces without headers leave no trace when one in the middle is lost.
      assertEquals(whole.length, 3);
    });
  });
}

Deno.test("a frame fits in one datagram, or is cut with the marker on its last piece", () => {
  const payloader = new WholeJpegPayloader();
  const frame = FRAMES[0]!;
  assertEquals(payloader.payloads(frame, frame.length), [{ payload: frame, marker: true }]);
  const pieces = payloader.payloads(frame, 1000);
  assertEquals(pieces.map(({ marker }) => marker).indexOf(true), pieces.length - 1);
  assertEquals(concatBytes(pieces.map(({ payload }) => payload)), frame);
  assertThrows(() => payloader.payloads(frame, 0), RangeError);
});

Deno.test("payloads of any size come out whole", () => {
  fc.assert(
    fc.property(fc.integer({ min: 40, max: 70_000 }), fc.nat(0xffff), (maxBytes, first) => {
      const depacketizer = new WholeJpegDepacketizer();
      let sequenceNumber = first;
      const received = FRAMES.flatMap((frame, timestamp) => {
        const payloads = new WholeJpegPayloader().payloads(frame, maxBytes);
        const packets = packetsOf(payloads, { timestamp, sequenceNumber });
        sequenceNumber += packets.length;
        return packets.flatMap((packet) => depacketizer.push(packet));
      });
      assertEquals(received.map(({ data }) => data), FRAMES);
    }),
    { seed: 20480, numRuns: 40 },
  );
});

Deno.test("any datagram is taken without an exception", () => {
  const depacketizer = new WholeJpegDepacketizer();
  const start = encodeRtpPacket({
    payloadType: 26,
    sequenceNumber: 1,
    timestamp: 0,
    ssrc: 0,
    payload: FRAMES[0]!.subarray(0, 100),
  });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, begun) => {
      if (begun) depacketizer.pushDatagram(start);
      depacketizer.pushDatagram(bytes);
      depacketizer.pushDatagram(concatBytes([start.subarray(0, RTP_HEADER_LENGTH), bytes]));
    }),
    { seed: 26, numRuns: 1000 },
  );
});
