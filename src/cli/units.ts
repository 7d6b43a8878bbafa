/**
 * Durations, sizes and rates as people write and read them.
 *
 * @module
 */

const DURATION =
  /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** Milliseconds of "10" (seconds), "10s", "500ms", "1m30s", "1h"; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const match = DURATION.exec(text);
  if (text === "" || match === null) return undefined;
  const [hours, minutes, seconds, ms] = match.slice(1).map((part) => Number(part ?? 0));
  return ((hours! * 60 + minutes!) * 60 + seconds!) * 1000 + ms!;
}

/** Bytes of "1000", "64k", "10M", "4G" (powers of 1000); undefined when it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kMG]?)B?$/i.exec(text);
  if (match === null) return undefined;
  const power = ["", "k", "m", "g"].indexOf(match[2]!.toLowerCase());
  return Math.round(Number(match[1]) * 1000 ** power);
}

/** "950 B", "12.3 kB", "4.56 MB". */
export function formatBytes(bytes: number): string {
  return scaled(bytes, ["B", "kB", "MB", "GB", "TB"]);
}

/** "950 bit/s", "1.41 Mbit/s". */
export function formatBitRate(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);
}

function scaled(value: number, units: readonly string[]): string {
  let power = 0;
  while (Math.abs(value) >= 999.5 && power < units.length - 1) {
    value /= 1000;
    power++;
  }
  const digits = power === 0 ? 0 : value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[power]}`;
}

/** "0:07", "12:34", "1:02:03" of seconds. */
export function formatClock(seconds: number): string {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const tail = rest.toString().padStart(2, "0");
  return hours === 0
    ? `${minutes}:${tail}`
    : `${hours}:${minutes.toString().padStart(2, "0")}:${tail}`;
}
