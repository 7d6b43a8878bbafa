import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MAX_DROPOUT, ReceptionStats, REORDER_WINDOW } from "../../src/rtp/reception_stats.ts";

/** Counts by keeping every number, as the engine cannot. Numbers do not wrap here. */
class Model {
  readonly seen = new Set<number>();
  received = 0;
  reordered = 0;
  late = 0;
  #highest = -Infinity;
  #first = 0;

  add(number: number): void {
    if (this.received++ === 0) this.#first = number;
    if (!this.seen.has(number) && number < this.#highest) {
      if (this.#highest - number > REORDER_WINDOW) this.late++;
      else this.reordered++;
    }
    this.seen.add(number);
    this.#highest = Math.max(this.#highest, number);
  }

  numbers(): Record<string, unknown> {
    const [least, most] = [Math.min(...this.seen), Math.max(...this.seen)];
    const runs = new Map<number, number>();
    let run = 0;
    for (let number = least; number <= most; number++) {
      if (!this.seen.has(number)) {
        run++;
      } else if (run > 0) {
        runs.set(run, (runs.get(run) ?? 0) + 1);
        run = 0;
      }
    }
    const expected = most - least + 1;
    return {
      received: this.received,
      expected,
      unique: this.seen.size,
      lost: expected - this.seen.size,
      duplicates: this.received - this.seen.size,
      reordered: this.reordered,
      late: this.late,
      lossRuns: runs,
      strays: 0,
      restarts: 0,
      wraps: Math.floor(most / 65_536) - Math.floor(this.#first / 65_536),
    };
  }
}

function numbersOf(stats: ReceptionStats): Record<string, unknown> {
  const snapshot = stats.snapshot();
  const { received, expected, unique, lost, duplicates, reordered, late, lossRuns } = snapshot;
  const { strays, restarts, wraps } = snapshot;
  assertEquals(stats.lost, lost);
  assertEquals(snapshot.lossRate, expected === 0 ? 0 : lost / expected);
  return {
    received,
    expected,
    unique,
    lost,
    duplicates,
    reordered,
    late,
    lossRuns,
    strays,
    restarts,
    wraps,
  };
}

/** Feeds numbers without wrap as the wire has them, timestamps in step with them. */
function feed(stats: ReceptionStats, number: number, arrivalMs: number): string {
  return stats.update(
    ((number % 65_536) + 65_536) % 65_536,
    (number * 160) >>> 0,
    arrivalMs,
    172,
    false,
  );
}

/** Steps to the next number: mostly one, sometimes a gap, a repetition or a step back. */
const step = fc.oneof(
  { weight: 20, arbitrary: fc.constant(1) },
  { weight: 3, arbitrary: fc.integer({ min: 2, max: 12 }) },
  { weight: 2, arbitrary: fc.integer({ min: -8, max: 0 }) },
  { weight: 1, arbitrary: fc.integer({ min: -300, max: -40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 50, max: 700 }) },
);

Deno.test("counts agree with a model that keeps every number, over wraps, gaps and repetitions", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 60_000, max: 140_000 }),
      fc.array(step, { maxLength: 1500, size: "max" }),
      (first, steps) => {
        const stats = new ReceptionStats();
        const model = new Model();
        let number = first;
        let highest = first;
        steps.forEach((by, i) => {
          // What is further behind is another sequence, not a late packet.
          number = Math.max(number + by, highest - MAX_DROPOUT + 1);
          highest = Math.max(highest, number);
          feed(stats, number, i * 20);
          model.add(number);
        });
        if (steps.length > 0) assertEquals(numbersOf(stats), model.numbers());
      },
    ),
    { seed: 41, numRuns: 300 },
  );
});

