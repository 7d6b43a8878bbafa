/**
 * One track on its way to one receiver: paced by the media's clock, stamped, reported on.
 *
 * @module
 */

import type { Cursor, Unit } from "../media/cursor.ts";
import type { MediaTransport } from "../net/media_transport.ts";
import type { PacedTask, Pacer } from "../net/pacer.ts";
import { encodeRtcp, type RtcpPacket } from "../rtp/rtcp.ts";
import type { RtpSender } from "../rtp/sender.ts";

/** When the units of a range are sent. All tracks of a session share one. */
export interface Schedule {
  /** Time of the range's start on the pacer's clock, in ms. */
  startMs: number;
  /** Media seconds a second: RTSP's Speed. */
  readonly speed: number;
  /** Media seconds at the start that are sent ahead of time. */
  readonly burst: number;
  /** How much of what comes next may be sent along with what is due, in ms, where that saves work. */
  readonly aheadMs: number;
}

/** The burst is sent at this multiple of the media's speed. */
const BURST_SPEED = 10;

/** A server that is this far behind its schedule moves the schedule, in ms: a blast helps nobody. */
const MAX_LAG_MS = 1000;

/**
 * Datagrams that one receiver gets in one turn: whoever catches up after a delay must not fill the
 * receiver's buffer, which holds about ninety.
 */
const MAX_DATAGRAMS_A_TURN = 16;

/** The next turn after one that was cut short comes this much later, in ms. */
const NEXT_TURN_MS = 1;

/** Sender reports are sent about this often, in ms (RFC 3550 section 6.2). */
const REPORT_INTERVAL_MS = 5000;

/**
 * The goodbye leaves this long behind the end, in ms. GStreamer 1.22 may wait for ever when it comes
 * while the last packets are still in its jitter buffer.
 */
const GOODBYE_DELAY_MS = 250;

/** Makes up for intervals that are drawn at random coming out too long (RFC 3550 section 6.3.1). */
const COMPENSATION = Math.E - 1.5;

/** What a stream needs. */
export interface TrackStreamInit {
  /** Where packets go. */
  readonly transport: MediaTransport;
  /** Who stamps them. */
  readonly sender: RtpSender;
  /** Who gives turns. */
  readonly pacer: Pacer;
  /** Name of the sender in RTCP; without one there is no RTCP (the labs have none). */
  readonly cname?: string;
  /** The timestamp of a unit instead of the media's clock: the hello lab wants the time of day. */
  readonly timestampAt?: (nowMs: number) => number;
  /** Called when the range has been sent. */
  readonly onEnd: () => void;
  /** Called when the rest of the range cannot be had: the file has gone or shrunk. */
  readonly onFailure: (error: unknown) => void;
}

/** A stream that is set up; it sends while it has a cursor. */
export class TrackStream implements PacedTask {
  readonly #init: TrackStreamInit;
  #cursor: Cursor | undefined;
  #schedule: Schedule | undefined;
  #unit: Unit | undefined;
  /** Where the cursor stood before it gave the unit. */
  #unitPosition = 0;
  #sentOfUnit = 0;
  /** Packets that may still be sent in this turn. */
  #budget = 0;
  #nextTimestampTicks = 0;
  #rangeTimestamp = 0;
  #started = false;
  #saidGoodbye = false;
  /** Once the track has been sent to its end: when the goodbye is due, and the clock to report. */
  #farewell: { readonly dueMs: number; readonly schedule: Schedule } | undefined;
  #nextReportMs = 0;

  /** A stream that is not sending. */
  constructor(init: TrackStreamInit) {
    this.#init = init;
  }

  /** Where packets go. */
  get transport(): MediaTransport {
    return this.#init.transport;
  }

  /** Who stamps them. */
  get sender(): RtpSender {
    return this.#init.sender;
  }

  /** Normal play time of what comes next, in seconds; undefined before the first PLAY. */
  get position(): number | undefined {
    return this.#unit !== undefined && this.#sentOfUnit === 0
      ? this.#unitPosition
      : this.#cursor?.position;
  }

  /** RTP timestamp that the start of the range goes out with. */
  get rangeTimestamp(): number {
    return this.#rangeTimestamp;
  }

  /** Whether it is in the middle of a range. */
  get isSending(): boolean {
    return this.#schedule !== undefined;
  }

  /** RTP timestamp behind what was sent. */
  get nextTimestamp(): number {
    return this.#init.sender.timestampAt(this.#nextTimestampTicks);
  }

