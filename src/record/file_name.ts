/**
 * File names with dates and numbers: `camera-%Y%m%d-%H%M%S.avi`, `part-%03d.wav`.
 *
 * @module
 */

const FIELD = /%(?:(0?)(\d+)d|([YmdHMS%]))/g;

/** Whether a name takes the number of a part (`%3d`, `%03d`; `%d` is the day of the month). */
export function hasNumber(pattern: string): boolean {
  return /%0?\d+d/.test(pattern.replaceAll("%%", ""));
}

/**
 * The name of one part: local date and time as in strftime (`%Y %m %d %H %M %S`), its number with a
 * width (`%03d`), `%%` for a percent sign. Anything else stays as it is.
 */
export function expandName(pattern: string, date: Date, number: number): string {
  return pattern.replace(FIELD, (_, zero: string, width: string, field?: string) => {
    if (field === undefined) return number.toString().padStart(Number(width), zero || " ");
    return field === "%" ? "%" : datePart(field, date);
  });
}

/** `name.wav` with a number before its ending: `name-2.wav`. */
export function numberedName(path: string, number: number): string {
  return path.replace(/(\.[^./\\]*)?([/\\]*)$/, `-${number}$1$2`);
}

function datePart(field: string, date: Date): string {
  const two = (value: number): string => value.toString().padStart(2, "0");
  switch (field) {
    case "Y":
      return date.getFullYear().toString();
    case "m":
      return two(date.getMonth() + 1);
    case "d":
      return two(date.getDate());
    case "H":
      return two(date.getHours());
    case "M":
      return two(date.getMinutes());
    default:
      return two(date.getSeconds());
  }
}
