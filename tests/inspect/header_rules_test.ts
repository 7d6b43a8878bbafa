import { assertEquals } from "@std/assert";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import type { RtpPacketInit } from "../../src/rtp/packet.ts";
import { CLIENT, exchange, rtpBytes, SERVER, TestCapture } from "./test_capture.ts";
import { MEDIA_FROM, MEDIA_TO, rtspCapture } from "./test_session.ts";

/** Forty packets of a session, with something changed in each. */
function packets(
  change: (index: number) => Partial<RtpPacketInit>,
  spoil: (bytes: Uint8Array, index: number) => Uint8Array = (bytes) => bytes,
): Uint8Array[] {
  return Array.from({ length: 40 }, (_, i) =>
    spoil(
      rtpBytes({
        payloadType: 96,
        sequenceNumber: 700 + i,
        timestamp: i * 4500,
        marker: true,
        payload: Uint8Array.from({ length: 60 }, (_, at) => 0x80 + (i * 7 + at * 13) % 0x7f),
        ...change(i),
      }),
      i,
    ));
}

const same = () => ({});
const over = (capture: TestCapture, all: readonly Uint8Array[]): TestCapture => {
  all.forEach((bytes, i) => capture.udp(MEDIA_FROM, MEDIA_TO, bytes, 40 + 50 * i));
  return capture;
};

async function found(capture: TestCapture): Promise<string[]> {
  return (await capture.analyse()).findings.map(({ rule, count }) => `${rule} ${count}`);
}

Deno.test("a payload type that the description does not name is named", async () => {
  assertEquals(await found(over(rtspCapture(), packets(() => ({ payloadType: 97 })))), [
    "rtp-payload-type-announced 40",
  ]);
  const changing = packets((i) => ({ payloadType: i === 0 || i > 20 ? 97 : 96 }));
  assertEquals(await found(over(rtspCapture(), changing)), ["rtp-payload-type-announced 20"]);
});

Deno.test("all types of the m= line are announced, and comfort noise needs no announcement", async () => {
  const formats = "96 101\na=rtpmap:101 telephone-event/90000\na=rtpmap:96 PCMU/90000";
  const types = packets((i) => ({ payloadType: i === 9 ? 101 : i === 20 ? 13 : 96 }));
  assertEquals(await found(over(rtspCapture(undefined, { formats }), types)), []);
});

Deno.test("an SSRC other than Transport's is named", async () => {
  const reply = "RTP/AVP;unicast;client_port=7000-7001;ssrc=1234";
  assertEquals(await found(over(rtspCapture(reply), packets(same))), []);
  assertEquals(await found(over(rtspCapture(reply), packets(() => ({ ssrc: 5 })))), [
    "rtp-ssrc-announced 40",
  ]);
});

const SPOILT: readonly [rule: string, first: (index: number) => number][] = [
  ["rtp-version 40", () => 0x00],
  ["rtp-version 20", (i) => i < 20 ? 0x80 : 0x40],
  ["rtp-padding 20", (i) => i < 20 ? 0x80 : 0xa0],
  ["rtp-csrc-cut 40", () => 0x8f],
  ["rtp-extension-cut 20", (i) => i < 20 ? 0x80 : 0x90],
];

for (const [rule, first] of SPOILT) {
  Deno.test(`a header that cannot be read is named: ${rule} ${first(0)}`, async () => {
    const spoilt = packets(same, (bytes, i) => {
      bytes[0] = first(i);
      // Fifteen CSRCs need more than there is.
      return rule.startsWith("rtp-csrc") ? bytes.subarray(0, 60) : bytes;
    });
    const sessions = {
      udp: over(rtspCapture(), spoilt),
      tcp: rtspCapture("RTP/AVP/TCP;unicast;interleaved=0-1"),
    };
    spoilt.forEach((bytes, i) =>
      sessions.tcp.tcp(SERVER, CLIENT, encodeInterleaved(0, bytes), 40 + 50 * i)
    );
    for (const capture of Object.values(sessions)) {
      const rules = await found(capture);
      assertEquals(rules, [rule]);
    }
  });
}

Deno.test("an end at which there is no RTP at all is noted", async () => {
  const capture = over(rtspCapture(), packets(same, (bytes) => bytes.fill(0x40, 0, 1)));
  const { streams, notes } = await capture.analyse();
  assertEquals(streams, []);
  assertEquals(notes, [
    "40 packets to 192.0.2.10:7000 are no RTP, though that was announced there",
  ]);
});

Deno.test("what a player sends to open a firewall is neither a stream nor malformed", async () => {
  const capture = rtspCapture();
  for (let i = 0; i < 5; i++) {
    const random = Uint8Array.from(
      { length: 200 },
      (_, at) => (i * 97 + at * at * 31 + 129) & 0xff,
    );
    random[0] = i < 3 ? 0x80 : 0xb7;
    capture.udp(MEDIA_TO, MEDIA_FROM, random, 25 + i);
  }
  const { streams, findings, notes } = await over(capture, packets(same)).analyse();
  assertEquals(streams.map(({ packetsReceived, malformed }) => [packetsReceived, malformed]), [
    [40, 0],
  ]);
  assertEquals([findings, notes], [[], []]);
});

Deno.test("what a client announced and records is a stream", async () => {
  const capture = new TestCapture();
  const sdp = "v=0\no=- 1 1 IN IP4 192.0.2.10\ns=x\nc=IN IP4 0.0.0.0\nt=0 0\n" +
    "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:track1\n";
  const url = "rtsp://192.0.2.20/film";
  const length = sdp.replaceAll("\n", "\r\n").length;
  const transport = "RTP/AVP;unicast;client_port=7000-7001";
  exchange(
    capture,
    `ANNOUNCE ${url} RTSP/1.0\nCSeq: 1\nContent-Type: application/sdp\nContent-Length: ${length}\n\n${sdp}`,
    "RTSP/1.0 200 OK\nCSeq: 1\n\n",
    0,
  );
  exchange(
    capture,
    `SETUP ${url}/track1 RTSP/1.0\nCSeq: 2\nTransport: ${transport}\n\n`,
    `RTSP/1.0 200 OK\nCSeq: 2\nSession: 12345678\nTransport: ${transport};server_port=8000-8001\n\n`,
    10,
  );
  exchange(
    capture,
    `RECORD ${url} RTSP/1.0\nCSeq: 3\nSession: 12345678\n\n`,
    "RTSP/1.0 200 OK\nCSeq: 3\nSession: 12345678\n\n",
    20,
  );
  packets(same).forEach((bytes, i) => capture.udp(MEDIA_TO, MEDIA_FROM, bytes, 40 + 50 * i));
  const { streams, findings } = await capture.analyse();
  assertEquals(streams.map(({ foundBy, clockRate }) => [foundBy, clockRate]), [["RTSP", 90_000]]);
  assertEquals(findings, []);
});

Deno.test("packets that are too short are named; what opens firewalls is not", async () => {
  const capture = over(
    rtspCapture(),
    packets(same, (bytes, i) => i === 9 ? bytes.subarray(0, 7) : bytes),
  );
  capture.udp(MEDIA_TO, MEDIA_FROM, Uint8Array.of(0xce, 0xfa, 0xed, 0xfe), 30);
  capture.udp(MEDIA_TO, MEDIA_FROM, Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0), 31);
  const stun = new Uint8Array(20);
  stun.set([0, 96, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
  capture.udp(MEDIA_FROM, MEDIA_TO, stun, 32);
  assertEquals(await found(capture), ["rtp-short 1", "rtp-sequence-gap 1"]);
});
