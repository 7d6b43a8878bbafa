/**
 * The pace of a stream whose timer is as coarse as the system's: large films, hangs, and what the
 * reports say afterwards.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { AudioCursor, type Cursor, VideoCursor } from "../../src/media/cursor.ts";
import { Pacer } from "../../src/net/pacer.ts";
import { unixMsFromNtp } from "../../src/rtp/ntp.ts";
import { decodeRtcp } from "../../src/rtp/rtcp.ts";
import { RtpSender } from "../../src/rtp/sender.ts";
import { Schedule } from "../../src/serve/schedule.ts";
import { TrackStream } from "../../src/serve/track_stream.ts";

/** Turns come at least this far apart, in ms: the timer of a busy machine. */
const GRAIN_MS = 2;

/** What one stream has sent. */
interface Sent {
  /** Packets a turn, and when. */
  readonly turns: { readonly ms: number; readonly packets: number }[];
  /** When the stream's timestamp 0 is by each report, on the test's clock, and when it was sent. */
  readonly reports: { readonly ms: number; readonly originMs: number }[];
  /** When the range ended. */
  endMs: number;
  /** How late it was when it said so, in ms. */
  readonly late: number[];
}

/** Streams whose clock moves by the test's hand, in turns as coarse as a real timer's. */
class Clockwork {
  nowMs = 1000;
  readonly #due = new Map<TrackStream, number>();
  readonly #streams: TrackStream[] = [];
  readonly schedule = new Schedule({ startMs: 1000, speed: 1, burst: 0, aheadMs: 0 });

  /** Plays a track from now on. */
  play(cursor: Cursor, spreads = true): Sent {
    const sent: Sent = { turns: [], reports: [], endMs: NaN, late: [] };
    const pacer = new Pacer(() => this.nowMs);
    pacer.schedule = (_, dueMs) => this.#due.set(stream, dueMs);
    pacer.cancel = () => this.#due.delete(stream);
    const stream: TrackStream = new TrackStream({
      transport: {
        spreads,
        droppedPackets: 0,
        sendRtp: (payloads, from, to, sender) => {
          for (const { payload, marker } of payloads.slice(from, to)) {
            sender.stamp(new Uint8Array(12 + payload.length), marker, 0);
          }
          const last = sent.turns.at(-1);
          const packets = to - from;
          if (last?.ms === this.nowMs) {
            sent.turns.splice(-1, 1, { ...last, packets: last.packets + packets });
          } else sent.turns.push({ ms: this.nowMs, packets });
        },
        sendRtcp: (compound) => {
          const [report] = decodeRtcp(compound);
          if (report?.type !== "SR") return;
          const atMs = unixMsFromNtp(report.ntp) - performance.timeOrigin;
          const originMs = atMs - report.rtpTimestamp / cursor.clockRate * 1000;
          sent.reports.push({ ms: this.nowMs, originMs });
        },
      },
      sender: new RtpSender({ payloadType: 26, ssrc: 1, sequenceNumber: 1, timestampOffset: 0 }),
      pacer,
      cname: "test",
      onEnd: () => sent.endMs = this.nowMs,
      onFailure: (error) => {
        throw error;
      },
      onLate: (ms) => sent.late.push(ms),
    });
    this.#streams.push(stream);
    stream.play(cursor, this.schedule);
    return sent;
  }

