/** Reports about what was received, against numbers worked out by hand. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ReceptionStats } from "../../src/rtp/reception_stats.ts";
import { ReportBuilder } from "../../src/rtp/receiver_report.ts";

function receive(stats: ReceptionStats, numbers: readonly number[], startMs = 0): void {
  numbers.forEach((number, i) => {
    stats.update(number & 0xffff, number * 160, startMs + i * 20, 172, false);
  });
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

Deno.test("fraction lost is that of the interval, cumulative loss that of all", () => {
  const stats = new ReceptionStats({ clockRate: 8000 });
  const reports = new ReportBuilder();
  receive(stats, range(1000, 1100).filter((number) => number % 4 !== 1 || number === 1001));
  const first = reports.block(7, stats, 2000);
  // 1001 came; of 100 numbers 24 others with number % 4 = 1 did not.
  assertEquals([first.ssrc, first.cumulativeLost], [7, 24]);
  assertEquals(first.fractionLost, Math.floor(24 * 256 / 100));
  assertEquals(first.extendedHighestSequence, 1099);
  receive(stats, range(1100, 1200), 2000);
  const second = reports.block(7, stats, 4000);
  assertEquals([second.fractionLost, second.cumulativeLost], [0, 24]);
  receive(stats, range(1200, 1300).filter((number) => number % 2 === 1), 4000);
  const third = reports.block(7, stats, 6000);
  assertEquals([third.fractionLost, third.cumulativeLost], [128, 74]);
});

Deno.test("duplicates make loss smaller, even negative, and never the fraction", () => {
  const stats = new ReceptionStats({ clockRate: 8000 });
  const reports = new ReportBuilder();
  receive(stats, [1, 2, 2, 3, 3, 4]);
  const block = reports.block(7, stats, 100);
  assertEquals([block.cumulativeLost, block.fractionLost], [-2, 0]);
});

Deno.test("the highest number counts the cycles", () => {
  const stats = new ReceptionStats({ clockRate: 8000 });
  receive(stats, range(65_500, 65_600));
  const block = new ReportBuilder().block(7, stats, 100);
  assertEquals(block.extendedHighestSequence, 65_536 + 63);
});

Deno.test("LSR and DLSR name the last sender report and the time since", () => {
  const stats = new ReceptionStats({ clockRate: 8000 });
  const reports = new ReportBuilder();
  receive(stats, range(1, 10));
  assertEquals(reports.block(7, stats, 50).lastSr, 0);
  reports.senderReport({
    type: "SR",
    ssrc: 7,
    ntp: { seconds: 0x1234_5678, fraction: 0x9abc_def0 },
    rtpTimestamp: 8000,
    packetCount: 1,
    octetCount: 1,
    reports: [],
  }, 1000);
  const block = reports.block(7, stats, 3500);
  assertEquals(block.lastSr, 0x5678_9abc);
  assertEquals(block.delaySinceLastSr, 2.5 * 65_536);
  // A second of media later, a second of wall clock later.
  const at = reports.wallClock(8000, 8000)!;
  assertAlmostEquals(reports.wallClock(16_000, 8000)! - at, 1000, 0.001);
});

Deno.test("strays make up for no loss", () => {
  const stats = new ReceptionStats({ clockRate: 8000 });
  const report = new ReportBuilder();
  for (let i = 0; i < 100; i++) {
    if (i < 90 || i > 94) stats.update(i, i * 160, i * 20, 172, false);
    if (i % 20 === 5) stats.update(40_000 + i * 37, i * 160, i * 20, 172, false);
  }
  const { fractionLost, cumulativeLost } = report.block(1, stats, 2000);
  assertEquals({ fractionLost, cumulativeLost }, { fractionLost: 12, cumulativeLost: 5 });
});
