/**
 * The pictures of a film as a track.
 *
 * @module
 */

import { parseJpeg } from "../payload/jpeg_file.ts";
import type { ByteSource } from "./byte_source.ts";
import { hopelessReason } from "./carriable.ts";
import { MediaError } from "./frame_index.ts";
import type { FrameIndex } from "./frame_index.ts";
import { LruCache } from "./lru.ts";
import type { VideoTrack } from "./presentation.ts";

/** Frames kept in memory: viewers who are close together share one read. */
const CACHED_FRAMES = 32;

/** How far away a frame is looked for that can stand for a damaged one. */
const MAX_DAMAGED_RUN = 100;

/** Conversions cost more than reads: a short film is kept whole. */
const CONVERTED_BYTES = 2 ** 25;

/** Frames of a file. */
export class FilmTrack implements VideoTrack {
  /** Which track this is. */
  readonly kind = "video";
  /** Frames a second. */
  readonly frameRate: number;
  /** Number of frames. */
  readonly frameCount: number;
  /** Pixels across, of the first frame. */
  readonly width: number;
  /** Pixels down, of the first frame. */
  readonly height: number;
  /** Bytes of the longest frame. */
  readonly maxFrameBytes: number;
  /** Why RFC 2435 can carry neither the frames nor a conversion of them; absent when it can. */
  readonly uncarriable?: string;
  readonly #source: ByteSource;
  readonly #frames: FrameIndex["frames"];
  readonly #cache = new LruCache<number, Uint8Array>(CACHED_FRAMES);
  readonly #carriable: LruCache<number, Uint8Array>;
  readonly #convert: (frame: Uint8Array) => Uint8Array | undefined;

  /**
   * `convert` makes a frame one that RFC 2435 can carry, if it can be.
   *
   * @throws {MediaError} When there is no frame, or the first is no JPEG.
   */
  constructor(
    source: ByteSource,
    frames: FrameIndex["frames"],
    frameRate: number,
    convert: (frame: Uint8Array) => Uint8Array | undefined,
  ) {
    if (frames.length === 0) throw new MediaError("it holds no whole frame");
    this.#source = source;
    this.#frames = frames;
    this.#convert = convert;
    this.frameRate = frameRate;
    this.frameCount = frames.length;
    this.maxFrameBytes = frames.reduce((most, { length }) => Math.max(most, length), 0);
    const converted = Math.floor(CONVERTED_BYTES / Math.max(1, this.maxFrameBytes));
    this.#carriable = new LruCache(Math.max(CACHED_FRAMES, converted));
    try {
      ({ width: this.width, height: this.height } = parseJpeg(this.frame(0)));
    } catch (error) {
      throw new MediaError(`its first frame is no JPEG: ${(error as Error).message}`);
    }
    const reason = hopelessReason(this.frame(0));
    if (reason !== undefined) this.uncarriable = reason;
  }

  /** The frame as it stands in the file. */
  frame(index: number): Uint8Array {
    const extent = this.#frames[index];
    if (extent === undefined) {
      throw new RangeError(`no frame ${index}, there are ${this.frameCount}`);
    }
    return this.#cache.get(index, () => this.#source.read(extent.offset, extent.length));
  }

  /**
   * The frame in a form that RFC 2435 can carry. In the place of one that is damaged stands the last
   * one before it that is not, or the first one behind it; where there is none, the frame as it is.
   */
  carriableFrame(index: number): Uint8Array {
    return this.#carriable.get(index, () => {
      const frame = this.frame(index);
      return this.#convert(frame) ?? this.#standIn(index, -1) ?? this.#standIn(index, 1) ?? frame;
    });
  }

  #standIn(index: number, step: -1 | 1): Uint8Array | undefined {
    for (let distance = 1; distance <= MAX_DAMAGED_RUN; distance++) {
      const at = index + step * distance;
      if (at < 0 || at >= this.frameCount) return undefined;
      const converted = this.#convert(this.frame(at));
      if (converted !== undefined) return converted;
    }
    return undefined;
  }
}
