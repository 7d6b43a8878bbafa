import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../src/bytes/text.ts";
import { TcpDirection } from "../../src/capture/tcp.ts";

interface Piece {
  readonly from: number;
  readonly to: number;
}

const DATA = new Uint8Array(600).map((_, i) => i * 7);

function collect(direction: TcpDirection, pieces: readonly Piece[], start: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const { from, to } of pieces) {
    direction.add((start + from) >>> 0, DATA.subarray(from, to), (bytes) => {
      chunks.push(bytes.slice());
    });
  }
  return concatBytes(chunks);
}

Deno.test("segments in any order, repeated and overlapping, give the stream", () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 599 }), { minLength: 1, maxLength: 12 });
  const extra = fc.array(fc.tuple(fc.nat(599), fc.nat(120)), { maxLength: 6 });
  fc.assert(
    fc.property(cuts, extra, fc.nat(4_294_967_295), fc.infiniteStream(fc.nat()), (
      at,
      overlaps,
      start,
      order,
    ) => {
      const edges = [0, ...at.sort((a, b) => a - b), 600];
      const pieces = edges.slice(1).map((to, i) => ({ from: edges[i]!, to }));
      for (const [from, length] of overlaps) {
        pieces.push({ from, to: Math.min(600, from + length + 1) });
      }
      const shuffled = pieces.map((piece) => ({ piece, key: order.next().value as number }))
        .sort((a, b) => a.key - b.key).map(({ piece }) => piece);
      const direction = new TcpDirection();
      // The first segment may come late only when the beginning is known.
      direction.begin((start - 1) >>> 0);
      assertEquals(collect(direction, shuffled, start), DATA);
      assertEquals(direction.missingBytes, 0);
    }),
    { seed: 61, numRuns: 300 },
  );
});

Deno.test("a stream joined in its middle begins with the first segment", () => {
  const direction = new TcpDirection();
  const bytes = collect(direction, [{ from: 100, to: 200 }, { from: 50, to: 150 }, {
    from: 200,
    to: 210,
  }], 4_294_967_200);
  assertEquals(bytes, DATA.subarray(100, 210));
});

Deno.test("a gap is passed over when the other side has confirmed what is missing", () => {
  const direction = new TcpDirection();
  const seen: [string, boolean][] = [];
  const receive = (bytes: Uint8Array, afterGap: boolean) => {
    seen.push([`${bytes[0]}+${bytes.length}`, afterGap]);
  };
  direction.add(1000, DATA.subarray(0, 10), receive);
  direction.add(1020, DATA.subarray(20, 30), receive);
  direction.acknowledged(1010, receive);
  assertEquals(seen, [["0+10", false]]);
  direction.acknowledged(1030, receive);
  assertEquals(seen, [["0+10", false], [`${DATA[20]}+10`, true]]);
  assertEquals(direction.missingBytes, 10);
});

Deno.test("without reordering, a gap is passed over at once", () => {
  const direction = new TcpDirection({ reorder: false });
  const bytes = collect(direction, [{ from: 0, to: 10 }, { from: 20, to: 30 }, {
    from: 10,
    to: 20,
  }], 5);
  assertEquals(bytes, concatBytes([DATA.subarray(0, 10), DATA.subarray(20, 30)]));
});

Deno.test("tiny segments with holes between them do not wait without limit", () => {
  const direction = new TcpDirection();
  direction.begin(0);
  let received = 0;
  const byte = DATA.subarray(0, 1);
  for (let i = 4000; i > 0; i--) direction.add(10 + 2 * i, byte, () => received++);
  // The lowest of the first 1025 ends the wait for all that is lower.
  assertEquals(received, 1);
  direction.finish(() => received++);
  assertEquals(received, 1025);
});
