/**
 * How Wireshark 4.0 gives TCP to the protocol above: segment by segment, with the bytes that this asked
 * to have put together. A segment that is missing is not waited for, but by what asked for its bytes.
 *
 * @module
 */

import { TCP_FLAG } from "../capture/dissection.ts";
import { TcpAnalysis } from "./wireshark_tcp_analysis.ts";
import type { AnalysedSegment, SegmentKind } from "./wireshark_tcp_analysis.ts";

/** Units that are remembered in a direction. */
const MAX_UNITS = 64;
/** Bytes and parts of a unit that is put together; what is longer is passed over. */
const MAX_UNIT_BYTES = 1_048_576;
const MAX_PARTS = 4096;

/** What the protocol above left: from `offset` on it needs so many bytes more, or one more segment. */
export interface Wanted {
  /** Offset of the first byte that it left. */
  readonly offset: number;
  /** Bytes behind the last one. */
  readonly bytes: number | "segment";
}

/** Takes bytes; says what it left over for more to come, if anything. */
export type SegmentDissector = (bytes: Uint8Array) => Wanted | undefined;

/** A unit of the protocol above that lies in several segments. */
interface Unit {
  /** Where it begins, from the connection's first byte. */
  readonly start: number;
  /** Where it ends as far as is known. */
  end: number;
  /** Whether the whole of the next segment was asked for. */
  takesSegment: boolean;
  parts: { readonly at: number; readonly bytes: Uint8Array }[];
  /** Bytes of the parts. */
  received: number;
  /** Whether the last part has come. */
  hasEnd: boolean;
  /** Whether it was put together, or is too long for that. */
  isDone: boolean;
}

/** One direction. */
class Direction {
  /** Sequence number of its first byte. */
  base: number | undefined;
  units: Unit[] = [];

  /** The unit that begins at a byte. */
  beginning(at: number): Unit | undefined {
    return this.units.findLast(({ start }) => start === at);
  }

  /** The last unit that begins before a byte. */
  before(at: number): Unit | undefined {
    let found: Unit | undefined;
    for (const unit of this.units) {
      if (unit.start < at && (found === undefined || unit.start >= found.start)) found = unit;
    }
    return found;
  }
}

/** A connection. */
export class WiresharkConnection {
  readonly #analysis = new TcpAnalysis();
  readonly #directions: readonly [Direction, Direction] = [new Direction(), new Direction()];

  /** Takes a segment and its payload as far as it was captured. */
  segment(
    segment: AnalysedSegment,
    payload: Uint8Array,
    isForward: boolean,
    dissect: SegmentDissector,
  ): void {
    const direction = this.#directions[isForward ? 0 : 1];
    direction.base ??= segment.sequence;
    const kind = this.#analysis.take(segment, isForward);
    if (payload.length === 0 || (segment.flags & TCP_FLAG.rst) !== 0) return;
    const at = (segment.sequence - direction.base) | 0;
    // A segment of which the end was not captured is read by itself, whatever it is.
    const isCut = payload.length !== segment.length;
    new Delivery(direction, kind, dissect, isCut).deliver(payload, at);
  }
}

/** One segment on its way up. */
class Delivery {
  readonly #direction: Direction;
  readonly #kind: SegmentKind;
  readonly #dissect: SegmentDissector;
  readonly #isCut: boolean;

  constructor(
    direction: Direction,
    kind: SegmentKind,
    dissect: SegmentDissector,
    isCut: boolean,
  ) {
    this.#direction = direction;
    this.#kind = kind;
    this.#dissect = dissect;
    this.#isCut = isCut;
  }

