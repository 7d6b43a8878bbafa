/**
 * How the player's page does in headless Chromium: first picture after PLAY, frames a second of a
 * 720p film at 30 a second, CPU beside mpv's, memory over time.
 *
 * ```sh
 * deno run -A tests/bench/page.ts [SECONDS]
 * ```
 *
 * Needs chromium and ffmpeg; mpv where it is there.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { print } from "../../src/cli/terminal.ts";
import { hasProgram, runPeer } from "../peers/peer.ts";
import { type BrowserTab, Chromium } from "../support/chromium.ts";
import { FRAME, STATE } from "../support/page_probe.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));
/** The film is as long as the measurement, and a little longer: starting anew takes time too. */
const SPARE_SECONDS = 20;
/** What is encoded; the rest of the film repeats it. */
const PIECE_SECONDS = 20;
const FIRST_PICTURES = 7;

const seconds = Number(Deno.args[0] ?? 40);
const folder = await Deno.makeTempDir({ prefix: "reel-bench-" });

/** A process of Reel's, and the line of its output that matches. */
async function startReel(
  args: readonly string[],
  pattern: RegExp,
): Promise<{ child: Deno.ChildProcess; match: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", MAIN, ...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const found = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    (async () => {
      let text = "";
      for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
        if (text.length < 10_000) text += chunk;
        const match = pattern.exec(text)?.[1];
        if (match !== undefined) found.resolve(match);
      }
    })();
  }
  return { child, match: await found.promise };
}

/** Processes with all that descend from them. */
function family(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has just ended.
    }
  }
  const all = [pid];
  for (const member of all) {
    for (const [child, parent] of parents) if (parent === member) all.push(child);
  }
  return all;
}

/** Seconds of CPU that processes have used, and MB they hold. */
function usage(pids: readonly number[]): { cpu: number; megabytes: number } {
  let ticks = 0;
  let pages = 0;
  for (const pid of pids) {
    try {
      const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks += Number(fields[11]) + Number(fields[12]);
      pages += Number(fields[21]);
    } catch {
      // It has just ended.
    }
  }
  return { cpu: ticks / 100, megabytes: pages * 4096 / 1e6 };
}

/** From the click on PLAY to the first picture, in ms. */
function firstPicture(tab: BrowserTab): Promise<number> {
  return tab.evaluate<number>(`new Promise((resolve) => {
    const picture = document.querySelector("#picture");
    const start = performance.now();
    new MutationObserver((_, observer) => {
      observer.disconnect();
      resolve(performance.now() - start);
    }).observe(picture, { attributes: true, attributeFilter: ["data-frame"] });
    document.querySelector("#controls [data-command=play]").click();
  })`);
}

