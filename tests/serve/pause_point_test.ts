import { assertEquals } from "@std/assert";
import { findPausePoint } from "../../src/serve/pause_point.ts";

Deno.test("a pause point in the ranges of RFC 2326 section 10.6", () => {
  const apart = [{ start: 10, end: 15 }, { start: 20, end: 29 }];
  assertEquals(findPausePoint(apart, 21), { range: 1, inside: true });
  assertEquals(findPausePoint(apart, 12), { range: 0, inside: true });
  assertEquals(findPausePoint(apart, 16), { range: 0, inside: false });
  assertEquals(findPausePoint(apart, 9), undefined);
  assertEquals(findPausePoint(apart, 30), undefined);
  const overlapping = [{ start: 10, end: 15 }, { start: 13, end: 20 }];
  assertEquals(findPausePoint(overlapping, 14), { range: 0, inside: true });
  assertEquals(findPausePoint(overlapping, 17), { range: 1, inside: true });
  assertEquals(findPausePoint([], 1), undefined);
});

Deno.test("a pause point in a range that plays backwards", () => {
  const backwards = [{ start: 20, end: 5 }];
  assertEquals(findPausePoint(backwards, 7), { range: 0, inside: true });
  assertEquals(findPausePoint(backwards, 4), undefined);
});
