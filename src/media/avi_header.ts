/**
 * The head of an AVI file with one MJPEG and at most one PCM stream: everything before the first chunk
 * of the `movi` list. Its length does not depend on the counts, so that it can be rewritten in place.
 *
 * @module
 */

import { concatBytes, encodeText } from "../bytes/text.ts";
import type { PictureSize } from "../payload/picture_size.ts";
import { bytesPerFrame, WAV_TAG, type WavFormat } from "./wav_header.ts";

/** A frame rate as a fraction: 30000/1001. */
export interface FrameRate {
  /** Frames in `denominator` seconds. */
  readonly numerator: number;
  /** Seconds. */
  readonly denominator: number;
}

/** What the head says. */
export interface AviHead {
  /** Of the film; absent when the file holds sound alone. */
  readonly video?: PictureSize & { readonly rate: FrameRate };
  /** Of the sound; absent when there is none. */
  readonly audio?: WavFormat;
  /** Pictures so far. */
  readonly frameCount: number;
  /** Sample frames so far. */
  readonly sampleCount: number;
  /** Longest picture so far in bytes. */
  readonly maxFrameBytes: number;
  /** Bytes of all chunks in the `movi` list. */
  readonly moviBytes: number;
  /** Bytes of the index behind the list; 0 while it is not written. */
  readonly indexBytes: number;
}

const HAS_INDEX = 0x10;
const IS_INTERLEAVED = 0x100;

/** The bytes from `RIFF` to `movi`. */
export function encodeAviHead(head: AviHead): Uint8Array<ArrayBuffer> {
  const streams = [
    ...(head.video === undefined ? [] : [videoStream(head, head.video)]),
    ...(head.audio === undefined ? [] : [audioStream(head, head.audio)]),
  ];
  const lists = concatBytes([
    list("hdrl", [chunk("avih", mainHeader(head, streams.length)), ...streams]),
    encodeText("LIST"),
    u32(4 + head.moviBytes),
    encodeText("movi"),
  ]);
  const riffBytes = 4 + lists.length + head.moviBytes + head.indexBytes;
  return concatBytes([encodeText("RIFF"), u32(riffBytes), encodeText("AVI "), lists]);
}

function mainHeader(head: AviHead, streamCount: number): Uint8Array {
  const rate = head.video?.rate;
  const microseconds = rate === undefined ? 0 : Math.round(1e6 * rate.denominator / rate.numerator);
  return concatBytes([
    microseconds,
    0,
    0,
    IS_INTERLEAVED | (head.indexBytes > 0 ? HAS_INDEX : 0),
    head.frameCount,
    0,
    streamCount,
    head.maxFrameBytes,
    head.video?.width ?? 0,
    head.video?.height ?? 0,
    0,
    0,
    0,
    0,
  ].map(u32));
}

function videoStream(
  head: AviHead,
  { width, height, rate }: PictureSize & { readonly rate: FrameRate },
): Uint8Array {
  const header = concatBytes([
    encodeText("vidsMJPG"),
    ...[0, 0, 0, rate.denominator, rate.numerator, 0, head.frameCount, head.maxFrameBytes].map(u32),
    u32(0xffff_ffff),
    u32(0),
    ...[0, 0, width, height].map(u16),
  ]);
  const format = concatBytes([
    ...[40, width, height].map(u32),
    u16(1),
    u16(24),
    encodeText("MJPG"),
    ...[width * height * 3, 0, 0, 0, 0].map(u32),
  ]);
  return list("strl", [chunk("strh", header), chunk("strf", format)]);
}

function audioStream(head: AviHead, format: WavFormat): Uint8Array {
  const frameBytes = bytesPerFrame(format);
  const { sampleRate, channels, bitsPerSample, encoding } = format;
  const header = concatBytes([
    encodeText("auds"),
    u32(0),
    ...[0, 0, 0, 1, sampleRate, 0, head.sampleCount, sampleRate * frameBytes].map(u32),
    u32(0xffff_ffff),
    u32(frameBytes),
    new Uint8Array(8),
  ]);
  const waveFormat = concatBytes([
    u16(WAV_TAG[encoding]),
    u16(channels),
    u32(sampleRate),
    u32(sampleRate * frameBytes),
    u16(frameBytes),
    u16(bitsPerSample),
    u16(0),
  ]);
  return list("strl", [chunk("strh", header), chunk("strf", waveFormat)]);
}

/** A RIFF chunk: FourCC, 32-bit length, data, a zero byte where the length is odd. */
export function chunk(id: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + data.length + data.length % 2);
  bytes.set(encodeText(id), 0);
  new DataView(bytes.buffer).setUint32(4, data.length, true);
  bytes.set(data, 8);
  return bytes;
}

function list(id: string, chunks: readonly Uint8Array[]): Uint8Array {
  return chunk("LIST", concatBytes([encodeText(id), ...chunks]));
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}
