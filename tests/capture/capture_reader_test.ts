import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { type ByteSource, CaptureReader, memorySource } from "../../src/capture/capture_reader.ts";
import { type CaptureFormat, CaptureWriter } from "../../src/capture/pcap_writer.ts";

interface Packet {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly bytes: Uint8Array;
  readonly originalLength: number;
}

interface Read extends Packet {
  readonly linkType: number;
}

async function readAll(
  source: ByteSource,
): Promise<{ packets: Read[]; damage: string | undefined; format: string }> {
  const reader = await CaptureReader.open(source);
  const { cursor } = reader;
  const packets: Read[] = [];
  do {
    while (cursor.next()) {
      assertEquals(cursor.frameNumber, packets.length + 1);
      packets.push({
        seconds: cursor.seconds,
        nanoseconds: cursor.nanoseconds,
        bytes: cursor.buffer.bytes.slice(cursor.offset, cursor.end),
        originalLength: cursor.originalLength,
        linkType: cursor.linkType,
      });
    }
  } while (await reader.more());
  return { packets, damage: cursor.damage, format: cursor.format };
}

function write(format: CaptureFormat, packets: readonly Packet[]): Uint8Array<ArrayBuffer> {
  const writer = new CaptureWriter(format);
  return concatBytes([
    writer.header(),
    ...packets.map((packet) =>
      writer.recordAt(packet.seconds, packet.nanoseconds, packet.bytes, packet.originalLength)
    ),
  ]);
}

/** Gives a source's bytes in chunks of the given sizes, over and over. */
function inChunks(bytes: Uint8Array, sizes: readonly number[]): ByteSource {
  let at = 0;
  let turn = 0;
  return {
    read(into) {
      if (at >= bytes.length) return Promise.resolve(null);
      const size = Math.min(sizes[turn++ % sizes.length]!, into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + size));
      at += size;
      return Promise.resolve(size);
    },
  };
}

const packet: fc.Arbitrary<Packet> = fc.record({
  seconds: fc.integer({ min: 0, max: 0xffffffff }),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  bytes: fc.uint8Array({ maxLength: 80 }),
  more: fc.integer({ min: 0, max: 2000 }),
}).map(({ more, ...rest }) => ({ ...rest, originalLength: rest.bytes.length + more }));

const format: fc.Arbitrary<Required<CaptureFormat>> = fc.record({
  container: fc.constantFrom("pcap" as const, "pcapng" as const),
  resolution: fc.constantFrom("us" as const, "ns" as const),
  linkType: fc.constantFrom(0, 1, 9, 101, 105, 108, 113, 127, 228, 229, 239, 276),
  snapLength: fc.constant(65_535),
  bigEndian: fc.boolean(),
});

Deno.test("a capture reads back as it was written, in every container, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      format,
      fc.array(packet, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
      async (how, packets, sizes) => {
        const expected = packets.map((one) => ({
          ...one,
          linkType: how.linkType,
          nanoseconds: how.resolution === "ns"
            ? one.nanoseconds
            : Math.floor(one.nanoseconds / 1000) * 1000,
        }));
        const bytes = write(how, packets);
        for (const source of [memorySource(bytes), inChunks(bytes, sizes)]) {
          const read = await readAll(source);
          assertEquals(read, { packets: expected, damage: undefined, format: how.container });
        }
      },
    ),
    { seed: 7001, numRuns: 150 },
  );
});

Deno.test("a capture cut anywhere gives the packets before the cut and says where it ends", async () => {
  const packets = [10, 33, 60].map((length, i) => ({
    seconds: 100 + i,
    nanoseconds: 5000,
    bytes: new Uint8Array(length).fill(i),
    originalLength: length,
  }));
  for (const container of ["pcap", "pcapng"] as const) {
    const writer = new CaptureWriter({ container });
    const header = writer.header().length;
    const ends = [header];
    for (const one of packets) {
      ends.push(ends.at(-1)! + writer.recordAt(1, 0, one.bytes).length);
    }
    const whole = write({ container }, packets);
    for (let length = header; length <= whole.length; length++) {
      const read = await readAll(memorySource(whole.subarray(0, length)));
      assertEquals(read.packets.length, ends.filter((end) => end <= length).length - 1);
      assertEquals(read.damage === undefined, ends.includes(length), `${container} ${length}`);
    }
  }
});

