import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { CacheJpeg } from "../../src/media/cache_jpeg.ts";

Deno.test("the cache file holds the last picture and is removed at the end", () => {
  const folder = Deno.makeTempDirSync();
  const cache = new CacheJpeg(folder, "12/..34");
  assertEquals(cache.path, join(folder, "cache-12___34.jpg"));
  cache.show(Uint8Array.of(1, 2, 3));
  cache.show(Uint8Array.of(4));
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["cache-12___34.jpg"]);
  assertEquals(Deno.readFileSync(cache.path), Uint8Array.of(4));
  cache.close();
  cache.close();
  assertEquals([...Deno.readDirSync(folder)], []);
  Deno.removeSync(folder);
});

Deno.test("a reader of the cache file never sees half a picture", async () => {
  const folder = Deno.makeTempDirSync();
  const cache = new CacheJpeg(folder, "7");
  const pictures = [200_000, 10, 70_000].map((size, i) => new Uint8Array(size).fill(i + 1));
  cache.show(pictures[0]!);
  let reading = true;
  const seen = new Set<number>();
  const reader = (async () => {
    while (reading) {
      const bytes = await Deno.readFile(cache.path);
      const value = bytes[0]!;
      assertEquals(bytes.length, pictures[value - 1]!.length);
      seen.add(value);
    }
  })();
  for (let i = 0; i < 300; i++) {
    cache.show(pictures[i % 3]!);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  reading = false;
  await reader;
  assertEquals(seen.size > 1, true);
  cache.close();
  Deno.removeSync(folder);
});

Deno.test("a picture that cannot be written leaves nothing behind", () => {
  const folder = Deno.makeTempDirSync();
  const cache = new CacheJpeg(folder, "1");
  Deno.mkdirSync(cache.path);
  let failed = false;
  try {
    cache.show(Uint8Array.of(1));
  } catch {
    failed = true;
  }
  assertEquals(failed, true);
  assertEquals([...Deno.readDirSync(folder)].length, 1);
  Deno.removeSync(folder, { recursive: true });
});
