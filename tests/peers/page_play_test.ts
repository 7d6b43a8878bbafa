import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { PlayerSession } from "../../src/client/session.ts";
import { size } from "../../src/web/page/format.js";
import { startPage } from "../../src/web/page_server.ts";
import { Relay } from "../record/relay.ts";
import { type BrowserTab, Chromium } from "../support/chromium.ts";
import {
  BUTTONS,
  differenceFrom,
  FRAME,
  OVERLAY,
  readNumber,
  seekTo,
  STATE,
} from "../support/page_probe.ts";
import { serveFolder } from "../support/serving.ts";
import { mediaFilm } from "../web/fake_player.ts";
import { peerTest } from "./peer.ts";

const MEDIA = fromFileUrl(new URL("../../media", import.meta.url));
const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));

/** `reel play --paused --json` and the address of its page. */
async function startPlay(
  url: string,
  folder: string,
): Promise<{ child: Deno.ChildProcess; page: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", MAIN, "play", url, "--paused", "--json", "--no-audio"],
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { promise, resolve } = Promise.withResolvers<string>();
  (async () => {
    let text = "";
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const address = /^page: (\S+)$/m.exec(text)?.[1];
      if (address !== undefined) resolve(address);
    }
  })();
  return { child, page: await promise };
}

