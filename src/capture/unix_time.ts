/**
 * The time of day, as captures carry it.
 *
 * @module
 */

/** ms since 1970, by the clock that is never set back while the program runs. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}
