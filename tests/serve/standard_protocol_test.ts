/**
 * What RFC 2326 and RFC 7826 ask of a server that plays, apart from time.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { UdpReceiver } from "../support/media_log.ts";
import { RtspTestClient } from "../support/rtsp_client.ts";
import { serveFolder, type Serving } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { StandardPlayer } from "../support/standard_player.ts";

/** A server of one second of media, and a connection to it. */
function protocolTest(
  name: string,
  run: (client: RtspTestClient, url: string, serving: Serving) => Promise<void>,
): void {
  Deno.test(name, async () => {
    using media = makeShortMedia(1);
    await using serving = serveFolder(media.folder);
    using client = await RtspTestClient.connect(serving.port);
    await run(client, `${serving.url}/film.Mjpeg`, serving);
  });
}

/** Resolves when the condition holds; it is asked again and again. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

protocolTest("a version that is neither 1.0 nor 2.0 gets 505", async (client, url) => {
  for (const version of ["1.1", "2.1", "3.0"]) {
    const reply = await client.request("OPTIONS", url, { version });
    assertEquals([reply.status, reply.version], [505, "2.0"]);
  }
});

protocolTest("each reply repeats CSeq and says when and by whom", async (client, url) => {
  for (const version of ["1.0", "2.0"]) {
    for (const method of ["OPTIONS", "DESCRIBE", "PLAY", "NONSENSE"]) {
      const reply = await client.request(method, url, { version });
      assertEquals(reply.version, version);
      assertMatch(reply.headers.get("cseq") ?? "", /^\d+$/);
      assertMatch(reply.headers.get("server") ?? "", /^Reel\//);
      assert(Math.abs(Date.parse(reply.headers.get("date") ?? "") - Date.now()) < 60_000);
    }
  }
});

protocolTest("what is required and not known gets 551 and is named", async (client, url) => {
  const headers = { Require: "play.basic, implicit-play", Supported: "play.basic" };
  const reply = await client.request("OPTIONS", url, { version: "2.0", headers });
  assertEquals(reply.status, 551);
  assertEquals(reply.headers.get("unsupported"), "implicit-play");
  const known = await client.request("DESCRIBE", url, {
    version: "2.0",
    headers: { Require: "play.basic", Supported: "play.basic" },
  });
  assertEquals(known.status, 200);
  assertEquals(known.headers.get("supported"), "play.basic, play.scale, play.speed");
});

protocolTest("a Timestamp comes back as it was", async (client, url) => {
  const reply = await client.request("OPTIONS", url, { headers: { Timestamp: "1234.567" } });
  assertEquals(reply.headers.get("timestamp"), "1234.567");
});

protocolTest("Connection: close is answered, then done", async (client, url) => {
  const reply = await client.request("OPTIONS", url, { headers: { Connection: "close" } });
  assertEquals(reply.status, 200);
  await client.closed;
});

protocolTest(
  "DESCRIBE has a Content-Base that control URLs are relative to",
  async (client, url) => {
    const reply = await client.request("DESCRIBE", url, { headers: { Accept: "application/sdp" } });
    assertEquals(reply.headers.get("content-base"), `${url}/`);
    assertEquals(reply.headers.get("content-type"), "application/sdp");
    assertMatch(reply.body, /^v=0\r\n/);
    assertMatch(reply.body, /a=range:npt=0-1\r\n/);
    assertEquals(reply.body.match(/a=control:.*/g), [
      ...["a=control:*", "a=control:track1", "a=control:track2"],
    ]);
    assertMatch(reply.body, /m=video 0 RTP\/AVP 26\r\na=rtpmap:26 JPEG\/90000\r\n/);
    assertMatch(reply.body, /m=audio 0 RTP\/AVP 10\r\na=rtpmap:10 L16\/44100\/2\r\n/);
    const other = await client.request("DESCRIBE", url, { headers: { Accept: "text/html" } });
    assertEquals(other.status, 406);
  },
);

