import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ToPage } from "../../src/web/messages.ts";
import { startPage } from "../../src/web/page_server.ts";
import { type FakeFilm, FakePlayer } from "./fake_player.ts";

/** Frames that only the test's hand moves on. */
const FILM: FakeFilm = {
  frames: Array.from({ length: 100 }, (_, i) => Uint8Array.of(0xff, 0xd8, i)),
  frameRate: 0,
};

/** Browsers send Origin by themselves; Deno's WebSocket takes headers for it. */
const SocketWithHeaders = WebSocket as unknown as new (
  url: URL,
  options: { headers: Record<string, string> },
) => WebSocket;

/** A tab without a browser. */
class TestTab implements AsyncDisposable {
  readonly told: ToPage[] = [];
  readonly pictures: number[] = [];
  #waiting: (() => void)[] = [];

  constructor(readonly socket: WebSocket) {
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.told.push(JSON.parse(data));
      else this.pictures.push(new DataView(data).getUint32(4));
      for (const look of this.#waiting.splice(0)) look();
    };
  }

  static async open(url: string): Promise<TestTab> {
    const address = new URL("socket", url);
    address.protocol = "ws:";
    const socket = new SocketWithHeaders(address, { headers: { origin: new URL(url).origin } });
    const tab = new TestTab(socket);
    await tab.until(() => tab.told.length > 0);
    return tab;
  }

  say(what: unknown): void {
    this.socket.send(JSON.stringify(what));
  }

