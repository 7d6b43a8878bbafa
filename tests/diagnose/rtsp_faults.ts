/**
 * One fault for each RTSP rule.
 *
 * @module
 */

import type { Severity } from "../../src/diagnose/finding.ts";
import type { Side } from "../../src/diagnose/rtsp_observer.ts";
import type { RuleId } from "../../src/diagnose/rules/catalogue.ts";
import {
  type Conversation,
  DESCRIPTION,
  INTERLEAVED,
  LAB,
  STANDARD,
  withBody,
} from "./rtsp_conversation.ts";

/** A conversation with something wrong in it. */
export interface RtspFault {
  /** The rule that has to be the only one that is broken, beyond those of `base`. */
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly side: Side;
  /** What was a clean conversation. */
  readonly base: Conversation;
  /** Messages that are replaced, or added at the end; "" leaves one out. */
  readonly change: Conversation;
  /** What has to be in `seen`. */
  readonly seen: string;
}

type Change = (text: string) => string;

function fault(
  rule: RuleId,
  severity: Severity,
  side: Side,
  base: Conversation,
  changes: Readonly<Record<string, string | Change>>,
  seen: string,
): RtspFault {
  const change: Record<string, string> = {};
  for (const [name, how] of Object.entries(changes)) {
    change[name] = typeof how === "string" ? how : how(base[name] ?? "");
  }
  return { rule, severity, side, base, change, seen };
}

const swap = (from: string, to: string): Change => (text) => text.replace(from, to);
const describe = (description: string) => ({
  reDescribe: withBody(
    "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\n",
    description,
  ),
});
const sdp = (from: string, to: string) => describe(DESCRIPTION.replace(from, to));

