/**
 * Media out of the packets of one stream: sound to WAV, pictures to a lab movie or an AVI file, H.264
 * to its byte stream. What was lost is silence in sound and the picture before in films, so that what
 * follows stays where it belongs.
 *
 * @module
 */

import { difference32 } from "../bytes/serial.ts";
import { WavWriter } from "../media/wav_writer.ts";
import { GrowingFile } from "../media/growing_file.ts";
import { H264Depacketizer, parameterSets } from "../payload/h264.ts";
import type { ReceivedFrame } from "../payload/payload_format.ts";
import {
  bytesPerSample,
  PcmDepacketizer,
  type PcmFormat,
  toWavSamples,
  wavBitsPerSample,
} from "../payload/pcm.ts";
import type { RtpPacket } from "../rtp/packet.ts";
import { PacketOrder } from "../rtp/packet_order.ts";
import { ReceptionStats } from "../rtp/reception_stats.ts";

/** A jump this long that the arrival times do not bear out is a new beginning, not a loss. */
export const MAX_UNPROVEN_GAP_SECONDS = 2;

/** Takes the packets of a stream as they came. */
export interface Extractor {
  /** Takes a packet; its bytes stay as they are. `datagram` is the whole of it. */
  push(packet: RtpPacket, datagram: Uint8Array, timeMs: number): void;
  /** PLAY was sent: what comes next follows what came before, whatever its numbers say. */
  playSent(): void;
  /** Ends the file and tells in words what is in it; undefined when there was nothing. */
  finish(): string | undefined;
}

/** Linear sound and G.711. Late packets go where they belong, so their order does not matter. */
export class SoundExtractor implements Extractor {
  readonly #format: PcmFormat;
  readonly #path: string;
  #opened: WavWriter | undefined;
  readonly #depacketizer: PcmDepacketizer;
  readonly #frameBytes: number;
  #newest: number | undefined;
  #newestPosition = 0;
  #newestMs = 0;
  #samples = 0;

  /** The file is created with the first samples. */
  constructor(path: string, format: PcmFormat) {
    this.#path = path;
    this.#format = format;
    this.#depacketizer = new PcmDepacketizer(format);
    this.#frameBytes = bytesPerSample(format.encoding) * format.channels;
  }

  get #writer(): WavWriter {
    const { sampleRate, channels, encoding } = this.#format;
    const bitsPerSample = wavBitsPerSample(encoding);
    return this.#opened ??= WavWriter.open(
      this.#path,
      { encoding: "pcm", sampleRate, channels, bitsPerSample },
      { force: true },
    );
  }

  /** Takes a packet. */
  push(packet: RtpPacket, _datagram: Uint8Array, timeMs: number): void {
    for (const { data, timestamp } of this.#depacketizer.push(packet)) {
      const position = this.#place(timestamp, timeMs);
      this.#samples += data.length / this.#frameBytes;
      this.#writer.writeAt(position, toWavSamples(this.#format.encoding, data));
    }
  }

  #place(timestamp: number, timeMs: number): number {
    this.#newest ??= timestamp;
    const ahead = difference32(timestamp, this.#newest);
    const { sampleRate } = this.#format;
    const seconds = Math.abs(ahead) / sampleRate;
    const arrived = (timeMs - this.#newestMs) / 1000;
    let position = this.#newestPosition + ahead;
    if (seconds > Math.max(MAX_UNPROVEN_GAP_SECONDS, 1.5 * arrived)) {
      position = this.#writer.sampleCount;
    }
    if (ahead > 0 || position === this.#writer.sampleCount) {
      this.#newest = timestamp;
      this.#newestPosition = position;
    }
    this.#newestMs = timeMs;
    return position;
  }

  /** What comes next follows the samples so far. */
  playSent(): void {
    this.#newest = undefined;
    this.#newestPosition = this.#opened?.sampleCount ?? 0;
  }

  /** Ends the file. */
  finish(): string | undefined {
    if (this.#opened === undefined) return undefined;
    const { sampleCount, path } = this.#opened;
    this.#opened.close();
    const { sampleRate } = this.#format;
    const silence = Math.max(0, sampleCount - this.#samples) / sampleRate;
    return `${path}: ${(sampleCount / sampleRate).toFixed(3)} s of sound, ${
      silence.toFixed(3)
    } s of it silence where packets are missing`;
  }
}

/** H.264 as an Annex B byte stream. */
export class H264Extractor implements Extractor {
  readonly #path: string;
  readonly #fmtp: string;
  #file: GrowingFile | undefined;
  readonly #stats = new ReceptionStats();
  readonly #order = new PacketOrder<RtpPacket>();
  readonly #depacketizer = new H264Depacketizer();
  #units = 0;

  /**
   * The file is created with the first access unit; the description's parameter sets (`a=fmtp`) stand
   * before it.
   */
  constructor(path: string, fmtp: string) {
    this.#path = path;
    this.#fmtp = fmtp;
  }

  /** Takes a packet. */
  push(packet: RtpPacket, datagram: Uint8Array, timeMs: number): void {
    const { sequenceNumber, timestamp, marker } = packet;
    const arrival = this.#stats.update(sequenceNumber, timestamp, timeMs, datagram.length, marker);
    for (const next of this.#order.push(packet, arrival, timeMs)) this.#unpack(next);
  }

  /** The next packet may have any number. */
  playSent(): void {
    this.#stats.expectRestart();
    this.#flush();
  }

  #unpack(packet: RtpPacket): void {
    for (const unit of this.#depacketizer.push(packet)) this.#append(unit);
  }

  #flush(): void {
    for (const packet of this.#order.flush()) this.#unpack(packet);
    for (const unit of this.#depacketizer.flush()) this.#append(unit);
  }

  #append({ data }: ReceivedFrame): void {
    if (this.#file === undefined) {
      this.#file = GrowingFile.open(this.#path, { force: true });
      this.#file.append(parameterSets(this.#fmtp));
    }
    this.#file.append(data);
    this.#units++;
  }

  /** Ends the file. */
  finish(): string | undefined {
    this.#flush();
    if (this.#file === undefined) return undefined;
    this.#file.close();
    return `${this.#file.path}: ${this.#units} access units, ${this.#depacketizer.damagedFrames} of them damaged`;
  }
}
