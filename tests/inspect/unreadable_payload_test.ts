import { assertEquals } from "@std/assert";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { jpegStream } from "../diagnose/rtp_stream.ts";
import type { TestCapture } from "./test_capture.ts";
import { MEDIA_FROM, MEDIA_TO, rtspCapture, sendPictures } from "./test_session.ts";

const UDP = "RTP/AVP;unicast;client_port=7000-7001";

function send(capture: TestCapture, spoil = (bytes: Uint8Array) => bytes): TestCapture {
  for (const packet of jpegStream(60).packets) {
    capture.udp(MEDIA_FROM, MEDIA_TO, spoil(encodeRtpPacket(packet)), 40 + packet.timeMs);
  }
  return capture;
}

async function found(capture: TestCapture) {
  const { findings, streams } = await capture.analyse();
  return {
    rules: findings.map(({ rule }) => rule),
    counts: streams.map(({ packetsReceived, damagedFrames }) => [packetsReceived, damagedFrames]),
  };
}

const CLEAN = { rules: [], counts: [[180, 0]] };

Deno.test("of packets that were captured in part only the headers are judged", async () => {
  const formats = "26";
  assertEquals(await found(send(rtspCapture(UDP, { formats }))), CLEAN);
  assertEquals(await found(send(rtspCapture(UDP, { formats, snapLength: 420 }))), CLEAN);
});

Deno.test("messages that were captured in part are not blamed for it", async () => {
  const capture = rtspCapture(UDP, { snapLength: 90 });
  sendPictures(capture, 0, 20);
  assertEquals((await found(capture)).rules, []);
});

Deno.test("what is encrypted is not read", async () => {
  const capture = rtspCapture(UDP, { formats: "26", profile: "RTP/SAVP" });
  const encrypt = (bytes: Uint8Array) => {
    for (let i = 12; i < bytes.length; i++) bytes[i]! ^= 31 * i + 7;
    // Padding is among what is encrypted.
    bytes[0]! |= 0x20;
    return bytes;
  };
  send(capture, encrypt);
  const report = encodeRtcp([{ type: "RR", ssrc: 0x1a2b3c4d, reports: [] }]);
  const from = { ...MEDIA_FROM, port: 8001 };
  const to = { ...MEDIA_TO, port: 7001 };
  capture.udp(from, to, Uint8Array.from([...report, ...new Uint8Array(14).fill(99)]), 2000);
  const { rules } = await found(capture);
  assertEquals(rules, []);
});
