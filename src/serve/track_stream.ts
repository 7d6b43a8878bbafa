/**
 * One track on its way to one receiver: paced by the media's clock, stamped, reported on.
 *
 * @module
 */

import type { Cursor, Unit } from "../media/cursor.ts";
import type { MediaTransport } from "../net/media_transport.ts";
import type { PacedTask, Pacer } from "../net/pacer.ts";
import type { RtpSender } from "../rtp/sender.ts";
import type { Schedule } from "./schedule.ts";
import { SenderReports } from "./sender_reports.ts";

/** A server that is this far behind its schedule moves the schedule, in ms: a blast helps nobody. */
const MAX_LAG_MS = 1000;

/**
 * Datagrams that one receiver gets in one turn: whoever catches up after a delay must not fill the
 * receiver's buffer, which holds about ninety. Frames of so many packets that the first number a turn
 * would not do get as many as their pace wants, up to the second.
 */
const DATAGRAMS_A_TURN = 16;
const MAX_DATAGRAMS_A_TURN = 64;

/** Time between two turns that counts when a turn has to make up for it, in ms. */
const MAX_TURN_MS = 4;

/** The next turn after one that was cut short comes this much later, in ms. */
const NEXT_TURN_MS = 1;

/**
 * The goodbye leaves this long behind the end, in ms. GStreamer 1.22 may wait for ever when it comes
 * while the last packets are still in its jitter buffer.
 */
const GOODBYE_DELAY_MS = 250;

/** Over UDP the goodbye leaves once more, this much later, in ms: players that miss it may wait for ever. */
const GOODBYE_AGAIN_MS = 1000;

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
  /** Called when a range has fallen so far behind its schedule, in ms, that all that follows is late. */
  readonly onLate?: (lateMs: number) => void;
}

/** A goodbye that is to be said. */
interface Farewell {
  /** When, on the pacer's clock, in ms. */
  readonly dueMs: number;
  /** The clock that its report tells. */
  readonly schedule: Schedule;
  /** Whether it has been said before. */
  readonly isAgain: boolean;
}

/** A stream that is set up; it sends while it has a cursor. */
export class TrackStream implements PacedTask {
  readonly #init: TrackStreamInit;
  readonly #reports: SenderReports | undefined;
  #cursor: Cursor | undefined;
  #schedule: Schedule | undefined;
  #unit: Unit | undefined;
  /** Where the cursor stood before it gave the unit. */
  #unitPosition = 0;
  #sentOfUnit = 0;
  /** Packets sent in this turn. */
  #sentInTurn = 0;
  /** When the turn before this one was, in ms. */
  #lastTurnMs = -Infinity;
  #nextTimestampTicks = 0;
  #rangeTimestamp = 0;
  #started = false;
  #saidGoodbye = false;
  /** Once the track has been sent to its end. */
  #farewell: Farewell | undefined;

