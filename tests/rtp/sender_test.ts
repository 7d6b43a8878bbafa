import { assertEquals } from "@std/assert";
import { decodeRtpPacket } from "../../src/rtp/packet.ts";
import { RtpSender } from "../../src/rtp/sender.ts";

function packetOf(payload: readonly number[]): Uint8Array {
  return Uint8Array.of(...new Array(12).fill(0xee), ...payload);
}

Deno.test("packets are numbered, over the wrap too, and counted", () => {
  const sender = new RtpSender({
    payloadType: 26,
    ssrc: 7,
    sequenceNumber: 65_535,
    timestampOffset: 0xffff_fff0,
  });
  const first = packetOf([1, 2, 3]);
  const second = packetOf([4]);
  assertEquals(sender.nextSequenceNumber, 65_535);
  sender.stamp(first, false, sender.timestampAt(0));
  sender.stamp(second, true, sender.timestampAt(31.6));
  const decoded = [first, second].map((packet) => decodeRtpPacket(packet));
  assertEquals(decoded.map(({ sequenceNumber }) => sequenceNumber), [65_535, 0]);
  assertEquals(decoded.map(({ timestamp }) => timestamp), [0xffff_fff0, 16]);
  assertEquals(decoded.map(({ marker, ssrc, payloadType }) => [marker, ssrc, payloadType]), [
    [false, 7, 26],
    [true, 7, 26],
  ]);
  assertEquals(decoded[0]!.payload, Uint8Array.of(1, 2, 3));
  const report = sender.report(500, 99);
  assertEquals([report.packetCount, report.octetCount, report.rtpTimestamp, report.ssrc], [
    2,
    4,
    99,
    7,
  ]);
  assertEquals([sender.packetCount, sender.nextSequenceNumber], [2, 1]);
});

Deno.test("media time can be made to go on from any timestamp", () => {
  const sender = new RtpSender({ payloadType: 0, ssrc: 1, sequenceNumber: 1, timestampOffset: 5 });
  sender.alignTimestamp(8000, 100);
  assertEquals([sender.timestampAt(8000), sender.timestampAt(8160), sender.timestampAt(0)], [
    100,
    260,
    (100 - 8000) >>> 0,
  ]);
});