protocolTest("DESCRIBE of the root lists the presentations", async (client, url, serving) => {
  const reply = await client.request("DESCRIBE", `${serving.url}/`);
  assertEquals(reply.status, 200);
  assert(reply.body.includes(`${url}\r\n`), reply.body);
});

Deno.test("names with characters that headers use are found by the URLs that are given", async () => {
  using media = makeShortMedia(1);
  const name = 'a;b, "c" #1?.Mjpeg';
  Deno.renameSync(`${media.folder}/silent.Mjpeg`, `${media.folder}/${name}`);
  await using serving = serveFolder(media.folder);
  const url = `${serving.url}/${encodeURIComponent(name)}`;
  using client = await RtspTestClient.connect(serving.port);
  const root = await client.request("DESCRIBE", `${serving.url}/`);
  assert(root.body.includes(`${url}\r\n`), root.body);
  const reply = await client.request("DESCRIBE", url);
  assertEquals(reply.headers.get("content-base"), `${url}/`);
  const transport = { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1" };
  await client.request("SETUP", `${url}/track1`, { headers: transport });
  const play = await client.request("PLAY", url);
  assert(play.headers.get("rtp-info")?.startsWith(`url=${url}/track1;seq=`));
});

protocolTest(
  "the timeout stands where the session begins, and nowhere else",
  async (client, url) => {
    const transport = { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1" };
    const setup = await client.request("SETUP", `${url}/track1`, { headers: transport });
    assertMatch(setup.headers.get("session") ?? "", /^[0-9A-F]{16};timeout=60$/);
    const play = await client.request("PLAY", url);
    assertEquals(play.headers.get("session"), client.session);
  },
);

for (
  const [name, transport, status] of [
    ["a multicast transport", "RTP/AVP;multicast", 461],
    ["a secure profile", "RTP/SAVP;unicast;client_port=5000-5001", 461],
    ["a mode that records", 'RTP/AVP;unicast;client_port=5000-5001;mode="RECORD"', 461],
    ["TCP of its own", 'RTP/AVP/TCP;unicast;dest_addr=":5000";setup=active', 461],
    ["a privileged port", "RTP/AVP;unicast;client_port=80-81", 461],
    ["another destination", "RTP/AVP;unicast;destination=192.0.2.1;client_port=5000-5001", 461],
  ] as const
) {
  protocolTest(`${name} gets ${status}, and the next offer is taken`, async (client, url) => {
    const headers = { Transport: transport };
    const reply = await client.request("SETUP", `${url}/track1`, { headers });
    assertEquals(reply.status, status);
    const offers = { Transport: `${transport},RTP/AVP/TCP;unicast;interleaved=4-5` };
    const second = await client.request("SETUP", `${url}/track1`, { headers: offers });
    assertEquals(second.status, 200);
    assertMatch(second.headers.get("transport") ?? "", /^RTP\/AVP\/TCP;unicast;interleaved=4-5;/);
  });
}

protocolTest("RTSP 2.0 prohibits another destination with 463", async (client, url) => {
  const headers = { Transport: 'RTP/AVP;unicast;dest_addr="192.0.2.1:5000"/"192.0.2.1:5001"' };
  const reply = await client.request("SETUP", `${url}/track1`, { version: "2.0", headers });
  assertEquals(reply.status, 463);
});

protocolTest("a SETUP of RTSP 2.0 names addresses, ranges and properties", async (client, url) => {
  using receiver = new UdpReceiver();
  const { port } = receiver;
  for (const host of ["", "127.0.0.1"]) {
    const to = `"${host}:${port}"/"${host}:${port + 1}"`;
    const reply = await client.request("SETUP", `${url}/track1`, {
      version: "2.0",
      headers: { Transport: `RTP/AVP;unicast;dest_addr=${to}` },
      sessionless: true,
    });
    assertMatch(
      reply.headers.get("transport") ?? "",
      new RegExp(
        `^RTP/AVP;unicast;dest_addr="127.0.0.1:${port}"/"127.0.0.1:${port + 1}";` +
          `src_addr="127.0.0.1:\\d+"/"127.0.0.1:\\d+";ssrc=[0-9A-F]{8};mode="PLAY"$`,
      ),
    );
    assertEquals(reply.headers.get("accept-ranges"), "npt");
    assertEquals(
      reply.headers.get("media-properties"),
      'Random-Access, Unlimited, Immutable, Scales="-8:-0.25, 0.25:8"',
    );
  }
});

protocolTest("channels that are taken are replaced by free ones", async (client, url) => {
  const channels: string[] = [];
  for (const [track, offer] of [["track1", ";interleaved=0-1"], ["track2", ";interleaved=0-1"]]) {
    const headers = { Transport: `RTP/AVP/TCP;unicast${offer}` };
    const reply = await client.request("SETUP", `${url}/${track}`, { headers });
    channels.push(/interleaved=([\d-]+)/.exec(reply.headers.get("transport") ?? "")?.[1] ?? "");
  }
  assertEquals(channels, ["0-1", "2-3"]);
  // The same track again gives its own channels back.
  const headers = { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1" };
  const again = await client.request("SETUP", `${url}/track1`, { headers });
  assertMatch(again.headers.get("transport") ?? "", /interleaved=0-1/);
});

protocolTest("requests may be sent before the first is answered", async (client, url) => {
  const pipelined = { "Pipelined-Requests": "7", Transport: "" };
  const order = { version: "2.0", headers: pipelined };
  const setup = (track: number): ReturnType<RtspTestClient["send"]> =>
    client.send("SETUP", `${url}/track${track}`, {
      ...order,
      headers: {
        ...pipelined,
        Transport: `RTP/AVP/TCP;unicast;interleaved=${2 * track - 2}-${2 * track - 1}`,
      },
    });
  const replies = await Promise.all([
    setup(1),
    setup(2),
    client.send("PLAY", url, { version: "2.0", headers: { "Pipelined-Requests": "7" } }),
  ]);
  assertEquals(replies.map(({ status }) => status), [200, 200, 200]);
  const ids = replies.map(({ headers }) => headers.get("session")?.split(";")[0]);
  assertEquals(new Set(ids).size, 1);
  assertEquals(replies.map(({ headers }) => headers.get("pipelined-requests")), ["7", "7", "7"]);
  await client.channel(0).reach(1);
  await client.channel(2).reach(1);
  const other = await client.request("PLAY", url, {
    version: "2.0",
    headers: { "Pipelined-Requests": "8" },
  });
  assertEquals(other.status, 454);
});

Deno.test("RTSP 1.0 plays range after range; RTSP 2.0 replaces the one that plays", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  for (const version of ["1.0", "2.0"] as const) {
    using player = await StandardPlayer.open(serving, { version, tracks: [1] });
    const [video] = player.tracks;
    await player.play({ Range: "npt=0-0.5" });
    await video!.rtp.reach(1);
    await player.play({ Range: "npt=0.8-1" });
    const started = performance.now();
    await video!.rtcp.goodbye();
    const frames = video!.rtp.rtp.filter(({ marker }) => marker).length;
    const took = performance.now() - started;
    if (version === "1.0") assertEquals(frames, 14, "ten frames, then four");
    else assert(frames < 14, `${frames} frames in ${took} ms`);
  }
});

Deno.test("an open range is replaced at once, as players seek", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving, { tracks: [1] });
  const [video] = player.tracks;
  await player.play({ Range: "npt=0-" });
  await video!.rtp.reach(1);
  const { info } = await player.play({ Range: "npt=2.5-" });
  await video!.rtcp.goodbye();
  const at = video!.rtp.rtp.findIndex(({ seq }) => seq === info[0]!.seq);
  assert(at > 0, "the new range follows what was sent of the first");
  assertEquals(video!.rtp.rtp.slice(at).filter(({ marker }) => marker).length, 10);
});

