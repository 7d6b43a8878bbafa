import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { concatBytes } from "../../src/bytes/text.ts";
import { JpegDepacketizer } from "../../src/payload/jpeg_depacketizer.ts";
import { parseJpeg } from "../../src/payload/jpeg_file.ts";
import { decodeRtpJpeg, rtpJpegHeaderLength } from "../../src/payload/jpeg_header.ts";
import { JpegPayloader } from "../../src/payload/jpeg_payloader.ts";
import { staticQuantTables, ZIGZAG } from "../../src/payload/jpeg_tables.ts";
import type { ReceivedFrame } from "../../src/payload/payload_format.ts";
import { makeJpeg, packetsOf, payloadPacket } from "./jpegs.ts";

function receive(
  frame: Uint8Array,
  maxBytes: number,
  depacketizer: JpegDepacketizer = new JpegDepacketizer(),
): ReceivedFrame[] {
  return packetsOf(new JpegPayloader().payloads(frame, maxBytes), { timestamp: 1 })
    .flatMap((packet) => depacketizer.push(packet));
}

Deno.test("the zig-zag order is that of T.81 figure A.6", () => {
  assertEquals([...ZIGZAG.subarray(0, 12)], [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25]);
  assertEquals([...ZIGZAG.subarray(56)], [53, 60, 61, 54, 47, 55, 62, 63]);
  assertEquals(new Set(ZIGZAG).size, 64);
});

Deno.test("static tables scale by Q and come in zig-zag order", () => {
  const [luma, chroma] = staticQuantTables(50);
  assertEquals([...luma.subarray(0, 10)], [16, 11, 12, 14, 12, 10, 16, 14, 13, 14]);
  assertEquals([...chroma.subarray(0, 6)], [17, 18, 18, 24, 21, 24]);
  assertEquals(staticQuantTables(1)[0].every((value) => value === 255), true);
  assertEquals(staticQuantTables(99)[0][0], 1);
  assertEquals(staticQuantTables(75)[0][0], 8);
  assertThrows(() => staticQuantTables(0), RangeError);
  assertThrows(() => staticQuantTables(100), RangeError);
});

Deno.test("a frame comes out with the scan, tables and size it went in with", () => {
  fc.assert(
    fc.property(
      fc.record({
        sampling: fc.constantFrom<0 | 1>(0, 1),
        restartInterval: fc.constantFrom(0, 1, 40),
        blocks: fc.integer({ min: 1, max: 255 }),
        scan: fc.uint8Array({ minLength: 1, maxLength: 5000 }),
        oneTable: fc.boolean(),
        wide: fc.boolean(),
      }),
      fc.integer({ min: 320, max: 9000 }),
      (parts, maxBytes) => {
        const frame = makeJpeg({ ...parts, width: parts.blocks * 8, height: 16 });
        const payloads = new JpegPayloader().payloads(frame, maxBytes);
        assert(payloads.every(({ payload }) => payload.length <= maxBytes));
        assertEquals(payloads.map(({ marker }) => marker).indexOf(true), payloads.length - 1);
        const [received] = receive(frame, maxBytes);
        const sent = parseJpeg(frame);
        const image = parseJpeg(received!.data);
        assertEquals(image.scans[0]!.data, sent.scans[0]!.data);
        assertEquals(image.scans[0]!.restartInterval, parts.restartInterval);
        assertEquals([image.width, image.height], [sent.width, sent.height]);
        for (const index of [0, 1, 2]) {
          assertEquals(
            image.quantTables.get(image.components[index]!.quantTable)!.values,
            sent.quantTables.get(sent.components[index]!.quantTable)!.values,
          );
        }
      },
    ),
    { seed: 2435, numRuns: 100 },
  );
});

Deno.test("a frame of 1 MB is split and put together", () => {
  const scan = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) % 255);
  const [received] = receive(makeJpeg({ width: 1920, height: 1080, scan }), 1400);
  assertEquals(parseJpeg(received!.data).scans[0]!.data.length, 1_000_000);
});

