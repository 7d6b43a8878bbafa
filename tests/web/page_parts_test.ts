import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { nextState, type SessionState, type StatefulMethod } from "../../src/rtsp/states.ts";
import { enabledButtons } from "../../src/web/page/buttons.js";
import { clock, count, percent, rate, size } from "../../src/web/page/format.js";
import { bitsOf, takeApart } from "../../src/web/page/header_bits.js";
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

function header(change: Partial<Parameters<typeof encodeRtpPacket>[0]> = {}): number[] {
  return [...encodeRtpPacket({
    payloadType: 26,
    sequenceNumber: 0x1234,
    timestamp: 90_000,
    ssrc: 0xdeadbeef,
    payload: new Uint8Array(20),
    ...change,
  })];
}

const TRACK = {
  index: 0,
  kind: "video",
  payloadType: 26,
  encodingName: "JPEG",
  clockRate: 90_000,
  playable: true,
};

Deno.test("the header's fields cover its 96 bits in order, with their values", () => {
  const fields = takeApart(header({ marker: true }), { track: TRACK });
  let offset = 0;
  for (const field of fields) {
    assertEquals(field.offset, offset, field.name);
    assertEquals(field.bits.length, field.length, field.name);
    offset += field.length;
  }
  assertEquals(offset, 96);
  assertEquals(
    fields.map(({ value }) => value),
    [2, 0, 0, 0, 1, 26, 0x1234, 90_000, 0xdeadbeef],
  );
  assertEquals(takeApart(header().slice(0, 11)), []);
  assertEquals(bitsOf([0x12, 0x34, 0x56], 4, 12), 0x234);
});

Deno.test("a field that is not as it should be is marked, with what it should be", () => {
  const verdicts = (head: number[], before?: number[]) =>
    Object.fromEntries(
      takeApart(head, { track: TRACK, ...(before === undefined ? {} : { before }) })
        .map((field) => [field.label, field]),
    );
  const before = header({ sequenceNumber: 0xffff, timestamp: 86_400 });
  const good = verdicts(header({ sequenceNumber: 0 }), before);
  for (const label of ["V", "P", "X", "CC", "PT", "sequence number", "timestamp", "SSRC"]) {
    assertEquals(good[label]?.verdict, "good", label);
  }
  assertStringIncludes(good["timestamp"]!.expected, "3600 = 40.0 ms later");

  const wrong = header({ payloadType: 96, sequenceNumber: 3, ssrc: 7, timestamp: 80_000 });
  wrong[0] = 0x60;
  const bad = verdicts(wrong, before);
  for (const label of ["V", "PT", "sequence number", "SSRC"]) {
    assertEquals(bad[label]?.verdict, "bad", label);
  }
  assertEquals(bad["P"]?.verdict, "odd");
  assertEquals(bad["timestamp"]?.verdict, "odd");
  assertStringIncludes(bad["sequence number"]!.expected, "3 missing");
  assertStringIncludes(bad["PT"]!.expected, "26");
  const again = verdicts(before, before);
  assertStringIncludes(again["sequence number"]!.expected, "repeats");
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
