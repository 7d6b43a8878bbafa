import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { encodeText } from "../../src/bytes/text.ts";
import { encodeLabelledChunk } from "../../src/payload/labelled_wav.ts";
import { decodeRtpPacket, encodeRtpPacket } from "../../src/rtp/packet.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { LabelledRecording } from "../../src/record/labelled_recording.ts";
import { planOutput } from "../../src/record/output_plan.ts";
import { Recording } from "../../src/record/recording.ts";
import { SoundTimeline } from "../../src/record/sound_timeline.ts";
import { Synchronizer } from "../../src/record/synchronizer.ts";
import { assertSameBytes, inFolder, startReceiver, UdpSender } from "./process.ts";
import {
  openMovie,
  randomFrom,
  type Sent,
  SOUND_FORMAT,
  soundOf,
  soundPackets,
} from "./simulate.ts";

const SECOND = 44_100;

/** Chunk number `i` of 1000 bytes. */
function chunk(i: number, fill = 1): Uint8Array {
  const data = new Uint8Array(1000).fill(fill);
  return encodeLabelledChunk({ endOffset: 1000 * (i + 1), data });
}

/** A timeline alone tells how long a file would become, without writing it. */
function lengthOf(packets: readonly { timestamp: number; arrivalMs: number }[]): number {
  const synchronizer = new Synchronizer(1);
  for (const { timestamp, arrivalMs } of packets) {
    if (arrivalMs < 250) synchronizer.packet(0, timestamp, SECOND, arrivalMs);
  }
  const timeline = new SoundTimeline(SECOND);
  timeline.begin(synchronizer.firstTimestamp(0)!, synchronizer.startSeconds(0));
  for (const { timestamp, arrivalMs } of packets) timeline.place(timestamp, 441, arrivalMs);
  return timeline.length;
}

Deno.test("one low timestamp among the first does not put hours of silence before them", () => {
  const packets = Array.from({ length: 100 }, (_, i) => {
    const timestamp = 1_000_000_000 + 441 * i - (i === 5 ? 900_000_000 : 0);
    return { timestamp, arrivalMs: 50_000 + 10 * i };
  });
  const synchronizer = new Synchronizer(1);
  for (const { timestamp, arrivalMs } of packets.slice(0, 20)) {
    synchronizer.packet(0, timestamp, SECOND, arrivalMs);
  }
  assertEquals(synchronizer.firstTimestamp(0), 1_000_000_000);
  assert(lengthOf(packets) <= 441 * 101);
});

Deno.test("sound that begins far from where it should begins there all the same", () => {
  const timeline = new SoundTimeline(SECOND);
  timeline.begin(100_000_000, 0.5);
  assertEquals(timeline.place(1_000_000_000, 441, 50_000), SECOND / 2);
  assertEquals(timeline.place(1_000_000_441, 441, 50_010), SECOND / 2 + 441);
});

Deno.test("sender reports hours apart do not put hours between the tracks", () => {
  const synchronizer = new Synchronizer(2);
  synchronizer.packet(0, 0, 90_000, 1000);
  synchronizer.packet(1, 0, SECOND, 1030);
  synchronizer.senderReport(0, 10_000_000, 0);
  synchronizer.senderReport(1, 20_000_000, 0);
  assertEquals([0, 1].map((track) => synchronizer.startSeconds(track)), [0, 0.03]);
});

Deno.test("numbers and timestamps at random make a recording of what came", async () => {
  using movie = openMovie();
  const sent = soundPackets(soundOf(movie), { track: 0, seconds: 2 });
  for (const shake of ["timestamps", "both"]) {
    const random = randomFrom(11);
    const shaken = sent.map((one, i): Sent => {
      const packet = decodeRtpPacket(one.datagram);
      const timestamp = Math.floor(random() * 2 ** 32);
      // Pairs in sequence are what a restart is believed for.
      const number = shake === "both" ? (i >> 1) * 7919 + i : packet.sequenceNumber;
      const sequenceNumber = number & 0xffff;
      return { ...one, datagram: encodeRtpPacket({ ...packet, sequenceNumber, timestamp }) };
    });
    await inFolder(async (folder) => {
      const plan = planOutput([SOUND_FORMAT], join(folder, "new.wav"), () => false);
      const recording = new Recording([SOUND_FORMAT], plan, { now: () => new Date(0) });
      for (const { datagram, timeMs } of shaken) recording.packet(0, datagram, 90_000 + timeMs);
      recording.end(93_000);
      const { size } = await Deno.stat(join(folder, "new.wav"));
      assert(size < 2_000_000, `${shake}: ${size} bytes for 2 seconds`);
    });
  }
});

