import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { assertSnapshot } from "@std/testing/snapshot";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { CaptureWriter, LINK_TYPE } from "../../src/capture/pcap_writer.ts";
import { memorySource } from "../../src/capture/capture_reader.ts";
import { analyse } from "../../src/inspect/analyse.ts";
import { formatCsv, formatJson, formatNdjson } from "../../src/inspect/structured_report.ts";
import { formatReport } from "../../src/inspect/table_report.ts";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { encodeRtcp } from "../../src/rtp/rtcp.ts";
import { compactNtp, ntpFromUnixMs } from "../../src/rtp/ntp.ts";
import { CLIENT, rtpBytes, SERVER, TestCapture } from "./test_capture.ts";
import { MEDIA_FROM, MEDIA_TO, rtspCapture } from "./test_session.ts";

const FROM = { host: "192.0.2.1", port: 5000 };
const TO = { host: "198.51.100.7", port: 6000 };

/** Sequence numbers as they come; -1 repeats the one before. */
function send(capture: TestCapture, numbers: readonly number[], ssrc = 0x1234): void {
  numbers.forEach((number, i) => {
    capture.rtp(FROM, TO, { sequenceNumber: number, timestamp: number * 160, ssrc }, i * 20);
  });
}

Deno.test("a stream without signalling is found, and its losses are told apart", async () => {
  const capture = new TestCapture();
  // 4 and 5 are lost, 8 comes late, 9 twice.
  send(capture, [1, 2, 3, 6, 7, 9, 8, 9, 10, 11]);
  const [stream, ...others] = (await capture.analyse()).streams;
  assert(stream !== undefined);
  assertEquals(others, []);
  assertEquals(stream.packetsReceived, 10);
  assertEquals(stream.packetsExpected, 11);
  assertEquals(stream.packetsLost, 2);
  assertEquals(stream.lossRuns, { 2: 1 });
  assertEquals(stream.duplicates, 1);
  assertEquals(stream.reordered, 1);
  assertEquals(stream.bytes, 1600);
  assertEquals(stream.foundBy, "consistency");
  assertEquals([stream.encodingName, stream.clockRate], ["PCMU", 8000]);
  assertEquals([stream.firstFrame, stream.lastFrame], [1, 10]);
  assertAlmostEquals(stream.deltaMeanMs!, 20, 1e-6);
});

Deno.test("packets that do not agree are no stream", async () => {
  const capture = new TestCapture();
  const random = (i: number) => Math.imul(i + 1, 0x9e3779b1) >>> 0;
  for (let i = 0; i < 300; i++) {
    capture.rtp(FROM, TO, {
      sequenceNumber: random(i) & 0xffff,
      timestamp: random(i + 1000),
      ssrc: i % 2 === 0 ? 7 : random(i + 5000),
      payloadType: random(i) % 64,
    }, i);
  }
  // A counter where RTP has its sequence number, nothing else that moves.
  for (let i = 0; i < 4; i++) capture.rtp(FROM, TO, { sequenceNumber: i, ssrc: 9 }, 400 + i);
  assertEquals((await capture.analyse()).streams, []);
});

Deno.test("three packets are enough, two are not", async () => {
  for (const [count, streams] of [[2, 0], [3, 1]] as const) {
    const capture = new TestCapture();
    send(capture, [1, 2, 3].slice(0, count));
    assertEquals((await capture.analyse()).streams.length, streams);
  }
});

Deno.test("a port that is given is believed, and a clock that is given is used", async () => {
  const capture = new TestCapture();
  for (let i = 0; i < 2; i++) {
    capture.rtp(FROM, TO, { payloadType: 99, sequenceNumber: 7 * i, timestamp: 0 }, i * 20);
  }
  const clocks = new Map([[99, {
    name: "x",
    isRateGiven: true,
    format: { encodingName: "X", clockRate: 48_000 },
  }]]);
  const { streams } = await capture.analyse({ rtpPorts: [6000], clocks });
  assertEquals(
    streams.map(({ foundBy, clockRate, packetsLost }) => [foundBy, clockRate, packetsLost]),
    [
      ["option", 48_000, 6],
    ],
  );
});

