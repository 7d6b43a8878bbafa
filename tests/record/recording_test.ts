import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { openPresentation } from "../../src/media/open_presentation.ts";
import { planOutput } from "../../src/record/output_plan.ts";
import { Recording } from "../../src/record/recording.ts";
import { reportLines } from "../../src/record/report.ts";
import type { StreamFormat } from "../../src/record/stream_format.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { ReceptionStats } from "../../src/rtp/reception_stats.ts";
import { assertSameBytes } from "./process.ts";
import {
  FILM_FORMAT,
  filmOf,
  filmPackets,
  impair,
  LAB_FORMAT,
  openMovie,
  type Sent,
  SOUND_FORMAT,
  soundOf,
  soundPackets,
} from "./simulate.ts";

const SECONDS = 4;
const FRAMES = 80;

function record(
  folder: string,
  name: string,
  streams: readonly StreamFormat[],
  arrived: readonly Sent[],
  options: { splitSeconds?: number; maxBytes?: number; append?: boolean; force?: boolean } = {},
): Recording {
  const plan = planOutput(streams, join(folder, name), () => false);
  const recording = new Recording(streams, plan, { ...options, now: () => new Date(0) });
  let tickMs = 0;
  for (const { track, datagram, timeMs } of arrived) {
    for (; tickMs < timeMs; tickMs += 100) recording.tick(tickMs);
    recording.packet(track, datagram, timeMs);
  }
  recording.end(arrived.at(-1)!.timeMs + 1000);
  return recording;
}

async function inFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("on a clean network film and sound are the source's, byte for byte", async () => {
  using movie = openMovie();
  const [film, sound] = [filmOf(movie), soundOf(movie)];
  const sent = impair([
    ...filmPackets(film, { track: 0, frames: FRAMES, whole: true }),
    ...soundPackets(sound, { track: 1, seconds: SECONDS }),
  ]);
  for (const name of ["new.Mjpeg", "new.avi"]) {
    await inFolder((folder) => {
      const recording = record(folder, name, [LAB_FORMAT, SOUND_FORMAT], sent);
      assertEquals(recording.summary().tracks.map(({ gaps }) => gaps.length), [0, 0]);
      const wav = join(folder, "new.wav");
      const main = join(folder, name);
      using copy = openPresentation({ name, main, ...(name === "new.avi" ? {} : { sound: wav }) });
      assertEquals(copy.notes, []);
      assertEquals([filmOf(copy).frameCount, filmOf(copy).frameRate], [FRAMES, 20]);
      for (let i = 0; i < FRAMES; i++) assertEquals(filmOf(copy).frame(i), film.frame(i));
      const count = SECONDS * 44_100;
      assertEquals(soundOf(copy).sampleCount, count);
      assertSameBytes(soundOf(copy).samples(0, count), sound.samples(0, count));
    });
  }
});

Deno.test("a lab's frames in numbered pieces, by a clock of whole seconds, keep their times", async () => {
  using movie = openMovie();
  const film = filmOf(movie);
  let sequenceNumber = 0;
  const sent = Array.from({ length: FRAMES }, (_, i) => i).flatMap((i): Sent[] => {
    const frame = film.frame(i);
    return Array.from({ length: Math.ceil(frame.length / 1000) }, (_, piece) => {
      const payload = frame.subarray(piece * 1000, (piece + 1) * 1000);
      const marker = (piece + 1) * 1000 >= frame.length;
      const timestamp = 1_700_000_000 + Math.floor(i / 20);
      const packet = { payloadType: 26, sequenceNumber: ++sequenceNumber, timestamp, ssrc: 5 };
      const datagram = encodeRtpPacket({ ...packet, payload, marker });
      return { track: 0, timeMs: i * 50 + piece, datagram: i === 33 ? new Uint8Array() : datagram };
    });
  }).filter(({ datagram }) => datagram.length > 0);
  await inFolder((folder) => {
    const [summary] = record(folder, "new.Mjpeg", [LAB_FORMAT], sent).summary().tracks;
    assertEquals(summary!.gaps, [{ from: 33, to: 34 }]);
    using copy = openPresentation({ name: "new", main: join(folder, "new.Mjpeg") });
    const shown = Array.from({ length: FRAMES }, (_, i) => film.frame(i === 33 ? 32 : i));
    assertEquals(shown.map((_, i) => filmOf(copy).frame(i)), shown);
    assertEquals(filmOf(copy).frameCount, FRAMES);
  });
});