  async until(seen: () => boolean): Promise<void> {
    while (!seen()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  find<T extends ToPage["type"]>(type: T): Extract<ToPage, { type: T }>[] {
    return this.told.filter((message) => message.type === type) as Extract<ToPage, { type: T }>[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = new Promise((resolve) => this.socket.onclose = resolve);
    this.socket.close();
    await closed;
  }
}

/** Sends a request as it stands, which `fetch` would not do with Host and Origin. */
async function ask(url: string, path: string, headers: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = [`GET ${path} HTTP/1.1`, ...headers, "Connection: close", "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text().catch(() => "");
}

Deno.test("the page is only there under its token, with strict headers", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  assertMatch(page.url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\/$/);
  const answer = await fetch(page.url);
  assertEquals(answer.status, 200);
  assertStringIncludes(await answer.text(), "<title>Reel</title>");
  const policy = answer.headers.get("content-security-policy") ?? "";
  assertStringIncludes(policy, "default-src 'none'");
  assertStringIncludes(policy, "script-src 'self';");
  assert(!policy.includes("unsafe"));
  assertEquals(answer.headers.get("x-content-type-options"), "nosniff");
  assertEquals(answer.headers.get("referrer-policy"), "no-referrer");

  const { origin } = new URL(page.url);
  for (const path of ["/", "/main.js", `/${"0".repeat(32)}/`, "/../", `//`]) {
    const refused = await fetch(origin + path);
    assertEquals(refused.status, 404, path);
    await refused.body?.cancel();
  }
  const redirect = await fetch(page.url.slice(0, -1), { redirect: "manual" });
  assertEquals(redirect.headers.get("location"), new URL(page.url).pathname);
  await redirect.body?.cancel();
  const posted = await fetch(page.url, { method: "POST" });
  assertEquals(posted.status, 405);
  await posted.body?.cancel();
});

Deno.test("every file the page names is there, and nothing of it is inline or elsewhere", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  const html = await (await fetch(page.url)).text();
  assert(!/\son\w+=|style=|<style|<script>/.test(html), "inline script or style");
  const seen = new Set<string>();
  const look = async (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    const answer = await fetch(page.url + name);
    assertEquals(answer.status, 200, name);
    const text = await answer.text();
    if (!name.endsWith(".js") || name.startsWith("uPlot")) return;
    for (const [, other] of text.matchAll(/^import .*?"\.\/([^"]+)";$/gm)) await look(other!);
    for (const [, other] of text.matchAll(/"\.?\/?([\w.]+\.(?:esm|worklet)?\.?js)"/g)) {
      await look(other!);
    }
  };
  for (const [, name] of html.matchAll(/(?:src|href)="([^"#]+\.(?:js|css|svg))"/g)) {
    assert(!name!.includes("/"), name);
    await look(name!);
  }
  assert(seen.has("charts.js") && seen.has("uPlot.esm.js") && seen.has("sound_worklet.js"));
});

Deno.test("other names for this machine, and pages of others, are turned away", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  const { host, pathname } = new URL(page.url);
  const rebound = await ask(page.url, pathname, ["Host: evil.example"]);
  assertMatch(rebound, /^HTTP\/1\.1 421 /);
  const upgrade = [
    `Host: ${host}`,
    "Upgrade: websocket",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ];
  for (const origin of [[], ["Origin: http://evil.example"], ["Origin: null"]]) {
    const answer = await ask(page.url, `${pathname}socket`, [...upgrade, ...origin]);
    assertMatch(answer, /^HTTP\/1\.1 (403|426) /, origin.join());
  }
  const plain = await fetch(`${page.url}socket`);
  assertEquals(plain.status, 426);
  await plain.body?.cancel();
});

Deno.test("a tab's commands reach the player, and all tabs see what came of them", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  await using one = await TestTab.open(page.url);
  await using two = await TestTab.open(page.url);
  one.say({ type: "command", id: 1, name: "setup" });
  await one.until(() => one.find("done").length === 1);
  one.say({ type: "command", id: 2, name: "play", position: 2 });
  await one.until(() => one.find("done").length === 2);
  assertEquals(player.asked, ["setup", "describe", "play Range: npt=2.000-"]);
  await two.until(() => two.find("snapshot").at(-1)?.snapshot.state === "Playing");
  assertEquals(two.find("message").map(({ message }) => message.number), [1, 2, 3, 4, 5, 6]);
  assertStringIncludes(two.find("message")[0]!.message.text, "CSeq: 1\r\n");

  player.failWith = "Cannot pause: the server says 500";
  one.say({ type: "command", id: 3, name: "pause" });
  await one.until(() => one.find("done").length === 3);
  assertEquals(one.find("done")[2], {
    type: "done",
    id: 3,
    error: "Cannot pause: the server says 500",
  });
  two.say({ type: "command", id: 1, name: "list" });
  await two.until(() => two.find("done").length === 1);
  assertEquals(two.find("done")[0]?.urls?.length, 3);
});

Deno.test("a tab that comes later is told everything so far", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  await player.play();
  for (let i = 0; i < 5; i++) player.nextFrame();
  player.find({
    rule: "rtp-marker",
    severity: "warning",
    message: "m",
    seen: "0",
    expected: "1",
    reference: "r",
    remedy: "x",
    where: { kind: "packet", number: 3, stream: "video" },
    count: 1,
  });
  await using tab = await TestTab.open(page.url);
  const [hello] = tab.find("hello");
  assertEquals(hello?.snapshot.state, "Playing");
  assertEquals(hello?.messages.length, 6);
  assertEquals(hello?.findings.length, 1);
  await tab.until(() => tab.pictures.length === 1);
  assertEquals(tab.pictures, [5], "the picture that is on show");
  await tab.until(() => tab.find("packet").length === 1);
  const [shown] = tab.find("packet");
  const next = shown?.packet.fields.find(({ name }) => name === "sequence number");
  assertEquals([shown?.packet.number, next?.verdict], [5, "ok"]);
  assertEquals(next?.expectation, `${next?.value}, one more than the packet before`);
  player.find({ ...player.findings()[0]!, count: 2 });
  await tab.until(() => tab.find("finding").length === 1);
  assertEquals(tab.find("finding")[0]?.packet?.number, 3, "the packet it is about comes along");
});