Deno.test("changed bytes end in packets, damage or a DecodeError, never in anything else", async () => {
  const packets = Array.from({ length: 6 }, (_, i) => ({
    seconds: i,
    nanoseconds: 0,
    bytes: new Uint8Array(40),
    originalLength: 40,
  }));
  await fc.assert(
    fc.asyncProperty(
      format,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      async (how, changes) => {
        const bytes = write(how, packets);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          await readAll(memorySource(bytes));
        } catch (error) {
          assert(error instanceof DecodeError, String(error));
        }
      },
    ),
    { seed: 7002, numRuns: 400 },
  );
});

Deno.test("gzip is unpacked, and what comes out of a cut gzip file is kept", async () => {
  const packets = Array.from({ length: 2000 }, (_, i) => ({
    seconds: i,
    nanoseconds: 0,
    bytes: crypto.getRandomValues(new Uint8Array(60)),
    originalLength: 60,
  }));
  const plain = write({}, packets);
  const packed = new Uint8Array(
    await new Response(new Blob([plain]).stream().pipeThrough(new CompressionStream("gzip")))
      .arrayBuffer(),
  );
  assertEquals((await readAll(inChunks(packed, [1000]))).packets.length, 2000);
  const cut = await readAll(inChunks(packed.subarray(0, packed.length / 2), [1000]));
  assert(cut.packets.length > 0 && cut.packets.length < 2000);
  assert(cut.damage !== undefined);
});

Deno.test("the longer record headers of modified pcap files are passed over", async () => {
  const plain = write({}, [{
    seconds: 5,
    nanoseconds: 0,
    bytes: encodeText("abc"),
    originalLength: 3,
  }]);
  const modified = concatBytes([
    Uint8Array.from([0x34, 0xcd, 0xb2, 0xa1]),
    plain.subarray(4, 40),
    new Uint8Array(8),
    plain.subarray(40),
  ]);
  const { packets } = await readAll(memorySource(modified));
  assertEquals(packets[0]?.bytes, encodeText("abc"));
});

Deno.test("every pcapng section and interface has its own order, link type and clock", async () => {
  const one = new CaptureWriter({ container: "pcapng", linkType: 1, bigEndian: true });
  const two = new CaptureWriter({ container: "pcapng", linkType: 113, resolution: "ns" });
  const bytes = concatBytes([
    one.header(),
    // A block of a type that nobody knows.
    Uint8Array.from([0, 0, 0x0b, 0xad, 0, 0, 0, 16, 1, 2, 3, 4, 0, 0, 0, 16]),
    one.recordAt(10, 1000, encodeText("a")),
    two.header(),
    two.recordAt(11, 1, encodeText("b")),
  ]);
  const { packets } = await readAll(memorySource(bytes));
  assertEquals(
    packets.map(({ seconds, nanoseconds, linkType }) => [seconds, nanoseconds, linkType]),
    [
      [10, 1000, 1],
      [11, 1, 113],
    ],
  );
});

Deno.test("what is no capture is named", async () => {
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(0), "empty"],
    [encodeText("hello, world, this is no capture"), "neither pcap nor pcapng"],
    [Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]), "zstd"],
    [new CaptureWriter().header().subarray(0, 20), "within its header"],
    [Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff]), "gzip"],
  ];
  for (const [bytes, words] of cases) {
    await assertRejects(() => readAll(memorySource(bytes)), DecodeError, words);
  }
});

Deno.test("times in ms become whole records", () => {
  const writer = new CaptureWriter({ resolution: "ns" });
  const view = new DataView(writer.record(1999.9999999, new Uint8Array(1)).buffer);
  assertEquals([view.getUint32(0, true), view.getUint32(4, true)], [2, 0]);
});
