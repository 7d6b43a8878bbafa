/**
 * What one stream says in RTCP: how its timestamps go with the time of day, its name, its goodbye.
 *
 * @module
 */

import type { MediaTransport } from "../net/media_transport.ts";
import { encodeRtcp, type RtcpPacket } from "../rtp/rtcp.ts";
import { rtcpInterval } from "../rtp/rtcp_interval.ts";
import type { RtpSender } from "../rtp/sender.ts";
import type { Schedule } from "./schedule.ts";

/** Bytes of the headers below RTCP: UDP and IP. */
const LOWER_HEADERS = 28;

/** Reports of a stream, range by range. Times are on the pacer's clock, in ms. */
export class SenderReports {
  readonly #cname: string;
  readonly #sender: RtpSender;
  readonly #transport: MediaTransport;
  #nextMs = Infinity;
  /** The last report of the range: when it was, and the octets that had been sent. */
  #last: { readonly ms: number; readonly octetCount: number } | undefined;
  /** How often the schedule had been moved at the last report. */
  #moves = 0;

  /** Reports as `cname` on what `sender` stamps. */
  constructor(cname: string, sender: RtpSender, transport: MediaTransport) {
    this.#cname = cname;
    this.#sender = sender;
    this.#transport = transport;
  }

  /** A range begins. */
  begin({ startMs, moves }: Schedule): void {
    this.#nextMs = startMs;
    this.#last = undefined;
    this.#moves = moves;
  }

  /** Sends a report if it is time for one, or if the last is no longer true. */
  reportIfDue(nowMs: number, schedule: Schedule, clockRate: number): void {
    if (nowMs < this.#nextMs && schedule.moves === this.#moves) return;
    const last = this.#last;
    // ffmpeg counts from the first report's timestamp: it has to be the start of the range, exactly.
    const atMs = last === undefined ? schedule.startMs : nowMs;
    const { octetCount, length } = this.#send(atMs, schedule.secondsAt(atMs) * clockRate);
    const bytesPerSecond = last === undefined
      ? 0
      : ((octetCount - last.octetCount) >>> 0) * 1000 / (nowMs - last.ms);
    // The first may leave at once, as in any session of two (RFC 3550 section 6.2).
    const input = { initial: false, bytesPerSecond, reportBytes: length + LOWER_HEADERS };
    this.#nextMs = nowMs + rtcpInterval(input, Math.random());
    this.#last = { ms: nowMs, octetCount };
    this.#moves = schedule.moves;
  }

  /** Says goodbye, with a report that says what the stream's clock shows. */
  sayGoodbye(nowMs: number, ticks: number): void {
    this.#send(nowMs, ticks, { type: "BYE", ssrcs: [this.#sender.ssrc] });
  }

  /** A compound: report first, then the name, then the rest (RFC 3550 section 6.1). */
  #send(
    atMs: number,
    ticks: number,
    ...rest: readonly RtcpPacket[]
  ): { octetCount: number; length: number } {
    const sender = this.#sender;
    const report = sender.report(performance.timeOrigin + atMs, sender.timestampAt(ticks));
    const name = { ssrc: sender.ssrc, items: [{ type: 1, text: this.#cname }] };
    const compound = encodeRtcp([report, { type: "SDES", chunks: [name] }, ...rest]);
    this.#transport.sendRtcp(compound);
    return { octetCount: report.octetCount, length: compound.length };
  }
}
