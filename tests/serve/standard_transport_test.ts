/**
 * How media reaches standard clients: interleaved with replies, over IPv6, from ports of a range.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { littleEndianSamples, type LoggedRtp, pictureIndices } from "../support/media_log.ts";
import { UdpPair } from "../../src/net/udp_pair.ts";
import { RtspTestClient } from "../support/rtsp_client.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { StandardPlayer } from "../support/standard_player.ts";

/** Resolves when the condition holds; it is asked again and again. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Packets that share a timestamp. */
function framesOf(packets: readonly LoggedRtp[]): LoggedRtp[][] {
  const frames: LoggedRtp[][] = [];
  for (const packet of packets) {
    const last = frames.at(-1);
    if (last?.[0]?.timestamp === packet.timestamp) last.push(packet);
    else frames.push([packet]);
  }
  return frames;
}

Deno.test("replies and the frames of two tracks share a connection, none inside another", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving, { transport: "tcp" });
  const [video, audio] = player.tracks;
  await player.play();
  let answered = 0;
  const done = Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye())).then(() => true);
  while (!await Promise.race([done, Promise.resolve(false)])) {
    const body = "position\r\nduration\r\nstate\r\n";
    const replies = Array.from(
      { length: 3 },
      () => player.client.send("GET_PARAMETER", player.url, { body }),
    );
    for (const { status, body } of await Promise.all(replies)) {
      assertEquals(status, 200);
      assertMatch(body, /^position: \S+\r\nduration: 1\r\nstate: (Playing|Ready)\r\n$/);
      answered++;
    }
  }
  assert(answered >= 9, `${answered} replies`);
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames).join(), [...Array(20).keys()].join());
  assertEquals(littleEndianSamples(audio!.rtp.rtp), media.filmSamples);
});

Deno.test("a slow reader loses whole frames, which are counted, and no reply", async () => {
  using media = makeShortMedia(1);
  const notices: string[] = [];
  await using serving = serveFolder(media.folder, {
    loop: true,
    onNotice: (notice) => notices.push(notice),
  });
  using player = await StandardPlayer.open(serving, { transport: "tcp" });
  using reader = await StandardPlayer.open(serving, { transport: "tcp", tracks: [1] });
  await reader.play();
  await player.play({ Speed: "100" });
  const [video] = player.tracks;
  await video!.rtp.reach(1);
  const release = player.client.hold();
  const held = player.request("GET_PARAMETER", "", { body: "state\r\n" });
  // The system's buffers hold some megabytes; behind them, frames are dropped.
  await until(() => serving.server.droppedPackets > 0);
  await until(() => serving.server.droppedPackets > 2000);
  const before = reader.tracks[0]!.rtp.datagrams.length;
  await reader.tracks[0]!.rtp.reach(before + 8);
  const released = performance.now();
  release();
  assertEquals((await held).status, 200);
  await video!.rtp.until(() => video!.rtp.datagrams.at(-1)!.arrivalMs - released > 300);
  const reply = await player.request("TEARDOWN");
  assertEquals(reply.status, 200);
  let lost = 0;
  for (const { rtp } of player.tracks) {
    let next: number | undefined;
    for (const frame of framesOf(rtp.rtp)) {
      if (rtp === video!.rtp) {
        assertEquals(frame[0]!.payload.subarray(1, 4), new Uint8Array(3), "the frame's first part");
        assert(frame.at(-1)!.marker, "the frame's last part");
      }
      for (const [i, { seq }] of frame.entries()) {
        const gap = (seq - (next ?? seq)) & 0xffff;
        assert(i === 0 || gap === 0, "no gap inside a frame");
        lost += gap;
        next = (seq + 1) & 0xffff;
      }
    }
  }
  assertEquals(notices.length, 1);
  const counted = Number(/: (\d+) packets were left out$/.exec(notices[0]!)?.[1]);
  // What was dropped at the very end leaves no gap behind it.
  assert(lost > 2000 && lost <= counted, `${lost} missing, ${counted} counted`);
});

