import { assertEquals } from "@std/assert";
import { AudioCursor, type Cursor, VideoCursor } from "../../src/media/cursor.ts";
import type { MediaTransport } from "../../src/net/media_transport.ts";
import { Pacer } from "../../src/net/pacer.ts";
import { unixMsFromNtp } from "../../src/rtp/ntp.ts";
import { decodeRtcp } from "../../src/rtp/rtcp.ts";
import { RtpSender } from "../../src/rtp/sender.ts";
import { Schedule } from "../../src/serve/schedule.ts";
import { TrackStream } from "../../src/serve/track_stream.ts";

/** A stream of a film of ten frames, 20 a second, whose clock only the test's hand moves. */
class StreamAtHand {
  nowMs = 1000;
  /** What was sent and when: `frame`, `SR`, `BYE`. */
  readonly sent: [what: string, ms: number][] = [];
  /** Of the last report: how far its timestamp is from the start of the range, and when, in ms. */
  report = { mediaMs: 0, ms: 0 };
  ends = 0;
  readonly stream: TrackStream;
  #dueMs = Infinity;

  constructor(spreads = false) {
    const pacer = new Pacer(() => this.nowMs);
    // Turns are given by hand.
    pacer.schedule = (_, dueMs) => this.#dueMs = dueMs;
    pacer.cancel = () => this.#dueMs = Infinity;
    const transport: MediaTransport = {
      spreads,
      droppedPackets: 0,
      sendRtp: () => this.sent.push(["frame", this.nowMs]),
      sendRtcp: (compound) => this.#note(compound),
    };
    this.stream = new TrackStream({
      transport,
      sender: new RtpSender({ payloadType: 26, ssrc: 1, sequenceNumber: 1, timestampOffset: 0 }),
      pacer,
      cname: "test",
      onEnd: () => this.ends++,
      onFailure: (error) => {
        throw error;
      },
    });
  }

  #note(compound: Uint8Array): void {
    const packets = decodeRtcp(compound);
    const [report] = packets;
    this.sent.push([packets.at(-1)!.type === "BYE" ? "BYE" : "SR", this.nowMs]);
    if (report?.type !== "SR") return;
    this.report = {
      mediaMs: report.rtpTimestamp / 90,
      ms: unixMsFromNtp(report.ntp) - performance.timeOrigin,
    };
  }

  play(from: number): void {
    this.send(this.#film(from), 0);
  }

  /** Sends what a cursor gives. */
  send(cursor: Cursor, aheadMs: number): void {
    const schedule = new Schedule({ startMs: this.nowMs, speed: 1, burst: 0, aheadMs });
    this.stream.play(cursor, schedule);
  }

  #film(from: number): Cursor {
    const film = { frameRate: 20, frameCount: 10 };
    const payloads = [{ payload: new Uint8Array(9), marker: true }];
    return new VideoCursor(film, { origin: from, from, scale: 1 }, () => payloads);
  }

  /** Lets time pass. */
  until(ms: number): void {
    while (this.#dueMs <= ms) {
      this.nowMs = Math.max(this.nowMs, this.#dueMs);
      this.#dueMs = this.stream.run(this.nowMs);
    }
    this.nowMs = ms;
  }
}

Deno.test("the goodbye leaves when receivers have the last packets, by the film's clock", () => {
  const hand = new StreamAtHand();
  hand.play(0);
  hand.until(5000);
  assertEquals(hand.ends, 1);
  const frames = hand.sent.filter(([what]) => what === "frame");
  assertEquals(frames.map(([, ms]) => ms), Array.from({ length: 10 }, (_, i) => 1000 + 50 * i));
  assertEquals(hand.sent.filter(([what]) => what === "BYE"), [["BYE", 1750]]);
  assertEquals(Math.round(hand.report.ms - hand.report.mediaMs), 1000, "as while it played");
});

Deno.test("who plays again before the goodbye hears it at the next end, once", () => {
  const hand = new StreamAtHand();
  hand.play(0);
  hand.until(1600);
  assertEquals(hand.ends, 1);
  hand.play(0.25);
  hand.until(5000);
  assertEquals(hand.ends, 2);
  assertEquals(hand.sent.filter(([what]) => what === "BYE"), [["BYE", 2100]]);
});

Deno.test("over UDP the goodbye is said twice, unless somebody plays or leaves meanwhile", () => {
  const goodbyes = (then: (hand: StreamAtHand) => void): number[] => {
    const hand = new StreamAtHand(true);
    hand.play(0);
    hand.until(2000);
    then(hand);
    hand.until(5000);
    return hand.sent.filter(([what]) => what === "BYE").map(([, ms]) => ms);
  };
  assertEquals(goodbyes(() => {}), [1750, 2750]);
  assertEquals(goodbyes((hand) => hand.play(0.25)), [1750, 2500, 3500]);
  assertEquals(goodbyes((hand) => hand.stream.close()), [1750, 2000]);
});

Deno.test("a stream that is closed says goodbye at once", () => {
  const hand = new StreamAtHand();
  hand.play(0);
  hand.until(1600);
  hand.stream.close();
  hand.until(5000);
  assertEquals(hand.sent.at(-1), ["BYE", 1600]);
});

Deno.test("packets of sound go together, none late and none more ahead than allowed", () => {
  const hand = new StreamAtHand();
  const sound = { sampleRate: 8000, sampleCount: 800 };
  // A packet every 8 ms.
  const cursor = new AudioCursor(sound, { origin: 0, from: 0, scale: 1 }, 64, () => ({
    payload: new Uint8Array(64),
    marker: false,
  }));
  hand.send(cursor, 20);
  hand.until(5000);
  const times = hand.sent.filter(([what]) => what === "frame").map(([, ms]) => ms - 1000);
  assertEquals(times, [0, 0, 0, 24, 24, 24, 48, 48, 48, 72, 72, 72, 96]);
});