  deliver(payload: Uint8Array, at: number): void {
    if (this.#isCut) {
      this.#up(payload);
      return;
    }
    const end = at + payload.length;
    let from = 0;
    while (from < payload.length) {
      const begun = this.#direction.beginning(at + from);
      if (begun !== undefined && end <= begun.end) return;
      if (this.#kind === "again" || this.#kind === "spurious") return;
      const unit = begun ?? this.#direction.before(at + from);
      const bytes = payload.subarray(from);
      from = unit !== undefined && unit.end > at + from
        ? this.#continue(unit, bytes, at + from, payload.length)
        : this.#begin(bytes, at + from, payload.length);
    }
  }

  /** Bytes that nothing waits for; gives the offset at which to go on. */
  #begin(bytes: Uint8Array, at: number, whole: number): number {
    const wanted = this.#up(bytes);
    if (wanted !== undefined) {
      const rest = bytes.subarray(wanted.offset);
      this.#open(rest, at + wanted.offset, wanted);
    }
    return whole;
  }

  /** Bytes that go on with a unit; gives the offset in the segment at which to go on. */
  #continue(unit: Unit, bytes: Uint8Array, at: number, whole: number): number {
    const end = at + bytes.length;
    const first = whole - bytes.length;
    const length = unit.takesSegment ? bytes.length : Math.min(end, unit.end) - at;
    if (unit.takesSegment) {
      unit.takesSegment = false;
      if (unit.end < end) unit.end = end;
    }
    const joined = join(unit, at - unit.start, bytes.subarray(0, length), end >= unit.end);
    const follows = unit.end < end ? first + unit.end - at : whole;
    if (joined === undefined) return follows;
    const wanted = this.#up(joined);
    if (wanted === undefined) return follows;
    if (wanted.offset <= joined.length - length) {
      // It needs more for what was put together.
      unit.isDone = unit.hasEnd = false;
      unit.parts = [{ at: 0, bytes: joined }];
      unit.received = joined.length;
      if (wanted.bytes === "segment") {
        unit.end = Math.max(end, unit.end) + 1;
        unit.takesSegment = true;
      } else {
        unit.end = at + length + wanted.bytes;
      }
      return first + length;
    }
    // What came last begins another.
    const rest = joined.subarray(wanted.offset);
    this.#open(rest, unit.start + wanted.offset, wanted);
    return follows;
  }

  #open(rest: Uint8Array, start: number, { bytes }: Wanted): void {
    if (rest.length > MAX_UNIT_BYTES) return;
    const { units } = this.#direction;
    if (units.length >= MAX_UNITS) units.shift();
    units.push({
      start,
      end: start + rest.length + (bytes === "segment" ? 1 : bytes),
      takesSegment: bytes === "segment",
      parts: [{ at: 0, bytes: rest.slice() }],
      received: rest.length,
      hasEnd: false,
      isDone: false,
    });
  }

  /** Protocols above do not see what comes again or out of order, nor signs of life. */
  #up(bytes: Uint8Array): Wanted | undefined {
    const isHidden = this.#kind === "again" || this.#kind === "out-of-order" ||
      this.#kind === "keep-alive";
    return isHidden ? undefined : this.#dissect(bytes);
  }
}

/** Adds a part; gives the unit when all of it is there. */
function join(
  unit: Unit,
  at: number,
  bytes: Uint8Array,
  isLast: boolean,
): Uint8Array | undefined {
  if (unit.isDone || at < 0) return undefined;
  const total = unit.end - unit.start;
  if (total > MAX_UNIT_BYTES || unit.parts.length >= MAX_PARTS) {
    unit.isDone = true;
    unit.parts = [];
    return undefined;
  }
  unit.parts.push({ at, bytes: bytes.slice() });
  unit.received += bytes.length;
  unit.hasEnd ||= isLast;
  if (!unit.hasEnd || unit.received < total) return undefined;
  const whole = new Uint8Array(total);
  let reached = 0;
  for (const part of unit.parts.toSorted((a, b) => a.at - b.at)) {
    if (part.at > reached) return undefined;
    const fresh = part.bytes.subarray(reached - part.at, total - part.at);
    whole.set(fresh, reached);
    reached += fresh.length;
  }
  if (reached < total) return undefined;
  unit.isDone = true;
  unit.parts = [];
  return whole;
}
