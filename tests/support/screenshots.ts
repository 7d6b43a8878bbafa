/**
 * Takes pictures of the player's page while it plays, for people to look at: every view at three
 * sizes, light and dark.
 *
 * ```sh
 * deno run -A tests/support/screenshots.ts FOLDER
 * ```
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { PlayerSession } from "../../src/client/session.ts";
import { print } from "../../src/cli/terminal.ts";
import { startPage } from "../../src/web/page_server.ts";
import { Relay } from "../record/relay.ts";
import { Chromium } from "./chromium.ts";
import { FRAME, STATE } from "./page_probe.ts";
import { serveFolder } from "./serving.ts";

const MEDIA = fromFileUrl(new URL("../../media", import.meta.url));
const VIEWS = ["numbers", "charts", "wire", "description"];
const SIZES = [[1440, 900], [820, 1180], [390, 844]] as const;

const folder = Deno.args[0] ?? ".";
await Deno.mkdir(folder, { recursive: true });
await using serving = serveFolder(MEDIA);
using relay = new Relay(serving.port, { loss: 0.01, reordering: 0.01, seed: 7 });
await using player = new PlayerSession({ url: `rtsp://127.0.0.1:${relay.port}/movie.Mjpeg` });
await using page = startPage(player);
await using browser = await Chromium.launch();
const tab = await browser.open(page.url);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function take(name: string): Promise<void> {
  await sleep(400);
  await Deno.writeFile(join(folder, `${name}.png`), await tab.screenshot());
  print(name);
}

await tab.look(1440, 900, "light");
await tab.until(`${STATE} === "INIT"`);
await take("init");
await player.play();
await tab.until(`${FRAME} > 100`);
for (const view of VIEWS) {
  await tab.click(`[role=tab][data-view=${view}]`);
  for (const scheme of ["light", "dark"] as const) {
    for (const [width, height] of SIZES) {
      await tab.look(width, height, scheme);
      await take(`${view}-${width}-${scheme}`);
    }
  }
}
await tab.look(1440, 900, "light");
await tab.click("[role=tab][data-view=wire]");
for (const part of ["talk", "findings", "packet"]) {
  await tab.click(`#wire-part input[value=${part}]`);
  await take(`wire-${part}`);
}
await player.pause();
await take("paused");
