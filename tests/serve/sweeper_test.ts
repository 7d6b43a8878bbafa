import { assertEquals } from "@std/assert";
import { type Living, Sweeper } from "../../src/serve/sweeper.ts";

const TIMEOUT_MS = 60_000;

/** When a session that was last seen at 0 and lost its connection at `leftMs` ends, in ms. */
function endOf(
  session: Partial<Living>,
  leftMs: number,
  { loop = false, untilMs = 100_000 } = {},
): number | undefined {
  let nowMs = 0;
  let endedMs: number | undefined;
  const living: Living = { dialect: "standard", state: "Playing", lastSeenMs: 0, ...session };
  const connections = [{ sessions: [living] }];
  const sweeper = new Sweeper<Living>({
    sessions: [living],
    connections,
    timeoutMs: TIMEOUT_MS,
    loop,
    now: () => nowMs,
    end: () => endedMs ??= nowMs,
  });
  for (; nowMs <= untilMs && endedMs === undefined; nowMs += 500) {
    if (nowMs === leftMs) {
      connections.pop();
      sweeper.orphan(living);
    }
    sweeper.sweep();
  }
  return endedMs;
}

Deno.test("a standard session lives for its timeout, with its connection and without", () => {
  for (const state of ["Ready", "Playing"] as const) {
    for (const leftMs of [0, 30_000, Infinity]) {
      assertEquals(endOf({ state }, leftMs), TIMEOUT_MS + 500);
    }
  }
  assertEquals(endOf({ lastSeenMs: 20_000 }, 1000), 20_000 + TIMEOUT_MS + 500);
});

Deno.test("a lab session lives as long as its connection, and a moment more", () => {
  for (const dialect of ["lab", "audio-lab"] as const) {
    assertEquals(endOf({ dialect }, Infinity), undefined);
    assertEquals(endOf({ dialect }, 70_000), 72_500);
  }
});

Deno.test("a film of the hello lab plays to its end, unless it has none", () => {
  assertEquals(endOf({ dialect: "hello" }, 1000), undefined);
  assertEquals(endOf({ dialect: "hello" }, 1000, { loop: true }), 3500);
  assertEquals(endOf({ dialect: "hello", state: "Ready" }, 1000), 3500);
});
