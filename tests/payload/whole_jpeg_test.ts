import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../src/bytes/text.ts";
import type { ReceivedFrame } from "../../src/payload/payload_format.ts";
import { WholeJpegPayloader } from "../../src/payload/whole_jpeg.ts";
import { WholeJpegDepacketizer } from "../../src/payload/whole_jpeg_depacketizer.ts";
import { encodeRtpPacket, RTP_HEADER_LENGTH } from "../../src/rtp/packet.ts";
import { makeJpeg, packetsOf, payloadPacket } from "./jpegs.ts";

/** Frames that differ and whose bytes are easily taken for headers. */
const FRAMES = [0, 1, 2, 3].map((n) =>
  makeJpeg({ scan: Uint8Array.from({ length: 5000 + n * 100 }, (_, i) => (i * (n + 3)) & 0x9f) })
);

interface Datagrams {
  readonly name: string;
  /** Datagrams of each frame. */
  readonly frames: readonly (readonly Uint8Array[])[];
}

function cut(frame: Uint8Array, size: number): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(frame.length / size) },
    (_, i) => frame.subarray(i * size, (i + 1) * size),
  );
}

/** Where a piece is in the film. */
interface PieceOf {
  readonly frame: number;
  readonly index: number;
  readonly total: number;
  readonly offset: number;
  readonly bytes: number;
}

const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value)];

