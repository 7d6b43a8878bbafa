/**
 * Timestamps that are no media clock: the labs' senders put the time of day there, in seconds or
 * milliseconds, the frame's number, or a constant.
 *
 * @module
 */

/** What timestamps count, by how far they moved in a known time. */
export type TimestampClock = "media" | "seconds" | "frames" | "milliseconds" | "constant";

/** Time that has to pass before anything can be said, in ms. */
const MIN_DURATION_MS = 1500;

/** Judges by the ticks that passed in `durationMs`; undefined when that is too early. */
export function judgeClock(elapsedTicks: number, durationMs: number): TimestampClock | undefined {
  if (durationMs < MIN_DURATION_MS) return undefined;
  const ticksPerSecond = elapsedTicks * 1000 / durationMs;
  if (elapsedTicks === 0) return "constant";
  // A second more or less shows in a short time: seconds tick rarely.
  if (ticksPerSecond < 10) return "seconds";
  if (ticksPerSecond < 150) return "frames";
  if (ticksPerSecond > 200 && ticksPerSecond < 3000) return "milliseconds";
  return "media";
}

/** The same in words, for people. */
export function describeClock(clock: TimestampClock): string | undefined {
  switch (clock) {
    case "media":
      return undefined;
    case "seconds":
      return "clock: seconds (lab)";
    case "frames":
      return "clock: the frame's number (lab)";
    case "milliseconds":
      return "clock: milliseconds (lab)";
    case "constant":
      return "clock: stands still (lab)";
  }
}
