/**
 * What sessions are told, what they answer, and what those of a server share.
 *
 * @module
 */

import type { Pacer } from "../net/pacer.ts";
import type { FrameSplitter } from "./split_frames.ts";

/** What the peer speaks; the Transport header of its SETUP decides. */
export type Dialect = "standard" | "lab" | "audio-lab" | "hello";

/** What the sessions of a server share. */
export interface SessionEnvironment {
  /** The one timer. */
  readonly pacer: Pacer;
  /** Splits frames. */
  readonly splitter: FrameSplitter;
  /** Longest RTP payload in bytes. */
  readonly maxPayloadBytes: number;
  /** Bytes of sound in a labelled chunk of the audio lab. */
  readonly chunkBytes: number;
  /** Whether presentations begin again at their end. */
  readonly loop: boolean;
  /** Seconds that standard clients get ahead of time. */
  readonly burst: number;
}

/** A range to play. */
export interface PlayOrder {
  /** Where to begin in seconds; where it was, when absent. */
  readonly start?: number;
  /** Where to end in seconds; the end of the presentation, when absent. */
  readonly end?: number;
  /** Seconds of presentation a second of playing. */
  readonly scale: number;
  /** Seconds of playing sent a second. */
  readonly speed: number;
  /** Whether nothing is to be sent ahead of time. */
  readonly steady?: boolean;
}

/** The first packet of a stream that sends. */
export interface StreamStart {
  /** Index of the track. */
  readonly track: number;
  /** Its sequence number. */
  readonly seq: number;
  /** RTP timestamp of the start of the range. */
  readonly rtptime: number;
  /** Synchronization source. */
  readonly ssrc: number;
}

/** What PLAY answers. */
export interface PlayAnswer {
  /** Where it really begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** The scale that is really used. */
  readonly scale: number;
  /** First packet of each stream that sends. */
  readonly streams: readonly StreamStart[];
}