async function heapMegabytes(tab: BrowserTab): Promise<number> {
  await tab.send("HeapProfiler.collectGarbage");
  return await tab.evaluate<number>(`performance.memory.usedJSHeapSize / 1e6`);
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const filmSeconds = Math.ceil(seconds) + SPARE_SECONDS;
print(`Making a film: 1280x720, 30 frames a second, ${filmSeconds} s`);
await runPeer("ffmpeg", [
  ..."-v error -f lavfi -i testsrc2=size=1280x720:rate=30".split(" "),
  ...`-t ${PIECE_SECONDS} -c:v mjpeg -q:v 5 -pix_fmt yuvj420p`.split(" "),
  join(folder, "piece.avi"),
]);
await runPeer("ffmpeg", [
  ...`-v error -stream_loop -1 -i ${join(folder, "piece.avi")}`.split(" "),
  ...`-t ${filmSeconds} -c copy`.split(" "),
  join(folder, "bench.avi"),
]);
const serving = await startReel(
  ["serve", folder, "--port", "0", "--host", "127.0.0.1"],
  /(rtsp:\/\/[\d.:]+)/,
);
const url = `${serving.match}/bench.avi`;
const playing = await startReel(["play", url, "--paused", "--no-audio"], /page: (\S+)/);
try {
  await using browser = await Chromium.launch();
  const tab = await browser.open(playing.match);
  const delays: number[] = [];
  for (let i = 0; i < FIRST_PICTURES; i++) {
    await tab.until(
      `${STATE} === "INIT" && !document.querySelector("[data-command=setup]").disabled`,
    );
    await tab.press("s");
    await tab.until(`!document.querySelector("#controls [data-command=play]").disabled`);
    delays.push(await firstPicture(tab));
    await tab.press("t");
  }
  delays.sort((a, b) => a - b);
  print(
    `First picture after PLAY: median ${delays[delays.length >> 1]!.toFixed(0)} ms, ` +
      `slowest ${delays.at(-1)!.toFixed(0)} ms of ${FIRST_PICTURES}`,
  );

  await tab.until(`${STATE} === "INIT"`);
  await tab.press("s");
  await tab.until(`${STATE} === "READY"`);
  await tab.press("p");
  await tab.until(`${FRAME} > 60`);
  const reelBefore = usage([playing.child.pid]);
  const chromeBefore = usage(family(browser.pid));
  const heapBefore = await heapMegabytes(tab);
  const drawn = () => tab.evaluate<number[]>(`window.__reel?.() ?? [0, 0]`);
  await tab.evaluate(`(() => {
    const picture = document.querySelector("#picture");
    let frames = 0;
    new MutationObserver(() => frames++).observe(picture, { attributes: true, attributeFilter: ["data-frame"] });
    window.__reel = () => [frames, performance.now()];
  })()`);
  const [framesBefore = 0, timeBefore = 0] = await drawn();
  const end = performance.now() + seconds * 1000;
  let replays = 0;
  const megabytes: string[] = [];
  while (performance.now() < end) {
    await sleep(Math.min(500, end - performance.now()));
    const done = 1 - (end - performance.now()) / (seconds * 1000);
    if (done * 8 > megabytes.length) {
      megabytes.push(usage([playing.child.pid]).megabytes.toFixed(0));
    }
    if (await tab.evaluate(`document.querySelector("#overlay").dataset.kind === "ended"`)) {
      replays++;
      await tab.evaluate(`document.querySelector("#controls [data-command=play]").click()`);
    }
  }
  const [framesAfter = 0, timeAfter = 0] = await drawn();
  const passed = (timeAfter - timeBefore) / 1000;
  const reelAfter = usage([playing.child.pid]);
  const chromeAfter = usage(family(browser.pid));
  const heapAfter = await heapMegabytes(tab);
  const share = (before: { cpu: number }, after: { cpu: number }) =>
    `${((after.cpu - before.cpu) / passed * 100).toFixed(0)} %`;
  print(
    `Drawn over ${passed.toFixed(0)} s: ${((framesAfter - framesBefore) / passed).toFixed(2)} ` +
      `frames a second, ${replays} times from the start again; dropped by the page: ` +
      await tab.text("[data-number=dropped]"),
  );
  print(
    `CPU: reel play ${share(reelBefore, reelAfter)}, Chromium ${share(chromeBefore, chromeAfter)}`,
  );
  print(
    `Memory: reel play ${megabytes.join(" ")} MB, ` +
      `page heap ${heapBefore.toFixed(1)} -> ${heapAfter.toFixed(1)} MB`,
  );
  await tab.close();
} finally {
  playing.child.kill("SIGINT");
  await playing.child.status;
}
if (hasProgram("mpv")) {
  const mpv = new Deno.Command("mpv", {
    args: ["--no-config", "--vo=null", "--ao=null", "--really-quiet", url],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await sleep(2000);
  const before = usage([mpv.pid]);
  await sleep(10_000);
  const after = usage([mpv.pid]);
  print(
    `CPU: mpv, which decodes but shows nothing, ${((after.cpu - before.cpu) * 10).toFixed(0)} %`,
  );
  mpv.kill("SIGTERM");
  await mpv.status;
}
serving.child.kill("SIGINT");
await serving.child.status;
await Deno.remove(folder, { recursive: true });
