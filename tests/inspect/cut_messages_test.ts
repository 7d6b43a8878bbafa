import { assertEquals } from "@std/assert";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { CLIENT, rtpBytes, SERVER, type TestCapture } from "./test_capture.ts";
import { rtspCapture } from "./test_session.ts";

const INTERLEAVED = "RTP/AVP/TCP;unicast;interleaved=0-1";
const crlf = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;

function sendMedia(capture: TestCapture, number: number): void {
  const packet = rtpBytes({
    payloadType: 96,
    sequenceNumber: 700 + number,
    timestamp: number * 4500,
    marker: true,
  });
  capture.tcp(SERVER, CLIENT, encodeInterleaved(0, packet), 40 + 50 * number);
}

async function found(capture: TestCapture) {
  const { findings, conversations } = await capture.analyse();
  return { rules: findings.map(({ rule }) => rule), methods: conversations[0]!.methods };
}

Deno.test("media between the halves of a request end none", async () => {
  const capture = rtspCapture(INTERLEAVED);
  for (let i = 0; i < 20; i++) sendMedia(capture, i);
  capture.tcp(CLIENT, SERVER, "TEARDOWN rtsp://192.0.2.20/film RTSP/1.0\r\nCSeq: 4\r\nSes", 1045);
  sendMedia(capture, 21 - 1);
  capture.tcp(CLIENT, SERVER, "sion: 12345678\r\n\r\n", 1046);
  capture.tcp(SERVER, CLIENT, crlf("RTSP/1.0 200 OK", "CSeq: 4"), 1047);
  assertEquals(await found(capture), {
    rules: [],
    methods: ["DESCRIBE", "SETUP", "PLAY", "TEARDOWN"],
  });
});

Deno.test("the reply to an earlier request ends no later one", async () => {
  const capture = rtspCapture(INTERLEAVED);
  const request = (cseq: number) =>
    crlf("GET_PARAMETER rtsp://192.0.2.20/film RTSP/1.0", `CSeq: ${cseq}`, "Session: 12345678");
  capture.tcp(CLIENT, SERVER, request(4) + request(5).slice(0, 60), 100);
  capture.tcp(SERVER, CLIENT, crlf("RTSP/1.0 200 OK", "CSeq: 4", "Session: 12345678"), 101);
  capture.tcp(CLIENT, SERVER, request(5).slice(60), 102);
  capture.tcp(SERVER, CLIENT, crlf("RTSP/1.0 200 OK", "CSeq: 5", "Session: 12345678"), 103);
  for (let i = 2; i < 20; i++) sendMedia(capture, i);
  assertEquals((await found(capture)).rules, []);
});

Deno.test("a request does not cut short the body that is still coming", async () => {
  const capture = rtspCapture(INTERLEAVED);
  for (let i = 0; i < 20; i++) sendMedia(capture, i);
  const url = "rtsp://192.0.2.20/film";
  const body = "position: 1.0\r\n";
  const head = crlf(
    "RTSP/1.0 200 OK",
    "CSeq: 4",
    "Content-Type: text/parameters",
    `Content-Length: ${body.length}`,
  );
  capture.tcp(
    CLIENT,
    SERVER,
    crlf(`GET_PARAMETER ${url} RTSP/1.0`, "CSeq: 4", "Session: 12345678"),
    1100,
  );
  capture.tcp(SERVER, CLIENT, head + body.slice(0, 5), 1110);
  capture.tcp(
    CLIENT,
    SERVER,
    crlf(`GET_PARAMETER ${url} RTSP/1.0`, "CSeq: 5", "Session: 12345678"),
    1111,
  );
  capture.tcp(SERVER, CLIENT, body.slice(5) + crlf("RTSP/1.0 200 OK", "CSeq: 5"), 1112);
  assertEquals((await found(capture)).rules, []);
});

Deno.test("messages without their blank lines are ended by what answers them", async () => {
  const capture = rtspCapture();
  const say = (text: string, timeMs: number, isClient: boolean) =>
    isClient
      ? capture.tcp(CLIENT, SERVER, text, timeMs)
      : capture.tcp(SERVER, CLIENT, text, timeMs);
  for (let i = 4; i < 7; i++) {
    say(`PAUSE rtsp://192.0.2.20/film RTSP/1.0\r\nCSeq: ${i}\r\nSession: 12345678`, 100 * i, true);
    say(`RTSP/1.0 200 OK\r\nCSeq: ${i}\r\nSession: 12345678`, 100 * i + 10, false);
  }
  const { conversations } = await capture.analyse();
  assertEquals(conversations[0]!.methods.slice(3), ["PAUSE", "PAUSE", "PAUSE"]);
  assertEquals(conversations[0]!.messages, 12);
});
