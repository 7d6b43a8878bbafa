/**
 * One track as it arrives, whatever form it has.
 *
 * @module
 */

import type { ReceivedFrame } from "../payload/payload_format.ts";
import type { ReceptionStats } from "../rtp/reception_stats.ts";
import type { TrackInfo, TrackStatistics } from "./player.ts";

/** Takes what comes out of a track. */
export interface TrackListener {
  /** A frame or a run of samples; `ticks` is its place on the time line, `number` counts from 1. */
  media(frame: ReceivedFrame, ticks: number, number: number): void;
}

/** What PLAY's reply said of a stream. */
export interface RangeStart {
  /** Position in seconds. */
  readonly position?: number;
  /** RTP timestamp of that position. */
  readonly rtptime?: number;
  /** Seconds of presentation a second. */
  readonly scale: number;
}

/** Datagrams in, frames and numbers out. It knows neither sockets nor clocks. */
export interface Reception {
  /** What is known of the track. */
  readonly info: TrackInfo;
  /** RTP packets so far. */
  readonly packetCount: number;
  /** Source of the packets, once there are any. */
  readonly ssrc: number | undefined;
  /** The statistics engine, for reports. */
  readonly stats: ReceptionStats;
  /** When the last packet came; undefined before the first. */
  readonly lastArrivalMs: number | undefined;
  /** Timestamp of the last frame. */
  readonly lastTimestamp: number | undefined;
  /** Position of the last frame in seconds, where it is known. */
  readonly position: number | undefined;
  /** In words why no frame is made of what comes; undefined where one was, or little has come. */
  readonly blankness?: string | undefined;
  /** PLAY goes out. */
  playSent(nowMs: number): void;
  /** PLAY was answered. */
  playAnswered(range: RangeStart): void;
  /** PAUSE was answered: what waits for missing packets need not wait any more. */
  paused(nowMs: number): void;
  /** Whether RTCP may come where RTP does (RFC 5761); bytes of a lab's frame may look like it. */
  readonly takesRtcp: boolean;
  /** Takes a datagram, whose bytes must stay as they are; tells whether it belongs to the track. */
  push(datagram: Uint8Array, nowMs: number): boolean;
  /** Whether a datagram is the sender's goodbye. */
  isGoodbye(datagram: Uint8Array): boolean;
  /** Gives up waiting for packets that are late by now. */
  poll(nowMs: number): void;
  /** The numbers as they stand. */
  statistics(nowMs: number): TrackStatistics;
}
