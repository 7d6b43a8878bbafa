/**
 * Where a PAUSE with a Range takes effect (RFC 2326 section 10.6).
 *
 * @module
 */

/** A range that plays or waits to be played, in seconds; backwards where the end is before the start. */
export interface PendingRange {
  /** Where it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** What a pause point does to the pending ranges. */
export interface PausePoint {
  /** The last range that is still played, counted from the one that plays now. */
  readonly range: number;
  /** Whether that one ends at the point; else it is played to its own end. */
  readonly inside: boolean;
}

/**
 * The first time that `point` comes by: inside a range, or between the end of one and the start of the
 * next. Undefined when it does not.
 */
export function findPausePoint(
  ranges: readonly PendingRange[],
  point: number,
): PausePoint | undefined {
  for (const [range, { start, end }] of ranges.entries()) {
    if (point >= Math.min(start, end) && point <= Math.max(start, end)) {
      return { range, inside: true };
    }
    const next = ranges[range + 1];
    if (next !== undefined && point > end && point < Math.min(next.start, next.end)) {
      return { range, inside: false };
    }
  }
  return undefined;
}