  /** Lets time pass. */
  until(ms: number): void {
    for (;;) {
      const next = Math.min(...this.#due.values());
      if (next > ms) break;
      this.nowMs = Math.max(this.nowMs + GRAIN_MS, next);
      for (const stream of this.#streams) {
        if ((this.#due.get(stream) ?? Infinity) > this.nowMs) continue;
        this.#due.set(stream, stream.run(this.nowMs));
      }
    }
    this.nowMs = Math.max(this.nowMs, ms);
  }

  /** Nothing runs for a while. */
  hang(ms: number): void {
    this.nowMs += ms;
  }
}

/** Three seconds of a film of 30 frames a second. */
function film(packets: number): Cursor {
  const payloads = Array.from({ length: packets }, (_, i) => ({
    payload: new Uint8Array(9),
    marker: i === packets - 1,
  }));
  const range = { origin: 0, from: 0, scale: 1 };
  return new VideoCursor({ frameRate: 30, frameCount: 90 }, range, () => payloads);
}

for (const packets of [1, 20, 150, 250, 300, 500]) {
  Deno.test(`three seconds of film take three with ${packets} packets a frame`, () => {
    const clock = new Clockwork();
    const sent = clock.play(film(packets));
    clock.until(20_000);
    assertAlmostEquals(sent.endMs, 4000, 2 * GRAIN_MS);
    assertEquals(sent.turns.reduce((sum, turn) => sum + turn.packets, 0), 90 * packets);
    assertEquals(sent.late, []);
    // A receiver's usual buffer holds ninety.
    assert(sent.turns.every((turn) => turn.packets <= 64));
  });
}

Deno.test("a usual film has its packets one by one, and in small groups after a delay", () => {
  const clock = new Clockwork();
  const sent = clock.play(film(6));
  clock.until(2000);
  assert(sent.turns.every((turn) => turn.packets === 1), "half a frame's time for six packets");
  const before = sent.turns.length;
  clock.hang(800);
  clock.until(10_000);
  const most = Math.max(...sent.turns.slice(before).map((turn) => turn.packets));
  assertEquals(most, 16);
  assertAlmostEquals(sent.endMs, 4000, 2 * GRAIN_MS);
});

Deno.test("whoever cannot keep up says so, once a range", () => {
  const clock = new Clockwork();
  const sent = clock.play(film(5000));
  clock.until(60_000);
  assert(sent.endMs > 5000, "no machine sends that in time");
  assertEquals(sent.late.length, 1);
  assert(sent.late[0]! > 1000);
});

Deno.test("after a hang the reports of all tracks move together, before anything else is sent", () => {
  for (const first of ["sound", "film"]) {
    const clock = new Clockwork();
    const range = { origin: 0, from: 0, scale: 1 };
    const payload = { payload: new Uint8Array(9), marker: true };
    const sound = (): Sent =>
      clock.play(
        new AudioCursor({ sampleRate: 8000, sampleCount: 24_000 }, range, 160, () => payload),
      );
    const picture = (): Sent => clock.play(film(20));
    const tracks = first === "sound" ? [sound(), picture()] : [picture(), sound()];
    clock.until(1500);
    clock.hang(2500);
    clock.until(4100);
    for (const { turns, reports } of tracks) {
      const [start, report] = reports;
      assertEquals(reports.length, 2);
      assertAlmostEquals(start!.originMs, 1000, 0.1);
      // Sound and film were not at the same packet, but it is one clock that moves.
      assertAlmostEquals(report!.originMs, clock.schedule.startMs, 0.1);
      assert(report!.originMs > 3400);
      const next = turns.find(({ ms }) => ms > 3000)!;
      assert(report!.ms <= next.ms + GRAIN_MS, "the report comes with the first packets");
    }
  }
});

Deno.test("sender reports are five seconds apart in the mean, more on thin streams", () => {
  /** Mean time between the reports of a sound of so many octets a second, in ms. */
  const meanMs = (octets: number): number => {
    const clock = new Clockwork();
    const sound = { sampleRate: 8000, sampleCount: 8000 * 4000 };
    const range = { origin: 0, from: 0, scale: 1 };
    const payload = { payload: new Uint8Array(octets), marker: true };
    // A packet a second.
    const { reports } = clock.play(new AudioCursor(sound, range, 8000, () => payload));
    clock.until(4_000_000);
    return (reports.at(-1)!.ms - reports[0]!.ms) / (reports.length - 1);
  };
  const usual = meanMs(20_000);
  assert(usual > 5000 && usual < 6200, `${usual} ms: a second is the grain`);
  // Two reports of 72 bytes with their headers, in 5 % of 100 bytes a second: every 28.8 seconds.
  const thin = meanMs(100);
  assert(thin > 24_000 && thin < 35_000, `${thin} ms`);
});