Deno.test("the counts add up whatever comes", () => {
  const packet = fc.tuple(
    fc.oneof(fc.nat(65_535), fc.integer({ min: 65_000, max: 65_535 }), fc.nat(200)),
    fc.oneof(fc.nat(4_294_967_295), fc.nat(5000)),
    fc.boolean(),
  );
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 400, size: "max" }), (packets) => {
      const stats = new ReceptionStats({ clockRate: 8000 });
      packets.forEach(([sequence, timestamp, expectRestart], i) => {
        if (expectRestart && i % 50 === 7) stats.expectRestart();
        stats.update(sequence, timestamp, i, 10, false);
      });
      const snapshot = stats.snapshot();
      const { received, unique, duplicates, strays, expected, lost, lossRuns } = snapshot;
      assertEquals(received, packets.length);
      assertEquals(unique + duplicates + strays, received);
      assertEquals(expected, unique + lost);
      assert(lost >= 0);
      let inRuns = 0;
      for (const [length, count] of lossRuns) inRuns += length * count;
      assertEquals(inRuns, lost);
    }),
    { seed: 42, numRuns: 500 },
  );
});

Deno.test("jitter is that of RFC 3550 A.8, one value a timestamp", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          ticks: fc.integer({ min: 0, max: 4000 }),
          ms: fc.integer({ min: 0, max: 90 }),
        }),
        { minLength: 2, maxLength: 200 },
      ),
      fc.nat(4_294_967_295),
      (gaps, firstTimestamp) => {
        const stats = new ReceptionStats({ clockRate: 90_000 });
        let [timestamp, arrival] = [firstTimestamp, 1000];
        let [jitter, base, baseArrival, maximum] = [0, timestamp, arrival, 0];
        stats.update(0, timestamp, arrival, 1, false);
        gaps.forEach(({ ticks, ms }, i) => {
          timestamp += ticks;
          arrival += ms;
          stats.update(i + 1, timestamp % 2 ** 32, arrival, 1, false);
          if (timestamp === base) return;
          const transit = (arrival - baseArrival) * 90 - (timestamp - base);
          jitter += (Math.abs(transit) - jitter) / 16;
          maximum = Math.max(maximum, jitter);
          [base, baseArrival] = [timestamp, arrival];
        });
        const snapshot = stats.snapshot();
        assertAlmostEquals(snapshot.jitterMs!, jitter / 90, 1e-9);
        assertAlmostEquals(snapshot.jitterMaxMs!, maximum / 90, 1e-9);
        assertEquals(snapshot.elapsedTicks, timestamp - firstTimestamp);
      },
    ),
    { seed: 43, numRuns: 300 },
  );
});

Deno.test("a jump is a restart once a second packet confirms it, and a stray otherwise", () => {
  const stats = new ReceptionStats();
  for (let i = 0; i < 10; i++) feed(stats, 100 + i, i);
  assertEquals(feed(stats, 20_000, 10), "probation");
  assertEquals(feed(stats, 110, 11), "in-order");
  assertEquals(stats.snapshot().strays, 1);
  assertEquals(feed(stats, 40_000, 12), "probation");
  assertEquals(feed(stats, 40_001, 13), "restart");
  const { strays, restarts, expected, lost, received } = stats.snapshot();
  assertEquals({ strays, restarts, expected, lost, received }, {
    strays: 1,
    restarts: 1,
    expected: 13,
    lost: 0,
    received: 14,
  });
});

Deno.test("a lower number with a later timestamp begins a new sequence", () => {
  const stats = new ReceptionStats();
  for (let i = 1; i <= 50; i++) stats.update(i, i * 3000, i * 33, 1, false);
  assertEquals(stats.update(1, 51 * 3000, 51 * 33, 1, false), "probation");
  assertEquals(stats.update(2, 52 * 3000, 52 * 33, 1, false), "restart");
  const { expected, lost, duplicates } = stats.snapshot();
  assertEquals({ expected, lost, duplicates }, { expected: 52, lost: 0, duplicates: 0 });
});

Deno.test("an announced restart counts from its first packet", () => {
  const stats = new ReceptionStats();
  for (let i = 0; i < 5; i++) feed(stats, 500 + i, i);
  stats.expectRestart();
  assertEquals(stats.update(1, 9_000_000, 100, 1, false), "restart");
  stats.expectRestart();
  assertEquals(stats.update(2, 9_000_160, 120, 1, false), "in-order");
  assertEquals(stats.snapshot().restarts, 1);
});