Deno.test("RTSP names ports, formats and clocks, and the way to the first frame is measured", async () => {
  const capture = rtspCapture();
  for (let i = 0; i < 20; i++) {
    const packet = { payloadType: 96, timestamp: (i >> 1) * 4500, sequenceNumber: i };
    capture.rtp(
      MEDIA_FROM,
      MEDIA_TO,
      { ...packet, marker: i % 2 === 1 },
      70 + (i >> 1) * 50 + i % 2,
    );
  }
  const report = await capture.analyse();
  const [stream] = report.streams;
  assert(stream !== undefined);
  assertEquals(stream.foundBy, "RTSP");
  assertEquals([stream.kind, stream.encodingName, stream.clockRate], ["video", "H264", 90_000]);
  assertEquals(stream.frames, 10);
  assertAlmostEquals(stream.frameRateMean!, 9 / 0.451, 1e-6);
  assertAlmostEquals(stream.firstFrameDelayMs!, 51, 1e-6);
  assertEquals(report.conversations[0]?.methods, ["DESCRIBE", "SETUP", "PLAY"]);
});

Deno.test("two interleaved tracks of one SSRC stay two", async () => {
  const capture = rtspCapture("RTP/AVP/TCP;unicast;interleaved=0-1");
  for (let i = 0; i < 12; i++) {
    const video = rtpBytes({ payloadType: 96, sequenceNumber: i, timestamp: i * 4500 });
    const sound = rtpBytes({ payloadType: 0, sequenceNumber: 30_000 + i, timestamp: i * 160 });
    capture.tcp(
      SERVER,
      CLIENT,
      concatBytes([encodeInterleaved(0, video), encodeInterleaved(2, sound)]),
      40 + i * 20,
    );
  }
  const { streams } = await capture.analyse();
  assertEquals(
    streams.map((
      { channel, packetsReceived, packetsLost },
    ) => [channel, packetsReceived, packetsLost]),
    [[0, 12, 0], [2, 12, 0]],
  );
});

Deno.test("RTCP tells the round trip and what the receiver lost", async () => {
  const capture = new TestCapture();
  const ntp = ntpFromUnixMs(1_700_000_000_000);
  send(capture, Array.from({ length: 50 }, (_, i) => i));
  const [rtcpFrom, rtcpTo] = [{ ...FROM, port: 5001 }, { ...TO, port: 6001 }];
  capture.udp(
    rtcpFrom,
    rtcpTo,
    encodeRtcp([{
      type: "SR",
      ssrc: 0x1234,
      ntp,
      rtpTimestamp: 0,
      packetCount: 50,
      octetCount: 8000,
      reports: [],
    }]),
    1000,
  );
  capture.udp(
    rtcpTo,
    rtcpFrom,
    encodeRtcp([{
      type: "RR",
      ssrc: 1,
      reports: [{
        ssrc: 0x1234,
        fractionLost: 64,
        cumulativeLost: 3,
        extendedHighestSequence: 49,
        jitter: 80,
        lastSr: compactNtp(ntp),
        delaySinceLastSr: 65_536 / 2,
      }],
    }]),
    1530,
  );
  const rtcp = (await capture.analyse()).streams[0]?.rtcp;
  assertEquals(rtcp?.reportedLost, 3);
  assertEquals(rtcp?.reportedLossRate, 0.25);
  assertEquals(rtcp?.reportedJitterMs, 10);
  assertEquals(rtcp?.sentPackets, 50);
  assertAlmostEquals(rtcp?.roundTripMeanMs ?? 0, 30, 1e-6);
});

