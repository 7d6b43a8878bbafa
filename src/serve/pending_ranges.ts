/**
 * Ranges that wait for the end of the one that plays, and the point where a PAUSE will end it all.
 *
 * @module
 */

import { findPausePoint, type PendingRange } from "./pause_point.ts";
import type { PlayOrder } from "./session_types.ts";

/** Ranges that may wait. */
const MAX_WAITING = 100;

/** The ranges of one session that are still to come, in order. */
export class PendingRanges {
  readonly #orders: PlayOrder[] = [];
  #pausePoint: number | undefined;

  /** Where a PAUSE that has been answered will take effect, in seconds. */
  get pausePoint(): number | undefined {
    return this.#pausePoint;
  }

  /** Lets a range wait; false when too many do. */
  add(order: PlayOrder): boolean {
    if (this.#orders.length >= MAX_WAITING) return false;
    this.#orders.push(order);
    return true;
  }

  /** The range whose turn it is, if one waits. */
  next(): PlayOrder | undefined {
    return this.#orders.shift();
  }

  /** Takes back the PAUSE: what it would have cut off comes behind the point. */
  goOn(order: PlayOrder): void {
    this.#pausePoint = undefined;
    this.#orders.push(order);
  }

  /**
   * Ends it all when a point comes by, in seconds, in the `current` range or in those that wait; what
   * waits behind it is dropped. Tells whether the current range is to end there; undefined when the
   * point does not come by. `duration` is that of the presentation.
   */
  pauseAt(
    point: number,
    current: PendingRange,
    duration: number,
  ): "current" | "waiting" | undefined {
    const pending = [current];
    for (const { start = pending.at(-1)!.end, end, scale } of this.#orders) {
      pending.push({ start, end: end ?? (scale < 0 ? 0 : duration) });
    }
    const found = findPausePoint(pending, point);
    if (found === undefined) return undefined;
    const { range, inside } = found;
    this.#orders.length = range;
    this.#pausePoint = point;
    const last = this.#orders[range - 1];
    if (inside && last === undefined) return "current";
    if (inside) this.#orders[range - 1] = { ...last!, end: point };
    return "waiting";
  }

  /** Nothing waits any more, and no PAUSE either. */
  clear(): void {
    this.#orders.length = 0;
    this.#pausePoint = undefined;
  }
}
