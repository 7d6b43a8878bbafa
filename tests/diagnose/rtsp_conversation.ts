/**
 * RTSP conversations without a mistake, to be watched as they are or with one thing changed.
 *
 * @module
 */

import { encodeText } from "../../src/bytes/text.ts";
import type { Finding } from "../../src/diagnose/finding.ts";
import { Findings } from "../../src/diagnose/findings.ts";
import {
  RtspObserver,
  type RtspObserverOptions,
  type Side,
} from "../../src/diagnose/rtsp_observer.ts";
import { RtspParser } from "../../src/rtsp/parser.ts";

/** Texts by name, in order; a name that begins with `re` and a capital is the server's. */
export type Conversation = Readonly<Record<string, string>>;

/** The description of {@linkcode STANDARD}. */
export const DESCRIPTION = [
  "v=0",
  "o=- 1188340656180883 1 IN IP4 127.0.0.1",
  "s=Two streams",
  "c=IN IP4 0.0.0.0",
  "t=0 0",
  "a=control:*",
  "m=video 0 RTP/AVP 26",
  "a=control:track1",
  "m=audio 0 RTP/AVP 97",
  "a=rtpmap:97 L16/44100/2",
  "a=control:track2",
  "",
].join("\r\n");

/** Head and body with the right length. */
export function withBody(head: string, body: string): string {
  return `${head}Content-Length: ${encodeText(body).length}\r\n\r\n${body}`;
}

const URL = "rtsp://127.0.0.1:8554/film";
const SESSION = "Session: q8fP2mKxT0";

/** What a player such as ffmpeg and a server such as GStreamer say to each other, over UDP. */
export const STANDARD: Conversation = {
  options: `OPTIONS ${URL} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: player\r\n\r\n`,
  reOptions:
    "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN\r\n\r\n",
  describe: `DESCRIBE ${URL} RTSP/1.0\r\nAccept: application/sdp\r\nCSeq: 2\r\n\r\n`,
  reDescribe: withBody(
    `RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Base: ${URL}/\r\nContent-Type: application/sdp\r\n`,
    DESCRIPTION,
  ),
  setup:
    `SETUP ${URL}/track1 RTSP/1.0\r\nTransport: RTP/AVP/UDP;unicast;client_port=24670-24671\r\nCSeq: 3\r\n\r\n`,
  reSetup:
    `RTSP/1.0 200 OK\r\nCSeq: 3\r\nTransport: RTP/AVP/UDP;unicast;client_port=24670-24671;server_port=9000-9001;ssrc=1A2B3C4D;mode="PLAY"\r\n${SESSION};timeout=60\r\n\r\n`,
  setup2:
    `SETUP ${URL}/track2 RTSP/1.0\r\nTransport: RTP/AVP/UDP;unicast;client_port=24672-24673\r\n${SESSION}\r\nCSeq: 4\r\n\r\n`,
  reSetup2:
    `RTSP/1.0 200 OK\r\nCSeq: 4\r\nTransport: RTP/AVP/UDP;unicast;client_port=24672-24673;server_port=9002-9003\r\n${SESSION};timeout=60\r\n\r\n`,
  play: `PLAY ${URL}/ RTSP/1.0\r\nRange: npt=0.000-\r\n${SESSION}\r\nCSeq: 5\r\n\r\n`,
  rePlay:
    `RTSP/1.0 200 OK\r\nCSeq: 5\r\nRange: npt=0-10\r\nRTP-Info: url=${URL}/track1;seq=7;rtptime=9\r\n${SESSION}\r\n\r\n`,
  keepalive: `GET_PARAMETER ${URL}/ RTSP/1.0\r\nCSeq: 6\r\n${SESSION}\r\n\r\n`,
  reKeepalive: `RTSP/1.0 200 OK\r\nCSeq: 6\r\n${SESSION}\r\n\r\n`,
  pause: `PAUSE ${URL}/ RTSP/1.0\r\nCSeq: 7\r\n${SESSION}\r\n\r\n`,
  rePause: `RTSP/1.0 200 OK\r\nCSeq: 7\r\n${SESSION}\r\n\r\n`,
  teardown: `TEARDOWN ${URL}/ RTSP/1.0\r\nCSeq: 8\r\n${SESSION}\r\n\r\n`,
  reTeardown: `RTSP/1.0 200 OK\r\nCSeq: 8\r\n${SESSION};timeout=60\r\n\r\n`,
};

