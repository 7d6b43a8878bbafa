import { assertEquals } from "@std/assert";
import { encodeText } from "../../src/bytes/text.ts";
import { memorySource } from "../../src/capture/capture_reader.ts";
import { readCapture } from "../../src/inspect/capture_input.ts";
import { WiresharkStreams } from "../../src/inspect/run_wireshark.ts";
import { TestCapture } from "./test_capture.ts";

const CALLER = { host: "192.0.2.1", port: 10_000 };
const CALLEE = { host: "198.51.100.7", port: 20_000 };
const SIP_FROM = { host: "192.0.2.1", port: 5060 };
const SIP_TO = { host: "198.51.100.7", port: 5060 };

/** An INVITE that wants RTP as `media` say, at the caller's address. */
function invite(media: string, type = "application/sdp"): Uint8Array {
  const body = `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n${media}`;
  return encodeText(
    `INVITE sip:b@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nCSeq: 1 INVITE\r\n` +
      `Call-ID: 1\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

const OPUS = "m=audio 10000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n";

/** Packets of payload type 96 to the caller. */
function media(capture: TestCapture, fromMs = 100, ssrc = 0x1234): TestCapture {
  for (let i = 0; i < 10; i++) {
    const packet = { payloadType: 96, sequenceNumber: i, timestamp: i * 960, ssrc };
    capture.rtp(CALLEE, CALLER, packet, fromMs + i * 20);
  }
  return capture;
}

async function described(capture: TestCapture): Promise<unknown[]> {
  const { streams } = await capture.analyse({ rules: false });
  return streams.map(({ foundBy, encodingName, encrypted }) => [foundBy, encodingName, encrypted]);
}

/** The names in tshark's table. */
async function names(capture: TestCapture, heuristics = true): Promise<(string | undefined)[]> {
  const table = new WiresharkStreams(new Map(), { heuristics });
  await readCapture(memorySource(capture.bytes), table);
  return table.format().split("\n").filter((row) => row.includes(" 0x"))
    .map((row) => row.trim().split(/\s+/)[7]);
}

function called(message: Uint8Array): TestCapture {
  const capture = new TestCapture();
  capture.udp(SIP_FROM, SIP_TO, message, 0);
  return media(capture);
}

Deno.test("a description over TCP is read however it is cut into segments", async () => {
  for (const size of [60, 200, 2000]) {
    const capture = new TestCapture();
    const message = invite(OPUS);
    const ends = [{ ...SIP_FROM, port: 40_000 }, SIP_TO] as const;
    for (let at = 0; at < message.length; at += size) {
      capture.tcp(...ends, message.subarray(at, at + size), at / size);
    }
    media(capture);
    assertEquals(await described(capture), [["SIP", "opus", undefined]], `${size}`);
    assertEquals(await names(capture), ["opus"], `${size}`);
  }
});

Deno.test("sections that share a port are one end with the formats of all", async () => {
  const video = "m=video 10000 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n";
  const data = "m=application 10000 UDP/DTLS/SCTP webrtc-datachannel\r\n";
  const capture = called(invite(OPUS + video + data));
  assertEquals(await described(capture), [["SIP", "opus", undefined]]);
  assertEquals(await names(capture), ["opus"]);
});

Deno.test("profiles over DTLS are RTP, and secured", async () => {
  const capture = called(invite(OPUS.replace("RTP/AVP", "UDP/TLS/RTP/SAVPF")));
  assertEquals(await described(capture), [["SIP", "opus", true]]);
  assertEquals(await names(capture, false), ["opus"]);
});

Deno.test("what a message does not call a description is none", async () => {
  const capture = called(invite(OPUS, "text/plain"));
  assertEquals(await described(capture), [["consistency", undefined, undefined]]);
  assertEquals(await names(capture), ["RTPType-96"]);
});

Deno.test("to Wireshark, what was guessed before the call stays a guess", async () => {
  const capture = media(new TestCapture(), 0);
  capture.udp(SIP_FROM, SIP_TO, invite(OPUS), 300);
  media(capture, 400, 0x5678);
  assertEquals(await names(capture), ["RTPType-96", "RTPType-96"]);
  assertEquals(await names(capture, false), ["opus"]);
});

Deno.test("to Wireshark, a DTLS hello that offers SRTP makes what follows RTP", async () => {
  // Version, random, no session, no cookie, one cipher suite, one compression, use_srtp.
  const hello = [254, 253, ...new Array(32).fill(7), 0, 0, 0, 2, 192, 43, 1, 0];
  const body = [...hello, 0, 9, 0, 14, 0, 5, 0, 2, 0, 1, 0];
  const capture = new TestCapture();
  const record = Uint8Array.from(
    [22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12 + body.length].concat(
      [1, 0, 0, body.length, 0, 0, 0, 0, 0, 0, 0, body.length],
      body,
    ),
  );
  capture.udp(CALLEE, CALLER, record, 0);
  assertEquals(await names(media(capture), false), ["RTPType-96"]);
});