Deno.test("what was seen and found before does not concern another presentation", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  await player.play();
  player.nextFrame();
  await player.teardown();
  await using first = await TestTab.open(page.url);
  player.find({
    rule: "rtsp-cseq",
    severity: "warning",
    message: "m",
    seen: "0",
    expected: "1",
    reference: "r",
    remedy: "x",
    where: { kind: "message", number: 1 },
    count: 1,
  });
  await player.open("rtsp://127.0.0.1:8554/lecture.Mjpeg");
  await first.until(() => first.find("hello").length === 2);
  const again = first.find("hello")[1]!;
  assertEquals([again.messages, again.packets, again.findings], [[], [], []]);
  await player.setup();
  await first.until(() => first.find("message").length >= 2);
  assertEquals(first.find("message")[0]?.message.number, 1);
  assertEquals(first.pictures, [], "that of a session that was torn down");
});

Deno.test("pictures a tab has no room for are dropped, and the newest is kept", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  await using slow = await TestTab.open(page.url);
  await using quick = await TestTab.open(page.url);
  await player.play();
  for (let i = 1; i <= 20; i++) {
    player.nextFrame();
    await quick.until(() => quick.pictures.length === i);
    quick.say({ type: "taken", pictures: 1 });
  }
  await slow.until(() => slow.pictures.length === 6);
  assertEquals(slow.pictures, [1, 2, 3, 4, 5, 6]);
  slow.say({ type: "taken", pictures: 6 });
  await slow.until(() => slow.pictures.length === 7);
  assertEquals(slow.pictures, [1, 2, 3, 4, 5, 6, 20]);
  assertEquals(quick.pictures, Array.from({ length: 20 }, (_, i) => i + 1));
});

Deno.test("a tab that cannot be seen gets no pictures", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  await using tab = await TestTab.open(page.url);
  tab.say({ type: "want", pictures: false, sound: false });
  tab.say({ type: "command", id: 1, name: "play" });
  await tab.until(() => tab.find("done").length === 1);
  player.nextFrame();
  tab.say({ type: "want", pictures: true, sound: false });
  tab.say({ type: "command", id: 2, name: "describe" });
  await tab.until(() => tab.find("done").length === 2);
  player.nextFrame();
  await tab.until(() => tab.pictures.length > 0);
  assertEquals(tab.pictures, [2]);
});

Deno.test("closing the last page pauses, and the next one asks", async () => {
  for (const goOn of [true, false]) {
    using player = new FakePlayer(FILM);
    await using page = startPage(player, { graceMs: 0 });
    const paused = new Promise<void>((resolve) =>
      player.subscribe(() => {
        if (player.snapshot().condition === "paused") resolve();
      })
    );
    {
      await using _first = await TestTab.open(page.url);
      {
        await using _second = await TestTab.open(page.url);
        await player.play();
      }
      assertEquals(player.snapshot().state, "Playing", "one page is still open");
    }
    await paused;
    await using back = await TestTab.open(page.url);
    assertEquals(back.find("hello")[0]?.asking, true);
    back.say({ type: "answer", goOn });
    await back.until(() => back.find("asking").at(-1)?.asking === false);
    await back.until(() =>
      back.find("snapshot").at(-1)?.snapshot.state === (goOn ? "Playing" : "Init")
    );
    await using later = await TestTab.open(page.url);
    assertEquals(later.find("hello")[0]?.asking, false);
  }
});

Deno.test("a page that is reloaded is not closed", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player, { graceMs: 60_000 });
  {
    await using _tab = await TestTab.open(page.url);
    await player.play();
  }
  await using tab = await TestTab.open(page.url);
  assertEquals(tab.find("hello")[0]?.asking, false);
  assertEquals(player.asked.at(-1), "play");
});

Deno.test("somebody else who plays on answers the question", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player, { graceMs: 0 });
  const paused = new Promise<void>((resolve) =>
    player.subscribe(() => {
      if (player.snapshot().condition === "paused") resolve();
    })
  );
  {
    await using _tab = await TestTab.open(page.url);
    await player.play();
  }
  await paused;
  await player.play();
  await using tab = await TestTab.open(page.url);
  assertEquals(tab.find("hello")[0]?.asking, false);
});

