/**
 * Rules about the RTP header and the datagram's length.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type RtpHeaderRule =
  | "rtp-short"
  | "rtp-version"
  | "rtp-padding"
  | "rtp-padding-set"
  | "rtp-extension-cut"
  | "rtp-extension-set"
  | "rtp-csrc-cut"
  | "rtp-csrc-set"
  | "rtp-marker-set"
  | "rtp-marker-missing"
  | "rtp-marker-early"
  | "rtp-payload-type"
  | "rtp-payload-type-announced"
  | "rtp-payload-type-changed"
  | "rtp-ssrc-zero"
  | "rtp-ssrc-changed"
  | "rtp-ssrc-announced"
  | "rtp-empty"
  | "rtp-length-buffer"
  | "rtp-length-mtu";

const FIXED_HEADER = "RFC 3550 section 5.1";
const HELLO_HEADER = "The hello lab's RTP header";

/** The rules. */
export const RTP_HEADER_RULES: RuleTable<RtpHeaderRule> = {
  "rtp-short": {
    severity: "error",
    message: "The datagram is too short for an RTP header.",
    expected: "12 bytes or more",
    reference: FIXED_HEADER,
    remedy: "Put the 12 header bytes before the payload of every datagram.",
  },
  "rtp-version": {
    severity: "error",
    message: "The RTP version is not 2.",
    expected: "the first two bits 10, so a first byte of 0x80",
    reference: FIXED_HEADER,
    remedy: "header[0] = 2 << 6; see that no later line overwrites it.",
  },
  "rtp-padding": {
    severity: "error",
    message: "The padding bit is set, but the last byte is no padding count.",
    expected: "P=0, or a last byte from 1 to the length of the payload",
    reference: FIXED_HEADER,
    remedy: "Clear the padding bit (0x20 of the first byte).",
  },
  "rtp-padding-set": {
    severity: "note",
    message: "The padding bit is set.",
    expected: "P=0",
    reference: FIXED_HEADER,
    remedy: "Clear the padding bit (0x20 of the first byte).",
    in: {
      "standard": { severity: "off" },
      "unknown": { severity: "off" },
      "lab": { severity: "warning", reference: "The lab's RTP header: P=0" },
      "hello": { severity: "error", reference: HELLO_HEADER },
    },
  },
  "rtp-extension-cut": {
    severity: "error",
    message: "The extension bit is set, but no header extension fits.",
    expected: "X=0, or 4 bytes and as many words as they say",
    reference: "RFC 3550 section 5.3.1",
    remedy: "Clear the extension bit (0x10 of the first byte).",
  },
  "rtp-extension-set": {
    severity: "note",
    message: "The extension bit is set.",
    expected: "X=0",
    reference: FIXED_HEADER,
    remedy: "Clear the extension bit (0x10 of the first byte).",
    in: {
      "standard": { severity: "off" },
      "unknown": { severity: "off" },
      "lab": { severity: "error", reference: "The lab's RTP header: X=0" },
      "hello": { severity: "error", reference: HELLO_HEADER },
    },
  },
  "rtp-csrc-cut": {
    severity: "error",
    message: "CC counts more contributing sources than the datagram can hold.",
    expected: "CC=0: a sender that mixes nothing has none",
    reference: FIXED_HEADER,
    remedy: "Clear the low four bits of the first byte.",
  },
  "rtp-csrc-set": {
    severity: "note",
    message: "CC counts contributing sources, as only a mixer has them.",
    expected: "CC=0, unless the packet comes from a mixer",
    reference: `${FIXED_HEADER} and section 7`,
    remedy: "Clear the low four bits of the first byte.",
    in: {
      "lab": { severity: "error", reference: "The lab's RTP header: CC=0" },
      "hello": { severity: "error", reference: HELLO_HEADER },
    },
  },
  "rtp-marker-set": {
    severity: "note",
    message: "The marker bit is set.",
    expected: "M=0",
    reference: HELLO_HEADER,
    remedy: "Clear the high bit of the second byte.",
    in: {
      "standard": { severity: "off" },
      "unknown": { severity: "off" },
      "lab": { severity: "off" },
      "hello": { severity: "error" },
    },
  },
  "rtp-marker-missing": {
    severity: "error",
    message: "No marker ends the frame, so a receiver does not know when it is complete.",
    expected: "M=1 in the last packet of each frame",
    reference: "RFC 3551 section 5, RFC 2435 section 3",
    remedy: "Set the high bit of the second byte in the last packet of a frame.",
    in: {
      "lab": {
        severity: "note",
        message: "The marker is never set, as the lab's skeleton has it; the RFC wants it.",
        expected: "M=0 in the lab's skeleton; by the RFC M=1 in the last packet of each frame",
        reference: "The lab's skeleton; RFC 3551 section 5",
        remedy: "Set it for other players' sake: the stock client ignores it.",
      },
      "hello": { severity: "off" },
    },
  },
  "rtp-marker-early": {
    severity: "error",
    message: "A packet that is not the last of its frame has the marker.",
    expected: "M=1 in the last packet of a frame and in no other",
    reference: "RFC 3551 section 5, RFC 2435 section 3",
    remedy: "Set the marker only when the frame has no more bytes.",
    in: { "lab": { severity: "off" }, "hello": { severity: "off" } },
  },
  "rtp-payload-type": {
    severity: "warning",
    message: "The payload type is not the lab's.",
    expected: "26, JPEG",
    reference: "The lab's RTP header: PT=26",
    remedy: "header[1] = 26 (plus 0x80 for the marker).",
    in: {
      "standard": { severity: "off" },
      "unknown": { severity: "off" },
      "hello": { severity: "error", reference: HELLO_HEADER },
    },
  },
  "rtp-payload-type-announced": {
    severity: "error",
    message: "The payload type is not the one that was announced.",
    expected: "a payload type of the stream's m= line",
    reference: "RFC 8866 section 5.14, RFC 3550 section 5.1",
    remedy: "Send the type that the session description names, or announce the one that is sent.",
    in: { "lab": { severity: "warning" } },
  },
  "rtp-payload-type-changed": {
    severity: "note",
    message: "The payload type changed within the stream.",
    expected: "one payload type, but for comfort noise and telephone events",
    reference: FIXED_HEADER,
    remedy: "Keep the type, or announce all of them.",
    in: { "lab": { severity: "warning" }, "hello": { severity: "off" } },
  },
  "rtp-ssrc-zero": {
    severity: "warning",
    message: "SSRC is 0; it should be chosen at random.",
    expected: "a random 32-bit number for each stream",
    reference: "RFC 3550 sections 5.1 and 8",
    remedy: "Choose a random number when the session is set up and write it to bytes 8 to 11.",
    in: {
      "lab": {
        severity: "note",
        message: "SSRC is 0, as in the lab's skeleton; the RFC wants a random number.",
        reference: "The lab's skeleton; RFC 3550 section 8",
      },
      "hello": { severity: "off" },
      "unknown": { severity: "note" },
    },
  },
  "rtp-ssrc-changed": {
    severity: "warning",
    message: "SSRC changed within the stream.",
    expected: "one SSRC for the whole session",
    reference: "RFC 3550 sections 5.1 and 8.2",
    remedy: "Choose SSRC once for each session, not for each packet or PLAY.",
    in: { "hello": { severity: "error", reference: HELLO_HEADER } },
  },
  "rtp-ssrc-announced": {
    severity: "warning",
    message: "SSRC is not the one that was announced.",
    expected: "the ssrc of Transport",
    reference: "RFC 2326 section 12.39",
    remedy: "Announce the SSRC that is sent, as 8 hex digits, or none.",
    in: {
      "hello": {
        severity: "error",
        message: "SSRC is not the SessionID.",
        expected: "the SessionID that the server answered with",
        reference: HELLO_HEADER,
        remedy: "Write the SessionID to bytes 8 to 11, high byte first.",
      },
    },
  },
  "rtp-empty": {
    severity: "warning",
    message: "The packet has a header, but no payload.",
    expected: "media behind the header",
    reference: FIXED_HEADER,
    remedy: "Stop at the end of the file in place of sending an empty frame.",
  },
  "rtp-length-buffer": {
    severity: "warning",
    message: "The datagram is longer than the buffer of the lab's client, which loses the rest.",
    expected: "20,480 bytes at most: a frame of 20,468",
    reference: "The lab's client: recv(20480)",
    remedy: "Use smaller or more compressed pictures.",
    in: { "standard": { severity: "off" }, "unknown": { severity: "off" } },
  },
  "rtp-length-mtu": {
    severity: "warning",
    message: "The datagram is longer than an Ethernet frame takes, so IP cuts it to pieces.",
    expected: "1472 bytes at most over IPv4, 1452 over IPv6",
    reference: "RFC 2435 section 4.3, RFC 8085 section 3.2",
    remedy: "Split frames into several packets; one lost piece costs the whole datagram.",
    in: {
      "lab": {
        severity: "note",
        message: "The datagram holds a whole frame, as the lab wants it; IP cuts it to pieces.",
        expected: "one frame a datagram in the lab; by the RFCs, packets that fit the network",
        reference: "The lab's skeleton; RFC 2435 section 4.3",
        remedy: "Nothing to mend in the lab.",
      },
      "hello": { severity: "off" },
      "unknown": { severity: "note" },
    },
  },
};