for (const loss of [0.01, 0.05, 0.2]) {
  Deno.test(`with ${loss * 100} % loss the length stays and the counts add up`, async () => {
    using movie = openMovie();
    const [film, sound] = [filmOf(movie), soundOf(movie)];
    const clean = [
      ...filmPackets(film, { track: 0, frames: FRAMES, whole: true }),
      ...soundPackets(sound, { track: 1, seconds: SECONDS }),
    ];
    const arrived = impair(clean, { loss, duplication: 0.05, reordering: 0.1, seed: 42 });
    const unique = (track: number): Set<Uint8Array> => {
      return new Set(arrived.filter((one) => one.track === track).map(({ datagram }) => datagram));
    };
    await inFolder((folder) => {
      const recording = record(folder, "new.avi", [LAB_FORMAT, SOUND_FORMAT], arrived);
      const [picture, samples] = recording.summary().tracks;
      using copy = openPresentation({ name: "new", main: join(folder, "new.avi") });
      assertEquals(filmOf(copy).frameCount, FRAMES);
      assertEquals(soundOf(copy).sampleCount, SECONDS * 44_100);

      for (const [track, summary] of [picture!, samples!].entries()) {
        const { reception, gaps, received, length } = summary;
        assertEquals(reception.received, arrived.filter((one) => one.track === track).length);
        assertEquals(reception.unique, unique(track).size);
        assertEquals(
          reception.lost,
          clean.filter((one) => one.track === track).length -
            unique(track).size,
        );
        assertEquals(reception.duplicates, reception.received - reception.unique);
        const missing = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
        assertEquals(received + missing, length);
      }
      const all = sound.samples(0, SECONDS * 44_100);
      const expected = all.slice();
      for (const { from, to } of samples!.gaps) expected.fill(0, from * 4, to * 4);
      assertSameBytes(soundOf(copy).samples(0, SECONDS * 44_100), expected);
      let last = 0;
      for (let i = 0; i < FRAMES; i++) {
        const lost = picture!.gaps.some(({ from, to }) => i >= from && i < to);
        if (!lost) last = i;
        assertEquals(filmOf(copy).frame(i), film.frame(last), `frame ${i}`);
      }
    });
  });
}

Deno.test("RFC 2435 with loss keeps its times without being told the frame rate", async () => {
  using movie = openMovie();
  const sent = filmPackets(filmOf(movie), { track: 0, frames: FRAMES });
  const arrived = impair(sent, { loss: 0.05, reordering: 0.1, seed: 3 });
  await inFolder((folder) => {
    const recording = record(folder, "new.avi", [FILM_FORMAT], arrived);
    const [track] = recording.summary().tracks;
    assertEquals(track!.rate, 20);
    assert(track!.received < FRAMES && track!.damaged > 0);
    const missing = track!.gaps.reduce((sum, { from, to }) => sum + to - from, 0);
    assertEquals(track!.received + missing, track!.length);
    // The last packet always comes: its picture has a place, whole or not.
    assertEquals(track!.length, FRAMES);
  });
});

Deno.test("film and sound are split at the same moment, and nothing is lost between", async () => {
  using movie = openMovie();
  const [film, sound] = [filmOf(movie), soundOf(movie)];
  const arrived = impair([
    ...filmPackets(film, { track: 0, frames: FRAMES, whole: true }),
    ...soundPackets(sound, { track: 1, seconds: SECONDS }),
  ], { reordering: 0.1 });
  await inFolder((folder) => {
    const streams = [LAB_FORMAT, SOUND_FORMAT];
    const { files } = record(folder, "part-%02d.avi", streams, arrived, { splitSeconds: 1.5 })
      .summary();
    assertEquals(
      files.map(({ path }) => path),
      ["01", "02", "03"].map((number) => {
        return join(folder, `part-${number}.avi`);
      }),
    );
    let [frame, sample] = [0, 0];
    for (const { path, frames, samples } of files) {
      using part = openPresentation({ name: "part", main: path });
      assertEquals([filmOf(part).frameCount, soundOf(part).sampleCount], [frames!, samples!]);
      for (let i = 0; i < frames!; i++) assertEquals(filmOf(part).frame(i), film.frame(frame++));
      assertEquals(soundOf(part).samples(0, samples!), sound.samples(sample, samples!));
      sample += samples!;
    }
    assertEquals([frame, sample], [FRAMES, SECONDS * 44_100]);
    assertEquals(files.map(({ frames }) => frames), [30, 30, 20]);
  });
});

