import { assert, assertEquals } from "@std/assert";
import { Timeline } from "../../src/client/timeline.ts";

const RATE = 44_100;

Deno.test("what follows is placed behind what came, over wraps and pauses", () => {
  const timeline = new Timeline(RATE);
  assertEquals(timeline.place(0xffff_ff00, 256, 0), 0);
  assertEquals(timeline.place(0, 256, 6), 256);
  assertEquals(timeline.place(512, 256, 12), 768, "a lost packet leaves its gap");
  timeline.restart();
  timeline.announce(1_000_000);
  assertEquals(
    timeline.place(1_000_100, 256, 60_000),
    1024 + 100,
    "the first packet after PLAY was lost",
  );
});

Deno.test("an announcement that cannot be true is not believed", () => {
  const timeline = new Timeline(RATE);
  timeline.announce(5);
  assertEquals(timeline.place(900_000_000, 256, 0), 0);
});

Deno.test("a timestamp that jumps leaves no hour of silence", () => {
  const timeline = new Timeline(RATE);
  timeline.place(0, 441, 0);
  assertEquals(timeline.place(500_000_000, 441, 10), 441);
  assertEquals(timeline.place(500_000_441, 441, 20), 882, "and what follows it follows");
  assertEquals(timeline.place(441, 441, 30), 1323, "nor does one that jumps back");
});

Deno.test("jumps in every packet add up to no more than the time that passed", () => {
  const timeline = new Timeline(RATE);
  for (let i = 0; i < 400; i++) timeline.place(i * RATE * 1.9, 441, 10 * i);
  assert(timeline.end < 15 * RATE);
});

Deno.test("a true pause of the network is kept", () => {
  const timeline = new Timeline(RATE);
  timeline.place(0, 441, 0);
  assertEquals(timeline.place(20 * RATE, 441, 20_000), 20 * RATE);
});
