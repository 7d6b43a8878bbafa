import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openBrowser } from "../../src/web/open_browser.ts";

Deno.test({
  name: "the address goes to xdg-open; without one nothing is opened",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir();
    const path = Deno.env.get("PATH") ?? "";
    try {
      Deno.env.set("PATH", folder);
      assertEquals(await openBrowser("http://127.0.0.1:1/x/"), false);
      const script = join(folder, "xdg-open");
      await Deno.writeTextFile(script, `#!/bin/sh\nprintf %s "$1" > ${folder}/opened\n`);
      await Deno.chmod(script, 0o755);
      assertEquals(await openBrowser("http://127.0.0.1:1/x/"), true);
      assertEquals(await Deno.readTextFile(join(folder, "opened")), "http://127.0.0.1:1/x/");
      await Deno.writeTextFile(script, "#!/bin/sh\nexit 3\n");
      assertEquals(await openBrowser("http://127.0.0.1:1/x/"), false);
    } finally {
      Deno.env.set("PATH", path);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
