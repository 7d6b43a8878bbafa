/**
 * The audio lab's receiver: labelled chunks of a WAV file become `new.wav`, which is valid at every
 * moment. The sender may begin with the file's 44-byte head or with the samples behind it.
 *
 * @module
 */

import { FrameAligner } from "../media/frame_aligner.ts";
import { LabelGuard } from "../media/label_guard.ts";
import { ENOUGH_CHUNKS, LAB_SOUND } from "../media/labelled_sound.ts";
import { bytesPerFrame, parseWavHead, type WavFormat } from "../media/wav_header.ts";
import { decodeLabelledChunk, LABELLED_CHUNK_BYTES } from "../payload/labelled_wav.ts";
import { ReceptionStats } from "../rtp/reception_stats.ts";
import { FileSet, type FileSetOptions } from "./file_set.ts";
import { GapList } from "./gap_list.ts";
import type { OutputPlan } from "./output_plan.ts";
import type { Recorder, RecordingSummary } from "./recorder.ts";
import type { StreamFormat } from "./stream_format.ts";

/** Takes what becomes audible, in order and without what was lost. */
export type SoundListener = (samples: Uint8Array, format: WavFormat, chunks: number) => void;

/** Chunks on their way into a WAV file. */
export class LabelledRecording implements Recorder {
  readonly #plan: OutputPlan;
  readonly #options: FileSetOptions;
  readonly #onSound: SoundListener;
  readonly #stats = new ReceptionStats();
  readonly #gaps = new GapList();
  #chunkBytes = LABELLED_CHUNK_BYTES;
  #files: FileSet | undefined;
  #format: WavFormat | undefined;
  /** Where the samples begin in what is sent. */
  #dataOffset = 0;
  #held: { offset: number; data: Uint8Array; arrivalMs: number }[] = [];
  #guard: LabelGuard | undefined;
  #aligner: FrameAligner | undefined;
  #end = 0;
  #received = 0;
  #foreign = 0;
  #ended = false;

  /** `options.wavFormat` is what is assumed where no head says it. */
  constructor(plan: OutputPlan, options: FileSetOptions, onSound: SoundListener = () => {}) {
    this.#plan = plan;
    this.#options = options;
    this.#onSound = onSound;
  }

  /** Where it goes, once the format is known. */
  get files(): FileSet | undefined {
    return this.#files;
  }

  /** The end is told by a datagram of its own, which is not given to the recording. */
  get isOver(): boolean {
    return false;
  }

  /** Seconds of sound. */
  get seconds(): number {
    return this.#format === undefined ? 0 : this.#end / this.#format.sampleRate;
  }

  /** Takes a chunk. */
  packet(_track: number, datagram: Uint8Array, arrivalMs: number): void {
    if (this.#ended) return;
    const chunk = decodeLabelledChunk(datagram);
    if (chunk === undefined || chunk.data.length === 0) {
      this.#foreign++;
      return;
    }
    const { endOffset, data } = chunk;
    if (this.#stats.received === 0) this.#chunkBytes = Math.max(1, data.length);
    // The last chunk is shorter; some senders label it as if it were not.
    const rounded = data.length < this.#chunkBytes && endOffset % this.#chunkBytes === 0;
    const offset = endOffset - (rounded ? this.#chunkBytes : data.length);
    if (this.#format !== undefined && !this.#isCredible(offset, data.length, arrivalMs)) {
      this.#foreign++;
      return;
    }
    const number = Math.ceil(endOffset / this.#chunkBytes);
    const arrival = this.#stats.update(number & 0xffff, number, arrivalMs, data.length, false);
    if (arrival === "duplicate") return;
    if (this.#format !== undefined) {
      this.#take(offset, data);
      return;
    }
    this.#held.push({ offset, data, arrivalMs });
    if (offset === 0 || this.#held.length >= ENOUGH_CHUNKS) this.#begin();
  }

  /** Counts a datagram of another sender. */
  stray(): void {
    this.#foreign++;
  }

  /** The audio lab has no RTCP. */
  rtcp(): void {}

  /** Brings the file up to date. */
  tick(): void {
    this.#files?.flush();
  }

  /** Writes what waits and closes the file. */
  end(): void {
    if (this.#ended) return;
    try {
      if (this.#format === undefined && this.#held.length > 0) this.#begin();
    } finally {
      this.#ended = true;
      this.#files?.close();
    }
  }

  /** How things stand. */
  summary(): RecordingSummary {
    const format: StreamFormat = {
      kind: "audio",
      encoding: "LABELLED WAV",
      clockRate: this.#format?.sampleRate ?? 0,
      channels: this.#format?.channels ?? 0,
    };
    return {
      files: this.#files?.files ?? [],
      lateSamples: this.#files?.lateSamples ?? 0,
      refusedPictures: 0,
      tracks: [{
        format,
        reception: this.#stats.snapshot(),
        received: this.#received,
        length: this.#end,
        rate: this.#format?.sampleRate ?? 0,
        damaged: 0,
        foreign: this.#foreign,
        gaps: this.#gaps.gaps,
      }],
    };
  }

  #begin(): void {
    const held = this.#held.toSorted((a, b) => a.offset - b.offset);
    this.#held = [];
    const [first] = held;
    const head = first?.offset === 0 ? parseWavHead(first.data) : undefined;
    this.#format = head?.format ?? this.#options.wavFormat ?? LAB_SOUND;
    this.#dataOffset = head?.dataOffset ?? 0;
    this.#files = new FileSet(this.#plan, { ...this.#options, wavFormat: this.#format });
    const frameBytes = bytesPerFrame(this.#format);
    const bytesPerSecond = this.#format.sampleRate * frameBytes;
    // Who joins late records from there on, without silence for what was before.
    if (first !== undefined && LabelGuard.isLate(first.offset / bytesPerSecond)) {
      this.#dataOffset = Math.ceil(first.offset / frameBytes) * frameBytes;
    }
    this.#aligner = new FrameAligner(frameBytes, this.#dataOffset);
    this.#guard = new LabelGuard(Math.min(...held.map(({ arrivalMs }) => arrivalMs)));
    for (const { offset, data, arrivalMs } of held) {
      if (this.#isCredible(offset, data.length, arrivalMs)) this.#take(offset, data);
      else this.#foreign++;
    }
  }

  #isCredible(offset: number, bytes: number, arrivalMs: number): boolean {
    const format = this.#format!;
    const position = (offset - this.#dataOffset) / bytesPerFrame(format);
    const gapSeconds = (position - this.#end) / format.sampleRate;
    return this.#guard!.accepts(offset, bytes, gapSeconds, arrivalMs);
  }

  #take(offset: number, data: Uint8Array): void {
    const placed = this.#aligner!.place(offset, data);
    if (placed === undefined) return;
    const { first, samples } = placed;
    const format = this.#format!;
    const end = first + samples.length / bytesPerFrame(format);
    if (first >= this.#end) this.#gaps.open(this.#end, first);
    else this.#gaps.fill(first, Math.min(this.#end, end));
    this.#end = Math.max(this.#end, end);
    this.#received += end - first;
    this.#files!.sound(first, samples);
    this.#onSound(samples, format, this.#stats.received);
  }
}
