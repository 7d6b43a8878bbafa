import { assertEquals } from "@std/assert";
import { TrackReception } from "../../src/client/track_reception.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";

const PACKET_MS = 20;
const PACKET_SAMPLES = 160;

/** A track of PCMU as a player has it, and the timestamps of what it gave. */
class TestTrack {
  readonly heard: number[] = [];
  readonly reception = new TrackReception({
    info: {
      index: 0,
      kind: "audio",
      payloadType: 0,
      playable: true,
      encodingName: "PCMU",
      clockRate: 8000,
      channels: 1,
    },
    form: "standard",
  }, { media: ({ timestamp }) => this.heard.push(timestamp) });
  nowMs = 0;

  /** Packets with consecutive numbers, from a timestamp on; comfort noise (type 13) for some. */
  send(first: number, count: number, timestamp: number, noiseEvery = Infinity): void {
    for (let i = 0; i < count; i++) {
      this.nowMs += PACKET_MS;
      const isNoise = i % noiseEvery === noiseEvery - 1;
      this.push(first + i, timestamp + i * PACKET_SAMPLES, isNoise ? 13 : 0);
    }
  }

  /** One packet. */
  push(number: number, timestamp: number, payloadType = 0): void {
    const packet = {
      payloadType,
      sequenceNumber: number & 0xffff,
      timestamp,
      ssrc: 1,
      payload: new Uint8Array(PACKET_SAMPLES),
    };
    this.reception.push(encodeRtpPacket(packet), this.nowMs);
  }
}

Deno.test("a server that counts from the same number after each PLAY is heard each time", () => {
  const track = new TestTrack();
  track.reception.playSent(0);
  track.send(1000, 1500, 0);
  track.reception.paused(track.nowMs);
  // One was on its way when PAUSE was answered.
  track.push(2500, 1500 * PACKET_SAMPLES);
  track.reception.playSent(track.nowMs);
  track.send(1000, 1500, 500_000);
  assertEquals(track.heard.length, 3001);
  assertEquals(track.reception.statistics(track.nowMs).packetsLost, 0);
});

Deno.test("a server that counts from lower numbers without a PLAY is heard", () => {
  const track = new TestTrack();
  track.reception.playSent(0);
  track.send(1000, 1500, 0);
  track.send(1000, 1500, 500_000);
  assertEquals(track.heard.length, 3000);
});

Deno.test("comfort noise is not played, and what follows does not wait for it", () => {
  const track = new TestTrack();
  track.reception.playSent(0);
  track.send(1000, 11, 0, 10);
  assertEquals(track.heard.length, 10);
  assertEquals(track.heard.at(-1), 10 * PACKET_SAMPLES);
});

Deno.test("a lab's film is shown whole though its packets all have one number", () => {
  let shown = 0;
  const reception = new TrackReception({
    info: { index: 0, kind: "video", payloadType: 26, playable: true, clockRate: 90_000 },
    form: "whole-frames",
  }, { media: () => shown++ });
  reception.playSent(0);
  for (let i = 0; i < 100; i++) {
    const payload = Uint8Array.of(0xff, 0xd8, 0xff, 0xfe, 0, 3, i, 0xff, 0xd9);
    const packet = { payloadType: 26, sequenceNumber: 1, timestamp: i * 4500, ssrc: 1, payload };
    reception.push(encodeRtpPacket({ ...packet, marker: true }), i * 50);
  }
  assertEquals(shown, 100);
  // The timestamps advance as they should.
  assertEquals(reception.statistics(5000).clockNote, undefined);
});
