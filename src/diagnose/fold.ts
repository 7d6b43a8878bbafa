/**
 * One mistake in many places, told once.
 *
 * @module
 */

import type { Finding, Place } from "./finding.ts";

/** Places that are named; the others are counted. */
const MAX_PLACES = 3;

/** A finding, and where it and those like it were made. */
export interface FoldedFinding {
  /** The first of them. */
  readonly finding: Finding;
  /** All places in words. */
  readonly where: string;
}

/**
 * Findings of one rule that say the same of several streams, as one; the order is that of the first of
 * each.
 */
export function foldFindings(findings: readonly Finding[]): FoldedFinding[] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const key = `${finding.severity}\n${finding.rule}\n${finding.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [...groups.values()].map((group) => {
    const places = group.slice(0, MAX_PLACES).map(({ where, count }) =>
      formatPlace(where) + (count === 1 ? "" : `, ${count} times in all`)
    );
    const more = group.length - places.length;
    return {
      finding: group[0],
      where: places.join("; ") + (more === 0 ? "" : `; and ${more} more`),
    };
  });
}

/** `packet 17 of video at 1.234 s`. */
export function formatPlace(place: Place): string {
  const stream = place.stream === undefined ? "" : ` of ${place.stream}`;
  const what = place.kind === "session"
    ? `the whole${stream === "" ? " session" : stream}`
    : `${place.kind}${place.number === undefined ? "" : ` ${place.number}`}${stream}`;
  return place.timeMs === undefined ? what : `${what} at ${(place.timeMs / 1000).toFixed(3)} s`;
}
