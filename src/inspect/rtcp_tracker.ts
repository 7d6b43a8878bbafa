/**
 * RTCP of a capture by the source it is about (RFC 3550 section 6.4): what the sender said, what its
 * receivers said, and how long a report took there and back.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { difference32 } from "../bytes/serial.ts";
import { compactNtp } from "../rtp/ntp.ts";
import { decodeRtcp, type ReportBlock, type RtcpPacket, type SenderReport } from "../rtp/rtcp.ts";

/** Sender reports whose times are remembered for the round trip. */
const MAX_REMEMBERED = 64;
/** Sources that are followed. */
const MAX_SOURCES = 4096;

/** What RTCP says about one source. */
export interface SourceRtcp {
  /** Sender reports. */
  senderReports: number;
  /** Packets that the last of them says were sent. */
  sentPackets?: number;
  /** Payload bytes that it says were sent. */
  sentBytes?: number;
  /** Reports about this source by receivers. */
  receiverReports: number;
  /** Packets that the last report says were lost in all. */
  reportedLost?: number;
  /** The greatest share lost since the report before, 0 to 1. */
  reportedFractionLost?: number;
  /** Jitter of the last report in units of the clock. */
  reportedJitterTicks?: number;
  /** Sequence number up to which the last report counts, cycles in the bits above 16. */
  reportedHighestSequence?: number;
  /** Round trips between the capture and the receiver in ms. */
  readonly roundTripsMs: number[];
  /** CNAME. */
  name?: string;
  /** When BYE came, in ms since the first frame. */
  byeMs?: number;
  /** The reason that BYE gave. */
  byeReason?: string;
}

interface Remembered {
  readonly compact: number;
  readonly timeMs: number;
}

/** Takes RTCP packets and keeps what they say by source. */
export class RtcpTracker {
  /** Compound packets. */
  packets = 0;
  /** Datagrams that claim to be RTCP and make no sense. */
  malformed = 0;
  /** First such frame. */
  firstMalformedFrame = 0;
  readonly #sources = new Map<number, SourceRtcp>();
  readonly #sent = new Map<number, Remembered[]>();

  /** What was said about a source. */
  get(ssrc: number): SourceRtcp | undefined {
    return this.#sources.get(ssrc);
  }

  /** All sources. */
  entries(): IterableIterator<[number, SourceRtcp]> {
    return this.#sources.entries();
  }

  /** Takes a compound packet. */
  packet(bytes: Uint8Array, frameNumber: number, timeMs: number): void {
    let packets: RtcpPacket[];
    try {
      packets = decodeRtcp(bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (this.malformed++ === 0) this.firstMalformedFrame = frameNumber;
      return;
    }
    this.packets++;
    for (const packet of packets) this.#take(packet, timeMs);
  }

  #take(packet: RtcpPacket, timeMs: number): void {
    switch (packet.type) {
      case "SR":
        this.#senderReport(packet, timeMs);
        for (const report of packet.reports) this.#report(report, timeMs);
        return;
      case "RR":
        for (const report of packet.reports) this.#report(report, timeMs);
        return;
      case "SDES":
        for (const { ssrc, items } of packet.chunks) {
          const name = items.find(({ type }) => type === 1)?.text;
          const source = this.#source(ssrc);
          if (name !== undefined && source !== undefined) source.name = name;
        }
        return;
      case "BYE":
        for (const ssrc of packet.ssrcs) {
          const source = this.#source(ssrc);
          if (source === undefined) continue;
          source.byeMs = timeMs;
          if (packet.reason !== undefined) source.byeReason = packet.reason;
        }
    }
  }

  #senderReport(report: SenderReport, timeMs: number): void {
    const source = this.#source(report.ssrc);
    if (source === undefined) return;
    source.senderReports++;
    source.sentPackets = report.packetCount;
    source.sentBytes = report.octetCount;
    const sent = this.#sent.get(report.ssrc) ?? [];
    sent.push({ compact: compactNtp(report.ntp), timeMs });
    if (sent.length > MAX_REMEMBERED) sent.shift();
    this.#sent.set(report.ssrc, sent);
  }

  /**
   * The receiver names the sender report it saw last and how long it waited since: what is left of the
   * time between the two in the capture is the way to the receiver and back.
   */
  #report(report: ReportBlock, timeMs: number): void {
    const source = this.#source(report.ssrc);
    if (source === undefined) return;
    source.receiverReports++;
    source.reportedLost = report.cumulativeLost;
    source.reportedFractionLost = Math.max(
      source.reportedFractionLost ?? 0,
      report.fractionLost / 256,
    );
    source.reportedJitterTicks = report.jitter;
    source.reportedHighestSequence = report.extendedHighestSequence;
    if (report.lastSr === 0) return;
    const sent = this.#sent.get(report.ssrc)?.findLast(({ compact }) =>
      difference32(compact, report.lastSr) === 0
    );
    if (sent === undefined || source.roundTripsMs.length >= MAX_SOURCES) return;
    source.roundTripsMs.push(timeMs - sent.timeMs - report.delaySinceLastSr * 1000 / 65_536);
  }

  #source(ssrc: number): SourceRtcp | undefined {
    const known = this.#sources.get(ssrc);
    if (known !== undefined || this.#sources.size >= MAX_SOURCES) return known;
    const source: SourceRtcp = { senderReports: 0, receiverReports: 0, roundTripsMs: [] };
    this.#sources.set(ssrc, source);
    return source;
  }
}
