import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Finding } from "../../src/diagnose/finding.ts";
import { foldFindings, formatPlace } from "../../src/diagnose/fold.ts";
import { formatFindings, summary } from "../../src/diagnose/format.ts";

const FINDING: Finding = {
  rule: "rtp-version",
  severity: "error",
  message: "The RTP version is not 2.",
  seen: "version 0 in 00 1A 00 01 65 53 F1 00 00 00 00 00",
  expected: "the first two bits 10, so a first byte of 0x80",
  reference: "RFC 3550 section 5.1",
  remedy: "header[0] = 2 << 6; see that no later line overwrites it.",
  where: { kind: "packet", number: 1, timeMs: 1235, stream: "video" },
  count: 17,
};

Deno.test("a finding reads well", () => {
  assertEquals(
    formatFindings([FINDING]),
    [
      "1 error",
      "",
      "ERROR: The RTP version is not 2. [rtp-version]",
      "  seen      version 0 in 00 1A 00 01 65 53 F1 00 00 00 00 00",
      "  where     packet 1 of video at 1.235 s, 17 times in all",
      "  expected  the first two bits 10, so a first byte of 0x80",
      "  by        RFC 3550 section 5.1",
      "  remedy    header[0] = 2 << 6; see that no later line overwrites it.",
    ].join("\n"),
  );
});

Deno.test("no line is longer than the width, not even one long word", () => {
  const long = {
    ...FINDING,
    seen: `${"word ".repeat(40)}${"x".repeat(300)}`,
    message: "M ".repeat(90),
  };
  for (const width of [40, 60, 88]) {
    const lines = formatFindings([long, FINDING], { width }).split("\n");
    assert(lines.every((line) => line.length <= width), `${width}`);
  }
  const text = formatFindings([long], { width: 60 });
  assertEquals(text.replace(/\s/g, "").split("x".repeat(300)).length, 2);
});

Deno.test("colours come from the caller", () => {
  const text = formatFindings([FINDING], { color: (part, style) => `<${style}>${part}</>` });
  assertStringIncludes(text, "<red>ERROR:</><bold> The RTP version is not 2. [rtp-version]</>");
  assertStringIncludes(text, "  <dim>seen      </>version 0");
});

Deno.test("counts and places in words", () => {
  const other = (severity: Finding["severity"]): Finding => ({ ...FINDING, severity });
  assertEquals(
    summary([other("note"), other("error"), other("note"), other("warning")]),
    "1 error, 1 warning, 2 notes",
  );
  assertEquals(summary([]), "no mistakes");
  assertEquals(formatFindings([]), "No mistakes were found.");
  assertEquals(formatPlace({ kind: "session", timeMs: 2000 }), "the whole session at 2.000 s");
  assertEquals(formatPlace({ kind: "session", stream: "video" }), "the whole of video");
  assertEquals(
    formatPlace({ kind: "message", number: 3, stream: "client" }),
    "message 3 of client",
  );
});

Deno.test("one mistake of many streams is told once, with the first places", () => {
  const of = (i: number): Finding => ({
    ...FINDING,
    count: i,
    where: { kind: "packet", number: i, stream: `stream ${i}` },
  });
  const findings = [1, 2, 3, 4, 5].map(of);
  const [folded, other] = foldFindings([...findings, { ...FINDING, message: "Another." }]);
  assertEquals(
    folded?.where,
    "packet 1 of stream 1; packet 2 of stream 2, 2 times in all; " +
      "packet 3 of stream 3, 3 times in all; and 2 more",
  );
  assertEquals(other?.finding.message, "Another.");
  const text = formatFindings(findings);
  assertEquals(text.split("[rtp-version]").length, 2);
  assert(text.startsWith("5 errors\n"), text);
});
