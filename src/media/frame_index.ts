/**
 * Where the frames of a film stand in its file.
 *
 * @module
 */

import type { Extent } from "./byte_source.ts";

/** What a reader finds in a file. */
export interface FrameIndex {
  /** Each frame's bytes in the file. */
  readonly frames: readonly Extent[];
  /** What is wrong with the file, in sentences without a full stop. */
  readonly notes: readonly string[];
}

/** A file that holds nothing that can be served. The message says why. */
export class MediaError extends Error {
  /** `message` says what is wrong. */
  constructor(message: string) {
    super(message);
    this.name = "MediaError";
  }
}
