/**
 * Rules about session descriptions.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type SdpRule =
  | "sdp-not-sdp"
  | "sdp-version"
  | "sdp-line-missing"
  | "sdp-line-malformed"
  | "sdp-order"
  | "sdp-no-media"
  | "sdp-media-malformed"
  | "sdp-connection-missing"
  | "sdp-rtpmap-missing"
  | "sdp-rtpmap-malformed"
  | "sdp-rtpmap-static"
  | "sdp-control-missing"
  | "sdp-line-ending";

/** The rules. */
export const SDP_RULES: RuleTable<SdpRule> = {
  "sdp-not-sdp": {
    severity: "error",
    message: "The description is no SDP.",
    expected: "v=0 on the first line",
    reference: "RFC 8866 section 5.1",
    remedy: "Write the description as SDP: v=, o=, s=, t=, then m= and a= for each stream.",
    in: { "lab": { severity: "warning" } },
  },
  "sdp-version": {
    severity: "error",
    message: "The description's version is not 0.",
    expected: "v=0",
    reference: "RFC 8866 section 5.1",
    remedy: "Write v=0; it is SDP's version, not RTP's.",
  },
  "sdp-line-missing": {
    severity: "error",
    message: "A line that every description needs is missing.",
    expected: "v=, o=, s= and t=",
    reference: "RFC 8866 section 5",
    remedy: "Add it: o=- 0 0 IN IP4 127.0.0.1, s=-, t=0 0 will do.",
    in: { "lab": { severity: "warning" } },
  },
  "sdp-line-malformed": {
    severity: "error",
    message: "A line of the description is not of the form letter=value.",
    expected: "one letter, =, a value, without spaces around the =",
    reference: "RFC 8866 section 5",
    remedy: "Write it as an a= line, or leave it out.",
    in: { "lab": { severity: "warning" } },
  },
  "sdp-order": {
    severity: "warning",
    message: "The lines of the description are not in order.",
    expected: "v, o, s, i, u, e, p, c, b, t, …, a, then m with its own lines",
    reference: "RFC 8866 section 5",
    remedy: "Put them in that order; strict readers take no other.",
  },
  "sdp-no-media": {
    severity: "error",
    message: "The description names no stream.",
    expected: "m=video 0 RTP/AVP 26",
    reference: "RFC 8866 section 5.14, RFC 2326 appendix C.1",
    remedy: "Add an m= line for each stream.",
    in: { "lab": { severity: "warning" } },
  },
  "sdp-media-malformed": {
    severity: "error",
    message: "An m= line cannot be read.",
    expected: "m=kind port RTP/AVP payload-types",
    reference: "RFC 8866 section 5.14",
    remedy: "Write kind, port (0 with RTSP), RTP/AVP and the payload types as numbers.",
  },
  "sdp-connection-missing": {
    severity: "warning",
    message: "No c= line holds for this stream.",
    expected: "c=IN IP4 0.0.0.0 for the session or for each stream",
    reference: "RFC 8866 section 5.7, RFC 2326 appendix C.1.7",
    remedy: "Add c=IN IP4 0.0.0.0 above the first m= line.",
    in: { "lab": { severity: "note" } },
  },
  "sdp-rtpmap-missing": {
    severity: "error",
    message: "A dynamic payload type has no meaning.",
    expected: "a=rtpmap:type name/clock for each type from 96 to 127",
    reference: "RFC 8866 section 6.6, RFC 3551 section 3",
    remedy: "Add the a=rtpmap line.",
  },
  "sdp-rtpmap-malformed": {
    severity: "error",
    message: "An a=rtpmap line cannot be read.",
    expected: "a=rtpmap:96 L16/44100/2",
    reference: "RFC 8866 section 6.6",
    remedy: "Write type, space, name, slash, clock rate in Hz.",
  },
  "sdp-rtpmap-static": {
    severity: "error",
    message: "An a=rtpmap line gives a static payload type another meaning.",
    expected: "the encoding and clock that RFC 3551 gives to the type",
    reference: "RFC 3551 section 6",
    remedy: "Use a type from 96 to 127 for anything else.",
  },
  "sdp-control-missing": {
    severity: "warning",
    message: "A stream has no control URL, so SETUP cannot name it.",
    expected: "a=control:… for each stream",
    reference: "RFC 2326 appendix C.1.1",
    remedy: "Add a=control with a URL for each stream.",
    in: { "lab": { severity: "note" } },
  },
  "sdp-line-ending": {
    severity: "note",
    message: "The description's lines end with LF alone.",
    expected: "\\r\\n at the end of each line",
    reference: "RFC 8866 section 5",
    remedy: 'Write "\\r\\n".',
  },
};
