/**
 * PAUSE at a point, one track by itself, packets of a size that the client chooses.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { UdpReceiver } from "../support/media_log.ts";
import { littleEndianSamples, type LoggedRtp, pictureIndices } from "../support/media_log.ts";
import { RtspTestClient } from "../support/rtsp_client.ts";
import { serveFolder, type Serving } from "../support/serving.ts";
import { makeShortMedia, type ShortMedia } from "../support/short_media.ts";
import { type PlayerOptions, StandardPlayer } from "../support/standard_player.ts";
import { makeJpeg } from "../payload/jpegs.ts";

/** Bytes of sound a second. */
const SOUND_RATE = 44_100 * 4;

/** A player of two seconds of film. */
function controlTest(
  name: string,
  options: PlayerOptions,
  run: (player: StandardPlayer, media: ShortMedia, serving: Serving) => Promise<void>,
): void {
  Deno.test(name, async () => {
    using media = makeShortMedia(2);
    await using serving = serveFolder(media.folder);
    using player = await StandardPlayer.open(serving, options);
    await run(player, media, serving);
  });
}

function frames(packets: readonly LoggedRtp[]): number {
  return packets.filter(({ marker }) => marker).length;
}

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

async function stopped(player: StandardPlayer): Promise<void> {
  for (let state = "Playing"; state.includes("Playing");) {
    state = (await player.request("GET_PARAMETER", "", { body: "state\r\n" })).body;
  }
}

for (const transport of ["udp", "tcp"] as const) {
  controlTest(
    `a pause point ends what plays, and PLAY goes on from it (${transport})`,
    { transport },
    async (player, media) => {
      const [video, audio] = player.tracks;
      await player.play();
      await video!.rtp.reach(1);
      const reply = await player.request("PAUSE", "", { headers: { Range: "npt=1" } });
      assertEquals([reply.status, reply.headers.get("range")], [200, "npt=1-"]);
      await stopped(player);
      // The frame that begins at the very point is not sent.
      await video!.rtp.until(() => frames(video!.rtp.rtp) >= 20);
      await audio!.rtp.until(() => littleEndianSamples(audio!.rtp.rtp).length >= SOUND_RATE);
      assertEquals(pictureIndices(video!.rtp.rtp, media.frames), numbers(0, 19));
      assertEquals(littleEndianSamples(audio!.rtp.rtp), media.filmSamples.slice(0, SOUND_RATE));
      const { range } = await player.play();
      assertEquals(range, "npt=1-2");
      await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
      assertEquals(pictureIndices(video!.rtp.rtp, media.frames), numbers(0, 39));
      assertEquals(littleEndianSamples(audio!.rtp.rtp), media.filmSamples);
    },
  );
}

controlTest("a pause point that has gone by stops at once, and is where PLAY goes on", {
  tracks: [1],
}, async (player, media) => {
  const [video] = player.tracks;
  await player.play({ Range: "npt=0.5-" });
  await video!.rtp.until(() => frames(video!.rtp.rtp) >= 15);
  const reply = await player.request("PAUSE", "", { headers: { Range: "npt=0.75-" } });
  assertEquals([reply.status, reply.headers.get("range")], [200, "npt=0.75-"]);
  await stopped(player);
  const sent = frames(video!.rtp.rtp);
  const { range } = await player.play();
  assertEquals(range, "npt=0.75-2");
  await video!.rtcp.goodbye();
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames).slice(sent), numbers(15, 39));
});

controlTest("a pause point in a range that waits; those behind it are dropped", {
  tracks: [1],
}, async (player, media) => {
  const [video] = player.tracks;
  for (const range of ["npt=0-0.5", "npt=1-1.5", "npt=1.8-2"]) await player.play({ Range: range });
  const reply = await player.request("PAUSE", "", { headers: { Range: "npt=1.25" } });
  assertEquals(reply.status, 200);
  await stopped(player);
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames), [
    ...numbers(0, 9),
    ...numbers(20, 24),
  ]);
  assertEquals((await player.play()).range, "npt=1.25-2");
});

controlTest("PLAY before the pause point has come takes the PAUSE back", {
  tracks: [1],
}, async (player, media) => {
  const [video] = player.tracks;
  await player.play();
  await player.request("PAUSE", "", { headers: { Range: "npt=1" } });
  assertEquals((await player.play()).range, "npt=1-2");
  await video!.rtcp.goodbye();
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames), numbers(0, 39));
});