Deno.test("a file that is full is followed by another, film and sound together", async () => {
  using movie = openMovie();
  const [film, sound] = [filmOf(movie), soundOf(movie)];
  const arrived = impair([
    ...filmPackets(film, { track: 0, frames: FRAMES, whole: true }),
    ...soundPackets(sound, { track: 1, seconds: SECONDS }),
  ]);
  for (const name of ["new.avi", "new.Mjpeg"]) {
    await inFolder((folder) => {
      const streams = [LAB_FORMAT, SOUND_FORMAT];
      const maxBytes = name === "new.avi" ? 700_000 : 400_000;
      const { files } = record(folder, name, streams, arrived, { maxBytes }).summary();
      assert(files.length >= 3);
      for (const { path, bytes } of files) {
        assert(bytes <= maxBytes + 50_000, `${path}: ${bytes}`);
        assertEquals(Deno.statSync(path).size, bytes);
      }
      const sum = (counts: (number | undefined)[]): number => {
        return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
      };
      assertEquals(sum(files.map(({ frames }) => frames)), FRAMES);
      assertEquals(sum(files.map(({ samples }) => samples)), SECONDS * 44_100);
      assert(files.some(({ path }) => path === join(folder, name.replace(".", "-2."))));
    });
  }
});

Deno.test("a recording is continued when asked to, and otherwise keeps its hands off", async () => {
  using movie = openMovie();
  const sound = soundOf(movie);
  const arrived = impair(soundPackets(sound, { track: 0, seconds: 1 }));
  await inFolder((folder) => {
    record(folder, "new.wav", [SOUND_FORMAT], arrived);
    let message = "";
    try {
      record(folder, "new.wav", [SOUND_FORMAT], arrived);
    } catch (error) {
      message = error instanceof Error ? error.message : "";
    }
    assert(message.includes("it is there already"), message);
    record(folder, "new.wav", [SOUND_FORMAT], arrived, { append: true });
    const streams = [LAB_FORMAT, SOUND_FORMAT];
    const both = impair([
      ...filmPackets(filmOf(movie), { track: 0, frames: 20, whole: true }),
      ...soundPackets(sound, { track: 1, seconds: 1 }),
    ]);
    for (let i = 0; i < 2; i++) record(folder, "new.avi", streams, both, { append: true });
    using film = openPresentation({ name: "new", main: join(folder, "new.avi") });
    assertEquals([filmOf(film).frameCount, soundOf(film).sampleCount], [40, 88_200]);
    assertEquals(filmOf(film).frame(20), filmOf(film).frame(0));
    assertEquals(soundOf(film).samples(44_100, 44_100), soundOf(film).samples(0, 44_100));
    using copy = openPresentation({ name: "new", main: join(folder, "new.wav") });
    assertEquals(soundOf(copy).sampleCount, 2 * 44_100);
    assertEquals(soundOf(copy).samples(44_100, 44_100), sound.samples(0, 44_100));
  });
});

Deno.test("what RTP-Info and the last sender report say was lost at both ends keeps its time", async () => {
  using movie = openMovie();
  const sound = soundOf(movie);
  const all = soundPackets(sound, { track: 0, seconds: 1 });
  await inFolder((folder) => {
    const path = join(folder, "new.wav");
    const plan = planOutput([SOUND_FORMAT], path, () => false);
    const recording = new Recording([SOUND_FORMAT], plan, { now: () => new Date(0) });
    recording.rtpInfo(0, 0xffff_ff00);
    for (const { datagram, timeMs } of all.slice(3, -4)) recording.packet(0, datagram, timeMs);
    recording.rtcp(0, senderReport(all.length));
    recording.end(1000, 1);
    using copy = openPresentation({ name: "new", main: path });
    assertEquals(soundOf(copy).sampleCount, 44_100);
    assertEquals(recording.summary().tracks[0]!.gaps, [
      { from: 0, to: 3 * 350 },
      { from: 350 * (all.length - 4), to: 44_100 },
    ]);
    assertEquals(soundOf(copy).samples(1050, 100), sound.samples(1050, 100));
  });
});

