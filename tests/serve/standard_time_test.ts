/**
 * Time as standard clients ask for it: ranges, pauses, scales and speeds, to the frame and sample.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { ServerOptions } from "../../src/serve/server.ts";
import { littleEndianSamples, type LoggedRtp, pictureIndices } from "../support/media_log.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia, type ShortMedia } from "../support/short_media.ts";
import { type PlayerOptions, StandardPlayer } from "../support/standard_player.ts";

const FRAME_RATE = 20;
const SAMPLE_RATE = 44_100;
const FRAME_BYTES = 4;
const FIRST_SIGHT = 0.000_001;

/** A server and a player of three seconds of film. */
function timeTest(
  name: string,
  options: PlayerOptions & { server?: Partial<ServerOptions>; seconds?: number },
  run: (player: StandardPlayer, media: ShortMedia) => Promise<void>,
): void {
  Deno.test(name, async () => {
    using media = makeShortMedia(options.seconds ?? 3);
    await using serving = serveFolder(media.folder, options.server);
    using player = await StandardPlayer.open(serving, options);
    await run(player, media);
  });
}

/** Timestamps of the frames that packets hold. */
function frameTimestamps(packets: readonly LoggedRtp[]): number[] {
  return packets.filter(({ marker }) => marker).map(({ timestamp }) => timestamp);
}

/** Numbers from `first` up to `last`, or down to it. */
function count(first: number, last: number, step = 1): number[] {
  const length = Math.floor((last - first) / step + FIRST_SIGHT) + 1;
  return Array.from({ length }, (_, i) => first + i * step);
}

function assertConsecutive(packets: readonly LoggedRtp[]): void {
  const [first] = packets;
  assertEquals(
    packets.map(({ seq }) => seq),
    packets.map((_, i) => (first!.seq + i) & 0xffff),
  );
}

for (const version of ["1.0", "2.0"] as const) {
  for (const transport of ["udp", "tcp"] as const) {
    timeTest(
      `RTSP ${version} over ${transport}: a range begins and ends where the reply says`,
      { version, transport },
      async (player, media) => {
        const [video, audio] = player.tracks;
        const { range, info } = await player.play({ Range: "npt=1.27-2.03" });
        assertEquals(range, "npt=1.27-2.03");
        // Frames 25 (1.25 s) to 40 (2.00 s), the first from the start of the range on.
        await video!.rtp.until(() => frameTimestamps(video!.rtp.rtp).length >= 16);
        const samples = [Math.round(1.27 * SAMPLE_RATE), Math.round(2.03 * SAMPLE_RATE)];
        const bytes = media.filmSamples.subarray(
          samples[0]! * FRAME_BYTES,
          samples[1]! * FRAME_BYTES,
        );
        await audio!.rtp.until(() => littleEndianSamples(audio!.rtp.rtp).length >= bytes.length);
        // The state tells that nothing comes behind the end.
        for (let state = "Playing"; state.includes("Playing");) {
          state = (await player.request("GET_PARAMETER", "", { body: "state\r\n" })).body;
        }
        const pictures = video!.rtp.rtp;
        assertEquals(pictureIndices(pictures, media.frames), count(25, 40));
        assertEquals(littleEndianSamples(audio!.rtp.rtp), bytes.slice());
        for (const [i, { rtp, transport }] of player.tracks.entries()) {
          assertConsecutive(rtp.rtp);
          const [packet] = rtp.rtp;
          assertEquals(info[i]!.seq, packet!.seq);
          assertEquals(info[i]!.rtptime, packet!.timestamp);
          if (version === "2.0") assertEquals(info[i]!.ssrc, packet!.ssrc);
          const ssrc = packet!.ssrc.toString(16).toUpperCase().padStart(8, "0");
          assert(transport.includes(`ssrc=${ssrc}`), transport);
        }
        const elapsed = frameTimestamps(pictures).map((timestamp) =>
          (timestamp - info[0]!.rtptime) >>> 0
        );
        const times = count(25, 40).map((index) => Math.max(1.27, index / FRAME_RATE));
        assertEquals(elapsed, times.map((time) => Math.round((time - 1.27) * 90_000)));
      },
    );
  }

  timeTest(
    `RTSP ${version}: two pauses lose and double nothing`,
    { version },
    async (player, media) => {
      const [video, audio] = player.tracks;
      for (const frames of [9, 27]) {
        await player.play();
        await video!.rtp.until(() => frameTimestamps(video!.rtp.rtp).length >= frames);
        const reply = await player.request("PAUSE");
        assertEquals(reply.status, 200);
        assert(/^npt=\d+(\.\d+)?-/.test(reply.headers.get("range") ?? ""), "Range of PAUSE");
      }
      const { range, info } = await player.play();
      assert(/^npt=1\.\d+-3$/.test(range), range);
      await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
      assertEquals(pictureIndices(video!.rtp.rtp, media.frames), count(0, 59));
      assertEquals(littleEndianSamples(audio!.rtp.rtp), media.filmSamples);
      for (const [i, { rtp }] of player.tracks.entries()) {
        assertConsecutive(rtp.rtp);
        assert(rtp.rtp.some(({ seq }) => seq === info[i]!.seq), "the reply names a packet");
      }
    },
  );
}

