/**
 * How often a participant reports (RFC 3550 sections 6.2 and 6.3.1).
 *
 * @module
 */

/** Shortest time between two reports, in ms; half of it before the first. */
const MIN_INTERVAL_MS = 5000;

/** Share of the session's bandwidth that is for RTCP. */
const RTCP_FRACTION = 0.05;

/**
 * A sender and a receiver. More than a quarter of the members send: they share the bandwidth for RTCP
 * with the receivers (section 6.3.1).
 */
const MEMBERS = 2;

/** What the interval depends on. */
export interface RtcpIntervalInput {
  /** Nothing has been reported yet. */
  readonly initial: boolean;
  /** Bytes of media a second. */
  readonly bytesPerSecond: number;
  /** Mean length of a report with its UDP and IP headers, in bytes. */
  readonly reportBytes: number;
}

/**
 * ms until the next report of a sender or a receiver, five seconds and more in the mean; `random` is
 * from 0 up to 1, evenly. The session is one of two parties, which need not reconsider their timers
 * (section 6.3); so the interval is not shortened by what reconsideration would add to it.
 */
export function rtcpInterval(input: RtcpIntervalInput, random: number): number {
  const { initial, bytesPerSecond, reportBytes } = input;
  const leastMs = initial ? MIN_INTERVAL_MS / 2 : MIN_INTERVAL_MS;
  const bandwidth = bytesPerSecond * RTCP_FRACTION;
  const neededMs = bandwidth > 0 ? MEMBERS * reportBytes * 1000 / bandwidth : 0;
  return Math.max(leastMs, neededMs) * (0.5 + random);
}
