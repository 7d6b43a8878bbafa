// @ts-check
/**
 * Numbers as people read them.
 *
 * @module
 */

/** What stands where a number is not known. */
export const UNKNOWN = "–";

/**
 * @param {number | undefined | null} value
 * @param {number} digits After the decimal point.
 * @returns {string}
 */
export function fixed(value, digits) {
  return value === undefined || value === null ? UNKNOWN : value.toFixed(digits);
}

/**
 * A whole number, in groups of three.
 *
 * @param {number | undefined | null} value
 * @returns {string}
 */
export function count(value) {
  if (value === undefined || value === null) return UNKNOWN;
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/**
 * An amount of data, in decimal units.
 *
 * @param {number} bytes
 * @returns {string}
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(2)} MB`;
  return `${(bytes / 1e9).toFixed(3)} GB`;
}

/**
 * A data rate.
 *
 * @param {number | undefined | null} bits A second.
 * @returns {string}
 */
export function rate(bits) {
  if (bits === undefined || bits === null) return UNKNOWN;
  if (bits < 1000) return `${bits.toFixed(0)} bit/s`;
  if (bits < 1e6) return `${(bits / 1e3).toFixed(0)} kbit/s`;
  return `${(bits / 1e6).toFixed(2)} Mbit/s`;
}

/**
 * A share of 1 in per cent; small ones with more digits.
 *
 * @param {number | undefined | null} share
 * @returns {string}
 */
export function percent(share) {
  if (share === undefined || share === null) return UNKNOWN;
  const value = share * 100;
  return `${value.toFixed(value > 0 && value < 1 ? 2 : 1)} %`;
}

/**
 * @param {number | undefined | null} ms
 * @param {number} [digits]
 * @returns {string}
 */
export function milliseconds(ms, digits = 1) {
  return ms === undefined || ms === null ? UNKNOWN : `${ms.toFixed(digits)} ms`;
}

/**
 * A position in a film: minutes and seconds, hours when there are any.
 *
 * @param {number | undefined} seconds
 * @returns {string}
 */
export function clock(seconds) {
  if (seconds === undefined || !Number.isFinite(seconds)) return "–:––";
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const m = Math.floor(whole / 60) % 60;
  const h = Math.floor(whole / 3600);
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/**
 * When something happened: seconds since the session began.
 *
 * @param {number} timeMs
 * @returns {string}
 */
export function moment(timeMs) {
  return `${(timeMs / 1000).toFixed(3)} s`;
}
