import { assertEquals } from "@std/assert";
import {
  formatBitRate,
  formatBytes,
  formatClock,
  parseDuration,
  parseSize,
} from "../../src/cli/units.ts";
import { nearest } from "../../src/cli/nearest.ts";
import { formatTable, harmless, style } from "../../src/cli/terminal.ts";

Deno.test("durations", () => {
  const cases: [string, number | undefined][] = [
    ["10", 10_000],
    ["0.5", 500],
    ["10s", 10_000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1h", 3_600_000],
    ["", undefined],
    ["ten", undefined],
    ["10 s", undefined],
    ["-1", undefined],
  ];
  for (const [text, ms] of cases) assertEquals([text, parseDuration(text)], [text, ms]);
});

Deno.test("sizes", () => {
  const cases: [string, number | undefined][] = [
    ["1000", 1000],
    ["64k", 64_000],
    ["1.5M", 1_500_000],
    ["4G", 4_000_000_000],
    ["4GB", 4_000_000_000],
    ["k", undefined],
    ["-1", undefined],
  ];
  for (const [text, bytes] of cases) assertEquals([text, parseSize(text)], [text, bytes]);
});

Deno.test("bytes, bit rates and positions as people read them", () => {
  assertEquals(formatBytes(950), "950 B");
  assertEquals(formatBytes(999_600), "1.00 MB");
  assertEquals(formatBytes(12_345), "12.3 kB");
  assertEquals(formatBitRate(1_411_200), "1.41 Mbit/s");
  assertEquals([7, 754, 3723].map(formatClock), ["0:07", "12:34", "1:02:03"]);
});

Deno.test("the nearest word is offered only when it is near", () => {
  const words = ["serve", "play", "record", "inspect"];
  assertEquals(nearest("sevre", words), "serve");
  assertEquals(nearest("plya", words), "play");
  assertEquals(nearest("Record", words), "record");
  assertEquals(nearest("teapot", words), undefined);
});

Deno.test("tables are padded, and colours can be left out", () => {
  assertEquals(formatTable([["a", "1"], ["bcd", "22"]], ["left", "right"]), ["a     1", "bcd  22"]);
  assertEquals(style("x", "red", false), "x");
  assertEquals(style("x", "red", true), "\x1b[31mx\x1b[0m");
});

Deno.test("what comes from the network cannot drive the terminal", () => {
  assertEquals(harmless("a\x1b]0;title\x07b\rc\x9b2J"), "a\\x1b]0;title\\x07b\\x0dc\\u009b2J");
  assertEquals(harmless("\x1b[31mred\x1b[0m\tand\r\n"), "\x1b[31mred\x1b[0m\tand\r\n");
  assertEquals(JSON.parse(harmless(JSON.stringify({ text: "\x9b\x1b" }))), { text: "\x9b\x1b" });
});