Deno.test("a client of RTSP 2.0 is told when its range has been played", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving, { version: "2.0", transport: "tcp" });
  await player.play({ Range: "npt=0.7-" });
  await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
  await until(() => player.client.requests.length > 0);
  const [notify] = player.client.requests;
  assertEquals(notify?.line, `PLAY_NOTIFY ${player.url} RTSP/2.0`);
  assertEquals(notify?.headers.get("notify-reason"), "end-of-stream");
  assertEquals(notify?.headers.get("session"), player.client.session);
  assertEquals(notify?.headers.get("range"), "npt=-1");
  const [video] = player.tracks;
  const last = video!.rtp.rtp.at(-1)!;
  assert(
    notify?.headers.get("rtp-info")?.includes(`:seq=${(last.seq + 1) & 0xffff};`),
    notify?.headers.get("rtp-info"),
  );
});

Deno.test("one track is taken out, the other plays on to its end", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving);
  const [video, audio] = player.tracks;
  await player.play();
  await audio!.rtp.reach(3);
  const reply = await player.request("TEARDOWN", "/track2");
  assertEquals(reply.status, 200);
  assertEquals(reply.headers.get("session"), player.client.session);
  const heard = audio!.rtp.datagrams.length;
  await video!.rtcp.goodbye();
  assert(audio!.rtp.datagrams.length - heard <= 1, "nothing more of the sound");
  const { body } = await player.request("GET_PARAMETER", "", { body: "state\r\n" });
  assertEquals(body, "state: Ready\r\n");
  assertEquals((await player.request("TEARDOWN")).status, 200);
  assertEquals(serving.server.sessionCount, 0);
});

