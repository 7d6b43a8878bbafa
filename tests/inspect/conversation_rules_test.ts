import { assertEquals } from "@std/assert";
import { CLIENT, SERVER, TestCapture } from "./test_capture.ts";
import { rtspCapture, sendPictures } from "./test_session.ts";

const URL = "rtsp://192.0.2.20/film";
const SESSION = "Session: 12345678";
const crlf = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;
const ask = (method: string, cseq: number) =>
  crlf(`${method} ${URL} RTSP/1.0`, `CSeq: ${cseq}`, SESSION);
const answer = (cseq: number) => crlf("RTSP/1.0 200 OK", `CSeq: ${cseq}`, SESSION);

/** A datagram that has nothing to do with the session. */
const other = (capture: TestCapture, timeMs: number) =>
  capture.udp(
    { host: "192.0.2.98", port: 9 },
    { host: "192.0.2.99", port: 9 },
    new Uint8Array(3),
    timeMs,
  );

async function found(capture: TestCapture): Promise<string[]> {
  return (await capture.analyse()).findings.map(({ rule, seen }) => `${rule}: ${seen}`);
}

Deno.test("replies to what was asked before the capture began are no mistake", async () => {
  const capture = new TestCapture();
  capture.tcp(SERVER, CLIENT, answer(5), 0);
  capture.tcp(CLIENT, SERVER, ask("GET_PARAMETER", 6), 10);
  capture.tcp(SERVER, CLIENT, answer(6), 20);
  assertEquals(await found(capture), []);
  const pipelined = new TestCapture();
  pipelined.tcp(CLIENT, SERVER, ask("GET_PARAMETER", 6), 0);
  pipelined.tcp(SERVER, CLIENT, answer(5), 10);
  pipelined.tcp(SERVER, CLIENT, answer(6), 20);
  assertEquals(await found(pipelined), []);
});

Deno.test("a reply that nobody asked for is one when the beginning was seen", async () => {
  const capture = new TestCapture();
  capture.open(CLIENT, SERVER, 0);
  capture.tcp(SERVER, CLIENT, answer(5), 1);
  assertEquals((await found(capture)).map((text) => text.slice(0, 22)), ["rtsp-reply-unsolicited"]);
});

Deno.test("requests that nobody answers are named", async () => {
  const capture = rtspCapture();
  sendPictures(capture, 0, 20);
  capture.tcp(CLIENT, SERVER, ask("GET_PARAMETER", 4), 2000);
  other(capture, 9000);
  assertEquals((await found(capture)).filter((text) => text.startsWith("rtsp")), [
    "rtsp-reply-missing: no reply to GET_PARAMETER within 7 s",
  ]);
});

Deno.test("where only the client was captured nobody knows what was answered", async () => {
  for (const isHeard of [true, false]) {
    const capture = new TestCapture();
    capture.open(CLIENT, SERVER, 0);
    if (isHeard) capture.open(SERVER, CLIENT, 1);
    capture.tcp(CLIENT, SERVER, crlf(`OPTIONS ${URL} RTSP/1.0`, "CSeq: 1"), 2);
    other(capture, 9000);
    assertEquals(
      await found(capture),
      isHeard ? ["rtsp-reply-missing: no reply to OPTIONS within 8 s"] : [],
    );
  }
});

Deno.test("a reply that could still come is not missing", async () => {
  const capture = rtspCapture();
  sendPictures(capture, 0, 100);
  capture.tcp(CLIENT, SERVER, ask("GET_PARAMETER", 4), 3000);
  capture.tcp(SERVER, CLIENT, "", 3001);
  assertEquals(await found(capture), []);
  // The client leaves without waiting.
  const left = rtspCapture();
  sendPictures(left, 0, 20);
  left.tcp(CLIENT, SERVER, ask("TEARDOWN", 4), 1100);
  left.tcp(SERVER, CLIENT, "", 1101);
  left.close(CLIENT, SERVER, 1102);
  other(left, 9000);
  assertEquals(await found(left), []);
});

Deno.test("PLAY that brings nothing is named", async () => {
  const capture = rtspCapture();
  other(capture, 9000);
  assertEquals(await found(capture), [
    "rtsp-media-missing: 200 to PLAY, then no RTP for 8 s: the server may not have the file",
  ]);
  const interleaved = rtspCapture("RTP/AVP/TCP;unicast;interleaved=0-1");
  interleaved.tcp(SERVER, CLIENT, "", 8000);
  assertEquals((await found(interleaved)).length, 1);
});

Deno.test("media that a filter left out, or that may still come, are not missing", async () => {
  const filtered = rtspCapture();
  filtered.tcp(SERVER, CLIENT, "", 9000);
  assertEquals(await found(filtered), []);
  const elsewhere = rtspCapture("RTP/AVP;unicast;destination=192.0.2.44;client_port=7000-7001");
  other(elsewhere, 9000);
  assertEquals(await found(elsewhere), []);
  const short = rtspCapture();
  other(short, 3000);
  assertEquals(await found(short), []);
  const paused = rtspCapture();
  paused.tcp(CLIENT, SERVER, ask("PAUSE", 4), 1000);
  paused.tcp(SERVER, CLIENT, answer(4), 1001);
  other(paused, 9000);
  assertEquals(await found(paused), []);
});

Deno.test("behind bytes that were not captured nothing is expected of replies", async () => {
  const capture = rtspCapture();
  sendPictures(capture, 0, 20);
  capture.tcp(CLIENT, SERVER, ask("GET_PARAMETER", 4), 1100);
  capture.skip(SERVER, CLIENT, answer(4).length);
  capture.skip(CLIENT, SERVER, ask("GET_PARAMETER", 5).length);
  capture.tcp(SERVER, CLIENT, answer(5), 1200);
  for (let i = 6; i < 9; i++) {
    capture.tcp(CLIENT, SERVER, ask("GET_PARAMETER", i), 1200 + 10 * i);
    capture.tcp(SERVER, CLIENT, answer(i), 1205 + 10 * i);
  }
  assertEquals(await found(capture), []);
});
