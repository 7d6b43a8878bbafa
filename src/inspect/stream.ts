/**
 * One RTP stream of a capture while it is read: a candidate until several packets agree, then counted
 * by the statistics engine that live sessions use.
 *
 * @module
 */

import type { TrackStatistics } from "../client/player.ts";
import { ReceptionStats } from "../rtp/reception_stats.ts";
import type { RtspResponse } from "../rtsp/message.ts";
import type { SignalledEnd } from "./signalling.ts";
import type { StreamSeries } from "./stream_series.ts";

/** A stream that goes on until the capture ends has not ended itself. In ms. */
export const END_SLACK_MS = 1000;

/** Where a stream goes from and to. */
export interface StreamPath {
  /** Source address. */
  readonly source: string;
  /** Source port. */
  readonly sourcePort: number;
  /** Destination address. */
  readonly destination: string;
  /** Destination port. */
  readonly destinationPort: number;
  /** Datagrams, or interleaved with an RTSP connection. */
  readonly transport: "udp" | "tcp";
  /** The interleaved channel. */
  readonly channel?: number;
  /** Number of the RTSP conversation it belongs to. */
  readonly conversation?: number;
}

/** What a packet's header says, and where and when it was. */
export interface PacketNote {
  /** Sequence number. */
  readonly sequenceNumber: number;
  /** RTP timestamp. */
  readonly timestamp: number;
  /** Time since the first frame in ms. */
  readonly timeMs: number;
  /** Payload bytes. */
  readonly octets: number;
  /** Bytes of the RTP packet. */
  readonly length: number;
  /** M bit. */
  readonly marker: boolean;
  /** Payload type. */
  readonly payloadType: number;
  /** Number of the frame. */
  readonly frameNumber: number;
  /** The packet's bytes. */
  readonly datagram: Uint8Array;
  /** Whether these are all of them. */
  readonly isWhole: boolean;
}

/** Looks at every byte of a stream's packets, as far as there is time for that. */
export interface StreamWatcher {
  /**
   * Takes a packet, whose end need not have been captured; its bytes are only valid during the call.
   * False when it wants no more.
   */
  packet(datagram: Uint8Array, frameNumber: number, timeMs: number, isCut: boolean): boolean;
  /** Takes a datagram where packets were due, of which the header cannot be read. */
  malformed(datagram: Uint8Array, frameNumber: number, timeMs: number): void;
  /** Takes a compound RTCP packet of the stream's sender, which may come where RTP should. */
  rtcp(datagram: Uint8Array, frameNumber: number, timeMs: number, onRtpPort: boolean): void;
  /** PLAY was sent. */
  playSent(timeMs: number): void;
  /** PLAY was answered. */
  playAnswered(response: RtspResponse): void;
  /** PAUSE was answered. */
  paused(timeMs: number): void;
  /** The capture is over. `stopped` when the stream did not end by itself. */
  finish(timeMs: number, stopped: boolean): void;
  /** The numbers of a player that had this stream; undefined when media were not put together. */
  statistics(timeMs: number): Partial<TrackStatistics> | undefined;
}

/** A stream and what was counted of it. */
export class Stream {
  /** Its ends. */
  readonly path: StreamPath;
  /** Synchronization source. */
  readonly ssrc: number;
  /** What signalling says about it. */
  end: SignalledEnd | undefined;
  /** Packets of a candidate; null once the stream is believed. */
  pending: PacketNote[] | null = [];
  /** The statistics engine, from when the stream is believed. */
  stats!: ReceptionStats;
  /** Looks at the packets themselves; null when nobody does. */
  watcher: StreamWatcher | null = null;
  /** Values over time; null unless they are to be drawn. */
  series: StreamSeries | null = null;
  /** Whether the first payloads were JPEG files, as the labs send them. */
  holdsWholeJpegs = false;
  /** Payload bytes. */
  octets = 0;
  /** Payload bytes of the first packet, which took no time that was measured. */
  firstOctets = 0;
  /** Number of the first frame. */
  firstFrame = 0;
  /** Number of the last frame. */
  lastFrame = 0;
  /** Time of the first packet since the capture's first frame in ms. */
  startMs = 0;
  /** Time of the last packet in ms. */
  endMs = 0;
  /** When the first media frame was whole: its marker came, or the next timestamp; -1 before. */
  firstMediaMs: number = -1;
  /** Clock rate in Hz; 0 while unknown. */
  clockRate = 0;
  readonly #payloadTypes = new Map<number, number>();
  #firstTimestamp = 0;
  #firstType = 0;
  #type: number = -1;
  #typeCount = 0;

