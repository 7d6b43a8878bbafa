/**
 * The head of a WAV file as Reel writes it: RIFF, `fmt `, `fact` where the samples are no PCM, `data`.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";

/** How the samples of a WAV file are stored; whole numbers are little-endian. */
export interface WavFormat {
  /** PCM, or the logarithmic codes of G.711 kept as they are. */
  readonly encoding: "pcm" | "mulaw" | "alaw";
  /** Sample frames a second. */
  readonly sampleRate: number;
  /** 1 to 8. */
  readonly channels: number;
  /** 8 (unsigned), 16, 24 or 32 for PCM; 8 for G.711. */
  readonly bitsPerSample: 8 | 16 | 24 | 32;
}

/** Format tags of WAVEFORMATEX. */
export const WAV_TAG = { pcm: 1, alaw: 6, mulaw: 7, extensible: 0xfffe } as const;

/** The 14 bytes behind the tag in an EXTENSIBLE format's GUID. */
const GUID_TAIL = [
  0x00,
  0x00,
  0x00,
  0x00,
  0x10,
  0x00,
  0x80,
  0x00,
  0x00,
  0xaa,
  0x00,
  0x38,
  0x9b,
  0x71,
];

/** Speaker positions by channel count: mono to 7.1, in the order of the bits. */
const CHANNEL_MASKS = [0, 0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x13f, 0x63f] as const;

/** Bytes of one sample frame: a sample of every channel. */
export function bytesPerFrame(format: WavFormat): number {
  return format.channels * format.bitsPerSample / 8;
}

/** The byte that silence is made of. */
export function silenceByte(format: WavFormat): number {
  if (format.encoding === "mulaw") return 0xff;
  if (format.encoding === "alaw") return 0xd5;
  return format.bitsPerSample === 8 ? 0x80 : 0;
}

/** "16-bit PCM, 44100 Hz, 2 channels". */
export function describeWavFormat(format: WavFormat): string {
  const { encoding, bitsPerSample, sampleRate, channels } = format;
  const coding = encoding === "pcm"
    ? `${bitsPerSample}-bit PCM`
    : encoding === "mulaw"
    ? "µ-law"
    : "A-law";
  return `${coding}, ${sampleRate} Hz, ${channels} channel${channels === 1 ? "" : "s"}`;
}

/**
 * The bytes before the samples, for a file of `sampleCount` sample frames. The length depends on the
 * format alone: 44 bytes for PCM of one or two channels and at most 16 bits.
 */
export function encodeWavHeader(format: WavFormat, sampleCount: number): Uint8Array<ArrayBuffer> {
  const extensible = format.channels > 2 || format.bitsPerSample > 16;
  const plain = format.encoding === "pcm" && !extensible;
  const fmtLength = extensible ? 40 : plain ? 16 : 18;
  // Files of other formats than PCM name their sample count in a fact chunk.
  const factLength = format.encoding === "pcm" ? 0 : 12;
  const length = 12 + 8 + fmtLength + factLength + 8;
  const dataBytes = sampleCount * bytesPerFrame(format);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(encodeText("RIFF"), 0);
  view.setUint32(4, length - 8 + dataBytes + dataBytes % 2, true);
  bytes.set(encodeText("WAVEfmt "), 8);
  view.setUint32(16, fmtLength, true);
  writeFormat(view, format, extensible);
  let at = 20 + fmtLength;
  if (factLength > 0) {
    bytes.set(encodeText("fact"), at);
    view.setUint32(at + 4, 4, true);
    view.setUint32(at + 8, sampleCount, true);
    at += factLength;
  }
  bytes.set(encodeText("data"), at);
  view.setUint32(at + 4, dataBytes, true);
  return bytes;
}

function writeFormat(view: DataView, format: WavFormat, extensible: boolean): void {
  const { encoding, channels, sampleRate, bitsPerSample } = format;
  const frame = bytesPerFrame(format);
  view.setUint16(20, extensible ? WAV_TAG.extensible : WAV_TAG[encoding], true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frame, true);
  view.setUint16(32, frame, true);
  view.setUint16(34, bitsPerSample, true);
  if (!extensible) return;
  view.setUint16(36, 22, true);
  view.setUint16(38, bitsPerSample, true);
  view.setUint32(40, CHANNEL_MASKS[channels] ?? 0, true);
  view.setUint16(44, WAV_TAG[encoding], true);
  GUID_TAIL.forEach((byte, i) => view.setUint8(46 + i, byte));
}

/** What {@linkcode parseWavHead} finds. */
export interface WavHead {
  /** How the samples are stored. */
  readonly format: WavFormat;
  /** Where the samples begin. */
  readonly dataOffset: number;
  /** Bytes of samples, as the head has it; senders of streams leave it 0 or too large. */
  readonly dataBytes: number;
}

/**
 * Reads the head of a WAV file from its first bytes; undefined when they are no such head, end before
 * the samples, or name a format other than {@linkcode WavFormat} can.
 */
export function parseWavHead(bytes: Uint8Array): WavHead | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || fourcc(view, 0) !== "RIFF" || fourcc(view, 8) !== "WAVE") {
    return undefined;
  }
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = fourcc(view, at);
    const length = view.getUint32(at + 4, true);
    if (id === "data") {
      if (format === undefined) return undefined;
      return { format, dataOffset: at + 8, dataBytes: length };
    }
    if (id === "fmt ") {
      if (length < 16 || at + 8 + length > bytes.length) return undefined;
      format = parseFormat(view, at + 8, length);
      if (format === undefined) return undefined;
    }
    at += 8 + length + length % 2;
  }
  return undefined;
}

function parseFormat(view: DataView, at: number, length: number): WavFormat | undefined {
  const outer = view.getUint16(at, true);
  const tag = outer === WAV_TAG.extensible && length >= 26 ? view.getUint16(at + 24, true) : outer;
  const encoding = (["pcm", "mulaw", "alaw"] as const).find((name) => WAV_TAG[name] === tag);
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  const bitsPerSample = ([8, 16, 24, 32] as const).find((one) => one === bits);
  if (encoding === undefined || bitsPerSample === undefined) return undefined;
  if (channels < 1 || channels > 8 || sampleRate === 0) return undefined;
  if (view.getUint16(at + 12, true) !== channels * bits / 8) return undefined;
  return { encoding, sampleRate, channels, bitsPerSample };
}

function fourcc(view: DataView, at: number): string {
  return String.fromCharCode(
    view.getUint8(at),
    view.getUint8(at + 1),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
  );
}
