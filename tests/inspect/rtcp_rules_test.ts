import { assertEquals } from "@std/assert";
import { encodeRtcp, type RtcpPacket } from "../../src/rtp/rtcp.ts";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { CLIENT, rtpBytes, SERVER } from "./test_capture.ts";
import { MEDIA_FROM, MEDIA_TO, rtspCapture, sendPictures } from "./test_session.ts";

const SSRC = 0x1234;
const CNAME: RtcpPacket = {
  type: "SDES",
  chunks: [{ ssrc: SSRC, items: [{ type: 1, text: "x" }] }],
};
const RR: RtcpPacket = { type: "RR", ssrc: SSRC, reports: [] };
const SR: RtcpPacket = {
  type: "SR",
  ssrc: SSRC,
  ntp: { seconds: 3_900_000_000, fraction: 0 },
  rtpTimestamp: 5,
  packetCount: 1,
  octetCount: 1,
  reports: [],
};
const BYE: RtcpPacket = { type: "BYE", ssrcs: [SSRC] };
const REPORT_FROM = { ...MEDIA_FROM, port: MEDIA_FROM.port + 1 };
const REPORT_TO = { ...MEDIA_TO, port: MEDIA_TO.port + 1 };

/** Two seconds of pictures, `packets` at the end or each half second, and a silence. */
async function findings(
  packets: readonly RtcpPacket[],
  { each = false, from = REPORT_FROM, to = REPORT_TO } = {},
): Promise<string[]> {
  const capture = rtspCapture();
  for (let i = 0; i < 4; i++) {
    sendPictures(capture, 10 * i, 10);
    if (each || i === 3) capture.udp(from, to, encodeRtcp(packets), 40 + 500 * i + 490);
  }
  capture.udp(
    { host: "192.0.2.99", port: 9 },
    { host: "192.0.2.98", port: 9 },
    new Uint8Array(2),
    9000,
  );
  return (await capture.analyse()).findings.map(({ rule }) => rule);
}

Deno.test("BYE behind a receiver report is the sender's goodbye", async () => {
  assertEquals(await findings([RR, CNAME, BYE]), []);
  assertEquals(await findings([SR, CNAME, BYE]), []);
  assertEquals(await findings([SR, CNAME]), ["rtp-no-bye"]);
});

Deno.test("a sender without sender reports is found", async () => {
  assertEquals(await findings([RR, CNAME], { each: true }), ["rtcp-sr-missing", "rtp-no-bye"]);
});

Deno.test("what receivers report is no business of the stream's", async () => {
  const report: RtcpPacket = { type: "RR", ssrc: 9, reports: [] };
  const back = { each: true, from: REPORT_TO, to: REPORT_FROM };
  assertEquals(await findings([report, { type: "BYE", ssrcs: [9] }], back), ["rtp-no-bye"]);
});

Deno.test("RTCP of the sender's under another SSRC is found by its ends", async () => {
  const other: RtcpPacket = { ...CNAME, type: "SDES" };
  assertEquals(await findings([{ ...RR, ssrc: 7 }, other, { type: "BYE", ssrcs: [7] }]), [
    "rtcp-bye-ssrc",
  ]);
});

Deno.test("RTCP on the RTP port is named, on a channel as well", async () => {
  const expected = ["rtcp-on-rtp-port", "rtp-no-bye"];
  assertEquals(await findings([SR, CNAME], { from: MEDIA_FROM, to: MEDIA_TO }), expected);
  const capture = rtspCapture("RTP/AVP/TCP;unicast;interleaved=0-1");
  const say = (bytes: Uint8Array, timeMs: number) =>
    capture.tcp(SERVER, CLIENT, encodeInterleaved(0, bytes), timeMs);
  for (let i = 0; i < 20; i++) {
    say(
      rtpBytes({ payloadType: 96, sequenceNumber: 700 + i, timestamp: i * 4500, marker: true }),
      40 + i * 50,
    );
  }
  say(encodeRtcp([SR, CNAME]), 1050);
  assertEquals((await capture.analyse()).findings.map(({ rule }) => rule), ["rtcp-on-rtp-port"]);
});
