/** Files that cannot be served: each is named with the reason, and none is offered. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { LabConnection, MEDIA, startServer } from "./lab_kit.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

async function withBrokenFiles(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(folder, "empty.Mjpeg"), new Uint8Array());
    await Deno.writeTextFile(join(folder, "bad.Mjpeg"), "no film at all, but some text");
    await Deno.writeTextFile(join(folder, "film.mp4"), "whatever");
    const film = await Deno.readFile(`${MEDIA}/movie.Mjpeg`);
    await Deno.writeFile(join(folder, "cut.Mjpeg"), film.subarray(0, film.length - 10));
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file that holds nothing is answered with 415 and why, and is then not offered", async () => {
  await withBrokenFiles(async (folder) => {
    await using server = startServer(folder);
    using client = await LabConnection.connect(server.port);
    const base = `rtsp://127.0.0.1:${server.port}/`;
    const ask = (name: string, cseq: number) =>
      client.ask(`DESCRIBE ${base}${name} RTSP/1.0\r\nCSeq: ${cseq}\r\n\r\n`);
    for (const [i, name] of ["bad.Mjpeg", "empty.Mjpeg", "bad.Mjpeg"].entries()) {
      const line = (await ask(name, i + 1)).split("\r\n", 1)[0]!;
      assert(/^RTSP\/1\.0 415 Unsupported Media Type: \w+/.test(line), line);
    }
    const list = await ask("", 9);
    assertStringIncludes(list, "cut.Mjpeg");
    assert(!list.includes("bad.Mjpeg") && !list.includes("empty.Mjpeg"), list);
    await Deno.copyFile(`${MEDIA}/movie.Mjpeg`, join(folder, "bad.Mjpeg"));
    assertStringIncludes(await ask("", 10), "bad.Mjpeg");
    assertStringIncludes(await ask("bad.Mjpeg", 11), "RTSP/1.0 200");
  });
});

Deno.test("the list says what is not served and why, and no name twice", async () => {
  await withBrokenFiles(async (folder) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, "serve", "--list", folder],
      env: { NO_COLOR: "1" },
    }).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assertEquals(lines.filter((line) => line.includes("JPEG ")).length, 1, lines.join("\n"));
    for (const name of ["bad.Mjpeg", "empty.Mjpeg", "film.mp4"]) {
      assert(lines.some((line) => line.startsWith(`${name}: it is not served: `)), name);
    }
    assert(lines.some((line) => line.startsWith("cut.Mjpeg: ")), lines.join("\n"));
    assert(!lines.some((line) => line.startsWith("cut.Mjpeg: cut.Mjpeg")), lines.join("\n"));
  });
});