Deno.test("GET_PARAMETER tells the position while it plays", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving, { transport: "tcp" });
  await player.play({ Range: "npt=1-" });
  const [video] = player.tracks;
  const ask = async (): Promise<number> => {
    const reply = await player.request("GET_PARAMETER", "", { body: "position\r\n" });
    assertEquals(reply.headers.get("content-type"), "text/parameters");
    return Number(/^position: (\S+)\r\n$/.exec(reply.body)?.[1]);
  };
  await video!.rtp.reach(1);
  const first = await ask();
  await video!.rtp.reach(video!.rtp.datagrams.length + 120);
  const second = await ask();
  assert(first >= 1 && first < second && second <= 3, `${first}, then ${second}`);
  const unknown = await player.request("GET_PARAMETER", "", { body: "barometer\r\n" });
  assertEquals([unknown.status, unknown.body], [451, "barometer\r\n"]);
  const fixed = await player.request("SET_PARAMETER", "", { body: "position: 1\r\n" });
  assertEquals(fixed.status, 458);
});

protocolTest("a range that cannot be played gets 457", async (client, url) => {
  const transport = { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1" };
  await client.request("SETUP", `${url}/track1`, { headers: transport });
  for (const range of ["npt=7-", "npt=0.5-0.2", "clock=19961108T142300Z-", "smpte=0:10:00-"]) {
    const headers = { Range: range };
    const reply = await client.request("PLAY", url, { version: "2.0", headers });
    assertEquals([reply.status, reply.headers.get("accept-ranges")], [457, "npt"], range);
  }
  const reply = await client.request("PLAY", url, { headers: { Speed: "2.0-1.0" } });
  assertEquals(reply.status, 400);
});

protocolTest("RTSP 2.0 names speeds as a range", async (client, url) => {
  const transport = { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1" };
  await client.request("SETUP", `${url}/track1`, { version: "2.0", headers: transport });
  const headers = { Speed: "1.5-2.5" };
  const reply = await client.request("PLAY", url, { version: "2.0", headers });
  assertEquals(reply.headers.get("speed"), "1.5-1.5");
  assertEquals(reply.headers.get("seek-style"), "RAP");
});