/** Sizes in bytes that labelled chunks make, `[datagram, arrivalMs]` each. */
async function record(
  arrived: readonly (readonly [Uint8Array, number])[],
): Promise<{ bytes: number; foreign: number }> {
  let outcome = { bytes: 0, foreign: 0 };
  await inFolder(async (folder) => {
    const format = { ...SOUND_FORMAT };
    const plan = planOutput([format], join(folder, "new.wav"), () => false);
    const recording = new LabelledRecording(plan, { now: () => new Date(0) });
    for (const [datagram, arrivalMs] of arrived) recording.packet(0, datagram, arrivalMs);
    recording.end();
    const { size } = await Deno.stat(join(folder, "new.wav"));
    outcome = { bytes: size - 44, foreign: recording.summary().tracks[0]!.foreign };
  });
  return outcome;
}

Deno.test("one label far ahead is refused, early or late; what follows is taken", async () => {
  for (const at of [0, 5, 50]) {
    const arrived = Array.from({ length: 100 }, (_, i) => [chunk(i), 5 * i] as const);
    arrived.splice(at, 0, [chunk(100_000), 5 * at]);
    assertEquals(await record(arrived), { bytes: 100_000, foreign: 1 }, `at ${at}`);
  }
});

Deno.test("labels ahead are believed when time has passed or their neighbour follows", async () => {
  const first = Array.from({ length: 30 }, (_, i) => [chunk(i), 5 * i] as const);
  const passed = [...first, [chunk(999), 5000] as const];
  assertEquals(await record(passed), { bytes: 1_000_000, foreign: 0 });
  const burst = [998, 999].map((i) => [chunk(i), 160] as const);
  assertEquals(await record([...first, ...burst]), { bytes: 1_000_000, foreign: 1 });
  const absurd = [99_998, 99_999].map((i) => [chunk(i), 160] as const);
  assertEquals(await record([...first, ...absurd]), { bytes: 30_000, foreign: 2 });
});

Deno.test("who joins the audio lab late records from there on", async () => {
  const arrived = Array.from({ length: 40 }, (_, i) => [chunk(50_000 + i), 5 * i] as const);
  assertEquals(await record(arrived), { bytes: 40_000, foreign: 0 });
});

Deno.test("labelled chunks are taken from one sender only", async () => {
  await inFolder(async (folder) => {
    const { reel, port } = await startReceiver(["--no-audio"], folder);
    using sender = new UdpSender(port);
    const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.2", port: 0 });
    try {
      for (let i = 0; i < 40; i++) {
        await sender.send(chunk(i));
        if (i !== 20) continue;
        const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
        await other.send(chunk(60, 9), to);
        await other.send(chunk(99_999, 9), to);
        await other.send(encodeText("teardown"), to);
      }
    } finally {
      other.close();
    }
    await sender.send(encodeText("teardown"));
    const { code, stdout } = await reel.outcome();
    assertEquals(code, 0);
    assertStringIncludes(stdout, "3 datagrams of another kind");
    const written = await Deno.readFile(join(folder, "new.wav"));
    assertSameBytes(written.subarray(44), new Uint8Array(40_000).fill(1));
  });
});

Deno.test("reports of a wrong clock leave a recording as long as it is", async () => {
  using movie = openMovie();
  const sent = soundPackets(soundOf(movie), { track: 1, seconds: 1 });
  const film = { kind: "video", encoding: "H264", clockRate: 90_000, payloadType: 96 } as const;
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "out"));
    const plan = planOutput([film, SOUND_FORMAT], join(folder, "out/"), () => true);
    const recording = new Recording([film, SOUND_FORMAT], plan, { now: () => new Date(0) });
    for (const [track, seconds] of [[0, 1000], [1, 1600]] as const) {
      const ntp = { seconds: 2_208_988_800 + seconds, fraction: 0 };
      const report = { type: "SR", ssrc: 1, ntp, rtpTimestamp: 0xffff_ff00, reports: [] } as const;
      recording.rtcp(track, encodeRtcp([{ ...report, packetCount: 0, octetCount: 0 }]));
    }
    const packet = { payloadType: 96, sequenceNumber: 1, timestamp: 0xffff_ff00, ssrc: 3 };
    recording.packet(0, encodeRtpPacket({ ...packet, payload: new Uint8Array([9, 16]) }), 0);
    for (const { datagram, timeMs } of sent) recording.packet(1, datagram, timeMs);
    recording.end(2000);
    assertEquals(recording.summary().tracks[1]!.length, SECOND);
  });
});