Deno.test("a lab's whole frames of version 0 and new ports are one stream, its clock is named", async () => {
  const capture = new TestCapture();
  const server = { host: SERVER.host, port: 1025 };
  capture.tcp(
    CLIENT,
    server,
    "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 25000",
    0,
  );
  capture.tcp(server, CLIENT, "RTSP/1.0 200 OK\nCSeq: 1\nSession: 4242", 5);
  capture.tcp(CLIENT, server, "PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2\nSession: 4242", 10);
  capture.tcp(server, CLIENT, "RTSP/1.0 200 OK\nCSeq: 2\nSession: 4242", 15);
  const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xdb, 1, 2, 3, 0xff, 0xd9]);
  for (let i = 1; i <= 60; i++) {
    const bytes = rtpBytes({
      payloadType: 26,
      sequenceNumber: i,
      timestamp: 1_700_000_000 + Math.floor(i / 20),
      ssrc: 0,
      payload: jpeg,
    });
    bytes[0] = 0;
    const from = { host: SERVER.host, port: i <= 30 ? 50_000 : 50_001 };
    capture.udp(from, { host: CLIENT.host, port: 25_000 }, bytes, 20 + i * 50);
  }
  const { streams, findings } = await capture.analyse();
  assertEquals(streams.length, 1);
  const [stream] = streams;
  assertEquals([stream?.encodingName, stream?.frames], ["lab JPEG", 60]);
  assertEquals(stream?.clockNote, "clock: seconds (lab)");
  assertEquals(stream?.jitterMs, undefined);
  assertAlmostEquals(stream?.frameRateMean ?? 0, 20, 1e-6);
  const version = findings.find(({ rule }) => rule === "rtp-version");
  assertEquals(version?.where.number, 5);
  assertEquals(version?.count, 60);
});

Deno.test("a greeting on a lab's port is no packet, and is counted as that", async () => {
  const capture = new TestCapture();
  const server = { host: SERVER.host, port: 1025 };
  const to = { host: CLIENT.host, port: 25_000 };
  const setup = "SETUP film RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 25000\n\n";
  capture.tcp(CLIENT, server, setup, 0);
  capture.tcp(server, CLIENT, "RTSP/1.0 200 OK\nCSeq: 1\nSession: 4242\n\n", 5);
  const from = { host: SERVER.host, port: 50_000 };
  capture.udp(from, to, encodeText("TEST"), 10);
  const payload = Uint8Array.from([0xff, 0xd8, 0xff, 0xfe, 0, 3, 7, 0xff, 0xd9]);
  for (let i = 1; i <= 5; i++) {
    capture.rtp(from, to, { payloadType: 26, sequenceNumber: i, payload }, 50 * i);
  }
  const [stream] = (await capture.analyse()).streams;
  assertEquals([stream?.frames, stream?.packetsReceived, stream?.malformed], [5, 5, 1]);
});

Deno.test("the fast path and the general one count alike", async () => {
  const packets = Array.from({ length: 200 }, (_, i) => ({
    sequenceNumber: i + Math.floor(i / 17) + 65_500 & 0xffff,
    timestamp: i * 160,
    marker: i % 9 === 0,
    payload: new Uint8Array(20 + i % 50),
    ...(i % 5 === 0 ? { csrcs: [1, 2] } : undefined),
    ...(i % 7 === 0 ? { paddingLength: 3 } : undefined),
    ...(i % 11 === 0 ? { extension: { profile: 0xbede, data: new Uint8Array(8) } } : undefined),
  }));
  const plain = new TestCapture();
  const writer = new CaptureWriter({ linkType: LINK_TYPE.ethernet });
  const tagged: Uint8Array[] = [writer.header()];
  packets.forEach((packet, i) => plain.rtp(FROM, TO, packet, i * 20));
  const raw = plain.bytes;
  const view = new DataView(raw.buffer);
  for (let at = 24; at < raw.length;) {
    const length = view.getUint32(at + 8, true);
    const seconds = view.getUint32(at, true);
    // Two VLAN tags are more than the fast path follows.
    const frame = concatBytes([
      Uint8Array.from([...new Array(12).fill(2), 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0]),
      raw.subarray(at + 16, at + 16 + length),
    ]);
    tagged.push(writer.recordAt(seconds, view.getUint32(at + 4, true) * 1000, frame));
    at += 16 + length;
  }
  const fast = (await plain.analyse({ rules: false })).streams;
  const general = (await analyse(memorySource(concatBytes(tagged)), { rules: false })).streams;
  assertEquals(fast, general);
  assertEquals(fast[0]?.bytes, packets.reduce((sum, { payload }) => sum + payload.length, 0));
});

