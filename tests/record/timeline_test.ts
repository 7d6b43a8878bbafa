import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FilmTimeline } from "../../src/record/film_timeline.ts";
import { commonStep, toFraction } from "../../src/record/frame_rate.ts";
import { GapList } from "../../src/record/gap_list.ts";
import { SoundTimeline } from "../../src/record/sound_timeline.ts";
import { Synchronizer } from "../../src/record/synchronizer.ts";

const JPEG = new Uint8Array(0);

const missing = ({ gaps }: GapList): number =>
  gaps.reduce((sum, { from, to }) => sum + to - from, 0);

/** Places of pictures with these timestamps, which arrive as they are stamped or as told. */
function slots(
  timeline: FilmTimeline,
  pictures: readonly { timestamp: number; sequenceNumber?: number; arrivalMs?: number }[],
): number[] {
  const placed = pictures.flatMap((picture, i) => {
    const arrivalMs = picture.arrivalMs ?? picture.timestamp / 90;
    return timeline.push({ sequenceNumber: i, ...picture, arrivalMs, jpeg: JPEG });
  });
  return [...placed, ...timeline.flush()].filter(({ repeated }) => !repeated)
    .map(({ slot }) => slot);
}

Deno.test("pictures lie where their timestamps say, the rate being known", () => {
  const timeline = new FilmTimeline({ clockRate: 90_000, frameRate: 25, looseClock: false });
  const stamps = [0, 1, 2, 5, 6].map((i) => ({ timestamp: i * 3600 }));
  assertEquals(slots(timeline, stamps), [0, 1, 2, 5, 6]);
  assertEquals(timeline.gaps.gaps, [{ from: 3, to: 5 }]);
  assertEquals(timeline.extend(9).map(({ slot }) => slot), [7, 8]);
  assertEquals(missing(timeline.gaps), 4);
});

Deno.test("the rate is found from timestamps, whatever is missing", () => {
  const rates: [number, string][] = [[3600, "25/1"], [3003, "30000/1001"], [4500, "20/1"]];
  for (const [step, expected] of rates) {
    const timeline = new FilmTimeline({ clockRate: 90_000, looseClock: false });
    const there = [0, 1, 3, 4, 7, 8, 9, 12, 13, 14, 16, 17, 20, 21, 22, 23, 24];
    assertEquals(slots(timeline, there.map((i) => ({ timestamp: i * step }))), there);
    assertEquals(`${timeline.rate.numerator}/${timeline.rate.denominator}`, expected);
  }
});

Deno.test("whole seconds as timestamps are no clock: the numbers tell the places", () => {
  const timeline = new FilmTimeline({ clockRate: 90_000, looseClock: true });
  const numbers = Array.from({ length: 60 }, (_, i) => i + 65_530).filter((i) => i % 10 !== 3);
  const placed = slots(
    timeline,
    numbers.map((number) => ({
      timestamp: 1_700_000_000 + Math.floor(number / 20),
      sequenceNumber: number & 0xffff,
      arrivalMs: number * 50 + number % 3,
    })),
  );
  assertEquals(placed, numbers.map((number) => number - numbers[0]!));
  assertEquals(timeline.rate, { numerator: 20, denominator: 1 });
});

Deno.test("frames in pieces with numbers of their own are told by how many they took", () => {
  const timeline = new FilmTimeline({ clockRate: 90_000, looseClock: true });
  const pieces = Array.from({ length: 40 }, (_, i) => 4 + i % 3);
  const film = pieces.map((packets, i) => ({
    timestamp: i,
    sequenceNumber: pieces.slice(0, i + 1).reduce((sum, one) => sum + one, 0),
    packets,
    arrivalMs: i * 40 + (i % 2) * 30,
  }));
  const there = film.filter((_, i) => i !== 9 && i !== 30 && i !== 31);
  assertEquals(slots(timeline, there), there.map(({ timestamp }) => timestamp));
  assertEquals(timeline.rate, { numerator: 25, denominator: 1 });
});

Deno.test("a jump that no time passed for is a new beginning, a long silence is one", () => {
  const timeline = new FilmTimeline({ clockRate: 90_000, frameRate: 10, looseClock: false });
  const placed = slots(timeline, [
    { timestamp: 0, arrivalMs: 0 },
    { timestamp: 9000, arrivalMs: 100 },
    { timestamp: 900_000_000, arrivalMs: 200 },
    { timestamp: 900_009_000, arrivalMs: 300 },
    { timestamp: 900_459_000, arrivalMs: 5300 },
  ]);
  assertEquals(placed, [0, 1, 2, 3, 53]);
});