/** Whether what stands in the table has come to rest. */
async function settled(tab: BrowserTab): Promise<void> {
  await tab.until(`${OVERLAY} === "Paused"`);
  let before = -1;
  for (let now = 0; now !== before; now = await readNumber(tab, "packetsReceived")) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

peerTest("chromium ffmpeg", "the page of reel play, against reel serve", async (t) => {
  await using browser = await Chromium.launch();
  await using serving = serveFolder(MEDIA);
  const url = `${serving.url}/movie.Mjpeg`;
  const { frames } = await mediaFilm(false);

  await t.step("four buttons: right pictures, seeking, and the numbers of --json", async () => {
    const folder = await Deno.makeTempDir();
    const { child, page } = await startPlay(url, folder);
    try {
      const tab = await browser.open(page);
      await tab.until(`${BUTTONS} === "SETUP play pause teardown"`);
      await tab.press("s");
      await tab.until(
        `${STATE} === "READY" && document.querySelector("#length").textContent === "0:30"`,
      );
      await tab.press("p");
      await tab.until(`${FRAME} > 30`);
      // Sound and picture carry the same number of frames and samples from the start.
      const behind = `parseFloat(document.querySelector("[data-number=behind]").textContent)`;
      await tab.until(`Math.abs(${behind}) < 60`);
      await tab.press("a");
      await settled(tab);
      const paused = await tab.evaluate<number>(FRAME);
      assertLess(await differenceFrom(tab, frames[paused - 1]!), 2, `frame ${paused}`);

      await seekTo(tab, 20);
      await tab.until(`${STATE} === "PLAYING" && ${FRAME} > 405`);
      assertLess(await tab.evaluate<number>(FRAME), 500);
      await tab.press("a");
      await settled(tab);
      const sought = await tab.evaluate<number>(FRAME);
      assertLess(await differenceFrom(tab, frames[sought - 1]!), 2, `frame ${sought}`);
      assertEquals(await readNumber(tab, "currentFrame"), sought);
      const names = ["packetsReceived", "packetsExpected", "packetsLost", "frames", "duplicates"];
      const shown = new Map<string, number>();
      for (const track of [0, 1]) {
        for (const name of names) shown.set(`${track} ${name}`, await readNumber(tab, name, track));
      }
      const received = await tab.text("[data-number=bytes][data-track='0']");
      await tab.press("t");
      await tab.until(`${STATE} === "INIT"`);
      assertEquals(tab.complaints, []);
      assertEquals([...tab.hosts], [new URL(page).host]);
      await tab.close();

      child.kill("SIGINT");
      const result = JSON.parse(await new Response(child.stdout).text());
      for (const [key, value] of shown) {
        const [track, name] = key.split(" ");
        assertEquals(value, result.tracks[Number(track)][name!], key);
      }
      assertEquals(received, size(result.tracks[0].bytes));
    } finally {
      await child.status;
      await Deno.remove(folder, { recursive: true });
    }
  });

  await t.step("three buttons through a network that loses 10 %", async () => {
    using relay = new Relay(serving.port, { loss: 0.1, seed: 3 });
    await using player = new PlayerSession({ url: `rtsp://127.0.0.1:${relay.port}/movie.Mjpeg` });
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await tab.click(`#mode input[value="3"]`);
    await tab.until(`${BUTTONS} === "PLAY pause teardown"`);
    await tab.press("p");
    await tab.until(`${FRAME} > 1 && parseFloat(
      document.querySelector("[data-number=packetsExpected]").textContent) > 300`);
    await tab.press("a");
    await settled(tab);
    const lost = await readNumber(tab, "packetsLost");
    const expected = await readNumber(tab, "packetsExpected");
    assertEquals(lost, player.snapshot().statistics[0]!.packetsLost);
    assertAlmostEquals(lost / expected, 0.1, 0.06);
    await tab.click(`#controls [data-modes="3"]`);
    await tab.until(`${BUTTONS} === "PLAY pause teardown"`);
    await tab.press("p");
    await tab.until(`${BUTTONS} === "play PAUSE TEARDOWN" && ${FRAME} >= 1`);
    await tab.click(`#mode input[value="4"]`);
    await tab.close();
  });

  await t.step("two tabs; closed while playing, and gone on with", async () => {
    await using player = new PlayerSession({ url });
    await using page = startPage(player, { graceMs: 0 });
    const one = await browser.open(page.url);
    const two = await browser.open(page.url);
    await two.until(`${BUTTONS} === "SETUP play pause teardown"`);
    await two.press("s");
    await one.until(`${STATE} === "READY"`);
    await one.press("p");
    await two.until(`${STATE} === "PLAYING" && ${FRAME} > 5`);
    const paused = Promise.withResolvers<void>();
    player.subscribe(() => player.snapshot().condition === "paused" && paused.resolve());
    await one.close();
    await two.close();
    await paused.promise;
    const frame = player.snapshot().statistics[0]!.currentFrame!;
    const back = await browser.open(page.url);
    await back.until(`document.querySelector("#asking").open`);
    await back.click("#asking-go");
    await back.until(`${STATE} === "PLAYING" && ${FRAME} > ${frame + 5}`);
    await back.press("t");
    await back.until(`${STATE} === "INIT"`);
    await back.close();
  });

  await t.step("the server killed, and back", async () => {
    const first = serveFolder(MEDIA);
    const film = `${first.url}/movie.Mjpeg`;
    await using player = new PlayerSession({ url: film });
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await tab.until(`${BUTTONS} === "SETUP play pause teardown"`);
    await player.play();
    await tab.until(`${FRAME} > 5`);
    await first[Symbol.asyncDispose]();
    await tab.until(`["It failed", "The end"].includes(${OVERLAY})`);
    await using _again = serveFolder(MEDIA, { port: first.port });
    if (player.snapshot().state !== "Init") await player.teardown().catch(() => {});
    await tab.until(`${BUTTONS} === "SETUP play pause teardown"`);
    await tab.press("s");
    await tab.until(`${STATE} === "READY"`);
    await tab.press("p");
    await tab.until(`${STATE} === "PLAYING" && ${FRAME} > 3 && ${OVERLAY} === ""`);
    await tab.close();
  });

  await t.step("another presentation of the server: sound alone, and its waveform", async () => {
    await using player = new PlayerSession({ url });
    await using page = startPage(player);
    const tab = await browser.open(page.url);
    await tab.until(`${BUTTONS} === "SETUP play pause teardown"`);
    await tab.press("o");
    const entry = `[...document.querySelectorAll("#film-list button")]
      .find((b) => b.textContent.includes("default.wav"))`;
    await tab.until(entry);
    await tab.evaluate(`${entry}.click()`);
    await tab.until(`document.querySelector("#film-name").textContent === "default.wav"`);
    await player.play();
    await tab.until(`document.querySelector("#picture").dataset.frame === "sound"`);
    await tab.press("d");
    await tab.until(`document.querySelector("#sdp").textContent.includes("m=audio")`);
    assert((await tab.text("#sdp")).includes("on a "));
    assertEquals(tab.complaints, []);
    await tab.close();
  });
});
