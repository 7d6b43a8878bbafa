/** A real server, a real player, and what the player leaves behind. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { join } from "@std/path";
import { concatBytes } from "../../src/bytes/text.ts";
import { PlaySinks } from "../../src/play/sinks.ts";
import type { PlayerSessionInit } from "../../src/client/session.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia, type ShortMedia } from "../support/short_media.ts";
import { runCases, WatchedPlayer } from "../support/watched_player.ts";

/** A folder of its own for what is received. */
class Folder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "reel-play-" });
  file(name: string): string {
    return join(this.path, name);
  }
  names(): string[] {
    return [...Deno.readDirSync(this.path)].map(({ name }) => name).sort();
  }
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Samples of a WAV file, read without the code under test. */
function wavSamples(path: string): Uint8Array {
  const file = Deno.readFileSync(path);
  const view = new DataView(file.buffer);
  for (let at = 12; at < file.length;) {
    const size = view.getUint32(at + 4, true);
    if (new TextDecoder().decode(file.subarray(at, at + 4)) === "data") {
      assertEquals(at + 8 + size, file.length, "the data chunk ends the file");
      return file.subarray(at + 8);
    }
    at += 8 + size + size % 2;
  }
  throw new Error("no data chunk");
}

function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  assertEquals(actual.length, expected.length, `${what}: length`);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assertEquals(at, -1, `${what}: differs at byte ${at}`);
}

/** The bytes between SOS's header and EOI: RFC 2435 carries them as they are. */
function entropyOf(jpeg: Uint8Array): Uint8Array {
  let at = 2;
  while (jpeg[at + 1] !== 0xda) at += 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!);
  return jpeg.subarray(at + 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!), jpeg.length - 2);
}

const SECONDS = 2;

async function withPlayer(
  media: ShortMedia,
  name: string,
  init: Partial<PlayerSessionInit>,
  run: (player: WatchedPlayer, folder: Folder) => Promise<void>,
): Promise<void> {
  await using serving = serveFolder(media.folder);
  using folder = new Folder();
  await using player = new WatchedPlayer({ url: `${serving.url}/${name}`, ...init });
  using _sinks = new PlaySinks(player.session, {
    folder: folder.path,
    isAudible: () => false,
    onNotice: (message) => {
      throw new Error(message);
    },
  });
  await run(player, folder);
}

Deno.test("whole frames by the lab's transport are the file's, byte for byte", async () => {
  using media = makeShortMedia(SECONDS);
  const dialects = ["lab", "hello"] as const;
  await runCases(dialects.map((dialect) => ({ name: dialect, dialect })), async ({ dialect }) => {
    await withPlayer(media, "silent.Mjpeg", { dialect }, async (player) => {
      await player.session.play();
      await player.gotPictures(media.frames.length);
      player.pictures.forEach((jpeg, i) => assertSameBytes(jpeg, media.frames[i]!, `frame ${i}`));
      const [statistics] = player.snapshot.statistics;
      assertEquals(statistics?.packetsLost, 0);
      assertEquals(statistics?.frames, media.frames.length);
      assertEquals(statistics?.currentFrame, media.frames.length);
    });
  });
});

const STANDARD: { name: string; init: Partial<PlayerSessionInit> }[] = [
  { name: "RTSP 1.0, UDP", init: { rtspVersion: "1.0", transport: "udp" } },
  { name: "RTSP 1.0, TCP", init: { rtspVersion: "1.0", transport: "tcp" } },
  { name: "RTSP 2.0, UDP", init: { rtspVersion: "2.0", transport: "udp" } },
  { name: "RTSP 2.0, TCP", init: { rtspVersion: "2.0", transport: "tcp" } },
];

Deno.test("film and sound through RFC 2435 and L16: every picture's scan, every sample", async () => {
  using media = makeShortMedia(SECONDS);
  await runCases(STANDARD, async ({ init }) => {
    await withPlayer(media, "film.Mjpeg", init, async (player, folder) => {
      await player.session.play();
      assertEquals(await player.over(), "the server said goodbye (BYE)");
      assertEquals(player.pictures.length, media.frames.length);
      player.pictures.forEach((jpeg, i) => {
        assertSameBytes(entropyOf(jpeg), entropyOf(media.frames[i]!), `scan of frame ${i}`);
      });
      await player.session.teardown();
      assertSameBytes(wavSamples(folder.file("new.wav")), media.filmSamples, "new.wav");
      assertSameBytes(concatBytes(player.sound), media.filmSamples, "what is heard");
      const [video, audio] = player.snapshot.statistics;
      assertEquals([video!.packetsLost, audio!.packetsLost], [0, 0]);
      assertEquals([video!.frames, audio!.frames], [media.frames.length, 44_100 * SECONDS]);
      const errors = player.session.findings().filter(({ severity }) => severity === "error");
      assertEquals(errors, []);
    });
  });
});

