/**
 * One track as it arrives: datagrams in, frames and numbers out. It knows neither sockets nor clocks.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { difference32 } from "../bytes/serial.ts";
import { JpegDepacketizer } from "../payload/jpeg_depacketizer.ts";
import { decodeLabPacket } from "../payload/lab_packet.ts";
import type { Depacketizer, ReceivedFrame } from "../payload/payload_format.ts";
import type { PictureSize } from "../payload/picture_size.ts";
import { bytesPerSample, PCM_ENCODINGS, PcmDepacketizer, pcmFormat } from "../payload/pcm.ts";
import { WholeJpegDepacketizer } from "../payload/whole_jpeg_depacketizer.ts";
import { decodeRtpPacket, type RtpPacket } from "../rtp/packet.ts";
import { PacketOrder } from "../rtp/packet_order.ts";
import { type Arrival, ReceptionStats } from "../rtp/reception_stats.ts";
import { blankWords } from "./explain.ts";
import { describeClock, judgeClock } from "./lab_clock.ts";
import type { TrackInfo, TrackStatistics } from "./player.ts";
import { RateMeter } from "./rate_meter.ts";
import type { RangeStart, Reception, TrackListener } from "./reception.ts";
import { Timeline } from "./timeline.ts";

/** What is to be known of a track before it arrives. */
export interface TrackSetup {
  /** The track as the description has it. */
  readonly info: TrackInfo;
  /** Whether frames come whole, as in the labs, or by their payload format. */
  readonly form: "standard" | "whole-frames";
  /** Size of pictures where the description tells it. */
  readonly size?: PictureSize;
  /** Frames a second where the description tells it. */
  readonly frameRate?: number;
  /** Packets are counted, but no frames are put together. */
  readonly packetsOnly?: boolean;
}

/** Packets without a frame among them that are no accident. */
const BLANK_PACKETS = 20;

/** Whether Reel can show or play an encoding. */
export function isPlayable(encodingName: string | undefined): boolean {
  const name = encodingName?.toUpperCase();
  return name === "JPEG" || PCM_ENCODINGS.some((encoding) => encoding === name);
}

/** Receives one track. */
export class TrackReception implements Reception {
  readonly #setup: TrackSetup;
  readonly #listener: TrackListener;
  readonly #stats: ReceptionStats;
  readonly #order = new PacketOrder<RtpPacket>();
  readonly #timeline: Timeline;
  readonly #frameMeter = new RateMeter();
  readonly #byteMeter = new RateMeter();
  #depacketizer: Depacketizer | undefined;
  #malformed = 0;
  #frames = 0;
  #packets = 0;
  #ssrc: number | undefined;
  #playSentMs: number | undefined;
  #firstFrameDelayMs: number | undefined;
  #range: RangeStart | undefined;
  #lastTimestamp: number | undefined;
  #lastArrivalMs: number | undefined;
  #lastOpaqueTimestamp: number | undefined;
  #lastPacket: RtpPacket | undefined;

  /** A track of which nothing has come. */
  constructor(setup: TrackSetup, listener: TrackListener) {
    this.#setup = setup;
    this.#listener = listener;
    const { clockRate } = setup.info;
    this.#timeline = new Timeline(clockRate ?? 90_000);
    this.#stats = new ReceptionStats(clockRate === undefined ? {} : { clockRate });
    this.#depacketizer = createDepacketizer(setup);
  }

  /** What is known of the track. */
  get info(): TrackInfo {
    return this.#setup.info;
  }

  /** Whether RTCP may come where RTP does. */
  get takesRtcp(): boolean {
    return this.#setup.form === "standard";
  }

  /** RTP packets so far. */
  get packetCount(): number {
    return this.#packets;
  }

  /** Source of the packets, once there are any. */
  get ssrc(): number | undefined {
    return this.#ssrc;
  }

  /** The statistics engine, for reports. */
  get stats(): ReceptionStats {
    return this.#stats;
  }

  /** When the last packet came; undefined before the first. */
  get lastArrivalMs(): number | undefined {
    return this.#lastArrivalMs;
  }

  /** Timestamp of the last frame. */
  get lastTimestamp(): number | undefined {
    return this.#lastTimestamp;
  }

