/**
 * AVI films with Motion JPEG pictures and PCM sound, also those longer than one RIFF (OpenDML). The
 * chunks themselves are walked through, so that no index is needed and a wrong one does no harm.
 *
 * @module
 */

import { ByteReader } from "../bytes/byte_reader.ts";
import { decodeLatin1 } from "../bytes/text.ts";
import { type ByteSource, type Extent, Scanner, SplicedSource } from "./byte_source.ts";
import { type FrameIndex, MediaError } from "./frame_index.ts";
import { behindChunk, readChunk, type RiffChunk } from "./riff.ts";
import { SoundTrack } from "./sound_track.ts";
import { readWaveFormat, type WaveFormat } from "./wave_format.ts";

/** Blocks in which chunk headers are read; the frames between them are passed over. */
const HEADER_BLOCK = 4096;

/** What a file holds. */
export interface OpenAvi extends FrameIndex {
  /** Frames a second; undefined when there are no pictures or the file does not say it. */
  readonly frameRate: number | undefined;
  /** Its sound. */
  readonly sound: SoundTrack | undefined;
}

interface Stream {
  readonly type: string;
  readonly codec: string;
  readonly rate: number;
  format: Uint8Array;
  readonly extents: Extent[];
}

/** Whether a file starts like an AVI file. */
export function isAvi(head: Uint8Array): boolean {
  const text = decodeLatin1(head.subarray(0, 12));
  return text.startsWith("RIFF") && text.endsWith("AVI ");
}

/** Finds the frames and the samples of the first stream of each kind. */
export function openAvi(source: ByteSource): OpenAvi {
  const walk = new Walk(new Scanner(source, HEADER_BLOCK));
  walk.list(0, source.size);
  const { streams, notes } = walk;
  const video = streams.find(({ type }) => type === "vids");
  const audio = streams.find(({ type }) => type === "auds");
  let sound: SoundTrack | undefined;
  if (audio !== undefined) {
    try {
      const format: WaveFormat = readWaveFormat(audio.format);
      if (format.note !== undefined) notes.push(format.note);
      if (audio.extents.length > 0) {
        sound = new SoundTrack(new SplicedSource(source, audio.extents), format);
      }
    } catch (error) {
      notes.push(`the sound is left out: ${(error as Error).message}`);
    }
  }
  if (video === undefined) return { frames: [], notes, frameRate: undefined, sound };
  const codec = codecOf(video);
  if (!/^(mjpg|jpeg|avrn|dmb1|ijpg)$/i.test(codec)) {
    throw new MediaError(`its pictures are "${codec}"; Motion JPEG ("MJPG") works`);
  }
  const frameRate = video.rate > 0 && video.rate <= 1000 ? video.rate : undefined;
  return { frames: repeatEmpty(video.extents), notes, frameRate, sound };
}

/** The bitmap header names the codec; the stream header's name is a hint that may be empty. */
function codecOf({ format, codec }: Stream): string {
  const name = decodeLatin1(format.subarray(16, 20));
  return /^[\x20-\x7e]{4}$/.test(name) ? name : codec;
}

/** An empty chunk stands for the frame before it, shown once more. */
function repeatEmpty(extents: readonly Extent[]): Extent[] {
  const frames: Extent[] = [];
  for (const extent of extents) {
    const frame = extent.length > 0 ? extent : frames.at(-1);
    if (frame !== undefined) frames.push(frame);
  }
  return frames;
}

class Walk {
  readonly streams: Stream[] = [];
  readonly notes: string[] = [];
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Walks through the chunks from `at` to `end`. */
  list(at: number, end: number, depth = 0): void {
    while (at + 8 <= end) {
      const chunk = readChunk(this.#scanner, at);
      if (chunk === undefined) {
        this.notes.push(`byte ${at} starts no chunk: what follows up to byte ${end} is left out`);
        return;
      }
      // A writer that was stopped leaves these lengths at 0.
      const open = chunk.length === 0 && (chunk.id === "RIFF" || chunk.listType === "movi");
      const chunkEnd = open ? end : Math.min(chunk.offset + chunk.length, end);
      // RIFF, hdrl, strl, movi and rec lists are at most four deep.
      if (chunk.listType !== undefined) {
        if (depth < 5) this.list(chunk.offset, chunkEnd, depth + 1);
      } else this.#take(chunk, this.#scanner.size);
      at = open ? end : behindChunk(chunk);
    }
  }

  #take(chunk: RiffChunk, size: number): void {
    const { id, offset, length } = chunk;
    if (id === "strh") this.#addStream(this.#scanner.bytes(offset, Math.min(length, 64)));
    const last = this.streams.at(-1);
    if (id === "strf" && last !== undefined && last.format.length === 0) {
      last.format = this.#scanner.bytes(offset, Math.min(length, HEADER_BLOCK)).slice();
    }
    const data = /^(\d\d)(dc|db|wb)$/.exec(id);
    if (data === null) return;
    const stream = this.streams[Number(data[1])];
    if (stream === undefined) return;
    if (offset + length <= size) stream.extents.push({ offset, length });
    else if (stream.type === "auds") stream.extents.push({ offset, length: size - offset });
    else {this.notes.push(
        `frame ${stream.extents.length + 1} is cut by the end of the file: left out`,
      );}
  }

  #addStream(bytes: Uint8Array): void {
    const reader = new ByteReader("AVI", bytes);
    if (bytes.length < 32) {
      this.notes.push(`the header of stream ${this.streams.length} is cut`);
      this.streams.push({ type: "", codec: "", rate: 0, format: new Uint8Array(), extents: [] });
      return;
    }
    const type = decodeLatin1(reader.bytes(4));
    const codec = decodeLatin1(reader.bytes(4));
    reader.skip(12);
    const scale = reader.u32le();
    const rate = scale === 0 ? 0 : reader.u32le() / scale;
    this.streams.push({ type, codec, rate, format: new Uint8Array(), extents: [] });
  }
}
