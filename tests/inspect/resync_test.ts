import { assertEquals } from "@std/assert";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { CLIENT, exchange, rtpBytes, SERVER, TestCapture } from "./test_capture.ts";

const TRANSPORT = "RTP/AVP/TCP;unicast;interleaved=0-1";

/** Bytes that look random, dollars among them, and are the same each time. */
function payload(seed: number): Uint8Array<ArrayBuffer> {
  let state = seed + 1;
  return Uint8Array.from({ length: 900 }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return i % 40 === 0 ? 0x24 : i % 40 === 1 ? state >>> 29 : state >>> 24;
  });
}

function session(): TestCapture {
  const capture = new TestCapture();
  exchange(
    capture,
    `SETUP rtsp://192.0.2.20/a RTSP/1.0\nCSeq: 1\nTransport: ${TRANSPORT}\n\n`,
    `RTSP/1.0 200 OK\nCSeq: 1\nSession: 1\nTransport: ${TRANSPORT}\n\n`,
    0,
  );
  return capture;
}

function frame(i: number): Uint8Array<ArrayBuffer> {
  return encodeInterleaved(0, rtpBytes({ sequenceNumber: i, payload: payload(i), timestamp: i }));
}

async function counted(capture: TestCapture): Promise<unknown[]> {
  const { streams } = await capture.analyse({ rules: false });
  return streams.map(({ packetsReceived, packetsLost }) => [packetsReceived, packetsLost]);
}

Deno.test("junk between interleaved frames costs none of them, but the one behind it", async () => {
  const capture = session();
  for (let i = 0; i < 100; i++) {
    capture.tcp(SERVER, CLIENT, frame(i), 10 + i * 20);
    if (i % 20 === 10) capture.tcp(SERVER, CLIENT, "garbage!", 11 + i * 20);
  }
  const [[received, lost] = []] = await counted(capture) as number[][];
  assertEquals([received! + lost!, received! >= 95], [100, true]);
});

Deno.test("a length that is wrong costs no more than the frames that it covers", async () => {
  const capture = session();
  for (let i = 0; i < 100; i++) {
    const bytes = frame(i);
    if (i % 20 === 10) bytes[3] = (bytes[3]! + 40) & 0xff;
    capture.tcp(SERVER, CLIENT, bytes, 10 + i * 20);
  }
  const [[received, lost] = []] = await counted(capture) as number[][];
  assertEquals([received! + lost!, received! >= 90], [100, true]);
});