for (const scale of [0.25, 0.5, 2, 8, -0.5, -1, -8]) {
  timeTest(`Scale ${scale}`, {}, async (player, media) => {
    const [video, audio] = player.tracks;
    const backwards = scale < 0;
    // What takes about a second at the slow scales, and the whole film at the others.
    const seconds = Math.min(3, Math.abs(scale));
    const range = backwards ? `npt=3-${3 - seconds}` : `npt=0-${seconds}`;
    const { reply } = await player.play({ Scale: String(scale), Range: range });
    assertEquals(Number(reply.headers.get("scale")), scale);
    // At most sixty frames a second are sent.
    const step = Math.max(1, Math.round(FRAME_RATE * Math.abs(scale) / 60));
    const last = Math.round(seconds * FRAME_RATE) - 1;
    const expected = backwards
      ? count(59, 60 - Math.round(seconds * FRAME_RATE), -step)
      : count(0, last, step);
    await video!.rtp.until(() => frameTimestamps(video!.rtp.rtp).length >= expected.length);
    assertEquals(pictureIndices(video!.rtp.rtp, media.frames), expected);
    const timestamps = frameTimestamps(video!.rtp.rtp);
    // Timestamps count the time of playing, not that of the film (RFC 2326 section 12.34).
    const ticks = step / FRAME_RATE / Math.abs(scale) * 90_000;
    for (const [i, timestamp] of timestamps.entries()) {
      const elapsed = (timestamp - timestamps[0]!) >>> 0;
      assert(Math.abs(elapsed - i * ticks) <= 1, `frame ${i} at ${elapsed}, not ${i * ticks}`);
    }
    assertEquals(audio!.rtp.datagrams.length, 0, "no sound at another scale");
  });
}

timeTest("Speed 4: all of the film, four times as fast, timestamps unchanged", {
  server: { burst: 0 },
}, async (player, media) => {
  const [video] = player.tracks;
  const { reply } = await player.play({ Speed: "4" });
  assertEquals(Number(reply.headers.get("speed")), 4);
  await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames), count(0, 59));
  const timestamps = frameTimestamps(video!.rtp.rtp);
  assertEquals((timestamps.at(-1)! - timestamps[0]!) >>> 0, 59 * 4500);
  const packets = video!.rtp.rtp;
  const took = packets.at(-1)!.arrivalMs - packets[0]!.arrivalMs;
  assert(took < 2950 / 2, `${took} ms for a film of 3 s`);
});

timeTest("a film in a loop goes on without a seam", {
  server: { loop: true },
  seconds: 1,
}, async (player, media) => {
  const [video, audio] = player.tracks;
  await player.play();
  await video!.rtp.until(() => frameTimestamps(video!.rtp.rtp).length >= 45);
  const samples = media.filmSamples;
  await audio!.rtp.until(() => littleEndianSamples(audio!.rtp.rtp).length >= 2.2 * samples.length);
  const indices = pictureIndices(video!.rtp.rtp, media.frames);
  assertEquals(indices, indices.map((_, i) => i % 20));
  const timestamps = frameTimestamps(video!.rtp.rtp);
  for (const [i, timestamp] of timestamps.entries()) {
    if (i > 0) assertEquals((timestamp - timestamps[i - 1]!) >>> 0, 4500);
  }
  const heard = littleEndianSamples(audio!.rtp.rtp);
  assert(heard.every((byte, i) => byte === samples[i % samples.length]), "the samples repeat");
  const packets = audio!.rtp.rtp;
  for (const [i, { timestamp }] of packets.entries()) {
    const previous = packets[i - 1];
    if (previous === undefined) continue;
    assertEquals((timestamp - previous.timestamp) >>> 0, previous.payload.length / FRAME_BYTES);
  }
});

Deno.test("a burst brings the first half second ahead of time, but not to GStreamer", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder, { burst: 0.5 });
  await using steady = serveFolder(media.folder, { burst: 0 });
  const span = async (server: typeof serving, agent: string): Promise<number> => {
    using player = await StandardPlayer.open(server, { tracks: [1] });
    await player.play({ "User-Agent": agent });
    const [video] = player.tracks;
    await video!.rtp.until(() => frameTimestamps(video!.rtp.rtp).length >= 10);
    const arrivals = video!.rtp.rtp.map(({ arrivalMs }) => arrivalMs);
    return arrivals.at(-1)! - arrivals[0]!;
  };
  const [ahead, without, gstreamer] = await Promise.all([
    span(serving, "Lavf59.27.100"),
    span(steady, "Lavf59.27.100"),
    span(serving, "GStreamer/1.22.0"),
  ]);
  assert(2 * ahead! < without!, `${ahead} ms against ${without} ms`);
  assert(2 * ahead! < gstreamer!, `${ahead} ms against ${gstreamer} ms`);
});
