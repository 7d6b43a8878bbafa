/**
 * NTP timestamps as RTCP carries them (RFC 3550 section 4).
 *
 * @module
 */

/** Seconds from the NTP epoch (1900) to the Unix epoch (1970). */
const UNIX_EPOCH_IN_NTP = 2_208_988_800;

/** A 64-bit NTP timestamp, as two words. */
export interface NtpTime {
  /** Whole seconds since 1900, modulo 2^32. */
  readonly seconds: number;
  /** Fraction of a second in units of 2^-32 s. */
  readonly fraction: number;
}

/** NTP time of a Unix time in milliseconds. */
export function ntpFromUnixMs(unixMs: number): NtpTime {
  const wholeSeconds = Math.floor(unixMs / 1000);
  const fraction = Math.round(((unixMs - wholeSeconds * 1000) / 1000) * 2 ** 32);
  return fraction === 2 ** 32
    ? { seconds: (wholeSeconds + 1 + UNIX_EPOCH_IN_NTP) >>> 0, fraction: 0 }
    : { seconds: (wholeSeconds + UNIX_EPOCH_IN_NTP) >>> 0, fraction };
}

/** Unix time in milliseconds of an NTP time, taken to lie in the era that began in 1900. */
export function unixMsFromNtp(ntp: NtpTime): number {
  return (ntp.seconds - UNIX_EPOCH_IN_NTP) * 1000 + (ntp.fraction * 1000) / 2 ** 32;
}

/** The middle 32 bits, in units of 2^-16 s: LSR in reception reports (RFC 3550 section 6.4.1). */
export function compactNtp(ntp: NtpTime): number {
  return (((ntp.seconds & 0xffff) << 16) | (ntp.fraction >>> 16)) >>> 0;
}
