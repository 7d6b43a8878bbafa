/**
 * How often a participant reports (RFC 3550 sections 6.2 and 6.3.1, appendix A.7).
 *
 * @module
 */

/** Shortest time between two reports, in ms; half of it before the first. */
const MIN_INTERVAL_MS = 5000;

/** Share of the session's bandwidth that is for RTCP, and the receivers' share of that. */
const RTCP_FRACTION = 0.05;
const RECEIVER_FRACTION = 0.75;

/** e - 3/2: makes up for what reconsideration adds to the mean (appendix A.7). */
const COMPENSATION = Math.E - 1.5;

/** What the interval depends on. */
export interface RtcpIntervalInput {
  /** Nothing has been reported yet. */
  readonly initial: boolean;
  /** Bytes of media a second. */
  readonly bytesPerSecond: number;
  /** Mean length of a report with its UDP and IP headers, in bytes. */
  readonly reportBytes: number;
  /** Receivers in the session. Default 1: the sender is sent to alone. */
  readonly receivers?: number;
}

/** ms until a receiver's next report; `random` is from 0 up to 1, evenly. */
export function receiverReportInterval(input: RtcpIntervalInput, random: number): number {
  const { initial, bytesPerSecond, reportBytes, receivers = 1 } = input;
  const leastMs = initial ? MIN_INTERVAL_MS / 2 : MIN_INTERVAL_MS;
  const bandwidth = bytesPerSecond * RTCP_FRACTION * RECEIVER_FRACTION;
  const neededMs = bandwidth > 0 ? receivers * reportBytes * 1000 / bandwidth : 0;
  return Math.max(leastMs, neededMs) * (0.5 + random) / COMPENSATION;
}
