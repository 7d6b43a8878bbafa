/**
 * The audio lab's labelled chunks in a capture: their labels tell what is missing.
 *
 * @module
 */

import { decodeLabelledChunk } from "../payload/labelled_wav.ts";
import type { StreamPath } from "./stream.ts";

/** Chunks from one end to another. */
export class LabelledStream {
  /** Its ends. */
  readonly path: StreamPath;
  /** Datagrams with a label. */
  chunks = 0;
  /** Bytes behind the labels. */
  bytes = 0;
  /** Bytes that the labels say were passed over. */
  missingBytes = 0;
  /** Chunks whose label was not ahead of the one before. */
  repeated = 0;
  /** Datagrams without a label. */
  malformed = 0;
  /** Number of the first frame. */
  readonly firstFrame: number;
  /** Number of the last frame. */
  lastFrame: number;
  /** Time of the first in ms. */
  readonly startMs: number;
  /** Time of the last in ms. */
  endMs: number;
  #reached: number = -1;

  /** A stream that begins with the frame at hand. */
  constructor(path: StreamPath, frameNumber: number, timeMs: number) {
    this.path = path;
    this.firstFrame = this.lastFrame = frameNumber;
    this.startMs = this.endMs = timeMs;
  }

  /** Takes a datagram. */
  add(datagram: Uint8Array, frameNumber: number, timeMs: number): void {
    const chunk = decodeLabelledChunk(datagram);
    this.lastFrame = frameNumber;
    this.endMs = timeMs;
    if (chunk === undefined) {
      this.malformed++;
      return;
    }
    this.chunks++;
    this.bytes += chunk.data.length;
    const begin = chunk.endOffset - chunk.data.length;
    if (this.#reached >= 0 && begin > this.#reached) this.missingBytes += begin - this.#reached;
    if (chunk.endOffset <= this.#reached) this.repeated++;
    else this.#reached = chunk.endOffset;
  }
}