/** A sender report that counts packets, and a goodbye. */
function senderReport(packetCount: number): Uint8Array {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x80c80006);
  view.setUint32(20, packetCount);
  view.setUint32(28, 0x81cb0001);
  return bytes;
}

for (
  const [clock, timestampOf] of [
    ["a media clock", (i: number) => i * 4500],
    ["seconds", (i: number) => 1_000_000 + Math.floor(i / 20)],
    ["nothing", () => 5],
  ] as const
) {
  Deno.test(`a lab's film whose packets all have one number is recorded whole; its timestamps tell ${clock}`, async () => {
    using movie = openMovie();
    const film = filmOf(movie);
    const sent = Array.from({ length: FRAMES }, (_, i) => ({
      track: 0,
      timeMs: i * 50,
      datagram: encodeRtpPacket({
        payloadType: 26,
        sequenceNumber: 7000,
        timestamp: timestampOf(i),
        ssrc: 1,
        marker: true,
        payload: film.frame(i),
      }),
    }));
    await inFolder((folder) => {
      record(folder, "new.avi", [LAB_FORMAT], sent);
      using copy = openPresentation({ name: "new.avi", main: join(folder, "new.avi") });
      assertEquals([filmOf(copy).frameCount, filmOf(copy).frameRate], [FRAMES, 20]);
      for (let i = 0; i < FRAMES; i++) assertEquals(filmOf(copy).frame(i), film.frame(i));
    });
  });
}

Deno.test("a folder that is named and not there is made, for whatever goes into it", async () => {
  using movie = openMovie();
  const sent = soundPackets(soundOf(movie), { track: 0, seconds: 1 });
  await inFolder((folder) => {
    record(folder, "today/talk/", [SOUND_FORMAT], sent);
    record(folder, "to morrow/talk/new.wav", [SOUND_FORMAT], sent);
    for (const path of ["today/talk/sound.wav", "to morrow/talk/new.wav"]) {
      using copy = openPresentation({ name: "new", main: join(folder, path) });
      assertEquals(soundOf(copy).sampleCount, 44_100);
    }
  });
});

Deno.test("a picture half of which has come when we stop is not missed, one before it is", async () => {
  using movie = openMovie();
  const packets = filmPackets(filmOf(movie), { track: 0, frames: 30 });
  const last = Math.max(...packets.map(({ timeMs }) => Math.floor(timeMs / 50) * 50));
  const half = packets.filter(({ timeMs }) => timeMs < last + 0.3);
  const lossy = half.filter(({ timeMs }) => timeMs !== 500);
  for (
    const [sent, cut, limitSeconds, missing] of [
      [half, true, undefined, []],
      [half, false, undefined, [{ from: 29, to: 30 }]],
      [half, false, 1, []],
      [lossy, true, undefined, [{ from: 10, to: 11 }]],
      // The last packet of the last picture came, the one before it did not.
      [packets.toSpliced(-2, 1), true, undefined, [{ from: 29, to: 30 }]],
    ] as const
  ) {
    await inFolder((folder) => {
      const plan = planOutput([FILM_FORMAT], join(folder, "new.avi"), () => false);
      const limit = limitSeconds === undefined ? undefined : { limitSeconds };
      const recording = new Recording([FILM_FORMAT], plan, { ...limit, now: () => new Date(0) });
      for (const { datagram, timeMs } of sent) recording.packet(0, datagram, timeMs);
      recording.end(3000, undefined, cut);
      assertEquals(recording.summary().tracks[0]!.gaps, missing);
    });
  }
});

Deno.test("one picture is no pictures", () => {
  const track = {
    format: FILM_FORMAT,
    reception: new ReceptionStats({ clockRate: 90_000 }).snapshot(),
    received: 1,
    length: 2,
    rate: 20,
    damaged: 0,
    foreign: 0,
    gaps: [{ from: 1, to: 2 }],
  };
  const lines = reportLines([{ files: [], tracks: [track], lateSamples: 1, refusedPictures: 0 }], {
    source: "",
    started: new Date(0),
    elapsedSeconds: 0,
    ended: "",
    captures: [],
    notes: [],
  });
  assertEquals(lines.slice(1), [
    "  missing at 0:00.050: 1 picture (0.050 s)",
    "1 sample came after the file was closed",
  ]);
});
