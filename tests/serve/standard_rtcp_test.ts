/**
 * RTCP: reports and names in compounds, one clock for film and sound, goodbyes, signs of life.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { unixMsFromNtp } from "../../src/rtp/ntp.ts";
import { decodeRtcp, encodeRtcp, type SenderReport } from "../../src/rtp/rtcp.ts";
import type { MediaLog } from "../support/media_log.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { type PlayedTrack, StandardPlayer } from "../support/standard_player.ts";

const VIDEO_CLOCK = 90_000;
const SAMPLE_RATE = 44_100;

/** The first sender report of a track. */
async function firstReport(rtcp: MediaLog): Promise<SenderReport> {
  await rtcp.reach(1);
  const [report] = decodeRtcp(rtcp.datagrams[0]!.bytes);
  assert(report?.type === "SR", "a compound begins with a report");
  return report;
}

/** When the receiver's clock shows a timestamp, by a report, in ms. */
function wallClockMs(report: SenderReport, timestamp: number, clockRate: number): number {
  return unixMsFromNtp(report.ntp) + ((timestamp - report.rtpTimestamp) | 0) / clockRate * 1000;
}

Deno.test("each track has reports with its name, and a goodbye with its counts", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  for (const transport of ["udp", "tcp"] as const) {
    using player = await StandardPlayer.open(serving, { transport });
    await player.play();
    await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
    const names = new Set<string>();
    for (const { rtp, rtcp } of player.tracks) {
      const { ssrc } = rtp.rtp[0]!;
      const compounds = rtcp.datagrams.map(({ bytes }) => decodeRtcp(bytes));
      for (const [report, name] of compounds) {
        assert(report?.type === "SR" && report.ssrc === ssrc);
        assert(name?.type === "SDES" && name.chunks[0]?.ssrc === ssrc);
        const [item] = name.chunks[0].items;
        assertEquals(item?.type, 1);
        names.add(item!.text);
      }
      const [last, , goodbye] = compounds.at(-1)!;
      assert(goodbye?.type === "BYE" && goodbye.ssrcs[0] === ssrc);
      assert(last?.type === "SR");
      assertEquals(last.packetCount, rtp.datagrams.length);
      const octets = rtp.rtp.reduce((sum, { payload }) => sum + payload.length, 0);
      assertEquals(last.octetCount, octets);
    }
    // Receivers put the tracks together by the name (RFC 3550 section 6.5.1).
    assertEquals(names.size, 1);
  }
});

Deno.test("reports put picture and sound on one clock, also after a seek and a pause", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving);
  const [video, audio] = player.tracks as [PlayedTrack, PlayedTrack];
  // The same moment of the presentation on both clocks, by RTP-Info and by the reports.
  const skewMs = (info: readonly { rtptime: number }[]): number => {
    const reports = player.tracks.map(({ rtcp }) => {
      const [report] = decodeRtcp(rtcp.datagrams.at(-1)!.bytes);
      return report as SenderReport;
    });
    return wallClockMs(reports[0]!, info[0]!.rtptime, VIDEO_CLOCK) -
      wallClockMs(reports[1]!, info[1]!.rtptime, SAMPLE_RATE);
  };
  for (const range of ["npt=0.33-", "npt=1.7-", undefined]) {
    const before = player.tracks.map(({ rtcp }) => rtcp.datagrams.length);
    const { info } = await player.play(range === undefined ? {} : { Range: range });
    await video.rtcp.reach(before[0]! + 1);
    await audio.rtcp.reach(before[1]! + 1);
    assertAlmostEquals(skewMs(info), 0, 0.05);
    await player.request("PAUSE");
  }
});

Deno.test("the first report names the very start of the range", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving);
  const { info } = await player.play({ Range: "npt=0.25-" });
  for (const [i, { rtcp }] of player.tracks.entries()) {
    assertEquals((await firstReport(rtcp)).rtpTimestamp, info[i]!.rtptime);
  }
});

/** A receiver report of a source that is nobody's. */
const RECEIVER_REPORT = encodeRtcp([
  { type: "RR", ssrc: 0x1234_5678, reports: [] },
  { type: "SDES", chunks: [{ ssrc: 0x1234_5678, items: [{ type: 1, text: "player" }] }] },
]);

/** Resolves after `ms`, unless the session is gone before; tells whether it lives. */
async function livesFor(ms: number, sessions: () => number): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (sessions() === 0) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

const TIMEOUT_MS = 700;

for (
  const [name, transport, sign] of [
    ["nothing", "udp", undefined],
    ["nothing", "tcp", undefined],
    ["a receiver report", "udp", (player: StandardPlayer, port: number) => {
      const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
      return player.receivers[0]!.sendRtcp(RECEIVER_REPORT, to);
    }],
    ["a receiver report", "tcp", (player: StandardPlayer) => {
      player.client.writeFrame(1, RECEIVER_REPORT);
      return Promise.resolve();
    }],
    ...(["OPTIONS", "GET_PARAMETER", "SET_PARAMETER"] as const).map((method) =>
      [method, "udp", async (player: StandardPlayer) => {
        await player.request(method);
      }] as const
    ),
  ] as const
) {
  Deno.test(`a session lives by ${name} over ${transport}`, async () => {
    using media = makeShortMedia(3);
    await using serving = serveFolder(media.folder, { timeoutMs: TIMEOUT_MS, loop: true });
    using player = await StandardPlayer.open(serving, { transport, tracks: [1] });
    const port = Number(/server_port=\d+-(\d+)/.exec(player.tracks[0]!.transport)?.[1] ?? 0);
    await player.play();
    let timer: ReturnType<typeof setInterval> | undefined;
    if (sign !== undefined) timer = setInterval(() => sign(player, port), TIMEOUT_MS / 4);
    const alive = await livesFor(3 * TIMEOUT_MS, () => serving.server.sessionCount);
    clearInterval(timer);
    assertEquals(alive, sign !== undefined);
    if (alive) return;
    // Whoever is given up hears it, and everything is free.
    await player.tracks[0]!.rtcp.goodbye();
    await player.client.closed;
    assertEquals(serving.server.activeStreams, 0);
    assertEquals(serving.server.connectionCount, 0);
  });
}

Deno.test("what clients send to open their firewalls is dropped without a word", async () => {
  using media = makeShortMedia(1);
  const notices: string[] = [];
  await using serving = serveFolder(media.folder, { onNotice: (notice) => notices.push(notice) });
  using player = await StandardPlayer.open(serving, { tracks: [1] });
  const [rtp, rtcp] = /server_port=(\d+)-(\d+)/.exec(player.tracks[0]!.transport)!.slice(1)
    .map((port): Deno.NetAddr => ({
      transport: "udp",
      hostname: "127.0.0.1",
      port: Number(port),
    }));
  const [receiver] = player.receivers;
  for (let i = 0; i < 5; i++) await receiver!.sendRtp(new Uint8Array(200), rtp!);
  await receiver!.sendRtp(Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), rtp!);
  await receiver!.sendRtcp(Uint8Array.of(0x80, 201, 0, 1, 0, 0, 0, 0), rtcp!);
  await receiver!.sendRtcp(new Uint8Array(0), rtcp!);
  await receiver!.sendRtcp(new Uint8Array(8000), rtcp!);
  await player.play();
  await player.tracks[0]!.rtcp.goodbye();
  assertEquals(player.tracks[0]!.rtp.rtp.filter(({ marker }) => marker).length, 20);
  assertEquals(notices, []);
});