/** Headers that lab programs have invented for the pieces of a frame. */
const OWN_HEADERS: {
  name: string;
  size: number;
  /** Whether all pieces have the frame's number. */
  repeats: boolean;
  header: (piece: PieceOf) => Uint8Array;
}[] = [
  {
    name: "number and count in two bytes each",
    size: 1200,
    repeats: true,
    header: ({ index, total }) => Uint8Array.from([...u16(index), ...u16(total)]),
  },
  {
    name: "number, count and the frame's length",
    size: 2000,
    repeats: true,
    header: ({ index, total, bytes }) =>
      Uint8Array.from([...u16(index), ...u16(total), ...u16(bytes)]),
  },
  {
    name: "offset and length in four bytes each",
    size: 1392,
    repeats: true,
    header: ({ offset, bytes }) => Uint8Array.from([...u32(offset), ...u32(bytes)]),
  },
  {
    name: "count before a number from 1",
    size: 700,
    repeats: true,
    header: ({ index, total }) => Uint8Array.of(total, index + 1),
  },
  {
    name: "a flag on the last piece",
    size: 1395,
    repeats: false,
    header: ({ frame, index, total }) =>
      Uint8Array.from([...u32(frame), index === total - 1 ? 1 : 0]),
  },
];

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
      name: "pieces of one sequence number, nothing but the marker on the last",
      frames: FRAMES.map((frame, n) => {
        const parts = cut(frame, 1400);
        return parts.map((part, i) => rtp(part, n + 1, i === parts.length - 1));
      }),
    },
    ...OWN_HEADERS.map(({ name, size, repeats, header }) => {
      let number = 0;
      return {
        name,
        frames: FRAMES.map((frame, n) => {
          const parts = cut(frame, size);
          return parts.map((part, i) => {
            const at = { frame: n + 1, index: i, total: parts.length, offset: i * size };
            const head = header({ ...at, bytes: frame.length });
            const marker = i === parts.length - 1 && name !== "a flag on the last piece";
            return rtp(concatBytes([head, part]), repeats ? n + 1 : ++number, marker);
          });
        }),
      };
    }),
    {
      name: "numbers that begin again in each frame, a header of eight bytes",
      frames: FRAMES.map((frame, n) => {
        const parts = cut(frame, 900);
        return parts.map((part, i) => {
          const head = Uint8Array.of(0, 0, (i * 900) >> 8, (i * 900) & 0xff, 0, 255, 0, 0);
          const marker = i === parts.length - 1;
          const datagram = rtp(concatBytes([head, part]), i + 1, marker);
          new DataView(datagram.buffer).setUint32(4, n * 3000);
          return datagram;
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

Deno.test("each frame whose beginning is lost is counted, one after the other", () => {
  for (const { name, frames } of variants()) {
    // A datagram without a header tells nothing of the frame that it belongs to.
    const isTold = frames[1]!.length > 1 && !name.includes("only the first has a header");
    const depacketizer = new WholeJpegDepacketizer();
    const kept = frames.map((datagrams, n) => n === 1 || n === 2 ? datagrams.slice(1) : datagrams);
    assertEquals(receive(depacketizer, kept.flat()).length, 2, name);
    assertEquals(depacketizer.damagedFrames, isTold ? 2 : 0, name);
  }
});

Deno.test("frames of which only the middle comes are told apart by the number of their pieces", () => {
  const depacketizer = new WholeJpegDepacketizer();
  for (let frame = 1; frame <= 5; frame++) {
    for (let piece = 1; piece <= 2; piece++) {
      const payload = new Uint8Array(20);
      payload.set([frame, piece]);
      depacketizer.push(payloadPacket({ sequenceNumber: frame, timestamp: frame, payload }));
    }
  }
  assertEquals(depacketizer.damagedFrames, 5);
});

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

Deno.test("twelve bytes are the header, whatever its first says", () => {
  for (const first of [0x00, 0x02, 0x40, 0x90, 0xa0, 0xb2, 0xff]) {
    const depacketizer = new WholeJpegDepacketizer();
    const received = FRAMES.flatMap((frame, n) =>
      cut(frame, 1500).flatMap((part, i, parts) => {
        const datagram = encodeRtpPacket({
          payloadType: 26,
          sequenceNumber: n * 10 + i,
          timestamp: n,
          ssrc: 5,
          payload: part,
          marker: i === parts.length - 1,
        });
        datagram[0] = first;
        return depacketizer.pushDatagram(datagram);
      })
    );
    assertEquals(received.map(({ data }) => data), FRAMES, first.toString(16));
  }
});

Deno.test("packets of another payload type are no part of the film", () => {
  const depacketizer = new WholeJpegDepacketizer();
  const received = FRAMES.flatMap((frame, n) =>
    cut(frame, 1500).flatMap((part, i, parts) => {
      const packet = {
        sequenceNumber: n * 10 + i,
        timestamp: n,
        ssrc: 0,
        payload: part,
        marker: i === parts.length - 1,
      };
      const film = depacketizer.pushDatagram(encodeRtpPacket({ ...packet, payloadType: 26 }));
      assertEquals(depacketizer.lastDatagram, "packet");
      // Parity of three images begins like an image.
      const payload = concatBytes([FRAMES[0]!.subarray(0, 40), new Uint8Array(900)]);
      const parity = encodeRtpPacket({ ...packet, payloadType: 127, payload, marker: false });
      assertEquals(depacketizer.pushDatagram(parity), []);
      assertEquals(depacketizer.lastDatagram, "foreign");
      return film;
    })
  );
  assertEquals(received.map(({ data }) => data), FRAMES);
  assertEquals(depacketizer.damagedFrames, 0);
});

Deno.test("a copy of a packet is told from a further piece with its number", () => {
  const packet = (payload: Uint8Array, sequenceNumber: number, marker: boolean) =>
    encodeRtpPacket({ payloadType: 26, sequenceNumber, timestamp: 0, ssrc: 0, payload, marker });
  const [frame, next] = FRAMES as [Uint8Array, Uint8Array];
  const [begin, end] = [frame.subarray(0, 2000), frame.subarray(2000)];
  const kinds: string[] = [];
  const depacketizer = new WholeJpegDepacketizer();
  const received = [
    packet(begin, 1, false),
    packet(begin, 1, false),
    packet(end, 2, true),
    packet(end, 2, true),
    packet(next, 3, true),
    packet(next, 3, true),
  ].flatMap((datagram) => {
    const frames = depacketizer.pushDatagram(datagram);
    kinds.push(depacketizer.lastDatagram);
    return frames;
  });
  assertEquals(received.map(({ data }) => data), [frame, next]);
  assertEquals(new Set(kinds), new Set(["packet"]));
  assertEquals(depacketizer.damagedFrames, 0);
});

Deno.test("empty packets, and sound where a film should be, damage no frames", () => {
  const depacketizer = new WholeJpegDepacketizer();
  const packet = (payloadType: number, sequenceNumber: number, payload: Uint8Array) =>
    encodeRtpPacket({ payloadType, sequenceNumber, timestamp: 0, ssrc: 0, payload });
  for (let n = 0; n < 5; n++) {
    depacketizer.pushDatagram(packet(26, 7, new Uint8Array(0)));
    depacketizer.pushDatagram(packet(14, n, Uint8Array.of(0xff, 0xfb, 0x90, n)));
  }
  assertEquals(depacketizer.damagedFrames, 0);
});
