import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { openPresentation } from "../../src/media/open_presentation.ts";
import {
  assertSameBytes,
  inFolder,
  recordCleanly,
  ReelProcess,
  startServer,
  stop,
} from "./process.ts";
import { Relay, type RelayCount } from "./relay.ts";
import {
  clientPort,
  DatagramSender,
  headerOf,
  rtp,
  ScriptedServer,
} from "../support/scripted_server.ts";
import { filmOf, type Impairment, soundOf, writeShortMovie } from "./simulate.ts";

const SECONDS = 3;
const FRAMES = 60;
const SAMPLES = SECONDS * 44_100;

/** A server of a short film with sound, in a folder of its own. */
async function withServer(test: (port: number, folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const media = join(folder, "media");
    await Deno.mkdir(media);
    writeShortMovie(media, SECONDS);
    const { reel, port } = await startServer(media);
    try {
      await test(port, folder);
    } finally {
      await stop(reel);
    }
  });
}

function recorder(folder: string, port: number, ...args: string[]): ReelProcess {
  return new ReelProcess(["record", `rtsp://127.0.0.1:${port}/short.Mjpeg`, ...args], folder);
}

Deno.test("film and sound of a server are kept exactly, over UDP and TCP, in every kind", async () => {
  await withServer(async (port, folder) => {
    const url = `rtsp://127.0.0.1:${port}/short.Mjpeg`;
    await Promise.all([
      recordCleanly(folder, [url, "-o", "udp.avi"]),
      recordCleanly(folder, [url, "-o", "tcp.avi", "--transport", "tcp"]),
      recordCleanly(folder, [url]),
    ]);
    await Promise.all([
      recordCleanly(folder, [url, "-o", "lab.Mjpeg", "--dialect", "lab"]),
      recordCleanly(folder, [url, "-o", "pictures/", "--duration", "2"]),
    ]);
    using source = openPresentation({
      name: "short",
      main: join(folder, "media/short.Mjpeg"),
      sound: join(folder, "media/short.wav"),
    });
    const expected = soundOf(source).samples(0, SAMPLES);
    for (const [name, sound] of [["udp.avi"], ["tcp.avi"], ["new.Mjpeg", "new.wav"]] as const) {
      using copy = openPresentation({
        name,
        main: join(folder, name!),
        ...(sound === undefined ? undefined : { sound: join(folder, sound) }),
      });
      assertEquals([filmOf(copy).frameCount, filmOf(copy).frameRate], [FRAMES, 20], name);
      assertEquals(soundOf(copy).sampleCount, SAMPLES, name);
      assertSameBytes(soundOf(copy).samples(0, SAMPLES), expected, name);
    }
    assertSameBytes(
      await Deno.readFile(join(folder, "lab.Mjpeg")),
      await Deno.readFile(join(folder, "media/short.Mjpeg")),
    );
    const names = [...Deno.readDirSync(join(folder, "pictures"))].map(({ name }) => name);
    assertEquals(names.length, 41);
    using sound = openPresentation({ name: "sound", main: join(folder, "pictures/sound.wav") });
    assertEquals(soundOf(sound).sampleCount, 88_200);
  });
});

Deno.test("through a bad network the length stays exact and the counts add up", async () => {
  await withServer(async (port, folder) => {
    await Promise.all([0.01, 0.05, 0.2].map(async (loss, i) => {
      const name = `${loss}.avi`;
      const { counts, tracks } = await recordThrough(folder, port, name, {
        ...{ loss, duplication: 0.03, reordering: 0.05, seed: i + 7 },
      });
      for (const [track, count] of counts.entries()) {
        const { packetsReceived, packetsExpected, packetsLost, duplicates } = tracks[track]!;
        assertEquals(packetsReceived, count.forwarded);
        assertEquals(packetsReceived, packetsExpected - packetsLost + duplicates);
        // Losses before the first and behind the last packet that came show in no number.
        const unseen = count.dropped - packetsLost;
        assert(unseen >= 0 && unseen <= 20, `${unseen} losses at the ends`);
        const { unitsReceived, unitsMissing, length } = tracks[track]!;
        assertEquals(unitsReceived + unitsMissing, length);
        assertEquals(length, track === 0 ? FRAMES : SAMPLES, `${loss} ${track}`);
      }
      using copy = openPresentation({ name, main: join(folder, name) });
      assertEquals([filmOf(copy).frameCount, soundOf(copy).sampleCount], [FRAMES, SAMPLES]);
      using source = openPresentation({ name: "short", main: join(folder, "media/short.wav") });
      const expected = soundOf(source).samples(0, SAMPLES).slice();
      for (const { from, to } of tracks[1]!.gaps) expected.fill(0, 4 * from, 4 * to);
      assertSameBytes(soundOf(copy).samples(0, SAMPLES), expected);
    }));
  });
});

