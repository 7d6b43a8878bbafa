/**
 * A captured session of RTSP for tests: its beginning, and its pictures.
 *
 * @module
 */

import { CLIENT, exchange, SERVER, TestCapture } from "./test_capture.ts";

/** A session whose only track is 20 pictures a second; `formats` ends the m= line. */
export function rtspCapture(
  setup = "RTP/AVP;unicast;client_port=7000-7001",
  { formats = "96\na=rtpmap:96 H264/90000", snapLength = 65_535, profile = "RTP/AVP" } = {},
): TestCapture {
  const capture = new TestCapture({ snapLength });
  const sdp =
    `v=0\no=- 1 1 IN IP4 192.0.2.20\ns=x\nc=IN IP4 0.0.0.0\nt=0 0\nm=video 0 ${profile} ${formats}\n` +
    "a=framerate:20\na=control:track1\n";
  const length = sdp.replaceAll("\n", "\r\n").length;
  const url = "rtsp://192.0.2.20/film";
  exchange(
    capture,
    `DESCRIBE ${url} RTSP/1.0\nCSeq: 1\n\n`,
    `RTSP/1.0 200 OK\nCSeq: 1\nContent-Type: application/sdp\nContent-Length: ${length}\n\n${sdp}`,
    0,
  );
  exchange(
    capture,
    `SETUP ${url}/track1 RTSP/1.0\nCSeq: 2\nTransport: ${setup}\n\n`,
    `RTSP/1.0 200 OK\nCSeq: 2\nSession: 12345678\nTransport: ${setup};server_port=8000-8001\n\n`,
    10,
  );
  exchange(
    capture,
    `PLAY ${url} RTSP/1.0\nCSeq: 3\nSession: 12345678\n\n`,
    "RTSP/1.0 200 OK\nCSeq: 3\nSession: 12345678\n\n",
    20,
  );
  return capture;
}

/** Where the pictures come from. */
export const MEDIA_FROM = { host: SERVER.host, port: 8000 };
/** Where they go to. */
export const MEDIA_TO = { host: CLIENT.host, port: 7000 };

/** Pictures of one packet each, 20 a second, from number 700 on. */
export function sendPictures(capture: TestCapture, first: number, count: number): void {
  for (let i = first; i < first + count; i++) {
    const payload = Uint8Array.from({ length: 100 }, (_, at) => (i * 7 + at * 13) & 0x7f);
    capture.rtp(MEDIA_FROM, MEDIA_TO, {
      payloadType: 96,
      sequenceNumber: 700 + i,
      timestamp: i * 4500,
      marker: true,
      payload,
    }, 40 + i * 50);
  }
}
