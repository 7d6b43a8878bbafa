/**
 * Rules about timestamps and about when packets come.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type RtpTimingRule =
  | "rtp-timestamp-constant"
  | "rtp-timestamp-seconds"
  | "rtp-timestamp-milliseconds"
  | "rtp-timestamp-rate"
  | "rtp-timestamp-backwards"
  | "rtp-timestamp-in-frame"
  | "rtp-pacing-fast"
  | "rtp-pacing-slow"
  | "rtp-pacing-burst"
  | "rtp-frames-missing"
  | "rtp-no-bye"
  | "rtp-after-bye";

const TIMESTAMP = "RFC 3550 section 5.1";

/** The rules. */
export const RTP_TIMING_RULES: RuleTable<RtpTimingRule> = {
  "rtp-timestamp-constant": {
    severity: "error",
    message: "The timestamp never changes.",
    expected: "the sampling time of each frame, in units of the stream's clock",
    reference: TIMESTAMP,
    remedy: "Add clock rate / frame rate for each frame: 90000 / 20 = 4500.",
    in: { "lab": { severity: "warning" } },
  },
  "rtp-timestamp-seconds": {
    severity: "error",
    message: "The timestamp counts whole seconds.",
    expected: "units of the stream's clock: 90,000 a second for video",
    reference: `${TIMESTAMP}, RFC 3551 section 5`,
    remedy: "Add 90000 / frame rate for each frame, or int(time() * 90000) & 0xFFFFFFFF.",
    in: {
      "lab": {
        severity: "warning",
        message: "The timestamp counts whole seconds, as the lab's skeleton has it.",
      },
      "hello": {
        severity: "note",
        message: "The timestamp counts whole seconds, as the lab wants it; the RFC does not.",
        reference: `The hello lab's RTP header; ${TIMESTAMP}`,
      },
      "unknown": { severity: "warning" },
    },
  },
  "rtp-timestamp-milliseconds": {
    severity: "error",
    message: "The timestamp counts milliseconds.",
    expected: "units of the stream's clock: 90,000 a second for video",
    reference: `${TIMESTAMP}, RFC 3551 section 5`,
    remedy: "Multiply by the clock rate and divide by 1000: 90 for video.",
    in: {
      "lab": { severity: "warning" },
      "hello": { severity: "note" },
      "unknown": { severity: "note" },
    },
  },
  "rtp-timestamp-rate": {
    severity: "error",
    message: "The timestamp does not run with the stream's clock.",
    expected: "as many units a second as the clock rate says",
    reference: TIMESTAMP,
    remedy:
      "Add clock rate / frame rate for each frame (samples for sound) and send each frame when it is due.",
    in: { "lab": { severity: "warning" }, "hello": { severity: "off" } },
  },
  "rtp-timestamp-backwards": {
    severity: "error",
    message: "The timestamp went back while the sequence number went on.",
    expected: "a later time for each later frame",
    reference: TIMESTAMP,
    remedy: "Go on counting over PAUSE, PLAY and seeks.",
    in: { "lab": { severity: "warning" }, "unknown": { severity: "note" } },
  },
  "rtp-timestamp-in-frame": {
    severity: "error",
    message: "The packets of one frame have different timestamps.",
    expected: "one timestamp for all packets of a frame",
    reference: `${TIMESTAMP}, RFC 2435 section 3`,
    remedy: "Take the timestamp once for each frame.",
  },
  "rtp-pacing-fast": {
    severity: "warning",
    message: "Frames come faster than they are to be shown.",
    expected: "frames at the film's rate",
    reference: "RFC 3550 section 5.1",
    remedy: "Wait until each frame is due: start + number / rate, not a fixed sleep.",
    in: {
      "lab": { expected: "a frame every 50 ms", reference: "The lab: 20 frames a second" },
      "hello": { expected: "a frame every 50 ms", reference: "The hello lab: 20 a second" },
      "unknown": { severity: "note" },
    },
  },
  "rtp-pacing-slow": {
    severity: "warning",
    message: "Frames come slower than they are to be shown.",
    expected: "frames at the film's rate",
    reference: "RFC 3550 section 5.1",
    remedy: "Sleep until start + number / rate, so that the time for sending is not added.",
    in: {
      "lab": { expected: "a frame every 50 ms", reference: "The lab: 20 frames a second" },
      "hello": { expected: "a frame every 50 ms", reference: "The hello lab: 20 a second" },
      "unknown": { severity: "note" },
    },
  },
  "rtp-pacing-burst": {
    severity: "warning",
    message: "Frames come in bursts with pauses between.",
    expected: "the time between two frames about the same",
    reference: "RFC 3550 section 5.1",
    remedy: "Send one frame at a time, when it is due.",
    in: { "standard": { severity: "note" }, "unknown": { severity: "note" } },
  },
  "rtp-frames-missing": {
    severity: "warning",
    message: "The stream ended before all frames had been sent.",
    expected: "all frames of the film",
    reference: "RFC 2326 section 10.5",
    remedy: "See whether the sender's thread died: an exception, a counter that overflows.",
  },
  "rtp-no-bye": {
    severity: "warning",
    message: "The stream ended without RTCP BYE, so some players wait for ever.",
    expected: "RTCP BYE at the end of the file",
    reference: "RFC 3550 section 6.6",
    remedy: "Send SR, SDES and BYE to the RTCP port after the last packet.",
    in: {
      "lab": {
        severity: "note",
        message: "Nothing says that the film is over; the lab has no RTCP.",
        reference: "The lab's skeleton; RFC 3550 section 6.6",
      },
      "hello": { severity: "off" },
      "unknown": { severity: "off" },
    },
  },
  "rtp-after-bye": {
    severity: "note",
    message: "Packets came after BYE.",
    expected: "nothing more from this SSRC",
    reference: "RFC 3550 sections 6.3.7 and 6.6",
    remedy: "Send BYE after the last packet, or begin with a new SSRC.",
  },
};
