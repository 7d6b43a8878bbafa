/**
 * Frames split into payloads, once for all sessions that watch them.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import type { VideoTrack } from "../media/presentation.ts";
import { JpegPayloader } from "../payload/jpeg_payloader.ts";
import type { Payload } from "../payload/payload_format.ts";
import { MAX_WHOLE_JPEG_BYTES, WholeJpegPayloader } from "../payload/whole_jpeg.ts";

/** How a film's frames go over the wire: by RFC 2435, or whole as in the labs. */
export type VideoForm = "rfc2435" | "whole";

/** Bytes of split frames that are kept for each film, form and size. */
const CACHE_BYTES = 16 * 1024 * 1024;

/** Stands for the labs' whole frames among the sizes. */
const WHOLE = 0;

interface SplitFrames {
  readonly frames: Map<number, readonly Payload[]>;
  bytes: number;
}

/** Splits frames and keeps those that were split last. */
export class FrameSplitter {
  readonly #maxBytes: number;
  readonly #maxWholeBytes: number;
  readonly #films = new WeakMap<VideoTrack, Map<number, SplitFrames>>();
  readonly #payloaders = {
    rfc2435: new JpegPayloader(),
    whole: new WholeJpegPayloader(),
  };

  /** `maxBytes` is the longest payload of RFC 2435, `maxWholeBytes` of the labs' whole frames. */
  constructor(maxBytes: number, maxWholeBytes: number = MAX_WHOLE_JPEG_BYTES) {
    this.#maxBytes = maxBytes;
    this.#maxWholeBytes = maxWholeBytes;
  }

  /**
   * The payloads of a frame. Those of RFC 2435 may be made shorter than usual; each `maxBytes` that is
   * in use takes memory of its own.
   */
  payloads(
    film: VideoTrack,
    form: VideoForm,
    index: number,
    maxBytes: number = this.#maxBytes,
  ): readonly Payload[] {
    const split = this.#splitOf(film, form === "whole" ? WHOLE : maxBytes);
    const known = split.frames.get(index);
    if (known !== undefined) return known;
    const payloads = this.#split(film, form, index, maxBytes);
    split.frames.set(index, payloads);
    split.bytes += lengthOf(payloads);
    this.#evict(split);
    return payloads;
  }

  #split(
    film: VideoTrack,
    form: VideoForm,
    index: number,
    maxBytes: number,
  ): readonly Payload[] {
    const { whole, rfc2435 } = this.#payloaders;
    if (form === "whole") return whole.payloads(film.frame(index), this.#maxWholeBytes);
    try {
      return rfc2435.payloads(film.carriableFrame(index), maxBytes);
    } catch (error) {
      // Nothing makes this film one that RFC 2435 can carry, as its notes say, or this frame is
      // damaged: no picture is sent.
      if (error instanceof RangeError || error instanceof DecodeError) return [];
      throw error;
    }
  }

  #splitOf(film: VideoTrack, key: number): SplitFrames {
    let splits = this.#films.get(film);
    if (splits === undefined) this.#films.set(film, splits = new Map());
    let split = splits.get(key);
    if (split === undefined) splits.set(key, split = { frames: new Map(), bytes: 0 });
    return split;
  }

  /** Drops what was split first: whoever plays on needs what comes later. */
  #evict(split: SplitFrames): void {
    for (const [index, payloads] of split.frames) {
      if (split.bytes <= CACHE_BYTES || split.frames.size === 1) return;
      split.frames.delete(index);
      split.bytes -= lengthOf(payloads);
    }
  }
}

function lengthOf(payloads: readonly Payload[]): number {
  let length = 0;
  for (const { payload } of payloads) length += payload.length;
  return length;
}
