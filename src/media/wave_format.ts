/**
 * How the samples of a WAV or AVI file are coded (WAVEFORMATEX), and how they become what RTP
 * carries.
 *
 * @module
 */

import { ByteReader } from "../bytes/byte_reader.ts";
import { swap16, swap24 } from "../payload/pcm.ts";
import { MediaError } from "./frame_index.ts";
import type { AudioEncoding } from "./presentation.ts";

/** What stands in a file and what is sent. */
export interface WaveFormat {
  /** How samples go over the wire. */
  readonly encoding: AudioEncoding;
  /** Sample frames a second. */
  readonly sampleRate: number;
  /** 1 to 8. */
  readonly channels: number;
  /** Bytes of one sample frame in the file. */
  readonly fileFrameBytes: number;
  /** Bytes of one sample frame on the wire. */
  readonly wireFrameBytes: number;
  /** Whole samples of the file in the wire's form. */
  toWire(samples: Uint8Array): Uint8Array;
  /** What is lost on the way, for people. */
  readonly note?: string;
}

const PCM = 1;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;

/** Names of codes that people are likely to meet. */
const NAMES: Readonly<Record<number, string>> = {
  0x02: "Microsoft ADPCM",
  0x11: "IMA ADPCM",
  0x31: "GSM 6.10",
  0x50: "MPEG audio",
  0x55: "MP3",
  0xff: "AAC",
  0x161: "Windows Media Audio",
  0x2000: "AC-3",
};

/**
 * Reads a `fmt ` chunk.
 *
 * @throws {DecodeError} When it is too short.
 * @throws {MediaError} When it describes samples that Reel cannot send.
 */
export function readWaveFormat(chunk: Uint8Array): WaveFormat {
  const reader = new ByteReader("WAV", chunk);
  let code = reader.u16le();
  const channels = reader.u16le();
  const sampleRate = reader.u32le();
  reader.skip(6);
  const bits = reader.remaining >= 2 ? reader.u16le() : 8;
  if (code === EXTENSIBLE && reader.remaining >= 24) {
    reader.skip(8);
    // The first two bytes of the sub-format's GUID are the code.
    code = reader.u16le();
  }
  if (channels < 1 || channels > 8) {
    throw new MediaError(`it has ${channels} channels, 1 to 8 work`);
  }
  if (sampleRate < 1 || sampleRate > 768_000) {
    throw new MediaError(`it has ${sampleRate} samples a second`);
  }
  const coding = codingOf(code, bits);
  return {
    encoding: coding.encoding,
    sampleRate,
    channels,
    fileFrameBytes: coding.fileBytes * channels,
    wireFrameBytes: coding.wireBytes * channels,
    toWire: coding.toWire,
    ...(coding.note === undefined ? undefined : { note: coding.note }),
  };
}

interface Coding {
  readonly encoding: AudioEncoding;
  readonly fileBytes: number;
  readonly wireBytes: number;
  readonly toWire: (samples: Uint8Array) => Uint8Array;
  readonly note?: string;
}

function codingOf(code: number, bits: number): Coding {
  const same = (samples: Uint8Array): Uint8Array => samples;
  if (code === MU_LAW) return { encoding: "PCMU", fileBytes: 1, wireBytes: 1, toWire: same };
  if (code === A_LAW) return { encoding: "PCMA", fileBytes: 1, wireBytes: 1, toWire: same };
  if (code === PCM) {
    // Samples of 12 bits and the like are kept in whole bytes, at the upper end.
    const bytes = Math.ceil(bits / 8);
    if (bytes === 1) return { encoding: "L8", fileBytes: 1, wireBytes: 1, toWire: same };
    if (bytes === 2) return { encoding: "L16", fileBytes: 2, wireBytes: 2, toWire: swap16 };
    if (bytes === 3) return { encoding: "L24", fileBytes: 3, wireBytes: 3, toWire: swap24 };
    if (bytes === 4) {
      const note = "samples of 32 bits are sent with their upper 24";
      return { encoding: "L24", fileBytes: 4, wireBytes: 3, toWire: integersTo24, note };
    }
  }
  if (code === FLOAT && (bits === 32 || bits === 64)) {
    const note = "floating-point samples are sent as 24-bit integers";
    const toWire = (samples: Uint8Array): Uint8Array => floatsTo24(samples, bits);
    return { encoding: "L24", fileBytes: bits / 8, wireBytes: 3, toWire, note };
  }
  const name = NAMES[code] ??
    (code === PCM ? `PCM of ${bits} bits` : `format 0x${code.toString(16)}`);
  throw new MediaError(`its sound is ${name}; PCM, float, µ-law and A-law work`);
}

function integersTo24(samples: Uint8Array): Uint8Array {
  const wire = new Uint8Array(samples.length / 4 * 3);
  for (let from = 0, to = 0; from + 3 < samples.length; from += 4, to += 3) {
    wire[to] = samples[from + 3]!;
    wire[to + 1] = samples[from + 2]!;
    wire[to + 2] = samples[from + 1]!;
  }
  return wire;
}

function floatsTo24(samples: Uint8Array, bits: number): Uint8Array {
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  const step = bits / 8;
  const wire = new Uint8Array(samples.length / step * 3);
  for (let from = 0, to = 0; from + step <= samples.length; from += step, to += 3) {
    const value = bits === 32 ? view.getFloat32(from, true) : view.getFloat64(from, true);
    const integer = Math.max(-0x800000, Math.min(0x7fffff, Math.round(value * 0x800000))) | 0;
    wire[to] = integer >> 16;
    wire[to + 1] = integer >> 8;
    wire[to + 2] = integer;
  }
  return wire;
}
