/** The player at a terminal, and with the system's own aplay. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { runReel } from "../support/run_reel.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { peerTest } from "./peer.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));

/** Types at `reel play --prompt` in a terminal, waiting for a text before each entry. */
async function atTerminal(
  url: string,
  cwd: string,
  entries: readonly (readonly [waitFor: RegExp, keys: string])[],
): Promise<{ code: number; screen: string }> {
  const command = `${Deno.execPath()} run -A --quiet --no-check ${MAIN} play ${url} ` +
    "--prompt --no-page --no-audio";
  const child = new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    cwd,
    env: { TERM: "xterm", NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  const decoder = new TextDecoder();
  let screen = "";
  /** What came since the last entry. */
  let fresh = "";
  const left = [...entries];
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  for await (const chunk of child.stdout) {
    const text = decoder.decode(chunk, { stream: true });
    screen += text;
    fresh += text;
    while (left[0] !== undefined && left[0][0].test(fresh)) {
      fresh = "";
      await keyboard.write(new TextEncoder().encode(left.shift()![1]));
    }
  }
  clearTimeout(timer);
  const { code } = await child.status;
  await keyboard.close().catch(() => {});
  assertEquals(left, [], screen);
  return { code, screen };
}

peerTest("script", "the prompt at a terminal has a history, and quit ends it", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  const { code, screen } = await atTerminal(`${serving.url}/film.Mjpeg`, media.folder, [
    [/reel> /, "setup\r"],
    [/READY[\s\S]*reel> /, "play\r"],
    [/PLAYING[\s\S]*reel> /, "pause\r"],
    // Up twice: play again.
    [/READY[\s\S]*reel> /, "\x1b[A\x1b[A\r"],
    [/PLAYING[\s\S]*reel> /, "quit\r"],
  ]);
  assertEquals(code, 0, screen);
  assertMatch(screen, /packets lost +0 +0/);
});

peerTest("script", "Ctrl-C at the prompt tears down and exits with 130", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  const { code, screen } = await atTerminal(`${serving.url}/film.Mjpeg`, media.folder, [
    [/reel> /, "play\r"],
    [/PLAYING[\s\S]*reel> /, "\x03"],
  ]);
  assertEquals(code, 130, screen);
  assertEquals(serving.server.sessionCount, 0);
});

peerTest("aplay", "the system's aplay takes the sound", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  const config = join(media.folder, "asound.conf");
  await Deno.writeTextFile(config, "pcm.!default { type null }\nctl.!default { type null }\n");
  const { code, stderr } = await runReel(
    ["play", `${serving.url}/sound.wav`, "--no-page"],
    media.folder,
    { env: { ALSA_CONFIG_PATH: config } },
  );
  assertEquals([code, stderr], [0, ""]);
  assert(Deno.statSync(join(media.folder, "new.wav")).size > 44);
});