Deno.test("the reports read as they always have", async (context) => {
  const capture = rtspCapture();
  for (let i = 0; i < 20; i++) {
    if (i === 7) continue;
    const packet = { payloadType: 96, timestamp: (i >> 1) * 4500, sequenceNumber: i };
    capture.rtp(
      MEDIA_FROM,
      MEDIA_TO,
      { ...packet, marker: i % 2 === 1 },
      70 + (i >> 1) * 50 + i % 2,
    );
  }
  const report = await capture.analyse({ rules: false });
  const serializer = (text: unknown) => String(text).replaceAll("\r", "");
  await assertSnapshot(context, formatReport(report, false), { name: "table", serializer });
  await assertSnapshot(context, formatJson([report]), { name: "json", serializer });
  await assertSnapshot(context, formatNdjson(report), { name: "ndjson", serializer });
  await assertSnapshot(context, formatCsv([report]), { name: "csv", serializer });
});

Deno.test("a lab server with a new port and SSRC at each PLAY begins its numbers once", async () => {
  for (const [name, ssrcOfSecond] of [["the same SSRC", 7], ["another SSRC", 8]] as const) {
    const capture = new TestCapture();
    const to = { ...CLIENT, port: 25_000 };
    const say = (text: string, timeMs: number): void => {
      capture.tcp(CLIENT, SERVER, text, timeMs);
      capture.tcp(SERVER, CLIENT, "RTSP/1.0 200 OK\nCSeq: 1\nSession: 9\n", timeMs + 1);
    };
    const image = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 1, 2, 3, 0xff, 0xd9);
    const film = (port: number, ssrc: number, first: number, timeMs: number): void => {
      for (let i = 0; i < 30; i++) {
        capture.rtp({ ...SERVER, port }, to, {
          payloadType: 26,
          sequenceNumber: first + i,
          timestamp: first + i,
          ssrc,
          payload: image,
        }, timeMs + 50 * i);
      }
    };
    say("SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 25000\n", 0);
    say("PLAY movie.Mjpeg RTSP/1.0\nCSeq: 1\nSession: 9\n", 10);
    film(50_001, 7, 1, 20);
    say("PAUSE movie.Mjpeg RTSP/1.0\nCSeq: 1\nSession: 9\n", 2000);
    say("PLAY movie.Mjpeg RTSP/1.0\nCSeq: 1\nSession: 9\n", 3000);
    film(50_002, ssrcOfSecond, 31, 3010);
    const { findings } = await capture.analyse();
    const rules = findings.map(({ rule }) => rule);
    assert(!rules.includes("rtp-sequence-start"), `${name}: ${rules.join(" ")}`);
  }
});

Deno.test("a burst at the start is no wrong clock, a wrong clock is one", async () => {
  const report = async (timeOf: (i: number) => number) => {
    const capture = new TestCapture();
    for (let i = 0; i < 100; i++) {
      capture.rtp(FROM, TO, { sequenceNumber: i, timestamp: i * 160 }, timeOf(i));
    }
    return formatReport(await capture.analyse({ rules: false }), false);
  };
  // The first half second comes in a tenth of the time.
  const burst = await report((i) => i < 25 ? i * 2 : 50 + (i - 25) * 20);
  assertEquals(burst.includes("timestamps ran at"), false);
  assert((await report((i) => i * 8)).includes("timestamps ran at 20000 units a second, not 8000"));
});
