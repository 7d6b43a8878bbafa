import { assertEquals } from "@std/assert";
import type { Finding, Place } from "../../src/diagnose/finding.ts";
import { Findings } from "../../src/diagnose/findings.ts";
import { Reporter } from "../../src/diagnose/reporter.ts";

const place = (number: number, stream = "video"): Place => ({ kind: "packet", number, stream });

Deno.test("the worst come first, and in the order they were made", () => {
  const findings = new Findings();
  findings.report("rtp-reordered", "standard", place(1), "a");
  findings.report("rtp-ssrc-zero", "standard", place(2), "b");
  findings.report("rtp-version", "standard", place(3), "c");
  findings.report("rtp-duplicate", "standard", place(4), "d");
  findings.report("rtp-short", "standard", place(5), "e");
  assertEquals(findings.list().map(({ seen }) => seen), ["c", "e", "b", "a", "d"]);
  assertEquals([findings.count(), findings.count("error"), findings.count("note")], [5, 2, 2]);
});

Deno.test("a rule counts once a stream", () => {
  const findings = new Findings();
  findings.report("rtp-version", "standard", place(1), "first");
  findings.report("rtp-version", "standard", place(2), "second");
  findings.report("rtp-version", "standard", place(3, "audio"), "third");
  assertEquals(findings.list().map(({ seen, count, where }) => [seen, count, where.number]), [
    ["first", 2, 1],
    ["third", 1, 3],
  ]);
});

Deno.test("listeners hear of each finding and of each doubling", () => {
  const heard: Finding[] = [];
  const findings = new Findings({ onFinding: (finding) => heard.push(finding) });
  const reporter = new Reporter(findings, "packet", "video", "standard");
  for (let number = 1; number <= 100; number++) {
    reporter.report("rtp-version", { number, timeMs: 0 }, () => `packet ${number}`);
  }
  assertEquals(heard.map(({ count }) => count), [1, 2, 4, 8, 16, 32, 64]);
  assertEquals(findings.list()[0]!.count, 100);
  assertEquals(heard[0]!.seen, "packet 1");
});

Deno.test("what was seen is put into words once", () => {
  const reporter = new Reporter(new Findings(), "packet", "video", "standard");
  let words = 0;
  for (let number = 1; number <= 10; number++) {
    reporter.report("rtp-version", { number, timeMs: 0 }, () => `${++words}`);
  }
  assertEquals(words, 1);
});

Deno.test("memory is bounded", () => {
  const findings = new Findings({ limit: 10 });
  for (let i = 0; i < 50; i++) findings.report("rtp-version", "standard", place(i, `s${i}`), "x");
  findings.report("rtp-version", "standard", place(51, "s3"), "x");
  assertEquals([findings.count(), findings.dropped], [10, 40]);
  const long = new Findings();
  long.report("rtp-version", "standard", place(1), "y".repeat(5000));
  assertEquals(long.list()[0]!.seen.length, 401);
});

Deno.test("a rule that does not hold in the dialect is no finding, until the dialect changes", () => {
  const findings = new Findings();
  const reporter = new Reporter(findings, "packet", "video", "hello");
  reporter.report("rtp-ssrc-zero", { number: 1, timeMs: 0 }, "x");
  assertEquals(findings.list(), []);
  reporter.dialect = "lab";
  reporter.report("rtp-ssrc-zero", { number: 2, timeMs: 0 }, "x");
  assertEquals(findings.list().map(({ severity }) => severity), ["note"]);
});

Deno.test("a list that was taken does not change", () => {
  const findings = new Findings();
  findings.report("rtp-version", "standard", place(1), "x");
  const before = findings.list();
  findings.report("rtp-version", "standard", place(2), "x");
  assertEquals(before[0]!.count, 1);
});
