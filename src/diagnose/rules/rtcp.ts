/**
 * Rules about RTCP.
 *
 * @module
 */

import type { RuleTable, RuleVariant } from "../rule.ts";

/** Names of these rules. */
export type RtcpRule =
  | "rtcp-on-rtp-port"
  | "rtcp-malformed"
  | "rtcp-length"
  | "rtcp-compound-first"
  | "rtcp-cname-missing"
  | "rtcp-ssrc-zero"
  | "rtcp-bye-ssrc"
  | "rtcp-sr-missing";

/** Where nobody said what the stream is, it may be SRTP. */
const ENCRYPTED: RuleVariant = {
  severity: "note",
  message: "The RTCP packet cannot be read; it may be encrypted.",
  reference: "RFC 3550 section 6, RFC 3711 section 3.4",
};

/** The rules. */
export const RTCP_RULES: RuleTable<RtcpRule> = {
  "rtcp-on-rtp-port": {
    severity: "warning",
    message: "RTCP comes on the RTP port.",
    expected: "RTCP on the next higher port, unless a=rtcp-mux was agreed on",
    reference: "RFC 3550 section 11, RFC 5761",
    remedy: "Send RTCP to the second port of client_port.",
    in: { "unknown": { severity: "note" } },
  },
  "rtcp-malformed": {
    severity: "error",
    message: "The RTCP packet cannot be read.",
    expected: "version 2, a length that fits, as many blocks as the count says",
    reference: "RFC 3550 section 6",
    remedy: "Check each packet's first byte and length field.",
    in: { "unknown": ENCRYPTED },
  },
  "rtcp-length": {
    severity: "error",
    message: "The RTCP length field does not fit the datagram.",
    expected: "the packet's length in 32-bit words, minus one",
    reference: "RFC 3550 section 6.4.1",
    remedy: "Write bytes / 4 - 1; 7 for a receiver report of 32 bytes.",
    in: { "unknown": ENCRYPTED },
  },
  "rtcp-compound-first": {
    severity: "warning",
    message: "The RTCP datagram does not begin with a report.",
    expected: "SR or RR first, if only an empty RR",
    reference: "RFC 3550 section 6.1",
    remedy: "Put an RR without blocks before SDES or BYE.",
    in: { "unknown": { severity: "note" } },
  },
  "rtcp-cname-missing": {
    severity: "note",
    message: "The RTCP datagram brings no CNAME.",
    expected: "SDES with CNAME in every datagram",
    reference: "RFC 3550 sections 6.1 and 6.5.1",
    remedy: "Add SDES with CNAME behind the report.",
  },
  "rtcp-ssrc-zero": {
    severity: "warning",
    message: "The sender of the report has SSRC 0.",
    expected: "a random SSRC, receivers included",
    reference: "RFC 3550 sections 6.4.2 and 8",
    remedy: "Choose a random SSRC when the session is set up.",
  },
  "rtcp-bye-ssrc": {
    severity: "warning",
    message: "BYE is for another SSRC than the stream's.",
    expected: "the stream's SSRC",
    reference: "RFC 3550 section 6.6",
    remedy: "Put the SSRC of the RTP packets into BYE.",
    in: { "unknown": { severity: "note" } },
  },
  "rtcp-sr-missing": {
    severity: "warning",
    message: "The sender sends RTCP, but no sender reports.",
    expected: "SR every few seconds, with the same instant on the wall clock and the stream's",
    reference: "RFC 3550 sections 6.2 and 6.4.1",
    remedy: "Send SR: without it sound and picture cannot be aligned.",
    in: { "unknown": { severity: "note" } },
  },
};