Deno.test("deltas, bytes, markers and timestamps are those of the packets", () => {
  const stats = new ReceptionStats();
  for (
    const [i, [timestamp, arrival, marker]] of ([
      [0, 10, false],
      [0, 15, true],
      [3000, 40, false],
      [3000, 41, true],
    ] as const).entries()
  ) {
    stats.update(i, timestamp, arrival, 100, marker);
  }
  const snapshot = stats.snapshot();
  assertEquals(snapshot.bytes, 400);
  assertEquals(snapshot.markers, 2);
  assertEquals(snapshot.timestamps, 2);
  assertEquals([snapshot.deltaMinMs, snapshot.deltaMaxMs], [1, 25]);
  assertAlmostEquals(snapshot.deltaMeanMs!, 31 / 3);
  assertEquals(snapshot.jitterMs, undefined);
});

Deno.test("the highest number again is a duplicate, whatever its timestamp, which still counts", () => {
  const stats = new ReceptionStats({ clockRate: 90_000 });
  for (let i = 0; i < 200; i++) {
    const arrival = stats.update(7000, i * 4500, i * 50, 1, false);
    assertEquals(arrival, i === 0 ? "first" : "duplicate");
  }
  const { duplicates, strays, lost, restarts, timestamps, elapsedTicks, skewMs } = stats.snapshot();
  assertEquals({ duplicates, strays, lost, restarts }, {
    duplicates: 199,
    strays: 0,
    lost: 0,
    restarts: 0,
  });
  assertEquals({ timestamps, elapsedTicks, skewMs }, {
    timestamps: 200,
    elapsedTicks: 199 * 4500,
    skewMs: 0,
  });
});

Deno.test("numbers that are used twice begin no new sequence", () => {
  const stats = new ReceptionStats();
  for (let i = 0; i < 100; i++) {
    const arrival = stats.update(500 + (i >> 1), i * 3000, i * 33, 1, false);
    if (i > 0) assertEquals(arrival, i % 2 === 0 ? "in-order" : "duplicate");
  }
  assertEquals(stats.snapshot().expected, 50);
});

/** PCMU, 100 packets of 20 ms, from these numbers and this time on. */
function speak(stats: ReceptionStats, first: number, timestamp: number, startMs: number): void {
  for (let i = 0; i < 100; i++) {
    stats.update((first + i) & 0xffff, timestamp + i * 160, startMs + i * 20, 172, false);
  }
}

for (
  const { name, first, timestamp, announced, restarts } of [
    { name: "numbers run on", first: 7100, timestamp: 16_000, announced: true, restarts: 0 },
    {
      name: "timestamps count the pause",
      first: 7100,
      timestamp: 16_000 + 60 * 8000,
      announced: true,
      restarts: 0,
    },
    { name: "new numbers", first: 30_000, timestamp: 999_999, announced: true, restarts: 1 },
    { name: "new numbers just ahead", first: 9500, timestamp: 1, announced: true, restarts: 1 },
    {
      name: "new numbers, unannounced",
      first: 30_000,
      timestamp: 7,
      announced: false,
      restarts: 1,
    },
  ]
) {
  Deno.test(`a pause is neither jitter nor skew nor loss: ${name}`, () => {
    const stats = new ReceptionStats({ clockRate: 8000 });
    speak(stats, 7000, 0, 0);
    if (announced) stats.expectRestart();
    speak(stats, first, timestamp, 62_000);
    const snapshot = stats.snapshot();
    const { lost, timestamps, elapsedTicks, jitterMaxMs, skewMs, durationMs, activeMs } = snapshot;
    assertEquals({ lost, timestamps, elapsedTicks, jitterMaxMs, skewMs, durationMs, activeMs }, {
      lost: 0,
      timestamps: 200,
      elapsedTicks: 2 * 99 * 160,
      jitterMaxMs: 0,
      skewMs: 0,
      durationMs: 63_980,
      activeMs: 2 * 1980,
    });
    assertEquals(snapshot.restarts, restarts);
  });
}