Deno.test("frames that RFC 2435 has no room for are refused with the reason", () => {
  const cases: [Parameters<typeof makeJpeg>[0], string][] = [
    [{ lumaSampling: 0x11 }, "4:4:4"],
    [{ lumaSampling: 0x12 }, "4:4:0"],
    [{ frameType: 0xc2 }, "progressive"],
    [{ frameType: 0xc9 }, "arithmetic"],
    [{ width: 2048 }, "2,040"],
    [{ customHuffman: true }, "Huffman"],
    [{ components: 1 }, "no colours"],
  ];
  for (const [parts, reason] of cases) {
    assertThrows(() => new JpegPayloader().payloads(makeJpeg(parts), 1400), RangeError, reason);
  }
  assertThrows(
    () => new JpegPayloader().payloads(new Uint8Array(100), 1400),
    RangeError,
    "no JPEG",
  );
  assertThrows(() => new JpegPayloader().payloads(makeJpeg({}), 100), RangeError, "no room");
});

Deno.test("a frame with a gap is given up and counted once", () => {
  const frame = makeJpeg({ scan: new Uint8Array(5000) });
  const payloads = new JpegPayloader().payloads(frame, 1000);
  for (let lost = 0; lost < payloads.length; lost++) {
    const depacketizer = new JpegDepacketizer();
    const frames = [0, 3000, 6000].flatMap((timestamp) =>
      packetsOf(payloads, { timestamp })
        .filter((_, i) => timestamp !== 3000 || i !== lost)
        .flatMap((packet) => depacketizer.push(packet))
    );
    assertEquals(frames.map(({ timestamp }) => timestamp), [0, 6000]);
    assertEquals(depacketizer.damagedFrames, 1);
    assert(depacketizer.lastDamage !== undefined);
  }
});

Deno.test("without any marker the next frame ends one, unless packets are missing between", () => {
  const payloads = new JpegPayloader().payloads(makeJpeg({ scan: new Uint8Array(2500) }), 1000);
  const pieces = payloads.length;
  for (const lost of [undefined, 2 * pieces - 1, 2 * pieces]) {
    const depacketizer = new JpegDepacketizer();
    const stamps = [0, 3000, 6000, 9000].flatMap((timestamp) =>
      payloads.map(({ payload }) => ({ timestamp, payload }))
    );
    const frames = stamps.flatMap(({ timestamp, payload }, i) =>
      i === lost ? [] : depacketizer.push(
        payloadPacket({ payload, timestamp, sequenceNumber: (65_530 + i) & 0xffff }),
      )
    );
    const expected = lost === undefined ? [0, 3000, 6000] : lost < 2 * pieces ? [0, 6000] : [0];
    assertEquals(frames.map(({ timestamp }) => timestamp), expected);
    assertEquals(frames.map(({ data }) => data.length), expected.map(() => frames[0]!.data.length));
    assertEquals(depacketizer.damagedFrames, 3 - expected.length);
  }
});

Deno.test("frames under one timestamp are told apart by their first fragment", () => {
  const depacketizer = new JpegDepacketizer();
  const frame = makeJpeg({ scan: new Uint8Array(3000) });
  const frames = [1, 2, 3].flatMap(() => receive(frame, 1000, depacketizer));
  assertEquals(frames.length, 3);
  assertEquals(depacketizer.damagedFrames, 0);
});

