/**
 * One RTP stream on its way into files: counted, put in order, put together, given its place in time.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { difference32 } from "../bytes/serial.ts";
import type { FrameRate } from "../media/avi_header.ts";
import { H264Depacketizer } from "../payload/h264.ts";
import { JpegDepacketizer } from "../payload/jpeg_depacketizer.ts";
import { decodeLabPacket } from "../payload/lab_packet.ts";
import type { Depacketizer, ReceivedFrame } from "../payload/payload_format.ts";
import { bytesPerSample, PcmDepacketizer, type PcmFormat, toWavSamples } from "../payload/pcm.ts";
import { WholeJpegDepacketizer } from "../payload/whole_jpeg_depacketizer.ts";
import { decodeRtpPacket, type RtpPacket } from "../rtp/packet.ts";
import type { ReceptionSnapshot } from "../rtp/reception_snapshot.ts";
import { type Arrival, ReceptionStats } from "../rtp/reception_stats.ts";
import { ReorderBuffer } from "../rtp/reorder_buffer.ts";
import { FilmTimeline, type PlacedPicture } from "./film_timeline.ts";
import type { Gap } from "./gap_list.ts";
import { SoundTimeline } from "./sound_timeline.ts";
import { isPictures, pcmFormat, type StreamFormat } from "./stream_format.ts";

/** Where a track's media goes. */
export interface TrackSink {
  /** A picture of a film. */
  picture(picture: PlacedPicture, rate: FrameRate): void;
  /** Samples as WAV files have them, from position `first` in sample frames. */
  sound(first: number, samples: Uint8Array, format: PcmFormat): void;
  /** An access unit of H.264 as Annex B. */
  unit(data: Uint8Array): void;
}

/** What a track came to. */
export interface TrackSummary {
  /** What the packets say. */
  readonly reception: ReceptionSnapshot;
  /** Pictures, sample frames or access units that came whole. */
  readonly received: number;
  /** Places filled in the files, lost ones included; 0 for streams that have none. */
  readonly length: number;
  /** Places a second: frame rate or sample rate. */
  readonly rate: number;
  /** Frames that were given up because a piece was lost or made no sense. */
  readonly damaged: number;
  /** Datagrams that are no RTP, or of another payload type. */
  readonly foreign: number;
  /** Ranges of places that nothing came for. */
  readonly gaps: readonly Gap[];
}

/** What is known at the end of a track. */
export interface TrackEnd {
  /** What the sender's last report says. */
  readonly packetsSent?: number | undefined;
  /** Length of the presentation, if this is its end. */
  readonly seconds?: number | undefined;
  /** Whether the sender would have gone on. */
  readonly cut: boolean;
}

/** A recorder need not hurry: so long, in ms, and for so many packets, a missing one is waited for. */
const REORDER = { maxWaitMs: 400, maxPackets: 512 };

/** Takes the packets of one stream. */
export class TrackRecorder {
  /** What it carries. */
  readonly format: StreamFormat;
  readonly #sink: TrackSink;
  readonly #pcm: PcmFormat | undefined;
  readonly #stats: ReceptionStats;
  readonly #depacketizer: Depacketizer | undefined;
  readonly #packets = new ReorderBuffer<RtpPacket>(REORDER);
  /** Whole frames of the labs are put in order as frames: their pieces may share a number. */
  readonly #frames = new ReorderBuffer<ReceivedFrame>(REORDER);
  readonly #film: FilmTimeline | undefined;
  readonly #sound: SoundTimeline | undefined;
  #ssrc: number | undefined;
  #newestTimestamp: number | undefined;
  /** Whether the last packet of the newest frame has come. */
  #newestIsOver = false;
  #probation: { packet: RtpPacket; arrivalMs: number } | undefined;
  #heldFrames: { frames: readonly ReceivedFrame[]; arrivalMs: number } | undefined;
  /** Whether frames take several sequence numbers. */
  #inPieces = false;
  #received = 0;
  #foreign = 0;
  #packetSamples = 0;

