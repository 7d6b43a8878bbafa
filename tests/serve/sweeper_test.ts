import { assertEquals } from "@std/assert";
import { type Living, Sweeper } from "../../src/serve/sweeper.ts";
import { RtspTestClient } from "../support/rtsp_client.ts";
import { serveFolder } from "../support/serving.ts";
import { MEDIA } from "./lab_kit.ts";

const TIMEOUT_MS = 60_000;

/** When a session that was last seen at 0 and lost its connection at `leftMs` ends, in ms. */
function endOf(
  session: Partial<Living>,
  leftMs: number,
  { loop = false, untilMs = 100_000 } = {},
): number | undefined {
  let nowMs = 0;
  let endedMs: number | undefined;
  const living: Living = { dialect: "standard", state: "Playing", lastSeenMs: 0, ...session };
  const connections = [{ sessions: [living] }];
  const sweeper = new Sweeper<Living>({
    sessions: [living],
    connections,
    timeoutMs: TIMEOUT_MS,
    loop,
    now: () => nowMs,
    end: () => endedMs ??= nowMs,
  });
  for (; nowMs <= untilMs && endedMs === undefined; nowMs += 500) {
    if (nowMs === leftMs) {
      connections.pop();
      sweeper.orphan(living);
    }
    sweeper.sweep();
  }
  return endedMs;
}

Deno.test("a standard session lives for its timeout, with its connection and without", () => {
  for (const leftMs of [0, 30_000, Infinity]) {
    assertEquals(endOf({ state: "Ready" }, leftMs), TIMEOUT_MS + 500);
  }
  assertEquals(endOf({}, Infinity), TIMEOUT_MS + 500);
  assertEquals(endOf({ state: "Ready", lastSeenMs: 20_000 }, 1000), 20_000 + TIMEOUT_MS + 500);
});

Deno.test("what plays without a connection and without reports plays for nobody", () => {
  assertEquals(endOf({}, 0), 20_500);
  assertEquals(endOf({}, 30_000), 50_500);
  assertEquals(endOf({ lastSeenMs: 35_000 }, 30_000), 55_500);
});

Deno.test("a lab session lives as long as its connection, and a moment more", () => {
  for (const dialect of ["lab", "audio-lab"] as const) {
    assertEquals(endOf({ dialect }, Infinity), undefined);
    assertEquals(endOf({ dialect }, 70_000), 72_500);
  }
});

Deno.test("a film of the hello lab plays to its end, unless it has none", () => {
  assertEquals(endOf({ dialect: "hello" }, 1000), undefined);
  assertEquals(endOf({ dialect: "hello" }, 1000, { loop: true }), 3500);
  assertEquals(endOf({ dialect: "hello", state: "Ready" }, 1000), 3500);
});

Deno.test("sessions without a connection make room for new ones, the oldest first", async () => {
  const limits = { total: 3, perClient: 3 };
  await using serving = serveFolder(MEDIA, { limits });
  const setUp = async (client: RtspTestClient): Promise<number> => {
    client.session = undefined;
    const headers = { Transport: "RTP/AVP;unicast;client_port=40000-40001" };
    return (await client.request("SETUP", `${serving.url}/movie.Mjpeg/track1`, { headers })).status;
  };
  using stays = await RtspTestClient.connect(serving.port);
  assertEquals(await setUp(stays), 200);
  const left: string[] = [];
  for (let i = 0; i < 2; i++) {
    const client = await RtspTestClient.connect(serving.port);
    assertEquals(await setUp(client), 200);
    left.push(client.session!);
    // Half closed, so that the server has noticed when it closes in turn.
    await client.end();
  }
  using next = await RtspTestClient.connect(serving.port);
  assertEquals(await setUp(next), 200);
  assertEquals(serving.server.sessionCount, 3);
  const url = `${serving.url}/movie.Mjpeg`;
  const known = async (session: string): Promise<boolean> => {
    using client = await RtspTestClient.connect(serving.port);
    client.session = session;
    const { status } = await client.request("GET_PARAMETER", url);
    await client.end();
    return status === 200;
  };
  assertEquals(await Promise.all(left.map(known)), [false, true]);
  assertEquals(await known(stays.session!), true);
  // Those that are left have a connection each.
  assertEquals(await setUp(next), 200);
  assertEquals(await setUp(next), 503);
});
