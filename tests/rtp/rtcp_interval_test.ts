import { assertAlmostEquals, assertEquals } from "@std/assert";
import { rtcpInterval, type RtcpIntervalInput } from "../../src/rtp/rtcp_interval.ts";

const STREAM: RtcpIntervalInput = { initial: false, bytesPerSecond: 200_000, reportBytes: 120 };

/** Mean of a thousand intervals, in ms. */
function mean(input: RtcpIntervalInput): number {
  const draws = Array.from({ length: 1000 }, (_, i) => rtcpInterval(input, (i + 0.5) / 1000));
  return draws.reduce((sum, ms) => sum + ms, 0) / draws.length;
}

Deno.test("reports are five seconds apart in the mean, half of it before the first", () => {
  assertAlmostEquals(mean(STREAM), 5000, 1);
  assertAlmostEquals(mean({ ...STREAM, initial: true }), 2500, 1);
  assertAlmostEquals(mean({ ...STREAM, bytesPerSecond: 0 }), 5000, 1);
});

Deno.test("reports are spread from half to one and a half intervals", () => {
  assertEquals(rtcpInterval(STREAM, 0), 2500);
  assertEquals(rtcpInterval(STREAM, 1), 7500);
});

Deno.test("the reports of both sides take a twentieth of a thin stream", () => {
  // Two of 120 bytes in 5 % of 100 bytes a second: every 48 seconds.
  assertAlmostEquals(mean({ ...STREAM, bytesPerSecond: 100 }), 48_000, 10);
});