  /** A candidate without packets. */
  constructor(path: StreamPath, ssrc: number, end: SignalledEnd | undefined) {
    this.path = path;
    this.ssrc = ssrc;
    this.end = end;
  }

  /** "192.0.2.1:5000 → 192.0.2.2:25000 SSRC 0x00001234", with the channel where there is one. */
  get title(): string {
    return `${pathText(this.path)} SSRC 0x${this.ssrc.toString(16).padStart(8, "0")}`;
  }

  /** Payload type of the first packet. */
  get firstPayloadType(): number {
    return this.#firstType;
  }

  /** Begins to count; jitter and skew only where there is a clock rate in Hz, not 0. */
  believe(clockRate: number): void {
    this.pending = null;
    this.clockRate = clockRate;
    this.stats = new ReceptionStats({ clockRate });
  }

  /** Counts a packet. `length` is that of the RTP packet, `octets` that of its payload. */
  add(
    sequenceNumber: number,
    timestamp: number,
    timeMs: number,
    length: number,
    octets: number,
    marker: boolean,
    payloadType: number,
    frameNumber: number,
  ): void {
    // Some callers have it signed; only differences count.
    timestamp |= 0;
    if (this.firstFrame === 0) {
      this.#begin(timestamp, timeMs, octets, frameNumber);
      this.#firstType = payloadType;
    }
    if (this.firstMediaMs < 0) {
      if (marker) this.firstMediaMs = timeMs;
      else if (timestamp !== this.#firstTimestamp) this.firstMediaMs = this.endMs;
    }
    this.octets += octets;
    this.lastFrame = frameNumber;
    this.endMs = timeMs;
    if (payloadType === this.#type) this.#typeCount++;
    else this.#changeType(payloadType);
    const arrival = this.stats.update(sequenceNumber, timestamp, timeMs, length, marker);
    if (this.series !== null) this.series.add(timeMs, timestamp, octets, arrival, this.stats);
  }

  /** Packets by payload type, all of them counted. */
  countTypes(): ReadonlyMap<number, number> {
    this.#payloadTypes.set(
      this.#type,
      (this.#payloadTypes.get(this.#type) ?? 0) + this.#typeCount,
    );
    this.#typeCount = 0;
    return this.#payloadTypes;
  }

  #begin(timestamp: number, timeMs: number, octets: number, frameNumber: number): void {
    this.firstFrame = frameNumber;
    this.startMs = this.endMs = timeMs;
    this.firstOctets = octets;
    this.#firstTimestamp = timestamp;
  }

  #changeType(payloadType: number): void {
    if (this.#typeCount > 0) this.countTypes();
    this.#type = payloadType;
    this.#typeCount = 1;
  }
}

/** "192.0.2.1:5000 → 192.0.2.2:25000", with the channel where there is one. */
export function pathText(path: StreamPath): string {
  const { source, sourcePort, destination, destinationPort, channel } = path;
  const ends = `${endText(source, sourcePort)} → ${endText(destination, destinationPort)}`;
  return channel === undefined ? ends : `${ends} channel ${channel}`;
}

/** An address with its port; IPv6 in brackets. */
export function endText(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
