/** The hello lab's client against our server and against servers written out byte by byte. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { PlayerSessionInit } from "../../src/client/session.ts";
import {
  DatagramSender,
  rtp,
  type RtpFields,
  type ScriptedConnection,
  ScriptedServer,
} from "../support/scripted_server.ts";
import { serveFolder } from "../support/serving.ts";
import { filmFrames, makeShortMedia } from "../support/short_media.ts";
import { runCases, WatchedPlayer } from "../support/watched_player.ts";

const FRAMES = filmFrames().slice(0, 10);
const SESSION = 424_242;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Sends ten frames, with `change` made to the assignment's header, to a port. */
async function sendFrames(
  port: number,
  change: (index: number) => Partial<RtpFields> = () => ({}),
  spoil: (datagram: Uint8Array) => void = () => {},
): Promise<void> {
  using sender = new DatagramSender(port);
  await sender.send(
    FRAMES.map((frame, i) => {
      const fields = { sequence: i + 1, timestamp: seconds(), ssrc: SESSION, ...change(i) };
      const datagram = rtp(fields, frame);
      spoil(datagram);
      return datagram;
    }),
    5,
  );
}

/** A server that takes text alone. */
async function textServer(
  connection: ScriptedConnection,
  send: (port: number) => Promise<void>,
): Promise<void> {
  const hello = await connection.request() ?? "";
  const match = /^(\S+) (\d+)\n$/.exec(hello);
  if (match === null) return;
  await connection.send(match[1] === "movie.Mjpeg" ? `${SESSION}\n` : "-1\n");
  if (!/Go/.test(await connection.request() ?? "")) return;
  await send(Number(match[2]));
  await connection.request();
}

const options = (port: number, name = "movie.Mjpeg"): PlayerSessionInit => ({
  url: `rtsp://127.0.0.1:${port}/${name}`,
  dialect: "hello",
  timeoutMs: 1000,
});

Deno.test("our own server: frames, session id as SSRC, -1 for a file that is not there", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  const forms = ["text", "pickle"] as const;
  await runCases(forms.map((helloForm) => ({ name: helloForm, helloForm })), async (form) => {
    const init = { ...options(serving.port, "silent.Mjpeg"), helloForm: form.helloForm };
    await using player = new WatchedPlayer(init);
    await player.session.play();
    await player.gotPictures(media.frames.length);
    player.pictures.forEach((jpeg, i) => assertEquals(jpeg, media.frames[i]));
    await player.session.teardown();
    const wrong = player.session.findings().filter(({ severity }) => severity !== "note");
    assertEquals(wrong, []);
    await using missing = new WatchedPlayer({ ...init, url: `${serving.url}/nothing.Mjpeg` });
    await assertRejects(() => missing.session.play(), Error, "the server has no nothing.Mjpeg");
  });
});

Deno.test("a server of text: name and port, session id, Go", async () => {
  await using server = new ScriptedServer((connection) => textServer(connection, sendFrames));
  await using player = new WatchedPlayer(options(server.port));
  await player.session.play();
  await player.gotPictures(FRAMES.length);
  assertEquals(player.snapshot.sessionId, String(SESSION));
  assertMatch(server.requests[0]!, /^movie\.Mjpeg \d+\n$/);
  assertEquals(server.requests[1], "Go\n");
  await player.session.teardown();
  await using missing = new WatchedPlayer(options(server.port, "none.Mjpeg"));
  await assertRejects(() => missing.session.play(), Error, "the server has no none.Mjpeg");
});

/** The pickle that Python makes of a number, protocol 4. */
function pickledNumber(value: number): Uint8Array {
  const bytes = new Uint8Array(17);
  bytes.set([0x80, 4, 0x95, 6, 0, 0, 0, 0, 0, 0, 0, 0x4a]);
  new DataView(bytes.buffer).setInt32(12, value, true);
  bytes[16] = 0x2e;
  return bytes;
}

Deno.test("a server of pickles: asked in text first, then in its own way on a new connection", async () => {
  const cases = [
    { name: "hangs up at text", silent: false },
    { name: "says nothing to text", silent: true },
  ];
  await runCases(cases, async ({ silent }) => {
    await using server = new ScriptedServer(async (connection) => {
      const hello = await connection.request() ?? "";
      if (hello.charCodeAt(0) !== 0x80) {
        if (silent) await connection.request();
        return;
      }
      assert(hello.includes("movie.Mjpeg"));
      // The port stands in two bytes behind the opcode M.
      const at = hello.indexOf("M", hello.indexOf("movie.Mjpeg") + 11);
      const port = hello.charCodeAt(at + 1) | (hello.charCodeAt(at + 2) << 8);
      await connection.send(pickledNumber(SESSION));
      assert((await connection.request() ?? "").includes("Go"));
      await sendFrames(port);
      await connection.request();
    });
    await using player = new WatchedPlayer({ ...options(server.port), timeoutMs: 400 });
    await player.session.play();
    await player.gotPictures(FRAMES.length);
    assertEquals(server.connections.length, 2);
    assertMatch(player.remarks.join(" "), /a pickle it is/);
  });
});

const MISTAKES: {
  name: string;
  rule: RegExp;
  change?: (index: number) => Partial<RtpFields>;
  spoil?: (datagram: Uint8Array) => void;
}[] = [
  { name: "version 1", rule: /^rtp-version/, change: () => ({ version: 1 }) },
  { name: "padding", rule: /^rtp-padding/, spoil: (datagram) => datagram[0]! |= 0x20 },
  { name: "extension", rule: /^rtp-extension/, spoil: (datagram) => datagram[0]! |= 0x10 },
  { name: "CC", rule: /^rtp-csrc/, spoil: (datagram) => datagram[0]! |= 1 },
  { name: "marker", rule: /^rtp-marker/, change: () => ({ marker: true }) },
  { name: "payload type", rule: /^rtp-payload-type/, change: () => ({ payloadType: 96 }) },
  {
    name: "a sequence that goes back",
    rule: /^rtp-sequence/,
    change: (i) => ({ sequence: 100 - i }),
  },
  { name: "a sequence that stands", rule: /^rtp-sequence/, change: () => ({ sequence: 5 }) },
  { name: "SSRC", rule: /^rtp-ssrc/, change: () => ({ ssrc: 99 }) },
  {
    name: "a timestamp that goes back",
    rule: /^rtp-timestamp/,
    change: (i) => ({ timestamp: 5000 - 100 * i }),
  },
];

Deno.test("each of the assignment's checks is reported", async () => {
  await runCases(MISTAKES, async ({ rule, change, spoil }) => {
    await using server = new ScriptedServer((connection) =>
      textServer(connection, (port) => sendFrames(port, change, spoil))
    );
    await using player = new WatchedPlayer(options(server.port));
    await player.session.play();
    const arrived = () => player.events.filter(({ type }) => type === "packet").length;
    await player.until(() => arrived() === FRAMES.length, "all datagrams");
    await player.session.teardown();
    const rules = player.session.findings().map((finding) => finding.rule);
    assert(rules.some((name) => rule.test(name)), `${rule} in ${rules.join(" ")}`);
  });
});

Deno.test("there is no PAUSE and no DESCRIBE, and the player says so", async () => {
  await using server = new ScriptedServer((connection) => textServer(connection, sendFrames));
  await using player = new WatchedPlayer(options(server.port));
  await player.session.play();
  await player.gotPictures(1);
  await assertRejects(() => player.session.pause(), Error, "the hello lab has no PAUSE");
  await assertRejects(() => player.session.describe(), Error, "the hello lab has no DESCRIBE");
  assertEquals(player.snapshot.state, "Playing");
});