Deno.test("new.wav holds the samples exactly across two PAUSEs and PLAYs", async () => {
  using media = makeShortMedia(3);
  const cases = STANDARD.flatMap(({ name, init }) => [
    { name: `film, ${name}`, file: "film.Mjpeg", samples: media.filmSamples, init },
    { name: `sound alone, ${name}`, file: "sound.wav", samples: media.samples, init },
  ]);
  await runCases(cases, async ({ file, samples, init }) => {
    await withPlayer(media, file, init, async (player, folder) => {
      for (const packets of [40, 90]) {
        await player.session.play();
        await player.until(
          () => (player.snapshot.statistics.at(-1)?.packetsReceived ?? 0) >= packets,
          `${packets} packets`,
        );
        await player.session.pause();
        assertEquals(player.snapshot.condition, "paused");
      }
      await player.session.play();
      await player.over();
      await player.session.teardown();
      assertSameBytes(wavSamples(folder.file("new.wav")), samples, "new.wav");
      assertSameBytes(concatBytes(player.sound), samples, "what is heard");
      if (file === "film.Mjpeg") {
        assertEquals(player.pictures.length, media.frames.length);
        player.pictures.forEach((jpeg, i) => {
          assertSameBytes(entropyOf(jpeg), entropyOf(media.frames[i]!), `scan of frame ${i}`);
        });
      }
    });
  });
});

Deno.test("seeking lands on the very sample and the very frame", async () => {
  using media = makeShortMedia(3);
  await withPlayer(media, "film.Mjpeg", {}, async (player, folder) => {
    await player.session.play(1.25);
    await player.until(() => (player.snapshot.position ?? 0) > 1.5, "a quarter of a second");
    await player.session.pause();
    const heard = concatBytes(player.sound).length;
    const before = player.pictures.length;
    await player.session.play(2.5);
    await player.over();
    await player.session.teardown();
    const bytes = (seconds: number): number => seconds * 44_100 * 4;
    const sound = concatBytes(player.sound);
    const from = media.filmSamples.subarray(bytes(1.25));
    assertSameBytes(sound.subarray(0, heard), from.subarray(0, heard), "the first stretch");
    assertSameBytes(sound.subarray(heard), media.filmSamples.subarray(bytes(2.5)), "the second");
    assertSameBytes(wavSamples(folder.file("new.wav")), sound, "new.wav");
    const frame = (index: number): Uint8Array => entropyOf(media.frames[index]!);
    assertSameBytes(entropyOf(player.pictures[0]!), frame(25), "frame 25");
    assertSameBytes(entropyOf(player.pictures[before]!), frame(50), "frame 50");
    assertEquals(player.snapshot.statistics[0]?.currentFrame, 60);
  });
});

Deno.test("the cache picture appears, is whole whenever it is read, and goes at TEARDOWN", async () => {
  using media = makeShortMedia(SECONDS);
  await withPlayer(media, "silent.Mjpeg", { dialect: "lab" }, async (player, folder) => {
    await player.session.play();
    await player.gotPictures(1);
    const path = folder.file(`cache-${player.snapshot.sessionId}.jpg`);
    let reads = 0;
    while (player.pictures.length < media.frames.length) {
      const jpeg = await Deno.readFile(path);
      assert(
        media.frames.some((frame) =>
          frame.length === jpeg.length && frame.every((b, i) => b === jpeg[i])
        ),
        "a whole frame of the film",
      );
      reads++;
    }
    assertGreater(reads, 20);
    await player.session.teardown();
    assertEquals(folder.names(), []);
    // The next session has a picture of its own.
    await player.session.play();
    await player.gotPictures(media.frames.length + 1);
    const next = folder.file(`cache-${player.snapshot.sessionId}.jpg`);
    assert(next !== path);
    assert(Deno.statSync(next).size > 0);
  });
});

Deno.test("the audio lab's sound, received by the player itself, is the file's", async () => {
  using media = makeShortMedia(SECONDS);
  await withPlayer(media, "sound.wav", { dialect: "audio-lab" }, async (player, folder) => {
    await player.session.play();
    await player.until(() => (player.snapshot.statistics[0]?.packetsReceived ?? 0) > 50, "chunks");
    await player.session.pause();
    await player.session.play();
    await player.over();
    await player.session.teardown();
    assertSameBytes(wavSamples(folder.file("new.wav")), media.samples, "new.wav");
    const [statistics] = player.snapshot.statistics;
    assertEquals([statistics?.packetsLost, statistics?.malformed], [0, 0]);
    assertEquals(statistics?.frames, 44_100 * SECONDS);
    assertEquals(player.session.findings().filter(({ severity }) => severity === "error"), []);
  });
});

Deno.test("sound and picture are in step by the sender's own clock", async () => {
  using media = makeShortMedia(3);
  await withPlayer(media, "film.Mjpeg", {}, async (player) => {
    await player.session.play();
    await player.until(() => (player.snapshot.position ?? 0) > 1, "a second of film");
    const { audioLeadMs } = player.snapshot;
    assert(audioLeadMs !== undefined, "both tracks have sender reports");
    // A frame lasts 50 ms; what came last of either differs by no more than that and a packet.
    assert(Math.abs(audioLeadMs) < 70, `${audioLeadMs} ms`);
  });
});

Deno.test("PLAY after the end begins again, and STOP forgets the numbers", async () => {
  using media = makeShortMedia(1);
  await withPlayer(media, "film.Mjpeg", {}, async (player) => {
    await player.session.play();
    await player.over();
    await player.session.teardown();
    assertEquals(player.snapshot.condition, "ended");
    await player.session.play();
    await player.until(() => player.snapshot.condition === "running", "pictures again");
    await player.over();
    const [video] = player.snapshot.statistics;
    assertEquals([video!.frames, video!.packetsLost], [media.frames.length, 0]);
    assertEquals(player.pictures.length, 2 * media.frames.length);
  });
});