Deno.test("Q 1 to 99 names the tables; 128 to 254 may leave out what came before", () => {
  const scan = Uint8Array.of(1, 2, 3);
  const depacketizer = new JpegDepacketizer();
  const push = (q: number, tables?: Uint8Array): ReceivedFrame[] => {
    const inBand = tables === undefined ? [] : [0, 0, 0, tables.length, ...tables];
    const payload = Uint8Array.of(0, 0, 0, 0, 1, q, 2, 2, ...inBand, ...scan);
    return depacketizer.push(payloadPacket({ payload, marker: true }));
  };
  const [luma, chroma] = staticQuantTables(30);
  const named = parseJpeg(push(30)[0]!.data);
  assertEquals([...named.quantTables.get(0)!.values], [...luma]);
  assertEquals([...named.quantTables.get(1)!.values], [...chroma]);
  const tables = Uint8Array.from({ length: 128 }, (_, i) => i + 1);
  assertEquals(push(200, tables).length, 1);
  const again = parseJpeg(push(200, new Uint8Array())[0]!.data);
  assertEquals([...again.quantTables.get(1)!.values], [...tables.subarray(64)]);
  assertEquals(depacketizer.damagedFrames, 0);
  for (const [q, inBand] of [[0], [100], [127], [201, 0], [255, 0], [128, 63]] as const) {
    const before = depacketizer.damagedFrames;
    assertEquals(push(q, inBand === undefined ? undefined : new Uint8Array(inBand)), []);
    assertEquals(depacketizer.damagedFrames, before + 1, `Q ${q}`);
  }
});

Deno.test("a size of 0 needs the session description, which also makes odd sizes exact", () => {
  const payload = Uint8Array.of(0, 0, 0, 0, 1, 50, 0, 0, 9, 9);
  assertEquals(new JpegDepacketizer().push(payloadPacket({ payload, marker: true })), []);
  const size = { width: 3000, height: 2101 };
  const [frame] = new JpegDepacketizer({ size }).push(payloadPacket({ payload, marker: true }));
  assertEquals(parseJpeg(frame!.data).width, 3000);
  const odd = makeJpeg({ width: 637, height: 355 });
  const [rounded] = receive(odd, 1400);
  assertEquals(parseJpeg(rounded!.data).width, 640);
  const [exact] = receive(odd, 1400, new JpegDepacketizer({ size: { width: 637, height: 355 } }));
  assertEquals([parseJpeg(exact!.data).width, parseJpeg(exact!.data).height], [637, 355]);
});

Deno.test("an EOI marker that the sender left in is not doubled", () => {
  for (const split of [10, 11, 12]) {
    const scan = Uint8Array.of(1, 2, 0xff, 0xd9);
    const payload = Uint8Array.of(0, 0, 0, 0, 1, 50, 2, 2, ...scan.subarray(0, split - 8));
    const rest = Uint8Array.of(0, 0, 0, split - 8, 1, 50, 2, 2, ...scan.subarray(split - 8));
    const depacketizer = new JpegDepacketizer();
    depacketizer.push(payloadPacket({ payload }));
    const [frame] = depacketizer.push(payloadPacket({ payload: rest, marker: true }));
    assertEquals([...frame!.data.subarray(-4)], [1, 2, 0xff, 0xd9]);
  }
});

Deno.test("any packet is taken without an exception", () => {
  const depacketizer = new JpegDepacketizer();
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      fc.nat(3),
      (payload, marker, time) => {
        depacketizer.push(payloadPacket({ payload, marker, timestamp: time }));
        try {
          const decoded = decodeRtpJpeg(payload);
          assertEquals(rtpJpegHeaderLength(decoded) + decoded.data.length, payload.length);
        } catch (error) {
          assert(error instanceof DecodeError);
        }
      },
    ),
    { seed: 2435, numRuns: 2000 },
  );
});

Deno.test("a JPEG that is cut or changed gives an image or a DecodeError", () => {
  const frame = makeJpeg({ restartInterval: 4 });
  for (let length = 0; length < frame.length; length++) {
    try {
      assertEquals(parseJpeg(frame.subarray(0, length)).complete, false);
    } catch (error) {
      assert(error instanceof DecodeError);
    }
  }
  fc.assert(
    fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, value) => {
      const changed = frame.slice();
      changed[at] = value;
      try {
        parseJpeg(changed);
      } catch (error) {
        assert(error instanceof DecodeError);
      }
    }),
    { seed: 81, numRuns: 2000 },
  );
});

Deno.test("what stands behind a JPEG's end is not its own", () => {
  const frame = makeJpeg({});
  const image = parseJpeg(concatBytes([frame, Uint8Array.of(0, 0, 0)]));
  assertEquals(image.end, frame.length);
  assertEquals(image.complete, true);
});
