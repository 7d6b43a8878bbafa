import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { nextState, type SessionState, type StatefulMethod } from "../../src/rtsp/states.ts";
import { enabledButtons } from "../../src/web/page/buttons.js";
import { clock, count, percent, rate, size } from "../../src/web/page/format.js";
import { overlayText } from "../../src/web/page/overlay.js";
import { explainSdp } from "../../src/web/page/sdp_lines.js";

const STATES: SessionState[] = ["Init", "Ready", "Playing"];
const METHODS: StatefulMethod[] = ["SETUP", "PLAY", "PAUSE", "TEARDOWN"];

Deno.test("four buttons: those are enabled that lead to another state", () => {
  for (const state of STATES) {
    const leading = METHODS.filter((method) => {
      const next = nextState(state, method);
      return next !== undefined && next !== state;
    });
    const enabled = [...enabledButtons(state, "running", 4)].map((name) => name.toUpperCase());
    assertEquals(enabled.sort(), leading.sort(), state);
  }
});

Deno.test("three buttons: PLAY sets up by itself, and there is no SETUP", () => {
  assertEquals([...enabledButtons("Init", "idle", 3)], ["play"]);
  assertEquals([...enabledButtons("Ready", "paused", 3)].sort(), ["play", "teardown"]);
  assertEquals([...enabledButtons("Playing", "running", 3)].sort(), ["pause", "teardown"]);
});

Deno.test("what has ended can be played again", () => {
  for (const mode of [3, 4] as const) {
    assertEquals([...enabledButtons("Playing", "ended", mode)].sort(), ["play", "teardown"]);
  }
});

Deno.test("numbers as people read them", () => {
  assertEquals(clock(0), "0:00");
  assertEquals(clock(59.99), "0:59");
  assertEquals(clock(3725), "1:02:05");
  assertEquals(clock(undefined), "–:––");
  assertEquals(count(1234567), "1\u202f234\u202f567");
  assertEquals(count(undefined), "–");
  assertEquals(size(999), "999 B");
  assertEquals(size(1_500_000), "1.50 MB");
  assertEquals(rate(1_850_000), "1.85 Mbit/s");
  assertEquals(percent(0), "0.0 %");
  assertEquals(percent(0.0012), "0.12 %");
  assertEquals(percent(0.1), "10.0 %");
});

Deno.test("the overlay says what is the matter, and nothing while it plays", () => {
  const base = { url: "rtsp://h/x", tracks: [], statistics: [] };
  const say = (state: SessionState, condition: "running" | "paused" | "failed", reason = "") =>
    overlayText({ ...base, state, condition, reason }, true, 4);
  assertEquals(say("Playing", "running"), undefined);
  assertEquals(say("Ready", "paused")?.kind, "paused");
  assertEquals(say("Init", "failed", "connection refused")?.reason, "connection refused");
  const refused = { ...base, state: "Init", condition: "failed", reason: "refused" } as const;
  assertEquals(overlayText(refused, true, 4, "Cannot set up: refused")?.reason, "");
  assertEquals(overlayText(refused, true, 4, "Another thing")?.reason, "refused");
  assertEquals(overlayText(undefined, false, 4)?.title, "Connecting…");
  assertEquals(
    overlayText({ ...base, state: "Playing", condition: "running" }, false, 4)?.kind,
    "gone",
  );
});

Deno.test("a session description is explained line by line", () => {
  const sdp = "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=film\r\nt=0 0\r\n" +
    "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/90000\r\na=control:track0\r\nnonsense\r\n";
  const sections = explainSdp(sdp);
  assertEquals(sections.map(({ title }) => title), ["Session", "video"]);
  const lines = sections.flatMap((section) => section.lines);
  assertEquals(lines.map(({ line }) => line).join("\r\n") + "\r\n", sdp);
  const meaning = (start: string) => lines.find(({ line }) => line.startsWith(start))?.meaning;
  assertStringIncludes(meaning("m=")!, "26 (JPEG)");
  assertStringIncludes(meaning("a=rtpmap")!, "JPEG on a 90000 Hz clock");
  assertStringIncludes(meaning("a=control")!, "track0");
  assertEquals(lines.at(-1)?.name, "Not SDP");
  assert(lines.every(({ name }) => name !== ""));
});