  /** A stream that is not sending. */
  constructor(init: TrackStreamInit) {
    this.#init = init;
    const { cname, sender, transport } = init;
    this.#reports = cname === undefined ? undefined : new SenderReports(cname, sender, transport);
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
    this.#reports?.begin(schedule);
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
    if (this.#farewell !== undefined) return this.#takeLeave(nowMs, this.#farewell);
    if (cursor === undefined || schedule === undefined) return Infinity;
    const turnMs = Math.min(MAX_TURN_MS, nowMs - this.#lastTurnMs);
    this.#lastTurnMs = nowMs;
    this.#sentInTurn = 0;
    this.#takeUnit(cursor);
    // First the schedule, then the report that goes by it.
    this.#catchUp(nowMs, cursor, schedule);
    this.#reports?.reportIfDue(nowMs, schedule, cursor.clockRate);
    const { spreads } = this.#init.transport;
    let horizonMs = nowMs;
    for (;;) {
      const unit = this.#takeUnit(cursor);
      if (unit === undefined) return this.#runToEnd(nowMs, cursor, schedule);
      const due = this.#send(unit, { nowMs, turnMs, horizonMs }, cursor, schedule);
      if (due !== undefined) return due;
      if (!spreads) horizonMs = nowMs + schedule.aheadMs;
    }
  }

  /** The unit that is being sent, or comes next. */
  #takeUnit(cursor: Cursor): Unit | undefined {
    if (this.#unit === undefined) {
      this.#unitPosition = cursor.position;
      this.#unit = cursor.next();
      this.#sentOfUnit = 0;
    }
    return this.#unit;
  }

  /** Moves the schedule when it cannot be kept any more. */
  #catchUp(nowMs: number, cursor: Cursor, schedule: Schedule): void {
    if (this.#unit === undefined) return;
    const lateMs = nowMs - schedule.dueMs(this.#unit.ticks / cursor.clockRate);
    if (lateMs <= MAX_LAG_MS) return;
    schedule.move(lateMs);
    // Once a range is enough: whoever cannot keep up falls behind again and again.
    if (schedule.moves === 1) this.#init.onLate?.(lateMs);
  }

  /** Sends the packets of the unit that are due; gives the time of the next, if there is one. */
  #send(
    unit: Unit,
    { nowMs, turnMs, horizonMs }: { nowMs: number; turnMs: number; horizonMs: number },
    cursor: Cursor,
    schedule: Schedule,
  ): number | undefined {
    const { transport, sender, timestampAt } = this.#init;
    const seconds = unit.ticks / cursor.clockRate;
    const due = schedule.dueMs(seconds);
    if (due > horizonMs) return due;
    const { payloads } = unit;
    const count = payloads.length;
    const spreads = transport.spreads && count > 1;
    // Half the frame's time is for its packets, the other half for the network to catch its breath.
    const halfMs = unit.duration / cursor.clockRate * 500;
    const spacing = spreads ? halfMs / schedule.speedAt(seconds) / count : 0;
    const inTime = spacing === 0 ? count : Math.min(count, Math.floor((nowMs - due) / spacing) + 1);
    const atPace = spreads ? Math.ceil(turnMs * count * schedule.speed / halfMs) : 0;
    const to = Math.min(inTime, this.#sentOfUnit + this.#mayStillSend(atPace));
    if (to > this.#sentOfUnit) {
      const timestamp = timestampAt?.(nowMs) ?? sender.timestampAt(unit.ticks);
      transport.sendRtp(payloads, this.#sentOfUnit, to, sender, timestamp);
      this.#sentInTurn += to - this.#sentOfUnit;
      this.#sentOfUnit = to;
    }
    if (to < inTime) return nowMs + NEXT_TURN_MS;
    if (this.#sentOfUnit < count) return due + this.#sentOfUnit * spacing;
    this.#nextTimestampTicks = unit.ticks + unit.duration;
    this.#unit = undefined;
    return undefined;
  }

  /** Packets that this turn may still send of a unit whose pace makes it `atPace` a turn. */
  #mayStillSend(atPace: number): number {
    if (!this.#init.transport.spreads) return Infinity;
    const most = Math.min(Math.max(DATAGRAMS_A_TURN, atPace), MAX_DATAGRAMS_A_TURN);
    return Math.max(0, most - this.#sentInTurn);
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
    const saysGoodbye = cursor.reachesEnd && this.#reports !== undefined;
    this.#farewell = saysGoodbye
      ? { dueMs: nowMs + GOODBYE_DELAY_MS, schedule, isAgain: false }
      : undefined;
    this.#schedule = undefined;
    this.#init.onEnd();
    // Unless a range that waited has begun.
    return this.#farewell?.dueMs ?? Infinity;
  }

  #takeLeave(nowMs: number, { dueMs, schedule, isAgain }: Farewell): number {
    if (nowMs < dueMs) return dueMs;
    this.#sayGoodbye();
    if (isAgain || !this.#init.transport.spreads) return Infinity;
    this.#saidGoodbye = false;
    this.#farewell = { dueMs: nowMs + GOODBYE_AGAIN_MS, schedule, isAgain: true };
    return this.#farewell.dueMs;
  }

  #sayGoodbye(): void {
    if (this.#reports === undefined || !this.#started || this.#saidGoodbye) return;
    this.#saidGoodbye = true;
    const nowMs = this.#init.pacer.now();
    this.#reports.sayGoodbye(nowMs, this.#ticksAt(nowMs));
    this.#farewell = undefined;
  }

  /** The stream's clock at a time: while it plays, that of the media; else where it stopped. */
  #ticksAt(nowMs: number): number {
    const schedule = this.#schedule ?? this.#farewell?.schedule;
    const cursor = this.#cursor;
    if (schedule === undefined || cursor === undefined) return this.#nextTimestampTicks;
    return Math.max(0, schedule.secondsAt(nowMs)) * cursor.clockRate;
  }
}
