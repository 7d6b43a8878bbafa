import { assert, assertEquals, assertMatch } from "@std/assert";
import { ruleFor } from "../../src/diagnose/rule.ts";
import { type RuleId, RULES } from "../../src/diagnose/rules/catalogue.ts";
import { RTP_FAULTS } from "./rtp_faults.ts";
import { RTSP_FAULTS } from "./rtsp_faults.ts";

/** Rules whose fault is no single message, each with a test of its own. */
const ELSEWHERE: readonly RuleId[] = [
  "rtsp-media-missing",
  "rtsp-state-accepted",
  "rtsp-transport-lab",
];
const DIALECTS = ["standard", "lab", "audio-lab", "hello", "unknown"] as const;

Deno.test("there is a fault for every rule", () => {
  const tested = new Set([...RTSP_FAULTS, ...RTP_FAULTS].map(({ rule }) => rule));
  const missing = (Object.keys(RULES) as RuleId[]).filter((rule) => !tested.has(rule));
  assertEquals(missing, ELSEWHERE);
});

Deno.test("every rule says in every dialect what is wrong, by whose word, and what to do", () => {
  for (const [id, rule] of Object.entries(RULES)) {
    for (const dialect of DIALECTS) {
      const text = ruleFor(rule, dialect);
      if (text === undefined) continue;
      assertMatch(text.message, /^[A-Z].*\.$/, id);
      assertMatch(text.remedy, /\.$/, id);
      assertMatch(text.reference, /RFC \d+|[Ll]ab/, id);
      assert(text.expected.length > 0, id);
    }
  }
});

Deno.test("a rule that is off in a dialect does not hold there", () => {
  assertEquals(ruleFor(RULES["rtp-ssrc-zero"], "hello"), undefined);
  assertEquals(ruleFor(RULES["rtp-ssrc-zero"], "lab")?.severity, "note");
  assertEquals(ruleFor(RULES["rtp-ssrc-zero"], "standard")?.severity, "warning");
});
