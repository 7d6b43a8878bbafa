import { assert, assertEquals, assertGreater } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));

Deno.test("the demo plays film and sound without a loss, and leaves both behind", async () => {
  const folder = Deno.makeTempDirSync();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, "demo", "--duration", "2", "--json", "--no-audio", "--out", folder],
    stdin: "null",
  });
  const { code, stdout } = await command.output();
  const result = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(code, 0);
  const [film, sound] = result.tracks;
  assertEquals([film.encodingName, sound.encodingName], ["JPEG", "L16"]);
  assertGreater(film.frames, 20);
  assertGreater(sound.frames, 44_100);
  assertEquals([film.packetsLost, sound.packetsLost, film.malformed, sound.malformed], [
    0,
    0,
    0,
    0,
  ]);
  assertEquals(result.findings, []);
  const picture = Deno.readFileSync(join(folder, "last-picture.jpg"));
  assertEquals([...picture.subarray(0, 2), ...picture.subarray(-2)], [0xff, 0xd8, 0xff, 0xd9]);
  const wav = Deno.readFileSync(join(folder, "new.wav"));
  assertEquals(wav.length, 44 + 4 * sound.frames);
  assert(!Array.from(Deno.readDirSync(folder)).some(({ name }) => name.startsWith("cache-")));
  Deno.removeSync(folder, { recursive: true });
});