/** The faults. */
export const RTSP_FAULTS: readonly RtspFault[] = [
  fault("rtsp-line-ending-lf", "warning", "client", STANDARD, {
    play: (text) => text.replaceAll("\r\n", "\n"),
  }, "PLAY rtsp://127.0.0.1:8554/film/ RTSP/1.0\\nRange"),
  fault("rtsp-line-ending-mixed", "warning", "client", STANDARD, {
    play: swap("npt=0.000-\r\n", "npt=0.000-\n"),
  }, "npt=0.000-\\nSession"),
  fault("rtsp-line-ending-mixed", "warning", "client", LAB, {
    pause: (text) => text.replaceAll("\n", "\r"),
  }, "RTSP/1.0\\rCSeq"),
  fault("rtsp-no-blank-line", "error", "client", STANDARD, {
    play: (text) => text.slice(0, -2),
  }, "CSeq: 5\\r\\n"),
  fault("rtsp-no-final-newline", "error", "server", STANDARD, {
    rePlay: (text) => text.slice(0, -4),
  }, "q8fP2mKxT0"),
  fault("rtsp-no-message", "error", "server", STANDARD, {
    reGarbage: "!? what\r\n",
  }, "!? what\\r\\n"),
  fault("rtsp-no-header-names", "warning", "client", LAB, {
    play: "PLAY movie.Mjpeg\n2\n RTSP/1.0 453211 25000",
  }, "PLAY movie.Mjpeg\\n2\\n RTSP/1.0 453211 25000"),
  fault("rtsp-header-line", "warning", "server", LAB, {
    reSetup: (text) => `${text}\nVersion = 2`,
  }, "Version = 2"),
  fault("rtsp-header-equals", "error", "client", LAB, {
    play: swap("Session: ", "Session= "),
  }, "Session= 453211"),
  fault("rtsp-header-no-colon", "error", "client", LAB, {
    play: swap("Session: ", "Session "),
  }, "Session 453211"),
  fault("rtsp-header-indented", "error", "client", LAB, {
    play: swap("\nSession", "\n  Session"),
  }, "  Session: 453211"),
  fault("rtsp-header-misspelt", "error", "client", LAB, {
    play: swap("Session", "Sesssion"),
  }, "Sesssion: 453211"),
  fault(
    "rtsp-method-case",
    "error",
    "client",
    STANDARD,
    { play: swap("PLAY", "Play") },
    "Play rtsp",
  ),
  fault("rtsp-method-unknown", "note", "client", LAB, {
    faster: "FORWARD movie.Mjpeg RTSP/1.0\nCSeq: 5\nSession: 453211",
    reFaster: "RTSP/1.0 200 OK\nCSeq: 5\nSession: 453211",
  }, "FORWARD movie.Mjpeg"),
  fault("rtsp-protocol-misspelt", "error", "client", LAB, {
    play: swap("RTSP/1.0", "RSTP/1.0"),
  }, "PLAY movie.Mjpeg RSTP/1.0"),
  fault("rtsp-version", "error", "client", STANDARD, {
    keepalive: swap("RTSP/1.0", "RTSP/3.0"),
    reKeepalive: swap("RTSP/1.0 200 OK", "RTSP/1.0 505 RTSP Version Not Supported"),
  }, "RTSP/3.0"),
  fault("rtsp-url-missing", "error", "client", STANDARD, {
    options: swap(" rtsp://127.0.0.1:8554/film", ""),
  }, "OPTIONS RTSP/1.0"),
  fault("rtsp-url-relative", "error", "client", STANDARD, {
    describe: swap("rtsp://127.0.0.1:8554/film", "film"),
  }, "DESCRIBE film RTSP/1.0"),
  fault("rtsp-url-malformed", "error", "client", STANDARD, {
    describe: swap(":8554/film", ":99999/film"),
  }, ":99999/film"),
  fault("rtsp-url-file-as-host", "warning", "client", STANDARD, {
    describe: swap("127.0.0.1:8554/film", "movie.mjpeg"),
  }, "rtsp://movie.mjpeg"),
  fault(
    "rtsp-reason-missing",
    "note",
    "server",
    STANDARD,
    { rePlay: swap(" OK", "") },
    "200\\r\\n",
  ),
  fault("rtsp-content-length-missing", "error", "server", STANDARD, {
    reDescribe: (text) => text.replace(/Content-Length: \d+\r\n/, ""),
  }, "v=0"),
  fault("rtsp-content-length-wrong", "error", "server", STANDARD, {
    reDescribe: (text) => text.replace(/Content-Length: \d+/, "Content-Length: 999"),
  }, "Content-Length: 999, but 204 bytes"),
  fault("rtsp-content-type-missing", "warning", "server", STANDARD, {
    reDescribe: swap("Content-Type: application/sdp\r\n", ""),
  }, "no Content-Type"),
  fault("rtsp-body-no-blank-line", "error", "server", STANDARD, {
    reDescribe: swap("\r\n\r\n", "\r\n"),
  }, "Content-Length: 204\\r\\nv=0"),

  fault("rtsp-cseq-missing", "error", "client", STANDARD, {
    play: swap("CSeq: 5\r\n", ""),
    rePlay: swap("CSeq: 5\r\n", "X: 5\r\n"),
  }, "no CSeq"),
  fault("rtsp-cseq-malformed", "error", "client", STANDARD, {
    play: swap("CSeq: 5", "CSeq: five"),
    rePlay: swap("CSeq: 5", "CSeq: five"),
  }, "CSeq: five"),
  fault("rtsp-cseq-repeated", "warning", "client", LAB, {
    play: swap("CSeq: 2", "CSeq: 1"),
    rePlay: swap("CSeq: 2", "CSeq: 1"),
    pause: swap("CSeq: 3", "CSeq: 2"),
    rePause: swap("CSeq: 3", "CSeq: 2"),
    teardown: swap("CSeq: 4", "CSeq: 3"),
    reTeardown: swap("CSeq: 4", "CSeq: 3"),
  }, "CSeq: 1 after 1"),
  fault("rtsp-cseq-backwards", "warning", "client", LAB, {
    teardown: swap("CSeq: 4", "CSeq: 1"),
    reTeardown: swap("CSeq: 4", "CSeq: 1"),
  }, "CSeq: 1 after 3"),
  fault("rtsp-cseq-jump", "note", "client", LAB, {
    teardown: swap("CSeq: 4", "CSeq: 9"),
    reTeardown: swap("CSeq: 4", "CSeq: 9"),
  }, "CSeq: 9 after 3"),
  fault("rtsp-cseq-reply-wrong", "error", "server", LAB, {
    rePlay: swap("CSeq: 2", "CSeq: 1"),
  }, "CSeq: 1 to CSeq: 2"),
  fault("rtsp-status-alone", "error", "server", LAB, {
    again: "SETUP nothing RTSP/1.0\nCSeq: 5\nTransport: RTP/UDP; client_port= 25000",
    reAgain: "RTSP/1.0 404 NOT FOUND",
  }, "RTSP/1.0 404 NOT FOUND"),
  fault("rtsp-reply-unsolicited", "error", "server", STANDARD, {
    reTwice: "RTSP/1.0 200 OK\r\nCSeq: 8\r\n\r\n",
  }, "CSeq: 8"),
  fault("rtsp-reply-missing", "warning", "server", LAB, { rePlay: "" }, "PLAY movie.Mjpeg"),
  fault("rtsp-reply-version", "warning", "server", STANDARD, {
    rePlay: swap("RTSP/1.0", "RTSP/2.0"),
  }, "RTSP/2.0 200 OK"),
  fault("rtsp-session-missing", "error", "client", STANDARD, {
    play: swap("Session: q8fP2mKxT0\r\n", ""),
  }, "PLAY rtsp"),
  fault("rtsp-session-missing-reply", "error", "server", LAB, {
    reSetup: swap("\nSession: 453211", ""),
  }, "no Session"),
  fault("rtsp-session-unknown", "error", "client", STANDARD, {
    play: swap("q8fP2mKxT0", "q8fP2mKxT1"),
    rePlay: "RTSP/1.0 454 Session Not Found\r\nCSeq: 5\r\n\r\n",
    pause: "",
    rePause: "",
    teardown: swap("CSeq: 8", "CSeq: 7"),
    reTeardown: swap("CSeq: 8", "CSeq: 7"),
  }, "Session: q8fP2mKxT1"),
  fault("rtsp-session-changed", "error", "server", STANDARD, {
    rePlay: swap("q8fP2mKxT0", "zzzzzzzzzz"),
  }, "zzzzzzzzzz"),
  fault("rtsp-session-not-digits", "error", "server", LAB, {
    reSetup: swap("453211", "453211;timeout=60"),
  }, "Session: 453211;timeout=60"),
  fault("rtsp-session-characters", "warning", "server", INTERLEAVED, {
    reSetup2: swap("12345678-ab_c.d", "{12345678}"),
    play: swap("12345678-ab_c.d", "{12345678}"),
    rePlay: swap("12345678-ab_c.d", "{12345678}"),
    teardown: swap("12345678-ab_c.d", "{12345678}"),
    reTeardown: swap("12345678-ab_c.d", "{12345678}"),
  }, "Session: {12345678}"),
  fault("rtsp-session-short", "note", "server", INTERLEAVED, {
    reSetup2: swap("12345678-ab_c.d", "123"),
    play: swap("12345678-ab_c.d", "123"),
    rePlay: swap("12345678-ab_c.d", "123"),
    teardown: swap("12345678-ab_c.d", "123"),
    reTeardown: swap("12345678-ab_c.d", "123"),
  }, "Session: 123"),
  fault("rtsp-state", "error", "client", LAB, {
    setup: "PLAY movie.Mjpeg RTSP/1.0\nCSeq: 1\nSession: 0",
    reSetup: "RTSP/1.0 455 Method Not Valid in This State\nCSeq: 1\nSession: 0",
    play: "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 2\nTransport: RTP/UDP; client_port= 25000",
    pause: swap("PAUSE", "PLAY"),
  }, "PLAY movie.Mjpeg RTSP/1.0\\n in state Init"),
  fault("rtsp-setup-playing", "warning", "client", LAB, {
    pause: "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 3\nTransport: RTP/UDP; client_port= 25000",
  }, "in state Playing"),
  fault("rtsp-state-repeated", "warning", "client", LAB, {
    pause: swap("PAUSE", "PLAY"),
  }, "in state Playing"),
  fault("rtsp-version", "error", "client", LAB, {
    setup: swap(" RTSP/1.0", ""),
  }, "SETUP movie.Mjpeg\\nCSeq"),
  fault("rtsp-url-malformed", "warning", "client", LAB, {
    setup: swap(" RTSP/1.0", "RTSP/1.0"),
  }, "movie.MjpegRTSP/1.0"),
  fault("rtsp-transport-port-malformed", "error", "client", LAB, {
    setup: swap("RTP/UDP;", "RTP/UDP,"),
  }, "RTP/UDP, client_port"),
  fault("rtsp-transport-port-malformed", "error", "client", LAB, {
    setup: swap("client_port", "clientPort"),
  }, "clientPort= 25000"),
  fault("rtsp-public-missing", "warning", "server", STANDARD, {
    reOptions: (text) => text.replace(/Public.*\r\n/, ""),
  }, "no Public"),
  fault("rtsp-content-base-relative", "warning", "server", STANDARD, {
    reDescribe: swap("Content-Base: rtsp://127.0.0.1:8554/film/", "Content-Base: film"),
  }, "Content-Base: film"),

  fault("rtsp-transport-missing", "error", "client", STANDARD, {
    setup2: (text) => text.replace(/Transport.*\r\n/, ""),
  }, "SETUP rtsp"),
  fault("rtsp-transport-missing-reply", "error", "server", STANDARD, {
    reSetup: (text) => text.replace(/Transport.*\r\n/, ""),
  }, "no Transport"),
  fault("rtsp-transport-unknown", "error", "client", STANDARD, {
    setup2: swap("RTP/AVP/UDP", "RAW/RAW/UDP"),
    reSetup2: "RTSP/1.0 461 Unsupported Transport\r\nCSeq: 4\r\n\r\n",
  }, "RAW/RAW/UDP"),
  fault("rtsp-transport-space", "error", "client", STANDARD, {
    setup: swap("client_port=", "client_port= "),
  }, "client_port= 24670"),
  fault("rtsp-transport-quote", "error", "server", STANDARD, {
    reSetup: swap('"PLAY"', '"PLAY'),
  }, 'mode="PLAY'),
  fault("rtsp-transport-no-client-port", "error", "client", STANDARD, {
    setup: swap(";client_port=24670-24671", ""),
  }, "RTP/AVP/UDP;unicast"),
  fault("rtsp-transport-port-malformed", "error", "client", STANDARD, {
    setup: swap("24670-24671", "all"),
  }, "client_port=all"),
  fault("rtsp-transport-odd-port", "warning", "client", STANDARD, {
    setup: swap("24670-24671", "24671-24672"),
    reSetup: swap("24670-24671", "24671-24672"),
  }, "24671-24672"),
  fault("rtsp-transport-single-port", "note", "client", STANDARD, {
    setup: swap("24670-24671", "24670"),
    reSetup: swap("24670-24671", "24670"),
  }, "client_port=24670"),
  fault("rtsp-transport-no-unicast", "warning", "client", STANDARD, {
    setup: swap(";unicast", ""),
  }, "RTP/AVP/UDP;client_port"),
  fault("rtsp-transport-no-server-port", "warning", "server", STANDARD, {
    reSetup2: swap(";server_port=9002-9003", ""),
  }, "24672-24673"),
  fault("rtsp-transport-client-port-changed", "error", "server", STANDARD, {
    reSetup2: swap("24672-24673", "5000-5001"),
  }, "client_port=5000-5001"),

  fault(
    "sdp-not-sdp",
    "error",
    "server",
    STANDARD,
    describe("protocol=RTP\nversion=2\n"),
    "protocol",
  ),
  fault("sdp-version", "error", "server", STANDARD, sdp("v=0", "v=2"), "v=2"),
  fault("sdp-line-missing", "error", "server", STANDARD, sdp("t=0 0\r\n", ""), "no t= line"),
  fault(
    "sdp-line-malformed",
    "error",
    "server",
    STANDARD,
    sdp("a=control:*", "control *"),
    "control *",
  ),
  fault(
    "sdp-order",
    "warning",
    "server",
    STANDARD,
    sdp("c=IN IP4 0.0.0.0\r\nt=0 0\r\n", "t=0 0\r\nc=IN IP4 0.0.0.0\r\n"),
    "c=IN IP4 0.0.0.0 behind",
  ),
  fault(
    "sdp-no-media",
    "error",
    "server",
    STANDARD,
    describe(DESCRIPTION.slice(0, DESCRIPTION.indexOf("m="))),
    "v=0",
  ),
  fault(
    "sdp-media-malformed",
    "error",
    "server",
    STANDARD,
    sdp("m=video 0 RTP/AVP 26", "m=video RTP/AVP 26"),
    "m=video RTP/AVP 26",
  ),
  fault(
    "sdp-connection-missing",
    "warning",
    "server",
    STANDARD,
    sdp("c=IN IP4 0.0.0.0\r\n", ""),
    "m=video",
  ),
  fault(
    "sdp-rtpmap-missing",
    "error",
    "server",
    STANDARD,
    sdp("a=rtpmap:97 L16/44100/2\r\n", ""),
    "no a=rtpmap:97",
  ),
  fault(
    "sdp-rtpmap-malformed",
    "error",
    "server",
    STANDARD,
    sdp("L16/44100/2", "L16"),
    "a=rtpmap:97 L16",
  ),
  fault(
    "sdp-rtpmap-static",
    "error",
    "server",
    STANDARD,
    sdp("m=video 0 RTP/AVP 26\r\n", "m=video 0 RTP/AVP 26\r\na=rtpmap:26 JPEG/25\r\n"),
    "JPEG/25",
  ),
  fault(
    "sdp-control-missing",
    "warning",
    "server",
    STANDARD,
    sdp("a=control:track2\r\n", ""),
    "m=audio",
  ),
  fault(
    "sdp-line-ending",
    "note",
    "server",
    STANDARD,
    describe(DESCRIPTION.replaceAll("\r\n", "\n")),
    "v=0\\n",
  ),
];
