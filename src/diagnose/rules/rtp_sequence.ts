/**
 * Rules about sequence numbers.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type RtpSequenceRule =
  | "rtp-sequence-start"
  | "rtp-sequence-gap"
  | "rtp-sequence-jump"
  | "rtp-sequence-constant"
  | "rtp-sequence-repeat"
  | "rtp-sequence-backwards"
  | "rtp-sequence-restart"
  | "rtp-sequence-one-byte"
  | "rtp-sequence-stop-255"
  | "rtp-sequence-stop-65535"
  | "rtp-duplicate"
  | "rtp-reordered";

const SEQUENCE = "RFC 3550 section 5.1";

/** The rules. */
export const RTP_SEQUENCE_RULES: RuleTable<RtpSequenceRule> = {
  "rtp-sequence-start": {
    severity: "note",
    message: "The first sequence number is not random.",
    expected: "a random number for the first packet",
    reference: SEQUENCE,
    remedy: "Begin at a random number; it makes attacks on encryption harder.",
    in: {
      "lab": {
        severity: "warning",
        message: "The first sequence number is not 1.",
        expected: "1 for the first frame",
        reference: "The lab's skeleton: the sequence number is the frame's number",
        remedy: "Count the frame before its number is written, or begin at 1.",
      },
      "hello": {
        severity: "error",
        message: "The first sequence number is not 1.",
        expected: "1 for the first image",
        reference: "The hello lab's RTP header",
        remedy: "Begin at 1.",
      },
      "unknown": { severity: "off" },
    },
  },
  "rtp-sequence-gap": {
    severity: "note",
    message: "Sequence numbers are missing: packets were lost on the way or never sent.",
    expected: "one more than the packet before",
    reference: SEQUENCE,
    remedy:
      "On one machine, look at the receive buffer and at bursts; if nothing was lost, the sender counts wrong.",
  },
  "rtp-sequence-jump": {
    severity: "warning",
    message: "The sequence number jumped further than so short a time explains.",
    expected: "one more than the packet before",
    reference: `${SEQUENCE} and appendix A.1`,
    remedy: "Add one for each packet sent, whatever frame of the film it holds.",
  },
  "rtp-sequence-constant": {
    severity: "error",
    message: "All packets have the same sequence number.",
    expected: "one more than the packet before",
    reference: SEQUENCE,
    remedy: "Add one before each packet; write the number into bytes 2 and 3.",
  },
  "rtp-sequence-repeat": {
    severity: "error",
    message: "Different packets have the same sequence number.",
    expected: "a number of its own for each packet",
    reference: SEQUENCE,
    remedy: "Add one for each packet sent, not for each frame.",
    in: { "lab": { severity: "warning" } },
  },
  "rtp-sequence-backwards": {
    severity: "warning",
    message: "The sequence number went back, though the packet was not late.",
    expected: "one more than the packet before",
    reference: SEQUENCE,
    remedy: "Go on counting when the film is wound back.",
  },
  "rtp-sequence-restart": {
    severity: "warning",
    message: "The sequence numbers began anew within the session.",
    expected: "one more than the packet before, over PAUSE and PLAY",
    reference: `${SEQUENCE}, RFC 2326 appendix B`,
    remedy: "Keep the counter in the session, not in the thread that PLAY starts.",
  },
  "rtp-sequence-one-byte": {
    severity: "error",
    message: "The sequence number wraps after 255: it is counted in one byte.",
    expected: "256 after 255",
    reference: SEQUENCE,
    remedy: "header[2] = (seq >> 8) & 0xFF; header[3] = seq & 0xFF.",
  },
  "rtp-sequence-stop-255": {
    severity: "error",
    message: "The stream stopped at sequence number 255, as if the next did not fit a byte.",
    expected: "256 after 255",
    reference: SEQUENCE,
    remedy: "header[2] = (seq >> 8) & 0xFF; header[3] = seq & 0xFF.",
  },
  "rtp-sequence-stop-65535": {
    severity: "error",
    message: "The stream stopped at sequence number 65535.",
    expected: "0 after 65535",
    reference: SEQUENCE,
    remedy: "Take the number modulo 65536 before it is written.",
  },
  "rtp-duplicate": {
    severity: "note",
    message: "The same packet came twice.",
    expected: "each packet once",
    reference: SEQUENCE,
    remedy: "Harmless now and then; if all come twice, there are two paths or two senders.",
  },
  "rtp-reordered": {
    severity: "note",
    message: "Packets came out of order.",
    expected: "one more than the packet before",
    reference: SEQUENCE,
    remedy: "Harmless from a network; on one machine, look for two threads that send.",
  },
};