controlTest("a pause point that does not come by gets 457", {}, async (player) => {
  const pauseAt = async (range: string, control = ""): Promise<number> =>
    (await player.request("PAUSE", control, { headers: { Range: range } })).status;
  assertEquals(await pauseAt("npt=1"), 457, "nothing plays");
  await player.play({ Range: "npt=0.5-1.5" });
  for (const range of ["npt=0.2", "npt=1.7", "npt=0.6-0.9", "clock=19961108T142300Z", "npt="]) {
    assertEquals(await pauseAt(range), 457, range);
    assertEquals(await pauseAt(range, "/track1"), 457, range);
  }
  const { body } = await player.request("GET_PARAMETER", "", { body: "state\r\n" });
  assertEquals(body, "state: Playing\r\n");
});

controlTest("RTSP 2.0 has no pause point, and no control of one of two tracks", {
  version: "2.0",
}, async (player) => {
  assertEquals((await player.request("PLAY", "/track1")).status, 460);
  await player.play();
  assertEquals((await player.request("PAUSE", "/track2")).status, 460);
  const reply = await player.request("PAUSE", "", { headers: { Range: "npt=1.5" } });
  assertEquals(reply.status, 200);
  assert(reply.headers.get("range") !== "npt=1.5-", "it pauses at once");
});

controlTest("a track is halted and comes back in its place, while the other plays", {
  transport: "tcp",
}, async (player, media) => {
  const [video, audio] = player.tracks;
  const { info } = await player.play();
  await audio!.rtp.reach(1);
  const reply = await player.request("PAUSE", "/track2");
  assertEquals(reply.status, 200);
  const heard = littleEndianSamples(audio!.rtp.rtp).length;
  await video!.rtp.until(() => frames(video!.rtp.rtp) >= 25);
  assertEquals(littleEndianSamples(audio!.rtp.rtp).length, heard, "no sound meanwhile");
  const played = await player.request("PLAY", "/track2");
  assertEquals(played.status, 200);
  const start = Number(/^npt=([\d.]+)-2$/.exec(played.headers.get("range") ?? "")?.[1]);
  const [, url, time] = /url=([^;]+);seq=\d+;rtptime=(\d+)$/.exec(
    played.headers.get("rtp-info") ?? "",
  ) ?? [];
  assertEquals(url, `${player.url}/track2`);
  await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames), numbers(0, 39), "not interrupted");
  const again = audio!.rtp.rtp.find(({ timestamp }) => timestamp === Number(time));
  assert(again !== undefined, "RTP-Info names the first packet");
  const samples = littleEndianSamples(audio!.rtp.rtp).subarray(heard);
  const from = Math.round(start * 44_100) * 4;
  assertEquals(samples, media.filmSamples.slice(from));
  assert(start > 0.5 && info.length === 2);
});

controlTest("PLAY of the whole brings back a track that was halted", {}, async (player) => {
  const [, audio] = player.tracks;
  await player.play();
  await player.request("PAUSE", "/track2");
  const { info } = await player.play();
  assertEquals(info.length, 1, "the picture goes on as it is");
  await audio!.rtp.until(() => audio!.rtp.rtp.some(({ seq }) => seq === info[0]!.seq));
});

controlTest("tracks that are played one by one go together", {}, async (player, media) => {
  const [video, audio] = player.tracks;
  const infos: string[] = [];
  for (const control of ["/track1", "/track2"]) {
    const reply = await player.request("PLAY", control, { headers: { Range: "npt=0-" } });
    assertEquals([reply.status, reply.headers.get("range")], [200, "npt=0-2"]);
    infos.push(reply.headers.get("rtp-info") ?? "");
  }
  assertEquals(infos.map((info) => info.split(";")[0]), [
    `url=${player.url}/track1`,
    `url=${player.url}/track2`,
  ]);
  await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames), numbers(0, 39));
  assertEquals(littleEndianSamples(audio!.rtp.rtp), media.filmSamples);
});

