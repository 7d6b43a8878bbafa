/**
 * Received sound as 16-bit samples, for players.
 *
 * @module
 */

import { type PcmFormat, toWavSamples } from "../payload/pcm.ts";

/** Samples in network byte order as 16-bit little-endian; the finer bits of L24 are dropped. */
export function toSigned16(encoding: PcmFormat["encoding"], samples: Uint8Array): Uint8Array {
  if (encoding === "L8") {
    const wide = new Uint8Array(2 * samples.length);
    // L8 is unsigned with an offset of 128 (RFC 3551 section 4.5.10).
    for (let i = 0; i < samples.length; i++) wide[2 * i + 1] = samples[i]! ^ 0x80;
    return wide;
  }
  if (encoding === "L24") {
    const narrow = new Uint8Array(Math.floor(samples.length / 3) * 2);
    for (let i = 0; i < narrow.length / 2; i++) {
      narrow[2 * i] = samples[3 * i + 1]!;
      narrow[2 * i + 1] = samples[3 * i]!;
    }
    return narrow;
  }
  return toWavSamples(encoding, samples);
}