/** A player that is refused UDP and a password, and turns to the control connection. */
export const INTERLEAVED: Conversation = {
  describe: `DESCRIBE ${URL} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n`,
  reDescribe:
    'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n',
  describe2: `DESCRIBE ${URL} RTSP/1.0\r\nCSeq: 2\r\nAuthorization: Digest username="u"\r\n\r\n`,
  reDescribe2: withBody(
    `RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Base: ${URL}/\r\n`,
    DESCRIPTION,
  ),
  setup:
    `SETUP ${URL}/track1 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVPF;unicast;client_port=5000-5001,RTP/AVP;unicast;client_port=5000-5001\r\n\r\n`,
  reSetup: "RTSP/1.0 461 Unsupported Transport\r\nCSeq: 3\r\n\r\n",
  setup2:
    `SETUP ${URL}/track1 RTSP/1.0\r\nCSeq: 4\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
  reSetup2:
    "RTSP/1.0 200 OK\r\nCSeq: 4\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 12345678-ab_c.d\r\n\r\n",
  play: `PLAY ${URL}/ RTSP/1.0\r\nCSeq: 5\r\nSession: 12345678-ab_c.d\r\n\r\n`,
  rePlay: "RTSP/1.0 200 OK\r\nCSeq: 5\r\nSession: 12345678-ab_c.d\r\n\r\n",
  teardown: `TEARDOWN ${URL}/ RTSP/1.0\r\nCSeq: 6\r\nSession: 12345678-ab_c.d\r\n\r\n`,
  reTeardown: "RTSP/1.0 200 OK\r\nCSeq: 6\r\nSession: 12345678-ab_c.d\r\n\r\n",
};

/** The stock lab client and server. */
export const LAB: Conversation = {
  setup: "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 25000",
  reSetup: "RTSP/1.0 200 OK\nCSeq: 1\nSession: 453211",
  play: "PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2\nSession: 453211",
  rePlay: "RTSP/1.0 200 OK\nCSeq: 2\nSession: 453211",
  pause: "PAUSE movie.Mjpeg RTSP/1.0\nCSeq: 3\nSession: 453211",
  rePause: "RTSP/1.0 200 OK\nCSeq: 3\nSession: 453211",
  teardown: "TEARDOWN movie.Mjpeg RTSP/1.0\nCSeq: 4\nSession: 453211",
  reTeardown: "RTSP/1.0 200 OK\nCSeq: 4\nSession: 453211",
};

/** The audio lab's controller and server. */
export const AUDIO_LAB: Conversation = {
  setup:
    'SETUP rtsp://host/default.wav RTSP/2.0\r\nCSeq: 1\r\nTransport: UDP;unicast;dest_addr=":25001"\r\n\r\n',
  reSetup:
    'RTSP/2.0 200 OK\r\nCSeq: 1\r\nDate: Wed, 01 Apr 2020 01:24:51\r\nTransport: UDP;unicast;dest_addr=":25001";src_addr="127.0.1.1:30000"\r\n\r\n',
  play: "PLAY rtsp://host RTSP/2.0\r\nCSeq: 2\r\n\r\n",
  rePlay: "RTSP/2.0 200 OK\r\nCSeq: 2\r\nDate: Wed, 01 Apr 2020 01:24:52\r\n\r\n",
  teardown: "TEARDOWN rtsp://host RTSP/2.0\r\nCSeq: 3\r\n\r\n",
  reTeardown: "RTSP/2.0 200 OK\r\nCSeq: 3\r\nDate: Wed, 01 Apr 2020 01:24:53\r\n\r\n",
};

/** What is found in a conversation. */
export function watch(
  conversation: Conversation,
  options: RtspObserverOptions = { peer: "both" },
): readonly Finding[] {
  const findings = new Findings();
  const observer = new RtspObserver(findings, options);
  const parsers = { client: new RtspParser(), server: new RtspParser() };
  let number = 0;
  for (const [name, text] of Object.entries(conversation)) {
    const side: Side = /^re[A-Z]/.test(name) ? "server" : "client";
    const latin1 = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const messages = parsers[side].push(latin1);
    const pending = parsers[side].takePending();
    for (const message of pending === undefined ? messages : [...messages, pending]) {
      observer.message(message, side, { number: ++number, timeMs: 10 * number });
    }
  }
  return findings.list();
}