Deno.test("a server that goes away, or silent, is an error, and what was saved is whole", async () => {
  await withServer(async (port, folder) => {
    using gone = new Relay(port, {});
    using silent = new Relay(port, {});
    const runs = [
      { relay: gone, reel: recorder(folder, gone.port, "-o", "gone.avi") },
      { relay: silent, reel: recorder(folder, silent.port, "-o", "silent.avi", "--idle", "1s") },
    ];
    while (runs.some(({ relay }) => (relay.counts[0]?.forwarded ?? 0) < 300)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    gone.cut();
    silent.silence();
    const [lost, quiet] = await Promise.all(runs.map(({ reel }) => reel.outcome()));
    assertEquals([lost!.code, quiet!.code], [1, 1]);
    assertStringIncludes(lost!.stderr, "the server closed the connection");
    assertStringIncludes(lost!.stderr, "What was recorded before is whole");
    assertStringIncludes(quiet!.stderr, "nothing came for 1 s. What was recorded");
    for (const name of ["gone.avi", "silent.avi"]) {
      assertStringIncludes(lost!.stdout + quiet!.stdout, `${name}: `);
      using copy = openPresentation({ name, main: join(folder, name) });
      assert(filmOf(copy).frameCount >= 15 && copy.notes.length === 0);
    }
  });
});

Deno.test("silence is the end of a lab's film, and no error", async () => {
  const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xfe, 0, 3, 7, 0xff, 0xd9]);
  await using server = new ScriptedServer((connection) =>
    connection.answer(async (request) => {
      const cseq = headerOf(request, "CSeq");
      if (request.startsWith("SETUP")) port = clientPort(request);
      if (request.startsWith("PLAY")) {
        using sender = new DatagramSender(port);
        const frames = [1, 2, 3].map((sequence) => rtp({ sequence, timestamp: 0 }, jpeg));
        await sender.send(frames, 20);
      }
      return `RTSP/1.0 200 OK\nCSeq: ${cseq}\nSession: 123456`;
    })
  );
  let port = 0;
  await inFolder(async (folder) => {
    const args = ["--dialect", "lab", "-o", "new.Mjpeg", "--idle", "1s"];
    const { code, stdout, stderr } = await recorder(folder, server.port, ...args).outcome();
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "nothing came for 1 s");
    assertEquals(Deno.statSync(join(folder, "new.Mjpeg")).size, 3 * (5 + jpeg.length));
  });
});

Deno.test("where UDP does not get through, the recording is made over TCP", async () => {
  await withServer(async (port, folder) => {
    using relay = new Relay(port, {});
    relay.silence();
    const { code, stdout, stderr } = await recorder(folder, relay.port, "-o", "a.avi").outcome();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "TCP it is");
    assertStringIncludes(stdout, "a.avi: 3.00 s");
    using copy = openPresentation({ name: "a", main: join(folder, "a.avi") });
    assertEquals([filmOf(copy).frameCount, soundOf(copy).sampleCount], [FRAMES, SAMPLES]);
  });
});

Deno.test("--reconnect goes on in the next file", async () => {
  await withServer(async (port, folder) => {
    using relay = new Relay(port, {});
    const reel = recorder(folder, relay.port, "-o", "a.avi", "--reconnect");
    while ((relay.counts[0]?.forwarded ?? 0) < 200) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    relay.cut();
    const { code, stdout, stderr } = await reel.outcome();
    assertEquals(code, 0);
    assertStringIncludes(stderr, "trying again");
    assertStringIncludes(stdout, "a-2.avi: 3.00 s");
    using copy = openPresentation({ name: "a", main: join(folder, "a-2.avi") });
    assertEquals([filmOf(copy).frameCount, soundOf(copy).sampleCount], [FRAMES, SAMPLES]);
  });
});

