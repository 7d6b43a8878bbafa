import { assertEquals } from "@std/assert";
import { SessionWatch, type WatchedMedia } from "../../src/client/session_watch.ts";

/** A watch over media that a test describes, and what it noticed. */
function watching(
  dialect: "standard" | "lab",
  limits: { idleMs?: number; duration?: number } = {},
) {
  const told: string[] = [];
  const { idleMs, duration } = limits;
  const watch = new SessionWatch({
    firstPacketMs: 5000,
    ...(idleMs === undefined ? undefined : { idleMs }),
    ended: (reason) => told.push(reason),
    silent: (seconds) => told.push(`silent for ${seconds} s`),
    blank: (reason) => told.push(reason),
  });
  watch.playSent(0, 0, dialect, duration);
  const media = (lastArrivalMs: number, goodbyes: WatchedMedia["goodbyes"] = "none") => ({
    goodbyes,
    lastArrivalMs,
    packetCount: 1,
    receptions: [],
  });
  return { watch, told, media };
}

Deno.test("a stream that stops is over after the time that was given, or the usual one", () => {
  const cases = [
    { dialect: "standard", idleMs: undefined, endMs: 20_000, words: "nothing came for 20 s" },
    { dialect: "standard", idleMs: 60_000, endMs: 60_000, words: "nothing came for 60 s" },
    { dialect: "standard", idleMs: 500, endMs: 500, words: "nothing came for 0.5 s" },
    {
      dialect: "lab",
      idleMs: undefined,
      endMs: 3000,
      words: "nothing came for 3 s: the labs have no other sign of the end",
    },
    {
      dialect: "lab",
      idleMs: 10_000,
      endMs: 10_000,
      words: "nothing came for 10 s: the labs have no other sign of the end",
    },
  ] as const;
  for (const { dialect, idleMs, endMs, words } of cases) {
    const { watch, told, media } = watching(dialect, idleMs === undefined ? {} : { idleMs });
    watch.playAnswered(10, 0);
    watch.poll(1000 + endMs, media(1000), "Playing");
    assertEquals(told, []);
    watch.poll(1001 + endMs, media(1000), "Playing");
    assertEquals(told, [words]);
  }
});

Deno.test("a goodbye counts once PLAY was answered", () => {
  const { watch, told, media } = watching("standard");
  watch.poll(100, media(50, "all"), "Ready");
  assertEquals(told, []);
  watch.playAnswered(200, 0);
  watch.poll(220, media(50, "all"), "Playing");
  assertEquals(told, ["the server said goodbye (BYE)"]);
});

Deno.test("a goodbye before the reply to PLAY counts if nothing follows", () => {
  const { watch, told, media } = watching("standard");
  watch.playAnswered(200, 0);
  watch.poll(1700, media(50, "doubtful"), "Playing");
  assertEquals(told, []);
  watch.poll(1701, media(50, "doubtful"), "Playing");
  assertEquals(told, ["the server said goodbye (BYE)"]);
});
