import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ReorderBuffer } from "../../src/rtp/reorder_buffer.ts";

interface Packet {
  readonly sequenceNumber: number;
}

function packet(sequenceNumber: number): Packet {
  return { sequenceNumber: sequenceNumber & 0xffff };
}

/** Numbers that come out when `arrivals` are pushed at 1 ms intervals. */
function run(arrivals: readonly number[], buffer = new ReorderBuffer<Packet>()): number[] {
  return arrivals.flatMap((number, i) => buffer.push(packet(number), i))
    .map(({ sequenceNumber }) => sequenceNumber);
}

Deno.test("packets in order pass at once", () => {
  assertEquals(run([5, 6, 7]), [5, 6, 7]);
  assertEquals(run([65_534, 65_535, 65_536, 65_537]), [65_534, 65_535, 0, 1]);
});

Deno.test("packets that changed places are put right; duplicates and latecomers are dropped", () => {
  assertEquals(run([1, 3, 2, 4]), [1, 2, 3, 4]);
  assertEquals(run([65_535, 1, 65_536, 2]), [65_535, 0, 1, 2]);
  assertEquals(run([1, 2, 2, 3, 1, 4]), [1, 2, 3, 4]);
  assertEquals(run([1, 3, 3, 2, 4]), [1, 2, 3, 4]);
});

Deno.test("a missing packet is waited for, and then given up", () => {
  const buffer = new ReorderBuffer<Packet>({ maxWaitMs: 50 });
  assertEquals(run([1, 3], buffer), [1]);
  assertEquals([buffer.size, buffer.poll(50)], [1, []]);
  assertEquals(buffer.poll(51), [packet(3)]);
  assertEquals(buffer.push(packet(2), 52), []);
  assertEquals(buffer.push(packet(4), 53), [packet(4)]);
});

Deno.test("no more packets wait than may", () => {
  const buffer = new ReorderBuffer<Packet>({ maxPackets: 3, maxWaitMs: Infinity });
  assertEquals(run([1, 3, 4, 5], buffer), [1]);
  assertEquals(run([6], buffer), [3, 4, 5, 6]);
});

Deno.test("a jump begins a new sequence; flush gives what waits", () => {
  assertEquals(run([1, 3, 20_000, 20_001]), [1, 3, 20_000, 20_001]);
  const buffer = new ReorderBuffer<Packet>();
  run([1, 4, 3], buffer);
  assertEquals(buffer.flush(), [packet(3), packet(4)]);
  assertEquals(buffer.push(packet(9), 9), [packet(9)]);
});

Deno.test("whatever the order within the window, all come out, in order and once", () => {
  const order = fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), order, (first, keys) => {
      // Each packet goes at most five places away from its own.
      const arrivals = keys.map((key, i) => ({ number: first + 1 + i, at: i + (key % 6) }))
        .sort((a, b) => a.at - b.at || a.number - b.number).map(({ number }) => number);
      const buffer = new ReorderBuffer<Packet>({ maxWaitMs: Infinity });
      const out = [...run([first], buffer), ...run(arrivals, buffer)];
      out.push(...buffer.flush().map(({ sequenceNumber }) => sequenceNumber));
      assertEquals(
        out,
        [first, ...keys.map((_, i) => first + 1 + i)].map((number) => number & 0xffff),
      );
    }),
    { seed: 17 },
  );
});
