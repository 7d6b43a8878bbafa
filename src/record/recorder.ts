/**
 * What all recordings have in common, whatever comes in.
 *
 * @module
 */

import type { FileSet } from "./file_set.ts";
import type { WrittenFile } from "./part_files.ts";
import type { StreamFormat } from "./stream_format.ts";
import type { TrackSummary } from "./track_recorder.ts";

/** What a recording came to. */
export interface RecordingSummary {
  /** Its files. */
  readonly files: readonly WrittenFile[];
  /** Its tracks, in the order of the streams. */
  readonly tracks: readonly (TrackSummary & { readonly format: StreamFormat })[];
  /** Samples that came after their file had been closed. */
  readonly lateSamples: number;
  /** Pictures too long for a lab movie. */
  readonly refusedPictures: number;
}

/** Datagrams on their way into files. Times are ms of any steady clock. */
export interface Recorder {
  /** Where it all goes; absent while it is not known. */
  readonly files: FileSet | undefined;
  /** Whether the sender said that it is done. */
  readonly isOver: boolean;
  /** Seconds of media recorded. */
  readonly seconds: number;
  /** Takes a media datagram, whose bytes must stay as they are. */
  packet(track: number, datagram: Uint8Array, arrivalMs: number): void;
  /** Takes an RTCP datagram. */
  rtcp(track: number, datagram: Uint8Array): void;
  /** To be called a few times a second. */
  tick(nowMs: number): void;
  /**
   * Writes what waits and closes the files. `seconds` is the presentation's length at its end; `cut`
   * when we stop while the sender goes on: then what it has sent in part is no loss.
   */
  end(nowMs: number, seconds?: number, cut?: boolean): void;
  /** How things stand. */
  summary(): RecordingSummary;
}
