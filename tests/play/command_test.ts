/** `reel play` as people run it: what it prints, what it leaves, how it exits. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { RunningReel, runReel } from "../support/run_reel.ts";
import { ScriptedServer } from "../support/scripted_server.ts";
import { methodOf, serveStandard } from "../support/standard_script.ts";
import { serveFolder, type Serving } from "../support/serving.ts";
import { makeShortMedia, type ShortMedia } from "../support/short_media.ts";
import { runCases } from "../support/watched_player.ts";

interface Place {
  readonly serving: Serving;
  readonly media: ShortMedia;
  /** A folder of its own. */
  readonly folder: string;
}

/** A server of short media, and a folder to play into. */
async function withPlace(seconds: number, run: (place: Place) => Promise<void>): Promise<void> {
  using media = makeShortMedia(seconds);
  await using serving = serveFolder(media.folder);
  const folder = await Deno.makeTempDir({ prefix: "reel-play-" });
  try {
    await run({ serving, media, folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const QUIET = ["--no-page", "--no-audio"];

/** Kinds of what an object holds, names in order. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map((
      [name, inner],
    ) => [name, shapeOf(inner)]),
  );
}

Deno.test("--json prints an object with the error when nothing could be played", async () => {
  await withPlace(1, async ({ serving, folder }) => {
    const args = ["play", `${serving.url}/none.Mjpeg`, ...QUIET];
    for (const flag of ["--json", "--events"]) {
      const { code, stdout, stderr } = await runReel([...args, flag], folder);
      assertEquals(code, 1);
      const { error, url } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
      assertEquals(url, `${serving.url}/none.Mjpeg`);
      assertMatch(error, /^Cannot play .* 404 /);
      assertStringIncludes(stderr, error);
    }
  });
});

Deno.test("--json prints one object with every number", async () => {
  await withPlace(1, async ({ serving, folder }) => {
    const { code, stdout } = await runReel(
      ["play", `${serving.url}/film.Mjpeg`, ...QUIET, "--json"],
      folder,
    );
    assertEquals(code, 0);
    const result = JSON.parse(stdout);
    const numbers = [
      "bytes",
      "channels",
      "clockRate",
      "currentFrame",
      "damagedFrames",
      "dataRateMean",
      "dataRateNow",
      "duplicates",
      "encodingName",
      "firstFrameDelayMs",
      "frameRateMean",
      "frameRateNow",
      "frames",
      "index",
      "jitterMs",
      "kind",
      "late",
      "lossRate",
      "malformed",
      "packetsExpected",
      "packetsLost",
      "packetsReceived",
      "payloadType",
      "payloadTypes",
      "playable",
      "reordered",
      "track",
    ];
    const ofVideo = ["channels"];
    const ofAudio = ["currentFrame", "frameRateMean", "frameRateNow"];
    const [video, audio] = result.tracks;
    assertEquals(Object.keys(video).sort(), numbers.filter((name) => !ofVideo.includes(name)));
    assertEquals(Object.keys(audio).sort(), numbers.filter((name) => !ofAudio.includes(name)));
    assertEquals([video.frames, video.packetsLost, audio.frames], [20, 0, 44_100]);
    assertEquals(shapeOf({ ...result, tracks: [], findings: [] }), {
      audioLeadMs: "number",
      condition: "string",
      dialect: "string",
      duration: "number",
      files: { sound: "string" },
      findings: [],
      position: "number",
      reason: "string",
      sessionId: "string",
      state: "string",
      tracks: [],
      transport: "string",
      url: "string",
    });
    assertEquals([result.condition, result.dialect, result.state], ["ended", "standard", "Init"]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["new.wav"]);
  });
});

Deno.test("--events prints an object a line, and the numbers last", async () => {
  await withPlace(1, async ({ serving, folder }) => {
    const { code, stdout, stderr } = await runReel(
      ["play", `${serving.url}/silent.Mjpeg`, ...QUIET, "--events", "--dialect", "lab"],
      folder,
    );
    assertEquals([code, stderr], [0, ""]);
    const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
    const types = new Map<string, number>();
    for (const { type } of events) types.set(type, (types.get(type) ?? 0) + 1);
    assertEquals([types.get("packet"), types.get("picture"), types.get("end")], [20, 20, 1]);
    assertEquals(events.at(-1).type, "end");
    assertEquals(events.at(-1).tracks[0].frames, 20);
    const sent = events.filter(({ type, direction }) => type === "message" && direction === "sent");
    assertMatch(sent[0].text, /^SETUP silent\.Mjpeg RTSP\/1\.0\n/);
    assertMatch(events.find(({ type }) => type === "packet").header, /^80/);
  });
});

Deno.test("the table, the sound file and what is said at the end", async () => {
  await withPlace(1, async ({ serving, folder, media }) => {
    const { code, stdout, stderr } = await runReel(
      ["play", `${serving.url}/film.Mjpeg`, ...QUIET, "--explain", "--out", "there"],
      folder,
    );
    assertEquals([code, stderr], [0, ""]);
    assertMatch(stdout, /^ +video JPEG +audio L16$/m);
    assertMatch(stdout, /^frames +20 +44100$/m);
    assertMatch(stdout, /^packets lost +0 +0$/m);
    assertMatch(stdout, /^ended: the server said goodbye \(BYE\)$/m);
    assertMatch(stdout, /^sound in there\/new\.wav$/m);
    assertStringIncludes(stdout, "No mistakes were found");
    const wav = Deno.readFileSync(join(folder, "there", "new.wav"));
    assertEquals(wav.subarray(44), media.filmSamples);
  });
});

Deno.test("--verbose shows requests and replies as they are on the wire", async () => {
  await withPlace(1, async ({ serving, folder }) => {
    const { stdout } = await runReel(
      ["play", `${serving.url}/film.Mjpeg`, ...QUIET, "--verbose", "--duration", "0.3s"],
      folder,
    );
    assertMatch(
      stdout,
      /^C → S {2}DESCRIBE rtsp:\/\/127\.0\.0\.1:\d+\/film\.Mjpeg RTSP\/1\.0\\r\\n$/m,
    );
    assertMatch(stdout, /^S → C {2}RTSP\/1\.0 200 OK\\r\\n$/m);
    assertMatch(stdout, /^C → S {2}TEARDOWN /m);
  });
});

Deno.test("--duration ends it, with the session torn down", async () => {
  await withPlace(3, async ({ serving, folder }) => {
    const { code, stdout } = await runReel(
      ["play", `${serving.url}/film.Mjpeg`, ...QUIET, "--duration", "0.5s", "--json"],
      folder,
    );
    const { state, tracks } = JSON.parse(stdout);
    assertEquals([code, state], [0, "Init"]);
    assert(tracks[0].frames >= 8 && tracks[0].frames < 30, `${tracks[0].frames} frames`);
    assertEquals(serving.server.sessionCount, 0);
  });
});

Deno.test("Ctrl-C tears down, removes the picture and exits with 130", async () => {
  await withPlace(3, async ({ serving, folder }) => {
    const reel = new RunningReel(
      ["play", `${serving.url}/film.Mjpeg`, ...QUIET, "--events"],
      folder,
    );
    await reel.printed(/"type":"picture"/);
    const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertMatch(names()[0]!, /^cache-.*\.jpg$/);
    reel.kill("SIGINT");
    const { code, stdout } = await reel.outcome();
    assertEquals(code, 130);
    assertMatch(stdout, /"text":"TEARDOWN /);
    assertEquals(JSON.parse(stdout.trim().split("\n").at(-1)!).state, "Init");
    assertEquals(names(), ["new.wav"]);
    assertEquals(serving.server.sessionCount, 0);
  });
});

Deno.test("Ctrl-C while the server says nothing does not wait for it", async () => {
  const folder = await Deno.makeTempDir();
  await using server = new ScriptedServer(async (connection) => {
    while (await connection.request() !== undefined);
  });
  const url = `rtsp://127.0.0.1:${server.port}/film`;
  const reel = new RunningReel(
    ["play", url, ...QUIET, "--timeout", "60s", "--dialect", "standard", "--verbose"],
    folder,
  );
  await reel.printed(/DESCRIBE/);
  const before = performance.now();
  reel.kill("SIGINT");
  const { code } = await reel.outcome();
  assertEquals(code, 130);
  assert(performance.now() - before < 5000);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what goes wrong is said in a sentence, with the right exit code", async () => {
  await withPlace(1, async ({ serving, folder }) => {
    const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = gone.addr as Deno.NetAddr;
    gone.close();
    const taken = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
    const busy = String((taken.addr as Deno.NetAddr).port);
    const film = `${serving.url}/film.Mjpeg`;
    const cases: { name: string; args: string[]; code: number; says: RegExp }[] = [
      {
        name: "no server",
        args: [`rtsp://127.0.0.1:${port}/film`],
        code: 1,
        says: /^reel: Cannot play rtsp:\S+: connection refused\. Is a server running there\?/m,
      },
      {
        name: "no such film",
        args: [`${serving.url}/nothing.Mjpeg`],
        code: 1,
        says: /^reel: Cannot play rtsp:\S+: the server answers 404 \S+ \S+ to DESCRIBE/m,
      },
      {
        name: "no such film, in the labs' way",
        args: ["127.0.0.1", String(serving.port), "26001", "nothing.Mjpeg"],
        code: 1,
        says: /^reel: Cannot play rtsp:\S+: the server answers 404 \S+ \S+ to SETUP/m,
      },
      {
        name: "no such film, hello lab",
        args: [`${serving.url}/nothing.Mjpeg`, "--dialect", "hello"],
        code: 1,
        says: /^reel: Cannot play rtsp:\S+: the server has no nothing\.Mjpeg/m,
      },
      {
        name: "no URL",
        args: ["film.Mjpeg"],
        code: 2,
        says: /^reel: film\.Mjpeg is no RTSP URL\. Write it as rtsp:\/\/HOST:PORT\/NAME$/m,
      },
      { name: "RTSP over TLS", args: ["rtsps://a/b"], code: 2, says: /is not supported/ },
      {
        name: "two positionals",
        args: ["127.0.0.1", "8554"],
        code: 2,
        says: /takes a URL, or HOST/,
      },
      {
        name: "a port that is none",
        args: ["127.0.0.1", "8554", "seven", "a"],
        code: 2,
        says: /RTP_PORT is a number from 1 to 65535, not "seven"/,
      },
      {
        name: "a dialect that is none",
        args: [film, "--dialect", "latin"],
        code: 2,
        says: /--dialect/,
      },
      {
        name: "the port is taken",
        args: [film, "--rtp-port", busy],
        code: 1,
        says: new RegExp(
          `^reel: Cannot bind UDP port ${busy}: address in use\\. Choose another`,
          "m",
        ),
      },
      {
        name: "a folder that cannot be",
        args: [film, "--out", "/dev/null/x"],
        code: 1,
        says: /^reel: Cannot use the folder \/dev\/null\/x: .*Choose another with --out/m,
      },
    ];
    await runCases(cases, async ({ args, code, says }) => {
      const outcome = await runReel(["play", ...args, ...QUIET], folder);
      assertMatch(outcome.stderr, says);
      assertEquals(outcome.code, code, outcome.stderr);
      assert(!/\n\s+at |Uncaught|os error/.test(outcome.stderr), outcome.stderr);
    });
    taken.close();
  });
});

/** A program called aplay, in a folder that is put before the others. */
async function fakeAplay(folder: string, script: string): Promise<Record<string, string>> {
  const bin = join(folder, "bin");
  await Deno.mkdir(bin);
  await Deno.writeTextFile(join(bin, "aplay"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${bin}:${Deno.env.get("PATH")}` };
}

Deno.test("aplay gets exactly the samples, and is left to play them to the end", async () => {
  await withPlace(1, async ({ serving, folder, media }) => {
    const env = await fakeAplay(
      folder,
      'echo "$@" > args; cat > heard; sleep 0.3; echo > finished',
    );
    const { code, stderr } = await runReel(
      ["play", `${serving.url}/film.Mjpeg`, "--no-page"],
      folder,
      { env },
    );
    assertEquals([code, stderr], [0, ""]);
    assertEquals(Deno.readFileSync(join(folder, "heard")), media.filmSamples);
    assertEquals(
      Deno.readTextFileSync(join(folder, "args")).trim(),
      "-q -t raw -f S16_LE -r 44100 -c 2",
    );
    assert(Deno.statSync(join(folder, "finished")).isFile);
  });
});

Deno.test("without aplay, or with one that fails, that is said once, and playing goes on", async () => {
  const cases = [
    {
      name: "fails",
      script: "echo 'aplay: main:1: no such device' >&2; exit 1",
      says: /no such device/,
    },
    { name: "none", script: undefined, says: /there is no aplay/ },
  ];
  await runCases(cases, async ({ script, says }) => {
    await withPlace(1, async ({ serving, folder, media }) => {
      const env = script === undefined
        ? { PATH: "/nowhere", HOME: Deno.env.get("HOME") ?? "/", DENO_DIR: denoDir() }
        : await fakeAplay(folder, script);
      const { code, stderr } = await runReel(
        ["play", `${serving.url}/film.Mjpeg`, "--no-page"],
        folder,
        { env },
      );
      assertEquals(code, 0, stderr);
      assertEquals(stderr.match(/aplay/g)?.length, 1, stderr);
      assertMatch(stderr, says);
      assertEquals(Deno.readFileSync(join(folder, "new.wav")).subarray(44), media.filmSamples);
    });
  });
});

function denoDir(): string {
  return Deno.env.get("DENO_DIR") ?? join(Deno.env.get("HOME") ?? "/", ".cache", "deno");
}

Deno.test("Ctrl-C leaves a server that does not answer, whatever --timeout says", async () => {
  const folder = await Deno.makeTempDir({ prefix: "reel-play-" });
  const silent = ["PLAY", "TEARDOWN"];
  const special = (request: string) => silent.includes(methodOf(request)) ? "" : undefined;
  const cases = [{ name: "playing", flags: [] }, { name: "at the prompt", flags: ["--prompt"] }];
  try {
    await runCases(cases, async ({ flags }) => {
      await using server = new ScriptedServer((connection) =>
        serveStandard({ special }, connection)
      );
      const url = `rtsp://127.0.0.1:${server.port}/film`;
      const reel = new RunningReel(
        ["play", url, ...QUIET, ...flags, "--timeout", "60s", "--transport", "udp"],
        folder,
      );
      await reel.type("play\n");
      while (!server.requests.some((request) => methodOf(request) === "PLAY")) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const before = performance.now();
      reel.kill("SIGINT");
      const { code, stderr } = await reel.outcome();
      assert(performance.now() - before < 30_000);
      assertEquals(code, 130);
      assertStringIncludes(stderr, "no reply to TEARDOWN in 2 s");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
