/**
 * What an AVI file that `AviWriter` wrote holds, so that it can be continued: read from the
 * chunks themselves, for after a kill neither the counts nor the index are right.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import type { PictureSize } from "../payload/picture_size.ts";
import { encodeAviHead, type FrameRate } from "./avi_header.ts";
import type { GrowingFile } from "./growing_file.ts";
import type { WavFormat } from "./wav_header.ts";
import { bytesPerFrame } from "./wav_header.ts";

/** One chunk of sound: where its samples lie, in the stream and in the file. */
export interface SoundChunk {
  /** Position of its first sample frame. */
  readonly first: number;
  /** Sample frames in it. */
  readonly count: number;
  /** Where they begin in the file, in bytes. */
  readonly offset: number;
}

/** Everything behind the head of a file. */
export interface AviContents {
  /** Index entries: stream, offset from the word `movi`, length. */
  readonly index: number[];
  /** The sound's chunks. */
  readonly sound: SoundChunk[];
  /** Pictures. */
  frameCount: number;
  /** Sample frames. */
  sampleCount: number;
  /** Longest picture in bytes. */
  maxFrameBytes: number;
}

/** An AVI file with a film and perhaps sound, as its head describes it. */
export interface ContinuedAvi {
  /** Size and rate of the film. */
  readonly video: PictureSize & { readonly rate: FrameRate };
  /** What it holds. */
  readonly contents: AviContents;
  /** Where the last whole chunk ends. */
  readonly end: number;
}

/** Where the first stream's header and format lie in a head as `encodeAviHead` writes it. */
const VIDEO_HEADER = 108;
const VIDEO_FORMAT = 172;
/** The same for the second stream's format, which is as long as 16 bytes and a size of 0. */
const AUDIO_FORMAT = 296;
const AUDIO_FORMAT_BYTES = 18;

const EMPTY = { frameCount: 0, sampleCount: 0, maxFrameBytes: 0, moviBytes: 0, indexBytes: 0 };

/** An AVI file without chunks. */
export function emptyContents(): AviContents {
  return { index: [], sound: [], frameCount: 0, sampleCount: 0, maxFrameBytes: 0 };
}

/**
 * Reads a file that is to be continued with sound of the given format.
 *
 * @throws {Error} When it is not such a file; the message says why.
 */
export function readAviContents(file: GrowingFile, audio: WavFormat | undefined): ContinuedAvi {
  const video = { width: 0, height: 0, rate: { numerator: 1, denominator: 1 } };
  const expected = encodeAviHead({ video, ...(audio === undefined ? {} : { audio }), ...EMPTY });
  const head = file.read(0, expected.length);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isOurs = head.length === expected.length && word(head, 0) === "RIFF" &&
    word(head, VIDEO_HEADER) === "vids" && word(head, expected.length - 4) === "movi";
  if (!isOurs) throw new Error(`${file.path} is no AVI file of Reel's with the same tracks`);
  const format = (bytes: Uint8Array): string => {
    return bytes.subarray(AUDIO_FORMAT, AUDIO_FORMAT + AUDIO_FORMAT_BYTES).join();
  };
  if (audio !== undefined && format(head) !== format(expected)) {
    throw new Error(`the sound in ${file.path} has another format`);
  }
  const { contents, end } = walk(file, expected.length, audio);
  return {
    contents,
    end,
    video: {
      width: view.getUint32(VIDEO_FORMAT + 4, true),
      height: view.getUint32(VIDEO_FORMAT + 8, true),
      rate: {
        numerator: view.getUint32(VIDEO_HEADER + 24, true),
        denominator: view.getUint32(VIDEO_HEADER + 20, true),
      },
    },
  };
}

function walk(
  file: GrowingFile,
  from: number,
  audio: WavFormat | undefined,
): { contents: AviContents; end: number } {
  const contents = emptyContents();
  let end = from;
  while (end + 8 <= file.size) {
    const header = file.read(end, 8);
    const id = word(header, 0);
    const length = new DataView(header.buffer, header.byteOffset).getUint32(4, true);
    const next = end + 8 + length + length % 2;
    if ((id !== "00dc" && id !== "01wb") || next > file.size) break;
    contents.index.push(id === "00dc" ? 0 : 1, end - from + 4, length);
    if (id === "00dc") {
      contents.frameCount++;
      contents.maxFrameBytes = Math.max(contents.maxFrameBytes, length);
    } else if (audio !== undefined) {
      const count = length / bytesPerFrame(audio);
      contents.sound.push({ first: contents.sampleCount, count, offset: end + 8 });
      contents.sampleCount += count;
    }
    end = next;
  }
  return { contents, end };
}

function word(bytes: Uint8Array, at: number): string {
  return decodeLatin1(bytes.subarray(at, at + 4));
}
