/**
 * The Range header (RFC 2326 section 12.29, RFC 7826 section 18.40), in normal play time (NPT).
 *
 * @module
 */

/** A range of normal play time in seconds from the start of the presentation. */
export interface NptRange {
  /** Where to begin; absent in `npt=-20`; `"now"` where the live position is asked for. */
  readonly start?: number | "now";
  /** Where to end; absent when open. */
  readonly end?: number;
}

const TIME = /^(?:(\d+):([0-5]?\d):([0-5]?\d(?:\.\d*)?)|(\d+(?:\.\d*)?))$/;

/** Whether the header names a unit other than NPT (`clock`, `smpte`), which Reel does not serve. */
export function isForeignRange(header: string): boolean {
  return !/^\s*npt\s*=/i.test(header);
}

/** Parses `npt=10-`, `npt=0:01:02.5-70`, `npt=now-`, `npt=-20`; undefined when it is none of these. */
export function parseNptRange(header: string): NptRange | undefined {
  // RFC 2326 allows `;time=` behind the range.
  const match = /^\s*npt\s*=([^-;]*)-([^-;]*)(?:;.*)?$/i.exec(header);
  if (match === null) return undefined;
  const [from = "", to = ""] = [match[1]?.trim(), match[2]?.trim()];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? undefined : from.toLowerCase() === "now" ? "now" : parseTime(from);
  const end = to === "" ? undefined : parseTime(to);
  if (Number.isNaN(start) || Number.isNaN(end)) return undefined;
  return {
    ...(start === undefined ? undefined : { start }),
    ...(end === undefined ? undefined : { end }),
  };
}

/**
 * Parses the Range of a PAUSE, which has one value (RFC 2326 section 10.6): `npt=21`, or `npt=21-` as
 * its grammar wants; undefined when it is something else.
 */
export function parsePausePoint(header: string): number | "now" | undefined {
  const time = /^\s*npt\s*=([^-;]*)(?:-\s*)?(?:;.*)?$/i.exec(header)?.[1]?.trim();
  if (time === undefined) return undefined;
  if (time.toLowerCase() === "now") return "now";
  const point = parseTime(time);
  return Number.isNaN(point) ? undefined : point;
}

function parseTime(text: string): number {
  const match = TIME.exec(text);
  if (match === null) return NaN;
  if (match[4] !== undefined) return Number(match[4]);
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

/** `npt=1.5-30`, to the microsecond and without trailing zeros. */
export function formatNptRange(range: { start: number; end?: number }): string {
  return `npt=${formatNpt(range.start)}-${range.end === undefined ? "" : formatNpt(range.end)}`;
}

/** Seconds as `npt-sec`, to the microsecond. */
export function formatNpt(seconds: number): string {
  // toFixed keeps long fractions out, the expression its trailing zeros.
  return Math.max(0, seconds).toFixed(6).replace(/\.?0+$/, "");
}