Deno.test("a disk that is full and a folder that is gone are errors; files stay whole", async () => {
  await withServer(async (port, folder) => {
    // A limit on file sizes stands for a full disk; the signal that comes with it is ignored.
    const limited = new Deno.Command("bash", {
      args: [
        "-c",
        `trap '' XFSZ; ulimit -f 300; exec "$@"`,
        "-",
        ...[Deno.execPath(), "run", "-A", "--quiet", join(Deno.cwd(), "main.ts")],
        ...["record", `rtsp://127.0.0.1:${port}/short.Mjpeg`, "-o", "full.wav"],
      ],
      cwd: folder,
      stdin: "null",
    }).output();
    await Deno.mkdir(join(folder, "gone"));
    const removed = recorder(folder, port, "-o", "gone/a.avi");
    while (!exists(join(folder, "gone/a.avi"))) await new Promise((r) => setTimeout(r, 20));
    await Deno.remove(join(folder, "gone"), { recursive: true });
    await Deno.writeTextFile(join(folder, "notes"), "");
    const refused = recorder(folder, port, "-o", "notes/a.avi");
    const [full, lost, missing] = await Promise.all([
      limited,
      removed.outcome(),
      refused.outcome(),
    ]);
    const words = new TextDecoder().decode(full.stderr);
    assertEquals([full.code, lost.code, missing.code], [1, 1, 1]);
    assertStringIncludes(words, "Cannot write full.wav: File too large. What was recorded before");
    assertStringIncludes(lost.stderr, "gone/a.avi: it, or its folder, was removed");
    assertStringIncludes(missing.stderr, "notes/a.avi: notes is no folder");
    using copy = openPresentation({ name: "full", main: join(folder, "full.wav") });
    assertEquals(copy.notes, []);
    assert(soundOf(copy).sampleCount > 60_000);
  });
});

Deno.test("an address without a server, or without such a film, is an error in words", async () => {
  await withServer(async (port, folder) => {
    const unknown = new ReelProcess(["record", `rtsp://127.0.0.1:${port}/no.Mjpeg`], folder);
    const nobody = new ReelProcess(["record", "rtsp://127.0.0.1:1/no.Mjpeg"], folder);
    const nothing = new ReelProcess(["record", "somewhere"], folder);
    const outcomes = await Promise.all([unknown, nobody, nothing].map((reel) => reel.outcome()));
    assertEquals(outcomes.map(({ code }) => code), [1, 1, 2]);
    assertStringIncludes(outcomes[0]!.stderr, "404");
    assertStringIncludes(outcomes[1]!.stderr, "connection refused: no server is running there");
    assertStringIncludes(outcomes[2]!.stderr, "is no RTSP URL");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["media"]);
  });
});

/** Records through a relay until the system itself lost nothing, three times at most. */
async function recordThrough(
  folder: string,
  port: number,
  name: string,
  impairment: Impairment,
): Promise<{ counts: readonly RelayCount[]; tracks: readonly ReportedTrack[] }> {
  for (let attempt = 1;; attempt++) {
    using relay = new Relay(port, impairment);
    const args = ["-o", name, "--json", "--force", "--transport", "udp"];
    const { code, stdout, stderr } = await recorder(folder, relay.port, ...args).outcome();
    assertEquals([code, stderr], [0, ""]);
    const tracks: readonly ReportedTrack[] = JSON.parse(stdout).recordings[0].tracks;
    const isWhole = relay.counts.every(({ forwarded }, i) => {
      return tracks[i]?.packetsReceived === forwarded;
    });
    if (isWhole || attempt === 3) return { counts: relay.counts, tracks };
  }
}

interface ReportedTrack {
  readonly packetsReceived: number;
  readonly packetsExpected: number;
  readonly packetsLost: number;
  readonly duplicates: number;
  readonly unitsReceived: number;
  readonly unitsMissing: number;
  readonly length: number;
  readonly gaps: readonly { from: number; to: number }[];
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).size > 0;
  } catch {
    return false;
  }
}
