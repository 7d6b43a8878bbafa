/**
 * Rules about RTSP requests and replies in their order: CSeq, Session, states, silence.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type RtspExchangeRule =
  | "rtsp-cseq-missing"
  | "rtsp-cseq-malformed"
  | "rtsp-cseq-repeated"
  | "rtsp-cseq-backwards"
  | "rtsp-cseq-jump"
  | "rtsp-cseq-reply-wrong"
  | "rtsp-status-alone"
  | "rtsp-reply-unsolicited"
  | "rtsp-reply-missing"
  | "rtsp-reply-version"
  | "rtsp-media-missing"
  | "rtsp-session-missing"
  | "rtsp-session-missing-reply"
  | "rtsp-session-unknown"
  | "rtsp-session-changed"
  | "rtsp-session-not-digits"
  | "rtsp-session-characters"
  | "rtsp-session-short"
  | "rtsp-state"
  | "rtsp-setup-playing"
  | "rtsp-state-repeated"
  | "rtsp-state-accepted"
  | "rtsp-public-missing"
  | "rtsp-content-base-relative";

/** The rules. */
export const RTSP_EXCHANGE_RULES: RuleTable<RtspExchangeRule> = {
  "rtsp-cseq-missing": {
    severity: "error",
    message: "The message has no CSeq.",
    expected: "CSeq: the request's number, in the request and in its reply",
    reference: "RFC 2326 section 12.17",
    remedy: "Send CSeq with every request and copy it into the reply.",
  },
  "rtsp-cseq-malformed": {
    severity: "error",
    message: "CSeq is no number.",
    expected: "digits",
    reference: "RFC 2326 section 12.17",
    remedy: "Send CSeq as a decimal number.",
  },
  "rtsp-cseq-repeated": {
    severity: "warning",
    message: "A new request has the CSeq of the one before.",
    expected: "one more than the last request",
    reference: "RFC 2326 sections 9.2 and 12.17",
    remedy: "Add one to CSeq before each request; only a repeated request keeps its number.",
  },
  "rtsp-cseq-backwards": {
    severity: "warning",
    message: "CSeq went backwards.",
    expected: "one more than the last request",
    reference: "RFC 2326 section 9.2",
    remedy: "Add one to CSeq before each request; begin anew only on a new connection.",
  },
  "rtsp-cseq-jump": {
    severity: "note",
    message: "CSeq left numbers out.",
    expected: "one more than the last request",
    reference: "RFC 2326 section 9.2",
    remedy: "Add one, and only one, to CSeq before each request.",
  },
  "rtsp-cseq-reply-wrong": {
    severity: "error",
    message: "The reply's CSeq is not that of a request that waits for one.",
    expected: "the request's CSeq",
    reference: "RFC 2326 section 12.17",
    remedy: "Copy CSeq from the request into its reply.",
  },
  "rtsp-status-alone": {
    severity: "error",
    message: "The reply is a status line alone; the client cannot tell what it answers.",
    expected: "status line, CSeq: the request's number, blank line",
    reference: "RFC 2326 sections 7 and 12.17",
    remedy: "Send CSeq with error replies too.",
  },
  "rtsp-reply-unsolicited": {
    severity: "error",
    message: "A reply came that nobody asked for.",
    expected: "one reply to each request, and none before the first",
    reference: "RFC 2326 section 7",
    remedy: "Send nothing when a connection is opened, and answer each request once.",
  },
  "rtsp-reply-missing": {
    severity: "error",
    message: "The request was never answered.",
    expected: "a reply, if only 455 Method Not Valid in This State",
    reference: "RFC 2326 sections 7 and 9.2",
    remedy: "Answer every request, those that change nothing included.",
    in: { lab: { severity: "warning" } },
  },
  "rtsp-reply-version": {
    severity: "warning",
    message: "The reply is of another RTSP version than the request.",
    expected: "the request's version, or 505 RTSP Version Not Supported",
    reference: "RFC 2326 section 3.1",
    remedy: "Answer with the version that was asked in.",
  },
  "rtsp-media-missing": {
    severity: "error",
    message: "PLAY was answered with 200 OK, but no RTP came.",
    expected: "RTP at the client's port soon after the reply, or an error status",
    reference: "RFC 2326 section 10.5",
    remedy:
      "Answer 404 when the file is not there; send to the client_port that SETUP named; see whether a firewall drops UDP.",
  },
  "rtsp-session-missing": {
    severity: "error",
    message: "The request has no Session, so the server cannot tell which one is meant.",
    expected: "Session: the identifier that SETUP's reply gave",
    reference: "RFC 2326 section 12.37",
    remedy: "Copy Session from SETUP's reply into every later request.",
    in: { "lab": { severity: "warning" }, "audio-lab": { severity: "off" } },
  },
  "rtsp-session-missing-reply": {
    severity: "error",
    message: "The reply to SETUP has no Session.",
    expected: "Session: an identifier",
    reference: "RFC 2326 section 12.37",
    remedy: "Make an identifier at SETUP and send it in the reply.",
    in: { "audio-lab": { severity: "off" } },
  },
  "rtsp-session-unknown": {
    severity: "error",
    message: "The request's Session is none that the server gave.",
    expected: "the identifier of SETUP's reply, character for character",
    reference: "RFC 2326 sections 3.4 and 12.37",
    remedy: "Keep the identifier as text, without its parameters, and send it back as it was.",
    in: { "lab": { severity: "warning" } },
  },
  "rtsp-session-changed": {
    severity: "error",
    message: "The reply's Session is not the request's.",
    expected: "the same identifier for the whole session",
    reference: "RFC 2326 section 12.37",
    remedy: "Make the identifier once, at SETUP.",
  },
  "rtsp-session-not-digits": {
    severity: "error",
    message: "The session identifier is more than digits; the lab's client reads it as a number.",
    expected: "digits alone, without ;timeout=",
    reference: "The lab's client and server: the session is a random number",
    remedy: "Use a random number of six digits.",
  },
  "rtsp-session-characters": {
    severity: "warning",
    message: "The session identifier holds characters that it must not.",
    expected: "letters, digits and $ - _ . +",
    reference: "RFC 2326 sections 3.4 and 15.1",
    remedy: "Use letters and digits.",
    in: { "lab": { severity: "off" } },
  },
  "rtsp-session-short": {
    severity: "note",
    message: "The session identifier is short and so easily guessed.",
    expected: "at least 8 characters, chosen at random",
    reference: "RFC 2326 section 3.4",
    remedy: "Use 8 random characters or more.",
    in: { "lab": { severity: "off" } },
  },
  "rtsp-state": {
    severity: "error",
    message: "The method is not valid in this state.",
    expected: "SETUP first, then PLAY, then PAUSE",
    reference: "RFC 2326 appendix A",
    remedy: "Send the request only after the one that leads to its state has been answered 200.",
  },
  "rtsp-setup-playing": {
    severity: "note",
    message: "SETUP came while the stream was playing, which a server may refuse.",
    expected: "SETUP before PLAY, or after PAUSE",
    reference: "RFC 2326 section 10.4 and appendix A",
    remedy: "Set up all streams before PLAY; pause or tear down to change the transport.",
    in: {
      lab: {
        severity: "warning",
        message: "SETUP came while the stream was playing; the lab's servers never answer it.",
        reference: "The lab's state diagram",
      },
    },
  },
  "rtsp-state-repeated": {
    severity: "note",
    message: "The method changes nothing in this state.",
    expected: "PAUSE while playing, PLAY while not",
    reference: "RFC 2326 appendix A",
    remedy: "Ask only for what is not so already.",
    in: {
      lab: {
        severity: "warning",
        message: "The method changes nothing in this state, and the lab's servers never answer it.",
        reference: "The lab's state diagram",
      },
    },
  },
  "rtsp-state-accepted": {
    severity: "warning",
    message: "The server answered 200 to a method that is not valid in this state.",
    expected: "455 Method Not Valid in This State",
    reference: "RFC 2326 section 11.3.6 and appendix A",
    remedy: "Check the session's state before the request is carried out.",
  },
  "rtsp-public-missing": {
    severity: "warning",
    message: "The reply to OPTIONS does not list the methods.",
    expected: "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN and what else there is",
    reference: "RFC 2326 section 10.1",
    remedy: "List the methods in Public; some clients use none that is not listed.",
    in: { lab: { severity: "note" } },
  },
  "rtsp-content-base-relative": {
    severity: "warning",
    message: "Content-Base is no absolute URL, so control URLs cannot be joined to it.",
    expected: "rtsp://host:port/path/ with a slash at the end",
    reference: "RFC 2326 appendix C.1.1",
    remedy: "Send the URL that DESCRIBE asked for, with a slash at the end.",
    in: { lab: { severity: "note" } },
  },
};
