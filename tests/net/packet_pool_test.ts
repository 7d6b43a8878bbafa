import { assert, assertEquals } from "@std/assert";
import { PacketPool } from "../../src/net/media_transport.ts";

Deno.test("a buffer is used again only when its packet has gone", () => {
  const pool = new PacketPool();
  const onTheirWay = Array.from({ length: 5000 }, () => pool.take(1412));
  assertEquals(new Set(onTheirWay.map(({ buffer }) => buffer)).size, 5000);
  pool.give(onTheirWay[0]!);
  const next = pool.take(100);
  assertEquals([next.buffer === onTheirWay[0]!.buffer, next.length], [true, 100]);
});

Deno.test("packets too long for the pool have buffers of their own", () => {
  const pool = new PacketPool();
  const long = pool.take(60_000);
  assertEquals(long.length, 60_000);
  pool.give(long);
  assert(pool.take(60_000).buffer !== long.buffer);
});