Deno.test("pictures begin where the recording's clock puts them", () => {
  const timeline = new FilmTimeline({ clockRate: 90_000, frameRate: 20, looseClock: false });
  timeline.begin(0xffff_fff0, 0.1);
  assertEquals(slots(timeline, [{ timestamp: 0xffff_fff0 + 4500 - 2 ** 32, arrivalMs: 0 }]), [3]);
});

Deno.test("samples lie where their timestamps say, in whatever order they come", () => {
  const order = fc.shuffledSubarray(Array.from({ length: 40 }, (_, i) => i), { minLength: 1 });
  fc.assert(
    fc.property(order, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (numbers, origin) => {
      const timeline = new SoundTimeline(8000);
      timeline.begin(origin, 0);
      for (const number of numbers) {
        const timestamp = (origin + 160 * number) >>> 0;
        assertEquals(timeline.place(timestamp, 160, 20 * number), 160 * number);
      }
      const last = Math.max(...numbers);
      assertEquals(timeline.length, 160 * (last + 1));
      assertEquals(missing(timeline.gaps), 160 * (last + 1 - numbers.length));
    }),
    { seed: 6, numRuns: 200 },
  );
});

Deno.test("sound that begins anew goes on behind what is there", () => {
  const timeline = new SoundTimeline(8000);
  assertEquals(timeline.place(100, 160, 0), 0);
  assertEquals(timeline.place(3_000_000_000, 160, 20), 160);
  assertEquals(timeline.place(3_000_000_160, 160, 40), 320);
  assertEquals(timeline.gaps.gaps, []);
});

Deno.test("gaps open at the end and are filled from anywhere", () => {
  const gaps = new GapList();
  gaps.open(10, 20);
  gaps.open(20, 25);
  gaps.open(40, 50);
  gaps.fill(12, 14);
  gaps.fill(38, 42);
  gaps.fill(49, 60);
  gaps.fill(0, 11);
  assertEquals(gaps.gaps, [{ from: 11, to: 12 }, { from: 14, to: 25 }, { from: 42, to: 49 }]);
  assertEquals(missing(gaps), 19);
});

Deno.test("steps are found between neighbours that are not there", () => {
  assertEquals(commonStep([0, 200, 500, 700, 1000], 0.1), 100);
  assertEquals(commonStep([0, 3000, 3000, 9000], 0.1), 3000);
  assertEquals(commonStep([5, 5, 5], 0.1), undefined);
  assertEquals(toFraction(29.97), { numerator: 30_000, denominator: 1001 });
  assertEquals(toFraction(12.5), { numerator: 12_500, denominator: 1000 });
});

Deno.test("tracks begin by RTP-Info, else by sender reports, else by arrival", () => {
  const make = (): Synchronizer => {
    const synchronizer = new Synchronizer(2);
    synchronizer.packet(0, 9000, 90_000, 0);
    synchronizer.packet(1, 441, 44_100, 30);
    synchronizer.packet(1, 0, 44_100, 35);
    return synchronizer;
  };
  const byArrival = make();
  assertEquals([0, 1].map((track) => byArrival.startSeconds(track)), [0, 0.03]);
  assertEquals(byArrival.firstTimestamp(1), 0);
  assertEquals([byArrival.isSettled(100), byArrival.isSettled(260)], [false, true]);

  const byReport = make();
  byReport.senderReport(0, 10_000, 0);
  byReport.senderReport(1, 10_000, 0);
  assertEquals([0, 1].map((track) => byReport.startSeconds(track)), [0.1, 0]);

  const byInfo = make();
  byInfo.senderReport(0, 10_000, 0);
  byInfo.senderReport(1, 99_999, 0);
  byInfo.rtpInfo(0, 4500);
  byInfo.rtpInfo(1, 0);
  assertEquals([0, 1].map((track) => byInfo.startSeconds(track)), [0.05, 0]);

  const wrong = make();
  wrong.rtpInfo(0, 4500);
  wrong.rtpInfo(1, 2_000_000_000);
  assertEquals([0, 1].map((track) => wrong.startSeconds(track)), [0, 0.03]);
});