controlTest("a halted track and the pause of all: PLAY goes on with both", {
  transport: "tcp",
}, async (player, media) => {
  const [video, audio] = player.tracks;
  await player.play();
  await video!.rtp.reach(1);
  await player.request("PAUSE", "/track1");
  assertEquals((await player.request("PAUSE", "/track2")).status, 200);
  await stopped(player);
  const { info } = await player.play();
  assertEquals(info.length, 2);
  await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
  assertEquals(pictureIndices(video!.rtp.rtp, media.frames).at(-1), 39);
  assert(audio!.rtp.rtp.length > 0);
});

controlTest("a track that is not set up cannot be played", { tracks: [1] }, async (player) => {
  const reply = await player.request("PLAY", "/track2");
  assertEquals([reply.status, reply.headers.get("allow")], [455, "SETUP"]);
  assertEquals((await player.request("PLAY", "/track1")).status, 200);
});

Deno.test("Blocksize makes the packets smaller, and is refused where it is no number", async () => {
  using media = makeShortMedia(1);
  await using serving = serveFolder(media.folder);
  using client = await RtspTestClient.connect(serving.port);
  const url = `${serving.url}/film.Mjpeg`;
  const longest = async (size: string, track: number): Promise<number> => {
    using receiver = new UdpReceiver();
    const headers = { Transport: `RTP/AVP;unicast;client_port=${receiver.ports}`, Blocksize: size };
    const options = { headers, sessionless: true };
    const reply = await client.request("SETUP", `${url}/track${track}`, options);
    assertEquals(reply.status, 200);
    await client.request("PLAY", url);
    // Enough for a whole picture, however small its pieces are.
    await receiver.rtp.reach(track === 1 ? 150 : 40);
    await client.request("TEARDOWN", url);
    if (track === 1) {
      const indices = pictureIndices(receiver.rtp.rtp, media.frames);
      assertEquals(indices[0], 0, "the pieces make the picture");
    }
    return Math.max(...receiver.rtp.rtp.map(({ payload }) => payload.length));
  };
  for (const track of [1, 2]) {
    const sizes = [];
    for (const size of ["9999", "600", "1"]) sizes.push(await longest(size, track));
    const [usual, smaller, least] = sizes;
    assert(usual! > 1300 && usual! <= 1400, `${usual}`);
    assert(smaller! > 400 && smaller! <= 600, `${smaller}`);
    assert(least! <= 256, `${least}`);
  }
  for (const size of ["0", "-5", "many", ""]) {
    const headers = { Transport: "RTP/AVP/TCP;unicast;interleaved=0-1", Blocksize: size };
    const options = { headers, sessionless: true };
    assertEquals((await client.request("SETUP", `${url}/track1`, options)).status, 416, size);
    const later = await client.request("SETUP", `${url}/track1`, { ...options, version: "2.0" });
    assertEquals(later.status, 400, size);
  }
  assertEquals(serving.server.sessionCount, 0);
});

Deno.test("a film that RFC 2435 cannot carry is refused before PLAY, its sound is not", async () => {
  using media = makeShortMedia(1);
  const notices: string[] = [];
  const picture = makeJpeg({ frameType: 0xc9 });
  const head = new TextEncoder().encode(String(picture.length).padStart(5, "0"));
  for (const name of ["film", "silent"]) {
    Deno.writeFileSync(join(media.folder, `${name}.Mjpeg`), Uint8Array.of(...head, ...picture));
  }
  const onNotice = (message: string): void => void notices.push(message);
  await using serving = serveFolder(media.folder, { onNotice });
  using client = await RtspTestClient.connect(serving.port);
  const setUp = async (path: string): Promise<number> => {
    const headers = { Transport: "RTP/AVP/TCP;unicast" };
    const reply = await client.request("SETUP", `${serving.url}/${path}`, { headers });
    return reply.status;
  };
  const described = await client.request("DESCRIBE", `${serving.url}/film.Mjpeg`);
  assertEquals(described.body.match(/^(m=\w+|a=control:track\d)/gm), [
    "m=audio",
    "a=control:track2",
  ]);
  assertEquals(await setUp("film.Mjpeg/track1"), 461);
  assertEquals(await setUp("silent.Mjpeg"), 461);
  assert(notices[0]?.includes("arithmetic coding"), notices.join());
  assertEquals(await setUp("film.Mjpeg/track2"), 200);
  assertEquals((await client.request("DESCRIBE", `${serving.url}/silent.Mjpeg`)).status, 200);
});