  /** Sends a range from `schedule.startMs` on. */
  play(cursor: Cursor, schedule: Schedule): void {
    const { sender, pacer, transport } = this.#init;
    this.#finishUnit();
    this.#unit = undefined;
    transport.begin?.();
    // Timestamps run on from where they were, whatever the range (RFC 2326 appendix B).
    const next = this.#started
      ? sender.timestampAt(this.#nextTimestampTicks)
      : sender.timestampAt(0);
    sender.alignTimestamp(0, next);
    this.#rangeTimestamp = next;
    this.#nextTimestampTicks = 0;
    this.#started = true;
    this.#saidGoodbye = false;
    this.#farewell = undefined;
    this.#cursor = cursor;
    this.#schedule = schedule;
    this.#nextReportMs = schedule.startMs;
    pacer.schedule(this, schedule.startMs);
  }

  /** Stops after the frame that is being sent; the cursor keeps the place. */
  pause(): void {
    this.#finishUnit();
    this.#init.pacer.cancel(this);
    this.#schedule = undefined;
  }

  /** Makes the range end at a normal play time, in seconds, or at once where it is past that. */
  stopAt(seconds: number): void {
    const cursor = this.#cursor;
    if (cursor === undefined || this.#schedule === undefined) return;
    cursor.stopAt(seconds);
    const unit = this.#unit;
    // A unit that begins at the very point is not sent (RFC 2326 section 10.6).
    if (unit !== undefined && this.#sentOfUnit === 0 && unit.ticks >= cursor.endTicks) {
      this.#unit = undefined;
    }
    const { pacer } = this.#init;
    pacer.schedule(this, pacer.now());
  }

  /** Says goodbye and stops for good. */
  close(): void {
    this.#init.pacer.cancel(this);
    this.#sayGoodbye();
    this.#schedule = undefined;
    this.#init.transport.sayGoodbye?.();
  }

  /** Sends what is due. Never throws: the pacer has others to serve. */
  run(nowMs: number): number {
    try {
      return this.#sendDue(nowMs);
    } catch (error) {
      this.#sayGoodbye();
      this.#schedule = undefined;
      this.#init.onFailure(error);
      return Infinity;
    }
  }

  #sendDue(nowMs: number): number {
    const cursor = this.#cursor;
    const schedule = this.#schedule;
    if (this.#farewell !== undefined) return this.#takeLeave(nowMs, this.#farewell.dueMs);
    if (cursor === undefined || schedule === undefined) return Infinity;
    if (nowMs >= this.#nextReportMs) this.#report(nowMs, cursor, schedule);
    const { spreads } = this.#init.transport;
    this.#budget = spreads ? MAX_DATAGRAMS_A_TURN : Infinity;
    let horizonMs = nowMs;
    for (;;) {
      if (this.#unit === undefined) {
        this.#unitPosition = cursor.position;
        this.#unit = cursor.next();
        this.#sentOfUnit = 0;
      }
      const unit = this.#unit;
      if (unit === undefined) return this.#runToEnd(nowMs, cursor, schedule);
      const due = this.#send(unit, nowMs, horizonMs, cursor, schedule);
      if (due > nowMs) return due;
      if (!spreads) horizonMs = nowMs + schedule.aheadMs;
    }
  }

  /** Sends the packets of the unit that are due; gives the time of the next, or 0 when it is done. */
  #send(
    unit: Unit,
    nowMs: number,
    horizonMs: number,
    cursor: Cursor,
    schedule: Schedule,
  ): number {
    const { transport, sender, timestampAt } = this.#init;
    const seconds = unit.ticks / cursor.clockRate;
    let due = dueMs(seconds, schedule);
    if (due > horizonMs) return due;
    if (nowMs - due > MAX_LAG_MS) {
      schedule.startMs += nowMs - due;
      due = nowMs;
    }
    const { payloads } = unit;
    const count = payloads.length;
    // Half the frame's time is for its packets, the other half for the network to catch its breath.
    const speed = seconds < schedule.burst ? schedule.speed * BURST_SPEED : schedule.speed;
    const spacing = transport.spreads && count > 1
      ? unit.duration / cursor.clockRate / speed * 500 / count
      : 0;
    const inTime = spacing === 0 ? count : Math.min(count, Math.floor((nowMs - due) / spacing) + 1);
    const to = Math.min(inTime, this.#sentOfUnit + this.#budget);
    if (to > this.#sentOfUnit) {
      const timestamp = timestampAt?.(nowMs) ?? sender.timestampAt(unit.ticks);
      transport.sendRtp(payloads, this.#sentOfUnit, to, sender, timestamp);
      this.#budget -= to - this.#sentOfUnit;
      this.#sentOfUnit = to;
    }
    if (to < inTime) return nowMs + NEXT_TURN_MS;
    if (to < count) return due + to * spacing;
    this.#nextTimestampTicks = unit.ticks + unit.duration;
    this.#unit = undefined;
    return 0;
  }

  #finishUnit(): void {
    const unit = this.#unit;
    if (unit !== undefined && this.#sentOfUnit > 0) {
      const { transport, sender, timestampAt, pacer } = this.#init;
      const timestamp = timestampAt?.(pacer.now()) ?? sender.timestampAt(unit.ticks);
      transport.sendRtp(unit.payloads, this.#sentOfUnit, unit.payloads.length, sender, timestamp);
      this.#nextTimestampTicks = unit.ticks + unit.duration;
      this.#unit = undefined;
    }
  }

  /**
   * Waits until the last unit has had its time, then ends the range. What was sent ahead of time is
   * not shown before its time: GStreamer drops what it has not shown when the goodbye comes.
   */
  #runToEnd(nowMs: number, cursor: Cursor, schedule: Schedule): number {
    const end = schedule.startMs + cursor.endTicks / cursor.clockRate * 1000 / schedule.speed;
    if (end > nowMs) return end;
    const saysGoodbye = cursor.reachesEnd && this.#init.cname !== undefined;
    this.#farewell = saysGoodbye ? { dueMs: nowMs + GOODBYE_DELAY_MS, schedule } : undefined;
    this.#schedule = undefined;
    this.#init.onEnd();
    // Unless a range that waited has begun.
    return this.#farewell?.dueMs ?? Infinity;
  }

  #takeLeave(nowMs: number, dueMs: number): number {
    if (nowMs < dueMs) return dueMs;
    this.#sayGoodbye();
    return Infinity;
  }

  #report(nowMs: number, cursor: Cursor, schedule: Schedule): void {
    // Half to one and a half intervals, so that the reports of many do not fall together.
    const isFirst = this.#nextReportMs === schedule.startMs;
    this.#nextReportMs = nowMs + REPORT_INTERVAL_MS * (0.5 + Math.random()) / COMPENSATION;
    const { cname, sender } = this.#init;
    if (cname === undefined) return;
    // ffmpeg counts from the first report's timestamp: it has to be the start of the range, exactly.
    const atMs = isFirst ? schedule.startMs : nowMs;
    const mediaMs = (atMs - schedule.startMs) * schedule.speed;
    const timestamp = sender.timestampAt(mediaMs * cursor.clockRate / 1000);
    this.#sendRtcp(cname, [], sender.report(performance.timeOrigin + atMs, timestamp));
  }

  #sayGoodbye(): void {
    const { cname, sender, pacer } = this.#init;
    if (cname === undefined || !this.#started || this.#saidGoodbye) return;
    this.#saidGoodbye = true;
    const nowMs = pacer.now();
    const timestamp = sender.timestampAt(this.#ticksAt(nowMs));
    const report = sender.report(performance.timeOrigin + nowMs, timestamp);
    this.#farewell = undefined;
    this.#sendRtcp(cname, [{ type: "BYE", ssrcs: [sender.ssrc] }], report);
  }

  /** The stream's clock at a time: while it plays, that of the media; else where it stopped. */
  #ticksAt(nowMs: number): number {
    const schedule = this.#schedule ?? this.#farewell?.schedule;
    const cursor = this.#cursor;
    if (schedule === undefined || cursor === undefined) return this.#nextTimestampTicks;
    const mediaMs = Math.max(0, nowMs - schedule.startMs) * schedule.speed;
    return mediaMs * cursor.clockRate / 1000;
  }

  /** A compound: report first, then the name, then the rest (RFC 3550 section 6.1). */
  #sendRtcp(cname: string, rest: readonly RtcpPacket[], report: RtcpPacket): void {
    const { sender, transport } = this.#init;
    const name = { ssrc: sender.ssrc, items: [{ type: 1, text: cname }] };
    transport.sendRtcp(encodeRtcp([report, { type: "SDES", chunks: [name] }, ...rest]));
  }
}

/** When media time `seconds` into the range is sent. */
function dueMs(seconds: number, schedule: Schedule): number {
  const { startMs, speed, burst } = schedule;
  const ahead = seconds < burst ? seconds / BURST_SPEED : seconds - burst * (1 - 1 / BURST_SPEED);
  return startMs + ahead * 1000 / speed;
}
