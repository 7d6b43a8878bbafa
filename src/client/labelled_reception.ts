/**
 * The audio lab's sound as it arrives: chunks with labels, and a datagram that says goodbye.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { LabelGuard } from "../media/label_guard.ts";
import { LabelledSound } from "../media/labelled_sound.ts";
import type { PlacedSamples } from "../media/frame_aligner.ts";
import { bytesPerFrame, type WavFormat } from "../media/wav_header.ts";
import { decodeLabelledChunk, LABELLED_CHUNK_BYTES } from "../payload/labelled_wav.ts";
import { swap16, swap24 } from "../payload/pcm.ts";
import { ReceptionStats } from "../rtp/reception_stats.ts";
import type { TrackInfo, TrackStatistics } from "./player.ts";
import { RateMeter } from "./rate_meter.ts";
import type { Reception, TrackListener } from "./reception.ts";

/** Receives the audio lab's one track. Losses and reordering show in the labels. */
export class LabelledReception implements Reception {
  readonly ssrc: undefined;
  readonly position: undefined;
  readonly takesRtcp = false;
  readonly #listener: TrackListener;
  readonly #stats = new ReceptionStats();
  readonly #sound = new LabelledSound();
  readonly #byteMeter = new RateMeter();
  #chunkBytes = LABELLED_CHUNK_BYTES;
  #guard: LabelGuard | undefined;
  /** Where the chunk ends that reaches furthest. */
  #endOffset = 0;
  #chunks = 0;
  #frames = 0;
  #foreign = 0;
  #lastArrivalMs: number | undefined;
  #lastTimestamp: number | undefined;
  #playSentMs: number | undefined;
  #firstFrameDelayMs: number | undefined;

  /** Nothing has come yet. */
  constructor(listener: TrackListener) {
    this.#listener = listener;
  }

  /** What is known of the sound: its format comes with the first chunk. */
  get info(): TrackInfo {
    const { format } = this.#sound;
    const encodingName = format === undefined ? undefined : encodingOf(format);
    return {
      index: 0,
      kind: "audio",
      ...(encodingName === undefined ? undefined : { encodingName }),
      ...(format === undefined
        ? undefined
        : { clockRate: format.sampleRate, channels: format.channels }),
      playable: format === undefined || encodingName !== undefined,
    };
  }

  /** Chunks so far. */
  get packetCount(): number {
    return this.#chunks;
  }

  /** Loss, by the labels. */
  get stats(): ReceptionStats {
    return this.#stats;
  }

  /** When the last chunk came. */
  get lastArrivalMs(): number | undefined {
    return this.#lastArrivalMs;
  }

  /** Number of the sample frame that came last. */
  get lastTimestamp(): number | undefined {
    return this.#lastTimestamp;
  }

  /** PLAY goes out. */
  playSent(nowMs: number): void {
    this.#playSentMs ??= nowMs;
  }

  /** The reply says nothing of the sound. */
  playAnswered(): void {}

  /** PAUSE was answered. */
  paused(nowMs: number): void {
    this.#byteMeter.pause();
    for (const placed of this.#sound.flush()) this.#deliver(placed, nowMs);
  }

  /** Takes a chunk. */
  push(datagram: Uint8Array, nowMs: number): boolean {
    const chunk = decodeLabelledChunk(datagram);
    if (chunk === undefined || chunk.data.length === 0) {
      this.#foreign++;
      return false;
    }
    const { endOffset, data } = chunk;
    if (this.#chunks === 0) this.#chunkBytes = data.length;
    // The last chunk is shorter; some senders label it as if it were not.
    const rounded = data.length < this.#chunkBytes && endOffset % this.#chunkBytes === 0;
    const offset = endOffset - (rounded ? this.#chunkBytes : data.length);
    if (!this.#isCredible(offset, data.length, nowMs)) {
      this.#foreign++;
      return false;
    }
    this.#chunks++;
    this.#lastArrivalMs = nowMs;
    this.#byteMeter.add(nowMs, data.length);
    const number = Math.ceil(endOffset / this.#chunkBytes);
    const arrival = this.#stats.update(number & 0xffff, number, nowMs, data.length, false);
    if (arrival === "duplicate") return true;
    for (const placed of this.#sound.push(offset, data)) this.#deliver(placed, nowMs);
    return true;
  }

  /** The server's last datagram is the word `teardown`. */
  isGoodbye(datagram: Uint8Array): boolean {
    return datagram.length < 20 && /^\s*teardown\s*$/i.test(decodeLatin1(datagram));
  }

  /** Nothing waits for time to pass. */
  poll(): void {}

  /** The first chunk tells where the sound begins; before its format is known nothing is refused. */
  #isCredible(offset: number, bytes: number, nowMs: number): boolean {
    const { format } = this.#sound;
    this.#guard ??= new LabelGuard(nowMs);
    if (format !== undefined) {
      const gapSeconds = (offset - this.#endOffset) / (bytesPerFrame(format) * format.sampleRate);
      if (!this.#guard.accepts(offset, bytes, gapSeconds, nowMs)) return false;
    }
    this.#endOffset = Math.max(this.#endOffset, offset + bytes);
    return true;
  }

  #deliver({ first, samples }: PlacedSamples, nowMs: number): void {
    const format = this.#sound.format!;
    const count = samples.length * 8 / (format.channels * format.bitsPerSample);
    this.#frames += count;
    this.#lastTimestamp = first;
    if (this.#playSentMs !== undefined) this.#firstFrameDelayMs ??= nowMs - this.#playSentMs;
    const data = toNetworkOrder(format, samples);
    const sequenceNumber = this.#chunks & 0xffff;
    this.#listener.media({ timestamp: first >>> 0, sequenceNumber, data }, first, this.#frames);
  }

  /** The numbers as they stand. */
  statistics(nowMs: number): TrackStatistics {
    const { expected, received, lost, lossRate, duplicates, reordered, late } = this.#stats
      .snapshot();
    const started = this.#chunks > 0;
    const mean = this.#byteMeter.mean();
    return {
      track: 0,
      kind: "audio",
      frames: this.#frames,
      bytes: this.#byteMeter.total,
      ...(started ? { dataRateNow: this.#byteMeter.now(nowMs) * 8 } : undefined),
      ...(mean === undefined ? undefined : { dataRateMean: mean * 8 }),
      packetsExpected: expected,
      packetsReceived: received,
      packetsLost: lost,
      lossRate,
      duplicates,
      reordered,
      late,
      malformed: this.#foreign,
      damagedFrames: 0,
      ...(this.#firstFrameDelayMs === undefined
        ? undefined
        : { firstFrameDelayMs: this.#firstFrameDelayMs }),
    };
  }
}

/** RTP's name for samples that a WAV file holds; 32-bit ones have none. */
function encodingOf({ encoding, bitsPerSample }: WavFormat): string | undefined {
  if (encoding === "mulaw") return "PCMU";
  if (encoding === "alaw") return "PCMA";
  return bitsPerSample === 32 ? undefined : `L${bitsPerSample}`;
}

function toNetworkOrder({ encoding, bitsPerSample }: WavFormat, samples: Uint8Array): Uint8Array {
  if (encoding !== "pcm" || bitsPerSample === 8) return samples;
  return bitsPerSample === 24 ? swap24(samples) : swap16(samples);
}
