import { assertEquals } from "@std/assert";
import { FramePieces } from "../../src/payload/frame_pieces.ts";
import { H264Depacketizer } from "../../src/payload/h264.ts";
import { JpegDepacketizer } from "../../src/payload/jpeg_depacketizer.ts";
import { WholeJpegDepacketizer } from "../../src/payload/whole_jpeg_depacketizer.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { payloadPacket } from "./jpegs.ts";

/** More than any frame has, in packets of one byte. */
const MANY = 70_000;

Deno.test("pieces are kept in order, empty ones are not", () => {
  const pieces = new FramePieces();
  for (const piece of [[1, 2], [], [3]]) pieces.add(Uint8Array.from(piece));
  assertEquals(pieces.all, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  assertEquals([pieces.count, pieces.length, pieces.isEndless], [2, 3, false]);
});

Deno.test("more bytes or pieces than any frame has are endless", () => {
  const long = new FramePieces();
  const piece = new Uint8Array(2 ** 20);
  for (let i = 0; i < 16; i++) long.add(piece);
  assertEquals(long.isEndless, false);
  long.add(Uint8Array.of(1));
  assertEquals(long.isEndless, true);
  const split = new FramePieces();
  for (let i = 0; i < MANY; i++) split.add(Uint8Array.of(1));
  assertEquals(split.isEndless, true);
});

Deno.test("an access unit without an end goes out in parts, and they are damaged", () => {
  for (const payload of [Uint8Array.of(0x61), new Uint8Array(1400).fill(0x61)]) {
    const depacketizer = new H264Depacketizer();
    let frames = 0;
    for (let i = 0; i < MANY; i++) {
      frames += depacketizer.push(payloadPacket({ payload, sequenceNumber: i & 0xffff })).length;
    }
    assertEquals([frames > 0, depacketizer.damagedFrames], [true, frames]);
    assertEquals(depacketizer.lastDamage, "it does not end");
  }
});

Deno.test("a NAL unit of fragments without an end is given up", () => {
  const depacketizer = new H264Depacketizer();
  for (let i = 0; i < MANY; i++) {
    const payload = Uint8Array.of(0x7c, i === 0 ? 0x85 : 0x05, 7);
    depacketizer.push(payloadPacket({ payload, sequenceNumber: i & 0xffff }));
  }
  depacketizer.flush();
  assertEquals(depacketizer.damagedFrames, 2);
});

Deno.test("a JPEG frame in more fragments than there can be is given up", () => {
  const depacketizer = new JpegDepacketizer();
  for (let at = 0; at < MANY; at++) {
    const payload = Uint8Array.of(0, at >> 16, at >> 8, at, 1, 50, 2, 2, 0xaa);
    depacketizer.push(payloadPacket({ payload, sequenceNumber: at & 0xffff }));
  }
  assertEquals(depacketizer.damagedFrames, 1);
});

Deno.test("a lab's frame in more datagrams than there can be is given up", () => {
  const depacketizer = new WholeJpegDepacketizer();
  const payload = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
  const first = { payloadType: 26, sequenceNumber: 1, timestamp: 0, ssrc: 0, payload };
  depacketizer.pushDatagram(encodeRtpPacket(first));
  for (let i = 0; i < MANY; i++) depacketizer.pushDatagram(Uint8Array.of(7));
  assertEquals([depacketizer.damagedFrames, depacketizer.isOpen], [1, false]);
});

Deno.test("packets of padding alone damage nothing", () => {
  const empty = payloadPacket({ sequenceNumber: 1 });
  const h264 = new H264Depacketizer();
  const unit = Uint8Array.of(0x65, 1);
  h264.push(payloadPacket({ payload: unit }));
  h264.push(empty);
  const last = payloadPacket({ payload: unit, marker: true, sequenceNumber: 2 });
  assertEquals([h264.push(last).length, h264.damagedFrames], [1, 0]);
  const jpeg = new JpegDepacketizer();
  jpeg.push(empty);
  assertEquals(jpeg.damagedFrames, 0);
});