Deno.test("a connection that is reset takes nothing down with it", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  using other = await StandardPlayer.open(serving, { transport: "tcp", tracks: [1] });
  await other.play();
  const player = await StandardPlayer.open(serving, { transport: "tcp" });
  await player.play();
  await player.tracks[0]!.rtp.reach(1);
  player.client.hold();
  // What comes meanwhile is left unread.
  await other.tracks[0]!.rtp.reach(other.tracks[0]!.rtp.datagrams.length + 20);
  player[Symbol.dispose]();
  await until(() => serving.server.sessionCount === 1);
  await other.tracks[0]!.rtcp.goodbye();
  const indices = pictureIndices(other.tracks[0]!.rtp.rtp, media.frames);
  assertEquals(indices, [...Array(60).keys()]);
});

for (const transport of ["udp", "tcp"] as const) {
  for (const version of ["1.0", "2.0"] as const) {
    Deno.test(`RTSP ${version} over IPv6 and ${transport}`, async () => {
      using media = makeShortMedia(1);
      await using serving = serveFolder(media.folder, { hostname: "::1" });
      using player = await StandardPlayer.open(serving, { hostname: "::1", transport, version });
      const [video, audio] = player.tracks;
      const description = await player.request("DESCRIBE");
      assertMatch(description.body, /\r\no=- \d+ 1 IN IP6 ::1\r\n/);
      if (transport === "udp" && version === "2.0") {
        assertMatch(video!.transport, /dest_addr="\[::1\]:\d+"\/"\[::1\]:\d+";src_addr="\[::1\]:/);
      }
      await player.play();
      await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
      assertEquals(pictureIndices(video!.rtp.rtp, media.frames), [...Array(20).keys()]);
      assertEquals(littleEndianSamples(audio!.rtp.rtp), media.filmSamples);
    });
  }
}

Deno.test("a client of IPv4 at a socket of IPv6 has its plain address", async () => {
  using media = makeShortMedia(1);
  await using both = serveFolder(media.folder, { hostname: "::" });
  const serving = { ...both, url: `rtsp://127.0.0.1:${both.port}` };
  using player = await StandardPlayer.open(serving, { version: "2.0" });
  const description = await player.request("DESCRIBE");
  assertMatch(description.body, /\r\no=- \d+ 1 IN IP4 127\.0\.0\.1\r\n/);
  assertMatch(player.tracks[0]!.transport, /dest_addr="127\.0\.0\.1:\d+".*src_addr="127\.0\.0\.1:/);
  await player.play();
  await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
  assertEquals(littleEndianSamples(player.tracks[1]!.rtp.rtp), media.filmSamples);
});

Deno.test("media leaves from a pair of ports in the range that was given", async () => {
  using media = makeShortMedia(1);
  let range: { first: number; last: number };
  {
    using free = UdpPair.bind("127.0.0.1");
    range = { first: free.rtpPort - 1, last: free.rtcpPort };
  }
  await using serving = serveFolder(media.folder, { rtpPorts: range });
  using player = await StandardPlayer.open(serving);
  for (const { transport } of player.tracks) {
    assertMatch(transport, new RegExp(`;server_port=${range.first + 1}-${range.last};`));
  }
});

Deno.test("who asks and does not read is not asked for more, and keeps nobody waiting", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  using client = await RtspTestClient.connect(serving.port);
  using flooding = await Deno.connect({ hostname: "127.0.0.1", port: serving.port });
  const request = "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n";
  // Far more than the system's buffers take.
  const flood = new TextEncoder().encode(request.repeat(1_000_000));
  let taken = false;
  (async () => {
    for (let at = 0; at < flood.length;) at += await flooding.write(flood.subarray(at));
    taken = true;
  })().catch(() => {});
  for (let i = 0; i < 200; i++) {
    assertEquals((await client.request("OPTIONS", serving.url)).status, 200);
  }
  assertEquals(taken, false, "the server reads no further");
  assertEquals(serving.server.connectionCount, 2);
});

Deno.test("those who connect and say nothing make room for others, but not the sessions", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving, { transport: "tcp" });
  await player.play();
  using stack = new DisposableStack();
  for (let i = 0; i < 510; i++) {
    stack.use(await Deno.connect({ hostname: "127.0.0.1", port: serving.port }));
  }
  using client = await RtspTestClient.connect(serving.port);
  assertEquals((await client.request("OPTIONS", serving.url)).status, 200);
  assertEquals(serving.server.connectionCount, 501);
  assertEquals((await player.request("TEARDOWN")).status, 200);
});