  /** A track of which nothing has come. */
  constructor(format: StreamFormat, sink: TrackSink) {
    this.format = format;
    this.#sink = sink;
    this.#pcm = pcmFormat(format);
    this.#stats = new ReceptionStats({ clockRate: format.clockRate });
    const looseClock = format.encoding === "LAB JPEG";
    if (isPictures(format)) {
      const { clockRate, frameRate } = format;
      const rate = frameRate === undefined ? undefined : { frameRate };
      this.#film = new FilmTimeline({ clockRate, looseClock, ...rate });
    } else if (this.#pcm !== undefined) {
      this.#sound = new SoundTimeline(this.#pcm.sampleRate);
    }
    this.#depacketizer = looseClock
      ? new WholeJpegDepacketizer()
      : this.#film !== undefined
      ? new JpegDepacketizer(format.size === undefined ? undefined : { size: format.size })
      : this.#pcm !== undefined
      ? new PcmDepacketizer(this.#pcm)
      : format.encoding === "H264"
      ? new H264Depacketizer()
      : undefined;
  }

  /** How the packets arrive. */
  get reception(): ReceptionStats {
    return this.#stats;
  }

  /** Seconds of the recording that are filled. */
  get seconds(): number {
    const { length, rate } = this.summary();
    return rate === 0 ? 0 : length / rate;
  }

  /** Puts the sample or picture with this timestamp so many seconds behind the recording's start. */
  begin(timestamp: number, seconds: number): void {
    this.#film?.begin(timestamp, seconds);
    this.#sound?.begin(timestamp, seconds);
  }

  /** Takes a datagram that arrived at `arrivalMs` on any steady clock. Its bytes must stay as they are. */
  push(datagram: Uint8Array, arrivalMs: number): void {
    if (this.#depacketizer instanceof WholeJpegDepacketizer) {
      this.#pushLab(this.#depacketizer, datagram, arrivalMs);
      return;
    }
    const packet = this.#decode(datagram);
    if (packet === undefined) return;
    const arrival = this.#count(packet, arrivalMs);
    const held = this.#probation;
    this.#probation = undefined;
    if (arrival === "probation") {
      this.#probation = { packet, arrivalMs };
      return;
    }
    if (arrival === "restart") {
      this.#drain(arrivalMs);
      if (held !== undefined) this.#take(held.packet, held.arrivalMs);
    }
    if (arrival !== "duplicate") this.#take(packet, arrivalMs);
  }

  /** The labs: whole frames, or pieces of them in one of the forms that are about. */
  #pushLab(depacketizer: WholeJpegDepacketizer, datagram: Uint8Array, arrivalMs: number): void {
    const frames = depacketizer.pushDatagram(datagram);
    const packet = decodeLabPacket(datagram);
    if (packet === undefined || depacketizer.lastDatagram !== "packet") {
      if (depacketizer.lastDatagram === "foreign") this.#foreign++;
      this.#order(frames, arrivalMs);
      return;
    }
    const arrival = this.#count(packet, arrivalMs);
    const held = this.#heldFrames;
    this.#heldFrames = undefined;
    if (arrival === "probation") {
      this.#heldFrames = { frames, arrivalMs };
      return;
    }
    if (arrival === "restart") {
      this.#drain(arrivalMs);
      if (held !== undefined) this.#order(held.frames, held.arrivalMs);
    }
    // Copies make no frames. This is another one under the same number: the sender does not count.
    if (arrival === "duplicate" && frames.length > 0) this.#drain(arrivalMs);
    this.#order(frames, arrivalMs);
  }

