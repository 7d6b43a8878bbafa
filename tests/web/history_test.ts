import { assertEquals, assertStringIncludes } from "@std/assert";
import type { PlayerSnapshot, TrackStatistics } from "../../src/client/player.ts";
import { toCsv, toJson } from "../../src/web/export.ts";
import { History } from "../../src/web/history.ts";
import { Recent } from "../../src/web/recent.ts";

const TRACK: TrackStatistics = {
  track: 0,
  kind: "video",
  frames: 10,
  currentFrame: 10,
  frameRateNow: 25,
  bytes: 1000,
  packetsExpected: 100,
  packetsReceived: 100,
  packetsLost: 0,
  lossRate: 0,
  duplicates: 0,
  reordered: 0,
  late: 0,
  malformed: 0,
  damagedFrames: 0,
};

function snapshot(state: PlayerSnapshot["state"], track: Partial<TrackStatistics>): PlayerSnapshot {
  return {
    url: "rtsp://127.0.0.1/x",
    state,
    condition: state === "Playing" ? "running" : "idle",
    position: 1.5,
    tracks: [],
    statistics: [{ ...TRACK, ...track }],
  };
}

Deno.test("the charts show the loss of the last second, not of the whole session", () => {
  const history = new History();
  history.add(0, snapshot("Playing", { packetsExpected: 100, packetsLost: 50 }));
  history.add(500, snapshot("Playing", { packetsExpected: 200, packetsLost: 50 }));
  const later = history.add(1000, snapshot("Playing", { packetsExpected: 300, packetsLost: 70 }));
  assertEquals(later?.tracks, [
    { track: 0, frameRate: 25, dataRate: null, loss: 0.1, jitterMs: null },
  ]);
  const clean = history.add(2500, snapshot("Playing", { packetsExpected: 400, packetsLost: 70 }));
  assertEquals(clean?.tracks[0]?.loss, 0);
});

Deno.test("a packet that comes late after all makes no negative loss", () => {
  const history = new History();
  history.add(0, snapshot("Playing", { packetsExpected: 100, packetsLost: 5 }));
  const point = history.add(500, snapshot("Playing", { packetsExpected: 110, packetsLost: 3 }));
  assertEquals(point?.tracks[0]?.loss, 0);
});

Deno.test("a pause leaves one gap", () => {
  const history = new History();
  assertEquals(history.add(0, snapshot("Ready", {})), undefined);
  history.add(500, snapshot("Playing", {}));
  assertEquals(history.add(1000, snapshot("Ready", {})), { timeMs: 1000, tracks: [] });
  assertEquals(history.add(1500, snapshot("Ready", {})), undefined);
  assertEquals(history.points().map(({ timeMs }) => timeMs), [500, 1000]);
});

Deno.test("the exports hold every sample", () => {
  const history = new History();
  history.add(500, snapshot("Playing", { kind: 'a "b", c' }));
  history.add(1000, snapshot("Playing", { frames: 23, frameRateNow: 24.5 }));
  const lines = toCsv(history.samples()).split("\r\n");
  assertEquals(lines.length, 4);
  const columns = lines[0]!.split(",");
  const cells = lines[2]!.split(",");
  const read = (name: string) => cells[columns.indexOf(name)];
  assertEquals([read("time"), read("position"), read("frames")], ["1", "1.5", "23"]);
  assertEquals([read("frameRateNow"), read("jitterMs")], ["24.5", ""]);
  assertStringIncludes(lines[1]!, `"a ""b"", c"`);
  const now = snapshot("Playing", { frames: 30 });
  const parsed = JSON.parse(toJson(now, history.samples()));
  assertEquals(parsed.snapshot.statistics[0].frames, 30);
  assertEquals(parsed.samples.length, 2);
});

Deno.test("Recent keeps the newest, in order", () => {
  const recent = new Recent<number>(3);
  assertEquals(recent.list(), []);
  for (let i = 1; i <= 7; i++) {
    recent.push(i);
    const expected = [1, 2, 3, 4, 5, 6, 7].slice(Math.max(0, i - 3), i);
    assertEquals(recent.list(), expected);
    assertEquals(recent.findLast(() => true), i);
  }
  assertEquals(recent.findLast((n) => n < 6), 5);
  assertEquals(recent.findLast((n) => n === 4), undefined);
});
