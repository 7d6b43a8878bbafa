/** Loss, repetition and swapping on the way: the player's numbers add up to what was done. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { concatBytes } from "../../src/bytes/text.ts";
import { type Fate, Relay } from "../support/relay.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { runCases, WatchedPlayer } from "../support/watched_player.ts";

const isRtcp = (datagram: Uint8Array): boolean => datagram[1]! >= 200 && datagram[1]! <= 204;

const CASES: { name: string; fate: (number: number) => Fate }[] = [
  { name: "nothing", fate: () => "pass" },
  { name: "every tenth lost", fate: (number) => number % 10 === 5 ? "drop" : "pass" },
  { name: "three in a row lost", fate: (number) => number % 40 >= 37 ? "drop" : "pass" },
  { name: "every seventh twice", fate: (number) => number % 7 === 3 ? "twice" : "pass" },
  { name: "every eighth behind the next", fate: (number) => number % 8 === 2 ? "swap" : "pass" },
  {
    name: "all of it",
    fate: (number) =>
      number % 11 === 4
        ? "drop"
        : number % 13 === 5
        ? "twice"
        : number % 17 === 6
        ? "swap"
        : "pass",
  },
];

Deno.test("sound through a bad network: every number is right, and silence fills the gaps", async () => {
  using media = makeShortMedia(2);
  await using serving = serveFolder(media.folder);
  await runCases(CASES, async ({ fate }) => {
    const middle = (number: number): Fate => number < 3 || number > 230 ? "pass" : fate(number);
    await using relay = new Relay(
      serving.port,
      (number, datagram) => isRtcp(datagram) ? "pass" : middle(number),
    );
    await using player = new WatchedPlayer({
      url: `rtsp://127.0.0.1:${relay.port}/sound.wav`,
      transport: "udp",
    });
    await player.session.play();
    await player.over();
    const [statistics] = player.snapshot.statistics;
    const { total, dropped, repeated, swapped } = relay.counts;
    assertGreater(total, 200);
    assertEquals({
      expected: statistics!.packetsExpected,
      received: statistics!.packetsReceived,
      lost: statistics!.packetsLost,
      duplicates: statistics!.duplicates,
      reordered: statistics!.reordered,
      late: statistics!.late,
    }, {
      expected: total,
      received: total - dropped + repeated,
      lost: dropped,
      duplicates: repeated,
      reordered: swapped,
      late: 0,
    });
    assertEquals(statistics!.lossRate, dropped / total);
    // What is heard is as long as the file; where a packet is missing there is silence.
    const heard = concatBytes(player.sound);
    assertEquals(heard.length, media.samples.length);
    let differs = 0;
    heard.forEach((byte, i) => {
      if (byte === media.samples[i]) return;
      differs++;
      assertEquals(byte, 0);
    });
    if (dropped === 0) assertEquals(differs, 0);
    else assert(differs > 0);
  });
});

Deno.test("frames through a bad network: damaged ones are counted, the others are whole", async () => {
  using media = makeShortMedia(2);
  await using serving = serveFolder(media.folder);
  await runCases(CASES, async ({ name, fate }) => {
    await using relay = new Relay(
      serving.port,
      (number, datagram) => isRtcp(datagram) || number < 20 ? "pass" : fate(number),
    );
    await using player = new WatchedPlayer({
      url: `rtsp://127.0.0.1:${relay.port}/silent.Mjpeg`,
      transport: "udp",
    });
    await player.session.play();
    await player.over();
    const [statistics] = player.snapshot.statistics;
    const { dropped, repeated } = relay.counts;
    const { frames, damagedFrames, packetsLost, duplicates } = statistics!;
    assert(packetsLost <= dropped && packetsLost >= dropped - 3, `${packetsLost} of ${dropped}`);
    assertEquals(duplicates, repeated);
    assert(frames + damagedFrames <= media.frames.length);
    if (dropped === 0) assertEquals([frames, damagedFrames], [media.frames.length, 0], name);
    else assertGreater(damagedFrames, 0);
    assertEquals(player.pictures.length, frames);
  });
});