  #count(packet: RtpPacket, arrivalMs: number): Arrival {
    if (this.#ssrc !== undefined && packet.ssrc !== this.#ssrc) this.#stats.expectRestart();
    this.#ssrc = packet.ssrc;
    const { sequenceNumber, timestamp, payload, marker } = packet;
    const arrival = this.#stats.update(
      sequenceNumber,
      timestamp,
      arrivalMs,
      payload.length,
      marker,
    );
    const isNewer = this.#newestTimestamp === undefined || arrival === "restart" ||
      difference32(timestamp, this.#newestTimestamp) > 0;
    if (isNewer && arrival !== "probation") {
      this.#newestTimestamp = timestamp;
      this.#newestIsOver = false;
    }
    if (marker && timestamp === this.#newestTimestamp) this.#newestIsOver = true;
    return arrival;
  }

  /** Goes on with what has waited long enough. */
  poll(nowMs: number): void {
    for (const packet of this.#packets.poll(nowMs)) this.#depacketize(packet, nowMs);
    for (const frame of this.#frames.poll(nowMs)) this.#place(frame, nowMs);
  }

  /**
   * Ends the track. The sender's count and the length of the presentation together tell what was lost
   * at the very end.
   */
  end(nowMs: number, { packetsSent, seconds, cut }: TrackEnd): void {
    this.#drain(nowMs);
    for (const picture of this.#film?.flush() ?? []) this.#show(picture);
    this.#extendFilm(this.#newestTimestamp, !cut || this.#newestIsOver);
    const { expected } = this.#stats.snapshot();
    const lostAtEnd = packetsSent === undefined ? 0 : packetsSent - expected;
    if (lostAtEnd <= 0 || lostAtEnd > 1000 || seconds === undefined) return;
    if (this.#film !== undefined) {
      const { numerator, denominator } = this.#film.rate;
      const length = Math.round(seconds * numerator / denominator);
      for (const picture of this.#film.extend(length)) this.#show(picture);
    }
    if (this.#sound !== undefined && this.#pcm !== undefined) {
      const most = this.#sound.length + lostAtEnd * this.#packetSamples;
      const length = Math.min(Math.round(seconds * this.#pcm.sampleRate), most);
      if (length <= this.#sound.length) return;
      this.#sound.extend(length);
      this.#sink.sound(length, new Uint8Array(0), this.#pcm);
    }
  }

  /**
   * The last pictures may have begun to come without ever becoming whole. `withLast` tells whether the
   * very last one is missed: not when we stopped in the middle of it.
   */
  #extendFilm(timestamp: number | undefined, withLast: boolean): void {
    const last = timestamp === undefined ? undefined : this.#film?.slotAt(timestamp);
    if (last === undefined) return;
    for (const picture of this.#film!.extend(withLast ? last + 1 : last)) this.#show(picture);
  }

  /** How things stand. */
  summary(): TrackSummary {
    const timeline = this.#film ?? this.#sound;
    const { numerator = 0, denominator = 1 } = this.#film?.rate ?? {};
    return {
      reception: this.#stats.snapshot(),
      received: this.#received,
      length: timeline?.length ?? 0,
      rate: this.#film !== undefined ? numerator / denominator : this.#pcm?.sampleRate ?? 0,
      damaged: this.#depacketizer?.damagedFrames ?? 0,
      foreign: this.#foreign,
      gaps: timeline?.gaps.gaps ?? [],
    };
  }

  #decode(datagram: Uint8Array): RtpPacket | undefined {
    const { payloadType } = this.format;
    try {
      const packet = decodeRtpPacket(datagram);
      if (payloadType === undefined || packet.payloadType === payloadType) return packet;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
    this.#foreign++;
    return undefined;
  }

  #take(packet: RtpPacket, arrivalMs: number): void {
    if (this.#sound !== undefined) {
      // Samples find their place by themselves.
      this.#depacketize(packet, arrivalMs);
    } else {
      for (const next of this.#packets.push(packet, arrivalMs)) this.#depacketize(next, arrivalMs);
    }
  }

  #depacketize(packet: RtpPacket, arrivalMs: number): void {
    for (const frame of this.#depacketizer?.push(packet) ?? []) this.#place(frame, arrivalMs);
  }

  #order(frames: readonly ReceivedFrame[], arrivalMs: number): void {
    for (const frame of frames) {
      // Pieces that make a frame came in order.
      if (frame.packets !== undefined) this.#inPieces = true;
      if (this.#inPieces) {
        for (const next of [...this.#frames.flush(), frame]) this.#place(next, arrivalMs);
        continue;
      }
      for (const next of this.#frames.push(frame, arrivalMs)) this.#place(next, arrivalMs);
    }
  }

  #place(frame: ReceivedFrame, arrivalMs: number): void {
    const { data, ...place } = frame;
    const { timestamp } = place;
    if (this.#film !== undefined) {
      this.#received++;
      const placed = this.#film.push({ ...place, arrivalMs, jpeg: data });
      for (const picture of placed) this.#show(picture);
    } else if (this.#sound !== undefined && this.#pcm !== undefined) {
      const { encoding, channels } = this.#pcm;
      const count = data.length / (bytesPerSample(encoding) * channels);
      this.#received += count;
      this.#packetSamples = Math.max(this.#packetSamples, count);
      const first = this.#sound.place(timestamp, count, arrivalMs);
      this.#sink.sound(first, toWavSamples(encoding, data), this.#pcm);
    } else {
      this.#received++;
      this.#sink.unit(data);
    }
  }

  #show(picture: PlacedPicture): void {
    this.#sink.picture(picture, this.#film!.rate);
  }

  #drain(nowMs: number): void {
    for (const packet of this.#packets.flush()) this.#depacketize(packet, nowMs);
    for (const frame of this.#frames.flush()) this.#place(frame, nowMs);
    if (this.#depacketizer instanceof H264Depacketizer) {
      for (const frame of this.#depacketizer.flush()) this.#place(frame, nowMs);
    }
  }
}
