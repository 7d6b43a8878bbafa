/**
 * What Wireshark 4.0 thinks of a TCP segment: sent again, out of order, a sign of life. Some of these it
 * keeps from the protocols above.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";
import { TCP_FLAG } from "../capture/dissection.ts";

/** Time in which a segment that goes back is out of order, where no handshake was seen; in ms. */
const OUT_OF_ORDER_MS = 3;
/** Time after the last acknowledgement in which a segment is sent again fast; in ms. */
const FAST_MS = 20;
/** Acknowledgements alike that ask for that. */
const FAST_DUPLICATES = 2;

/** A segment as far as sequence numbers go. */
export interface AnalysedSegment {
  /** Number of the first byte. */
  readonly sequence: number;
  /** Number of the next byte expected from the other side. */
  readonly acknowledgement: number;
  /** TCP flags. */
  readonly flags: number;
  /** Window as it stands in the header. */
  readonly window: number;
  /** Bytes of payload on the wire. */
  readonly length: number;
  /** When it was captured, in ms. */
  readonly timeMs: number;
}

/**
 * What a segment is: `new` data, the same `again`, `spurious` (acknowledged before), or so soon that
 * protocols above get to see it (`fast`), `out-of-order`, or a `keep-alive`.
 */
export type SegmentKind = "new" | "again" | "spurious" | "fast" | "out-of-order" | "keep-alive";

/** One direction of a connection. */
class Side {
  /** Behind the highest byte so far; undefined before the first. */
  next: number | undefined;
  nextMs = 0;
  acknowledged: number | undefined;
  acknowledgedMs = 0;
  window = -1;
  duplicates = 0;
}

/** Follows a connection. */
export class TcpAnalysis {
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
  #synMs: number | undefined;
  #roundTripMs: number | undefined;

  /** Judges a segment and remembers it. */
  take(segment: AnalysedSegment, isForward: boolean): SegmentKind {
    const own = this.#sides[isForward ? 0 : 1];
    const other = this.#sides[isForward ? 1 : 0];
    this.#handshake(segment);
    this.#countDuplicates(segment, own);
    const kind = this.#judge(segment, own, other);
    const extra = (segment.flags & (TCP_FLAG.syn | TCP_FLAG.fin)) !== 0 ? 1 : 0;
    const next = (segment.sequence + segment.length + extra) >>> 0;
    if (own.next === undefined || difference32(next, own.next) > 0) {
      const isProbe = segment.length === 1 && segment.sequence === own.next && other.window === 0;
      if (!isProbe) {
        own.next = next;
        own.nextMs = segment.timeMs;
      }
    }
    own.window = segment.window;
    own.acknowledged = segment.acknowledgement;
    own.acknowledgedMs = segment.timeMs;
    return kind;
  }

  #handshake({ flags, timeMs }: AnalysedSegment): void {
    const { syn, ack } = TCP_FLAG;
    if ((flags & (syn | ack)) === syn) this.#synMs = timeMs;
    else if ((flags & (syn | ack)) === ack && this.#synMs !== undefined) {
      this.#roundTripMs ??= timeMs - this.#synMs;
    }
  }

  #countDuplicates(segment: AnalysedSegment, own: Side): void {
    const { sequence, acknowledgement, window, length, flags } = segment;
    const isPlain = (flags & (TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst)) === 0;
    const isDuplicate = length === 0 && window > 0 && window === own.window &&
      sequence === own.next && acknowledgement === own.acknowledged && isPlain;
    if (isDuplicate) own.duplicates++;
    if (acknowledgement !== own.acknowledged) own.duplicates = 0;
  }

  #judge(segment: AnalysedSegment, own: Side, other: Side): SegmentKind {
    const { sequence, length, flags, timeMs } = segment;
    const { next } = own;
    if (next === undefined) return "new";
    const isPlain = (flags & (TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst)) === 0;
    const behind = difference32(next, sequence);
    if (length <= 1 && behind === 1 && isPlain) return "keep-alive";
    const hasContent = length > 0 || (flags & (TCP_FLAG.syn | TCP_FLAG.fin)) !== 0;
    const end = (sequence + length) >>> 0;
    const { acknowledged } = other;
    // What was acknowledged before is old, even if the capture has it for the first time.
    if (length > 0 && acknowledged !== undefined && difference32(end, acknowledged) <= 0) {
      return "spurious";
    }
    if (behind <= 0 || !hasContent) return "new";
    // What goes one byte back follows a probe of a closed window.
    if (length > 1 && behind === 1) return "new";
    const isAskedFor = other.duplicates >= FAST_DUPLICATES && acknowledged === sequence &&
      timeMs - other.acknowledgedMs < FAST_MS;
    if (isAskedFor) return "fast";
    const extra = (flags & (TCP_FLAG.syn | TCP_FLAG.fin)) !== 0 ? 1 : 0;
    const isSoon = timeMs - own.nextMs < (this.#roundTripMs ?? OUT_OF_ORDER_MS);
    return isSoon && next !== ((end + extra) >>> 0) ? "out-of-order" : "again";
  }
}
