import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { assertSnapshot } from "@std/testing/snapshot";
import { COMMANDS } from "../../src/reel.ts";
import { commandHelp, programHelp } from "../../src/cli/help.ts";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function reel(...args: string[]): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("the help of the program and of each role", async (t) => {
  await assertSnapshot(t, programHelp(COMMANDS), {
    name: "reel --help",
    serializer: (text) => String(text),
  });
  for (const command of COMMANDS) {
    await assertSnapshot(t, commandHelp(command), {
      name: `reel ${command.name} --help`,
      serializer: (text) => String(text),
    });
  }
});

Deno.test("help and version come on standard output, with exit code 0", async () => {
  const [program, role, both, version] = await Promise.all([
    reel("--help"),
    reel("serve", "--help"),
    reel("help", "play"),
    reel("--version"),
  ]);
  assertEquals([program.code, role.code, both.code, version.code], [0, 0, 0, 0]);
  assertEquals(program.stdout, programHelp(COMMANDS));
  assertStringIncludes(role.stdout, "--rtp-ports");
  assertStringIncludes(both.stdout, "reel play");
  assertMatch(version.stdout, /^reel \d+\.\d+\.\d+\n$/);
});

Deno.test("wrong usage is told in one line, with exit code 2 and without a stack", async () => {
  const cases: [args: string[], words: string][] = [
    [["sreve"], "Did you mean serve?"],
    [["serve", "--prot", "8554"], "Did you mean --port?"],
    [["serve", "--port", "many"], "--port takes a whole number from 0 to 65535"],
    [["serve", "--port"], "--port takes a value"],
    [["serve", "--timeout", "400ms"], "--timeout takes at least 1s"],
    [["serve", "a", "b"], "one argument too many"],
    [["play"], "Something is missing"],
    [["play", "rtsp://h/x", "--duration", "soon"], "a duration such as"],
    [["play", "rtsp://h/x", "--duration", "600h"], '--duration takes at most 596h, not "600h"'],
    [["record", "rtsp://h/x", "--split", "10ms"], '--split takes at least 1s, not "10ms"'],
    [["play", "rtsp://h/x", "--dialect", "klingon"], "standard, lab, audio-lab, hello"],
    [["play", "127.0.0.1", "8554"], "HOST PORT RTP_PORT FILE"],
    [["play", "http://h/x"], "no RTSP URL"],
    [["--port"], "Flags stand behind a role"],
  ];
  const outcomes = await Promise.all(cases.map(([args]) => reel(...args)));
  outcomes.forEach(({ code, stdout, stderr }, i) => {
    const [args, words] = cases[i]!;
    assertEquals([args, code, stdout], [args, 2, ""]);
    assertStringIncludes(stderr, words);
    assertEquals(stderr.includes("    at "), false);
  });
});

Deno.test("without a role, the help comes on standard error, with exit code 2", async () => {
  const { code, stdout, stderr } = await reel();
  assertEquals([code, stdout, stderr], [2, "", programHelp(COMMANDS)]);
});

Deno.test("what cannot be done is told in one line, with exit code 1", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = String(taken.addr.port);
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const closedPort = free.addr.port;
  free.close();
  const [bind, folder, refused] = await Promise.all([
    reel("serve", "--host", "127.0.0.1", "--port", port),
    reel("serve", "/no/such/folder"),
    reel("play", `rtsp://127.0.0.1:${closedPort}/movie.Mjpeg`),
  ]);
  taken.close();
  assertEquals([bind.code, folder.code, refused.code], [1, 1, 1]);
  assertStringIncludes(bind.stderr, `${port}: address in use. Choose another with --port`);
  assertStringIncludes(folder.stderr, "Cannot serve /no/such/folder: no such file or folder");
  assertStringIncludes(refused.stderr, "connection refused. Is a server running there?");
});

Deno.test({
  name: "what cannot be printed is said, and is no crash",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'exec "$0" run -A "$1" --help > /dev/full', Deno.execPath(), MAIN],
    }).output();
    const words = new TextDecoder().decode(stderr);
    assertEquals(code, 1);
    assertStringIncludes(words, "reel: Cannot write to standard output: ");
    assert(!words.includes("    at "), words);
  },
});