  /** In words why no frame is made of what comes; undefined where one was, or little has come. */
  get blankness(): string | undefined {
    const { info, packetsOnly = false } = this.#setup;
    const packet = this.#lastPacket;
    if (this.#frames > 0 || this.#packets < BLANK_PACKETS || packet === undefined) return undefined;
    if (packetsOnly || !info.playable) return undefined;
    return blankWords(info.kind, info.payloadType, packet, this.#depacketizer?.lastDamage);
  }

  /** PLAY goes out. */
  playSent(nowMs: number): void {
    for (const packet of this.#order.flush()) this.#unpack(packet, nowMs);
    this.#playSentMs = nowMs;
    this.#stats.expectRestart();
    this.#timeline.restart();
  }

  /** PLAY was answered. */
  playAnswered(range: RangeStart): void {
    this.#range = range;
    if (range.rtptime !== undefined) this.#timeline.announce(range.rtptime);
  }

  /** PAUSE was answered: what waits for missing packets need not wait any more. */
  paused(nowMs: number): void {
    for (const packet of this.#order.flush()) this.#unpack(packet, nowMs);
    this.#frameMeter.pause();
    this.#byteMeter.pause();
  }

  /**
   * Takes a datagram, whose bytes must stay as they are.
   *
   * @returns Whether it was an RTP packet, or in the labs a part of a frame.
   */
  push(datagram: Uint8Array, nowMs: number): boolean {
    return this.#setup.form === "whole-frames"
      ? this.#pushWhole(datagram, nowMs)
      : this.#pushPacket(datagram, nowMs);
  }

  /** RTP's goodbye is RTCP's business. */
  isGoodbye(): boolean {
    return false;
  }

  /** Gives up waiting for packets that are late by now. */
  poll(nowMs: number): void {
    for (const packet of this.#order.poll(nowMs)) this.#unpack(packet, nowMs);
  }

  #pushPacket(datagram: Uint8Array, nowMs: number): boolean {
    const packet = this.#decode(datagram);
    if (packet === undefined) {
      this.#malformed++;
      return false;
    }
    const arrival = this.#count(packet, datagram, nowMs);
    if (this.#setup.packetsOnly === true) {
      if (this.#isPlayed(packet)) this.#lastTimestamp = packet.timestamp;
      return true;
    }
    for (const next of this.#order.push(packet, arrival, nowMs)) this.#unpack(next, nowMs);
    return true;
  }

  /** The labs: whole frames, or pieces of them in one of the forms that are about. */
  #pushWhole(datagram: Uint8Array, nowMs: number): boolean {
    const depacketizer = this.#depacketizer as WholeJpegDepacketizer;
    const packet = decodeLabPacket(datagram);
    const frames = depacketizer.pushDatagram(datagram);
    const kind = depacketizer.lastDatagram;
    if (
      packet === undefined && (kind === "packet" || frames.length === 0 && !depacketizer.isOpen)
    ) {
      this.#malformed++;
      return false;
    }
    if (packet !== undefined && kind === "packet") {
      this.#count(packet, datagram, nowMs);
    } else {
      const { length } = kind === "continuation" ? datagram : packet?.payload ?? datagram;
      this.#byteMeter.add(nowMs, length);
      this.#lastArrivalMs = nowMs;
    }
    for (const frame of frames) this.#deliver(frame, nowMs);
    return true;
  }

  #decode(datagram: Uint8Array): RtpPacket | undefined {
    try {
      return decodeRtpPacket(datagram);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return undefined;
    }
  }

  #count(packet: RtpPacket, datagram: Uint8Array, nowMs: number): Arrival {
    const { sequenceNumber, timestamp, marker, payload } = packet;
    this.#packets++;
    if (this.#frames === 0) this.#lastPacket = packet;
    this.#ssrc = packet.ssrc;
    // A server that goes on with empty packets behind the film has nothing more to say.
    if (payload.length > 0 || this.#setup.form === "standard") this.#lastArrivalMs = nowMs;
    this.#byteMeter.add(nowMs, payload.length);
    return this.#stats.update(sequenceNumber, timestamp, nowMs, datagram.length, marker);
  }

  /** Comfort noise or events beside the sound belong to the stream, but not to what is played. */
  #isPlayed(packet: RtpPacket): boolean {
    const { payloadType } = this.#setup.info;
    return payloadType === undefined || packet.payloadType === payloadType;
  }

  #unpack(packet: RtpPacket, nowMs: number): void {
    if (!this.#isPlayed(packet)) return;
    if (this.#depacketizer !== undefined) {
      for (const frame of this.#depacketizer.push(packet)) this.#deliver(frame, nowMs);
      return;
    }
    // A codec that Reel does not know: its payloads go on as they are, its timestamps count frames.
    const { timestamp, payload, sequenceNumber } = packet;
    const isNew = timestamp !== this.#lastOpaqueTimestamp;
    this.#lastOpaqueTimestamp = timestamp;
    this.#deliver({ timestamp, data: payload, sequenceNumber }, nowMs, isNew ? 1 : 0);
  }

  #deliver(frame: ReceivedFrame, nowMs: number, count?: number): void {
    const units = this.#sampleFrames(frame);
    const added = count ?? units ?? 1;
    this.#frames += added;
    this.#frameMeter.add(nowMs, added);
    this.#lastTimestamp = frame.timestamp;
    if (this.#playSentMs !== undefined) {
      this.#firstFrameDelayMs ??= nowMs - this.#playSentMs;
    }
    const ticks = this.#timeline.place(frame.timestamp, units ?? 0, nowMs);
    this.#listener.media(frame, ticks, this.currentFrame ?? this.#frames);
  }

  /** Sample frames in a run of samples; undefined for pictures. */
  #sampleFrames(frame: ReceivedFrame): number | undefined {
    const format = pcmFormat(this.#setup.info);
    if (format === undefined || this.#setup.form !== "standard") return undefined;
    return frame.data.length / (bytesPerSample(format.encoding) * format.channels);
  }

  /** Position of the last frame in seconds, where PLAY's reply told what the timestamps mean. */
  get position(): number | undefined {
    const { clockRate } = this.#setup.info;
    const { position, rtptime, scale = 1 } = this.#range ?? {};
    if (position === undefined || rtptime === undefined || clockRate === undefined) {
      return undefined;
    }
    if (this.#lastTimestamp === undefined) return position;
    return position + difference32(this.#lastTimestamp, rtptime) / clockRate * scale;
  }

  /** Number of the current frame from 1. */
  get currentFrame(): number | undefined {
    const { frameRate, form } = this.#setup;
    if (this.#frames === 0 || this.#setup.info.kind !== "video") return undefined;
    const { position } = this;
    if (form === "standard" && position !== undefined && frameRate !== undefined) {
      // Half a tick of slack: positions are exact to the clock only.
      return Math.floor(position * frameRate + 0.01) + 1;
    }
    return this.#frames;
  }

  /** The numbers as they stand. */
  statistics(nowMs: number): TrackStatistics {
    const snapshot = this.#stats.snapshot();
    const { info } = this.#setup;
    const clock = judgeClock(snapshot.elapsedTicks, snapshot.activeMs);
    const clockNote = clock === undefined || this.#setup.form === "standard"
      ? undefined
      : describeClock(clock);
    const jitterMs = clockNote === undefined ? snapshot.jitterMs : undefined;
    const isVideo = info.kind === "video";
    const started = this.#packets > 0;
    const frameRateMean = this.#frameMeter.mean();
    const bytesMean = this.#byteMeter.mean();
    const { currentFrame } = this;
    return {
      track: info.index,
      kind: info.kind,
      frames: this.#frames,
      ...(currentFrame === undefined ? undefined : { currentFrame }),
      ...(isVideo && started ? { frameRateNow: this.#frameMeter.now(nowMs) } : undefined),
      ...(isVideo && frameRateMean !== undefined ? { frameRateMean } : undefined),
      bytes: this.#byteMeter.total,
      ...(started ? { dataRateNow: this.#byteMeter.now(nowMs) * 8 } : undefined),
      ...(bytesMean === undefined ? undefined : { dataRateMean: bytesMean * 8 }),
      packetsExpected: snapshot.expected,
      packetsReceived: snapshot.received,
      packetsLost: snapshot.lost,
      lossRate: snapshot.lossRate,
      duplicates: snapshot.duplicates,
      reordered: snapshot.reordered,
      late: snapshot.late,
      malformed: this.#malformed,
      damagedFrames: this.#depacketizer?.damagedFrames ?? 0,
      ...(jitterMs === undefined || !started ? undefined : { jitterMs }),
      ...(this.#firstFrameDelayMs === undefined
        ? undefined
        : { firstFrameDelayMs: this.#firstFrameDelayMs }),
      ...(clockNote === undefined ? undefined : { clockNote }),
    };
  }
}

function createDepacketizer(setup: TrackSetup): Depacketizer | undefined {
  if (setup.form === "whole-frames") return new WholeJpegDepacketizer();
  const { info, size } = setup;
  if (info.encodingName?.toUpperCase() === "JPEG") {
    return new JpegDepacketizer(size === undefined ? undefined : { size });
  }
  const format = pcmFormat(info);
  return format === undefined ? undefined : new PcmDepacketizer(format);
}
