/**
 * The receiving side of RTCP: what came from a sender, and the report about it (RFC 3550 sections
 * 6.4.1 and A.3).
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";
import { compactNtp, unixMsFromNtp } from "./ntp.ts";
import type { ReceptionStats } from "./reception_stats.ts";
import type { ReportBlock, SenderReport } from "./rtcp.ts";

/** Remembers a sender's reports and makes the blocks that answer them. */
export class ReportBuilder {
  #sender: SenderReport | undefined;
  #arrivalMs = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;

  /** Takes a sender report that came at `nowMs`. */
  senderReport(report: SenderReport, nowMs: number): void {
    this.#sender = report;
    this.#arrivalMs = nowMs;
  }

  /**
   * Wall-clock time, in ms since 1970, at which the sender's stream showed `timestamp`; undefined
   * before its first report. It brings streams of one sender into line (RFC 3550 section 6.4.1).
   */
  wallClock(timestamp: number, clockRate: number): number | undefined {
    if (this.#sender === undefined) return undefined;
    const ticks = difference32(timestamp, this.#sender.rtpTimestamp);
    return unixMsFromNtp(this.#sender.ntp) + ticks * 1000 / clockRate;
  }

  /** The block about a source, and the start of the next interval. */
  block(ssrc: number, stats: ReceptionStats, nowMs: number): ReportBlock {
    const { expected, received: arrived, strays, extendedHighestSequence } = stats.snapshot();
    // A packet whose number fits nowhere makes up for none that is missing (RFC 3550 appendix A.1).
    const received = arrived - strays;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = received;
    const fraction = expectedNow <= 0 || lostNow <= 0 ? 0 : Math.floor(lostNow * 256 / expectedNow);
    const delay = this.#sender === undefined ? 0 : (nowMs - this.#arrivalMs) * 65.536;
    return {
      ssrc,
      fractionLost: Math.min(255, fraction),
      // Duplicates count as received here, so that this can go below zero (RFC 3550 section 6.4.1).
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, expected - received)),
      extendedHighestSequence: extendedHighestSequence >>> 0,
      jitter: Math.round(stats.jitterTicks) >>> 0,
      lastSr: this.#sender === undefined ? 0 : compactNtp(this.#sender.ntp),
      delaySinceLastSr: Math.min(0xffffffff, Math.round(delay)),
    };
  }
}
