/** The prompt from a pipe, and the audio lab's controller. */

import { assertEquals, assertMatch } from "@std/assert";
import { decodeLatin1 } from "../../src/bytes/text.ts";
import { RunningReel, runReel } from "../support/run_reel.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";

Deno.test("from a pipe: one answer to each command", async () => {
  using media = makeShortMedia(2);
  await using serving = serveFolder(media.folder);
  const input = [
    "stats",
    "describe",
    "setup",
    "PLAY",
    "pause",
    "play 1.5",
    "stats",
    "pause",
    "teardown",
    "help",
    "quit",
    "setup",
  ];
  const { code, stdout, stderr } = await runReel(
    ["play", `${serving.url}/film.Mjpeg`, "--prompt", "--no-page", "--no-audio"],
    media.folder,
    { input: input.join("\n") },
  );
  assertEquals([code, stderr], [0, ""]);
  const lines = stdout.split("\n");
  assertEquals(lines[0], "nothing has come yet");
  assertMatch(stdout, /^v=0\r?$/m);
  const states = lines.filter((line) => /^(INIT|READY|PLAYING)/.test(line));
  assertEquals(states.map((line) => line.split(",")[0]), [
    "READY",
    "PLAYING",
    "READY",
    "PLAYING",
    "READY",
    "INIT",
  ]);
  assertMatch(states[0]!, /^READY, session \w+, UDP$/);
  for (const word of ["setup", "play", "pause", "teardown", "describe", "stats", "help", "quit"]) {
    assertMatch(stdout, new RegExp(`^${word} +\\w`, "m"));
  }
});

Deno.test("from a pipe: a word that is no command is answered, and changes nothing", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  const { code, stdout } = await runReel(
    ["play", `${serving.url}/film.Mjpeg`, "--prompt", "--no-page", "--no-audio"],
    media.folder,
    { input: "sing\nplay tomorrow\nsetup\nteardown\n" },
  );
  assertEquals(code, 0);
  assertMatch(stdout, /^sing\? There are[^\n]*\nplay: tomorrow is no position[^\n]*\nREADY,/);
});

Deno.test("from a pipe: why a command failed is said once", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  const { code, stdout, stderr } = await runReel(
    ["play", `${serving.url}/none.Mjpeg`, "--prompt", "--no-page", "--no-audio"],
    media.folder,
    { input: "play\n" },
  );
  assertEquals(code, 1);
  assertEquals(`${stdout}${stderr}`.match(/404/g)?.length, 1);
});

Deno.test("from a pipe: what makes no sense is answered, and the exit code tells", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  const { code, stdout } = await runReel(
    ["play", `${serving.url}/film.Mjpeg`, "--prompt", "--no-page", "--no-audio"],
    media.folder,
    { input: "pause\nplya\nsing\nplay tomorrow\nteardown\n" },
  );
  assertEquals(code, 1);
  const lines = stdout.split("\n");
  assertEquals(lines[0], "pause: PAUSE makes no sense in state Init");
  assertEquals(lines[1], "plya? Did you mean play?");
  assertMatch(lines[2]!, /^sing\? There are setup, play, pause/);
  assertEquals(lines[3], "play: tomorrow is no position: write seconds, such as 12.5");
  assertEquals(lines[4], "INIT");
});

Deno.test("the audio lab's controller: four commands, and a new connection after TEARDOWN", async () => {
  using media = makeShortMedia(2);
  await using serving = serveFolder(media.folder);
  const receiver = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = receiver.addr as Deno.NetAddr;
  const labels: number[] = [];
  let goodbyes = 0;
  let heard = Promise.withResolvers<void>();
  const receiving = (async () => {
    for await (const [datagram] of receiver) {
      const text = decodeLatin1(datagram.subarray(0, 16));
      if (text === "teardown") goodbyes++;
      else labels.push(Number(/^(\d+)\.wav/.exec(text)![1]));
      heard.resolve();
      heard = Promise.withResolvers();
    }
  })();
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await heard.promise;
  };
  const reel = new RunningReel(
    ["play", `${serving.url}/sound.wav`, "--controller", String(port)],
    media.folder,
  );
  await reel.type("describe\nsetup\nplay\n");
  await reel.printed(/PLAYING/);
  await until(() => labels.length >= 20);
  await reel.type("pause\n");
  await reel.printed(/PLAYING[\s\S]*READY/);
  const paused = labels.length;
  await reel.type("play\n");
  await until(() => labels.length >= paused + 20);
  await reel.type("teardown\n");
  await until(() => goodbyes === 1);
  assertEquals(labels, labels.map((_, i) => (i + 1) * 1000));
  const first = labels.length;
  await reel.type("setup\nplay\n");
  await until(() => labels.length >= first + 5);
  assertEquals(labels[first], 1000);
  await reel.type("quit\n");
  await until(() => goodbyes === 2);
  const { code, stdout } = await reel.outcome();
  receiver.close();
  await receiving;
  // DESCRIBE is none of its commands: it was answered, and that is all.
  assertEquals(code, 0);
  const lines = stdout.split("\n");
  assertMatch(lines[0]!, /^describe\? There are setup, play, pause, teardown, help, quit$/);
  assertMatch(lines[1]!, new RegExp(`^READY, .*UDP to the receiver on ${port}$`));
});

Deno.test("from a pipe that ends without a command: that is said", async () => {
  for (const flags of [["--prompt"], ["--controller", "25001"]]) {
    const { stderr } = await runReel(
      ["play", "rtsp://127.0.0.1:1/default.wav", ...flags, "--no-page", "--no-audio"],
      Deno.cwd(),
      { input: "" },
    );
    assertMatch(stderr, /^reel: No command came from standard input\. /);
  }
});
