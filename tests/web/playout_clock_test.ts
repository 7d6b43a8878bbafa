import { assert, assertEquals } from "@std/assert";
import { PlayoutClock } from "../../src/web/page/playout_clock.js";

/** A clock with a time of day and a sound that the test sets. */
function setUp() {
  const time = { now: 5000, heard: undefined as number | undefined };
  const clock = new PlayoutClock({ heardMs: () => time.heard }, () => time.now);
  return { time, clock };
}

Deno.test("the first picture is due at once, and a burst is played at its pace", () => {
  const { time, clock } = setUp();
  assertEquals(clock.dueMs, -Infinity);
  for (let i = 0; i < 20; i++) clock.came(i * 50);
  assertEquals(clock.dueMs, 0);
  time.now += 120;
  assertEquals(clock.dueMs, 120);
});

Deno.test("after a late picture those that follow have as much more time", () => {
  const { time, clock } = setUp();
  clock.came(0);
  time.now += 80;
  clock.came(50);
  assertEquals(clock.dueMs, 50, "it is due at once");
  time.now += 20;
  clock.came(100);
  assertEquals(clock.dueMs, 70);
});

Deno.test("a delay that nobody needs any more is made up for, a little with each picture", () => {
  const { time, clock } = setUp();
  clock.came(0);
  time.now += 450;
  clock.came(50);
  let largestStep = 0;
  for (let i = 2; i < 600; i++) {
    const before = clock.dueMs;
    time.now = 5000 + i * 50;
    clock.came(i * 50);
    if (i > 2) largestStep = Math.max(largestStep, clock.dueMs - before);
  }
  const delay = 599 * 50 - clock.dueMs;
  assert(delay >= 119 && delay <= 121, `${delay} ms`);
  assertEquals(largestStep, 51);
});

Deno.test("the sound is the clock while it is heard, and the pictures go on without it", () => {
  const { time, clock } = setUp();
  clock.came(0);
  time.heard = 700;
  assertEquals(clock.dueMs, 700);
  time.heard = undefined;
  time.now += 40;
  assertEquals(clock.dueMs, 740);
});

Deno.test("too much of a lead is cut", () => {
  const { clock } = setUp();
  clock.came(0);
  clock.came(10_000);
  assertEquals(clock.dueMs, 9000);
});
