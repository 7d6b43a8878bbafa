/**
 * Uncompressed sound: L8, L16 (RFC 3551), L24 (RFC 3190), PCMU and PCMA.
 *
 * @module
 */

import type { RtpPacket } from "../rtp/packet.ts";
import { A_LAW, MU_LAW } from "./g711.ts";
import type { Depacketizer, ReceivedFrame } from "./payload_format.ts";

/** Longest time that one packet carries, in seconds (RFC 3551 section 4.2). */
const PACKET_SECONDS = 0.02;

/** Encodings of samples, named as in `a=rtpmap`. */
export const PCM_ENCODINGS = ["L8", "L16", "L24", "PCMU", "PCMA"] as const;

/** Channels that a stream may have at most. */
const MAX_CHANNELS = 8;

/** What has to be known about a stream of samples. */
export interface PcmFormat {
  /** Encoding name as in `a=rtpmap`. */
  readonly encoding: typeof PCM_ENCODINGS[number];
  /** Sample frames a second. */
  readonly sampleRate: number;
  /** Samples in a sample frame. */
  readonly channels: number;
}

/** The format of a track of samples; undefined for anything else. */
export function pcmFormat(
  { encodingName, clockRate, channels = 1 }: {
    readonly encodingName?: string;
    readonly clockRate?: number;
    readonly channels?: number;
  },
): PcmFormat | undefined {
  const name = encodingName?.toUpperCase();
  const encoding = PCM_ENCODINGS.find((one) => one === name);
  if (encoding === undefined || clockRate === undefined) return undefined;
  if (channels < 1 || channels > MAX_CHANNELS) return undefined;
  return { encoding, sampleRate: clockRate, channels };
}

/** Bytes of one sample. */
export function bytesPerSample(encoding: PcmFormat["encoding"]): number {
  return encoding === "L16" ? 2 : encoding === "L24" ? 3 : 1;
}

/**
 * Sample frames in a full packet: as many as fit in `maxBytes`, at most 20 ms, at least one.
 *
 * @throws {RangeError} When not even one fits.
 */
export function framesPerPacket(format: PcmFormat, maxBytes: number): number {
  const frameBytes = bytesPerSample(format.encoding) * format.channels;
  const fit = Math.floor(maxBytes / frameBytes);
  if (fit < 1) {
    throw new RangeError(`${maxBytes} bytes have no room for ${format.channels} samples`);
  }
  return Math.max(1, Math.min(fit, Math.floor(format.sampleRate * PACKET_SECONDS)));
}

/** Gives each packet's samples. */
export class PcmDepacketizer implements Depacketizer {
  readonly #frameBytes: number;
  #damagedFrames = 0;
  #lastDamage: string | undefined;

  /** For one stream. */
  constructor(readonly format: PcmFormat) {
    this.#frameBytes = bytesPerSample(format.encoding) * format.channels;
  }

  /** Packets whose last sample frame was cut. */
  get damagedFrames(): number {
    return this.#damagedFrames;
  }

  /** What was wrong with the last of them. */
  get lastDamage(): string | undefined {
    return this.#lastDamage;
  }

  /** Takes a packet; what is whole of it is given. */
  push({ payload, timestamp, sequenceNumber }: RtpPacket): ReceivedFrame[] {
    const extra = payload.length % this.#frameBytes;
    if (extra !== 0) {
      this.#damagedFrames++;
      this.#lastDamage = `${payload.length} bytes, not a multiple of ${this.#frameBytes}`;
    }
    const data = payload.subarray(0, payload.length - extra);
    return data.length === 0 ? [] : [{ timestamp, data, sequenceNumber }];
  }
}

/** Bits of a sample in a WAV file that {@linkcode toWavSamples} fills. */
export function wavBitsPerSample(encoding: PcmFormat["encoding"]): 8 | 16 | 24 {
  return encoding === "L8" ? 8 : encoding === "L24" ? 24 : 16;
}

/**
 * Samples as a WAV file has them: little-endian; L8 is the same in both; G.711 is expanded to 16
 * bits. A cut sample at the end is left out.
 */
export function toWavSamples(encoding: PcmFormat["encoding"], samples: Uint8Array): Uint8Array {
  if (encoding === "L8") return samples;
  if (encoding === "L16") return swap16(samples);
  if (encoding === "L24") return swap24(samples);
  const table = encoding === "PCMU" ? MU_LAW : A_LAW;
  const wav = new Uint8Array(samples.length * 2);
  for (let i = 0; i < samples.length; i++) {
    const value = table[samples[i]!]!;
    wav[2 * i] = value;
    wav[2 * i + 1] = value >> 8;
  }
  return wav;
}

/** 16-bit samples with their bytes the other way round. */
export function swap16(samples: Uint8Array): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(samples.length - samples.length % 2);
  for (let i = 0; i < swapped.length; i += 2) {
    swapped[i] = samples[i + 1]!;
    swapped[i + 1] = samples[i]!;
  }
  return swapped;
}

/** 24-bit samples with their bytes the other way round. */
export function swap24(samples: Uint8Array): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(samples.length - samples.length % 3);
  for (let i = 0; i < swapped.length; i += 3) {
    swapped[i] = samples[i + 2]!;
    swapped[i + 1] = samples[i + 1]!;
    swapped[i + 2] = samples[i]!;
  }
  return swapped;
}