Deno.test("when nobody comes back, the session is torn down", async () => {
  using player = new FakePlayer(FILM);
  const { promise: idle, resolve } = Promise.withResolvers<void>();
  await using page = startPage(player, { graceMs: 0, idleMs: 30, onIdle: resolve });
  {
    await using _tab = await TestTab.open(page.url);
    await player.play();
  }
  await idle;
  assertEquals(player.asked.slice(-2), ["pause", "teardown"]);
  assertEquals(player.snapshot().state, "Init");
});

Deno.test("what somebody else plays after the page was closed is not torn down", async () => {
  using player = new FakePlayer(FILM);
  let isIdle = false;
  await using page = startPage(player, { graceMs: 0, idleMs: 50, onIdle: () => isIdle = true });
  {
    await using _tab = await TestTab.open(page.url);
    await player.setup();
  }
  await page.gone();
  await player.play();
  // Twice the time after which nobody would be expected back.
  await new Promise((resolve) => setTimeout(resolve, 100));
  assertEquals([isIdle, player.snapshot().state], [false, "Playing"]);
});

Deno.test("a session that cannot be paused is not said to be", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player, { graceMs: 0 });
  {
    await using _tab = await TestTab.open(page.url);
    await player.play();
    player.failWith = "the server knows no PAUSE";
  }
  await page.gone();
  await using tab = await TestTab.open(page.url);
  assertEquals([tab.find("hello")[0]?.asking, player.snapshot().state], [false, "Playing"]);
});

Deno.test("the numbers can be taken along", async () => {
  using player = new FakePlayer(FILM);
  await using page = startPage(player);
  await player.play();
  player.nextFrame();
  const json = await fetch(`${page.url}numbers.json`);
  assertStringIncludes(json.headers.get("content-disposition") ?? "", "numbers.json");
  const { snapshot } = await json.json();
  assertEquals(snapshot.statistics[0].frames, 1);
  const csv = await (await fetch(`${page.url}numbers.csv`)).text();
  assertStringIncludes(csv, "time,position,track,kind,frames,currentFrame");
  assertStringIncludes(await (await fetch(`${page.url}session.sdp`)).text(), "m=video");
});

/** A player that takes its time to describe. */
class BusyPlayer extends FakePlayer {
  readonly gate = Promise.withResolvers<void>();

  override async describe(): Promise<string> {
    await this.gate.promise;
    return await super.describe();
  }
}

Deno.test("a flood of commands and of tabs is turned away, and the page works on", async () => {
  using player = new BusyPlayer(FILM);
  await using page = startPage(player);
  await using stack = new AsyncDisposableStack();
  const flooding = stack.use(await TestTab.open(page.url));
  for (let id = 1; id <= 500; id++) flooding.say({ type: "command", id, name: "describe" });
  flooding.socket.send(`{"type":"command","id":501,"name":"${"x".repeat(1 << 20)}"}`);
  await flooding.until(() => flooding.find("done").length === 400);
  assert(flooding.find("done").every(({ error }) => error?.includes("too many")));
  player.gate.resolve();
  await flooding.until(() => flooding.find("done").length === 500);
  assertEquals(player.asked.length, 100);
  for (let i = 1; i < 32; i++) stack.use(await TestTab.open(page.url));
  const { host, pathname, origin } = new URL(page.url);
  const answer = await ask(page.url, `${pathname}socket`, [
    ...[`Host: ${host}`, `Origin: ${origin}`, "Upgrade: websocket", "Connection: Upgrade"],
    ...["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"],
  ]);
  assertMatch(answer, /^HTTP\/1\.1 503 /);
  flooding.say({ type: "command", id: 502, name: "play" });
  await flooding.until(() => flooding.find("done").some(({ id }) => id === 502));
});
