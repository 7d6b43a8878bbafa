import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type PacedTask, Pacer } from "../../src/net/pacer.ts";

/** Waits until nothing is scheduled. */
async function idle(pacer: Pacer): Promise<void> {
  while (pacer.size > 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A task that notes when it ran and has the given times for its next turns. */
function task(log: string[], name: string, next: number[] = []): PacedTask {
  return {
    run: () => {
      log.push(name);
      return next.shift() ?? Infinity;
    },
  };
}

Deno.test("tasks run in the order in which they are due, never before", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  const start = pacer.now();
  const early: number[] = [];
  for (const ms of [12, 3, 30, 7, 3]) {
    pacer.schedule({
      run: (now) => {
        if (now < start + ms) early.push(ms);
        log.push(String(ms));
        return Infinity;
      },
    }, start + ms);
  }
  await idle(pacer);
  assertEquals([log, early], [["3", "3", "7", "12", "30"], []]);
});

Deno.test("any number of tasks come in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }),
      async (times) => {
        const pacer = new Pacer();
        const log: number[] = [];
        const start = pacer.now();
        for (const ms of times) {
          pacer.schedule({
            run: () => {
              log.push(ms);
              return Infinity;
            },
          }, start + ms);
        }
        await idle(pacer);
        assertEquals(log, times.toSorted((a, b) => a - b));
      },
    ),
    { seed: 18, numRuns: 20 },
  );
});

Deno.test("a task has its next turn when it says, and the last one when it says Infinity", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  const start = pacer.now();
  pacer.schedule(task(log, "a", [start + 6, start + 12]), start);
  pacer.schedule(task(log, "b"), start + 9);
  await idle(pacer);
  // In which order depends on how late the timer is.
  assertEquals(log.toSorted(), ["a", "a", "a", "b"]);
});

Deno.test("a task that is due again at once does not keep the others waiting", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  const start = pacer.now();
  let turns = 0;
  pacer.schedule({ run: (now) => ++turns < 5 ? now - 1000 : Infinity }, start);
  pacer.schedule(task(log, "other"), start);
  await idle(pacer);
  assertEquals([turns, log], [5, ["other"]]);
});

Deno.test("a new turn takes the place of the old; a cancelled one does not come", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  const start = pacer.now();
  const moved = task(log, "moved");
  const cancelled = task(log, "cancelled");
  pacer.schedule(moved, start + 2);
  pacer.schedule(moved, start + 8);
  pacer.schedule(cancelled, start + 2);
  pacer.schedule(task(log, "kept"), start + 5);
  assertEquals(pacer.size, 3);
  pacer.cancel(cancelled);
  pacer.cancel(cancelled);
  await idle(pacer);
  assertEquals(log, ["kept", "moved"]);
});

Deno.test("a task may schedule and cancel others and itself while it runs", async () => {
  const pacer = new Pacer();
  const log: string[] = [];
  const start = pacer.now();
  const victim = task(log, "victim");
  let turns = 0;
  const self: PacedTask = {
    run: (now) => {
      pacer.cancel(victim);
      if (++turns === 1) pacer.schedule(self, now + 5);
      // What the task scheduled itself counts, not what it says.
      return turns === 1 ? now + 60_000 : Infinity;
    },
  };
  pacer.schedule(self, start);
  pacer.schedule(victim, start + 1);
  await idle(pacer);
  assertEquals([turns, log], [2, []]);
});

Deno.test("Infinity is no turn, and an idle pacer holds no timer", () => {
  const pacer = new Pacer();
  pacer.schedule(task([], "never"), Infinity);
  assertEquals(pacer.size, 0);
  const later = task([], "later");
  pacer.schedule(later, pacer.now() + 60_000);
  pacer.cancel(later);
  assertEquals(pacer.size, 0);
});

Deno.test("the clock is the one that was given", () => {
  const pacer = new Pacer(() => 42);
  assertEquals(pacer.now(), 42);
  assert(new Pacer().now() > 0);
});

Deno.test("many turns at once leave room for what else is to be done", async () => {
  let nowMs = 0;
  const pacer = new Pacer(() => nowMs);
  const done: string[] = [];
  const all = Promise.withResolvers<void>();
  for (let i = 0; i < 10; i++) {
    pacer.schedule({
      run: () => {
        // Each takes its time; something else comes in meanwhile.
        nowMs += 4;
        if (i === 0) setTimeout(() => done.push("other"), 0);
        done.push(`turn ${i}`);
        if (nowMs === 40) all.resolve();
        return Infinity;
      },
    }, 0);
  }
  await all.promise;
  const turns = done.filter((what) => what !== "other");
  assertEquals(turns.length, 10);
  assertEquals(done.indexOf("other") > 0 && done.indexOf("other") < 9, true, done.join());
  assertEquals(pacer.size, 0);
});
