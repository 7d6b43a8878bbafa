/**
 * Walking through a track: what comes next and when.
 *
 * @module
 */

import type { Payload } from "../payload/payload_format.ts";

/** What is sent together: a frame of video or a packet of sound. */
export interface Unit {
  /** The payloads of its packets. */
  readonly payloads: readonly Payload[];
  /** When it is due, in units of the stream's clock since the start of the range. */
  readonly ticks: number;
  /** How long it lasts, in the same units. */
  readonly duration: number;
}

/** A part of a track that is being played. */
export interface Cursor {
  /** Units of the stream's clock in a second. */
  readonly clockRate: number;
  /** Normal play time of the unit that comes next, in seconds. */
  readonly position: number;
  /** Length of the range in units of the clock: when the last unit has passed. */
  readonly endTicks: number;
  /** Whether the range reaches the end of the track, where the stream says goodbye. */
  readonly reachesEnd: boolean;
  /** The next unit, or undefined at the end of the range. */
  next(): Unit | undefined;
  /** Makes the range end at a normal play time, in seconds; nothing more comes if it is past that. */
  stopAt(seconds: number): void;
}

/** The part that is played. Times are normal play time in seconds. */
export interface CursorRange {
  /** Origin of the ticks: the start of the presentation's range. */
  readonly origin: number;
  /** Where this track begins: usually the origin; after a pause, its very next unit. */
  readonly from: number;
  /** Where it ends, or the track's end. */
  readonly to?: number;
  /** Seconds of presentation a second; negative is backwards. */
  readonly scale: number;
  /** Length of the presentation when it begins again at its end. */
  readonly loop?: number;
}

/** Times closer than this are the same: half a tick of the finest clock. */
const EPSILON = 1e-6;

/** Video sent at a multiple of its rate leaves out frames above this many a second, or that rate. */
const MAX_FRAME_RATE = 60;

/** The clock of video (RFC 3551 section 5). */
const VIDEO_CLOCK = 90_000;

/** Frames of a film. */
export class VideoCursor implements Cursor {
  readonly clockRate: number = VIDEO_CLOCK;
  readonly #range: CursorRange;
  readonly #frameRate: number;
  readonly #frameCount: number;
  readonly #payloadsOf: (index: number) => readonly Payload[];
  readonly #step: number;
  #endTicks: number;
  #reachesEnd: boolean;
  #end: number;
  #loop: number | undefined;
  #index: number;
  #loops = 0;
  #first = true;

  /** Plays `range` of a film whose frame `index` goes out as `payloadsOf(index)`. */
  constructor(
    film: { frameRate: number; frameCount: number },
    range: CursorRange,
    payloadsOf: (index: number) => readonly Payload[],
  ) {
    const { frameRate, frameCount } = film;
    const { scale, origin } = range;
    this.#range = range;
    this.#frameRate = frameRate;
    this.#frameCount = frameCount;
    this.#payloadsOf = payloadsOf;
    const most = Math.max(frameRate, MAX_FRAME_RATE);
    const skip = Math.max(1, Math.round(frameRate * Math.abs(scale) / most));
    this.#step = scale < 0 ? -skip : skip;
    // The frame that shows at the start of the range.
    const from = Math.floor(range.from * frameRate + EPSILON);
    this.#index = Math.min(from, scale < 0 ? frameCount - 1 : frameCount);
    const length = frameCount / frameRate;
    const to = Math.max(0, Math.min(range.to ?? (scale < 0 ? 0 : length), length));
    this.#end = to;
    this.#loop = range.loop;
    this.#reachesEnd = range.loop === undefined &&
      (scale < 0 ? to <= EPSILON : to >= length - EPSILON);
    this.#endTicks = range.loop === undefined
      ? Math.max(0, Math.round((to - origin) / scale * VIDEO_CLOCK))
      : Infinity;
  }

  /** Length of the range in units of the clock. */
  get endTicks(): number {
    return this.#endTicks;
  }

  /** Whether the range reaches the end of the film. */
  get reachesEnd(): boolean {
    return this.#reachesEnd;
  }

  /** Makes the range end at a normal play time, in seconds. */
  stopAt(seconds: number): void {
    const { origin, scale, loop = 0 } = this.#range;
    this.#end = seconds;
    this.#loop = undefined;
    this.#reachesEnd = false;
    const length = (seconds + this.#loops * loop - origin) / scale;
    this.#endTicks = Math.max(0, Math.round(length * VIDEO_CLOCK));
  }

  /** Normal play time of the frame that comes next. */
  get position(): number {
    return Math.max(0, this.#index / this.#frameRate);
  }

  /** The next frame. */
  next(): Unit | undefined {
    const { origin, scale, loop = 0 } = this.#range;
    if (this.#isPastEnd()) {
      if (this.#loop === undefined || scale < 0) return undefined;
      this.#index = 0;
      this.#loops++;
    }
    const time = this.#index / this.#frameRate + this.#loops * loop;
    // The first frame may have begun before the range did; it shows from the start of the range on.
    const shown = this.#first && scale > 0 ? Math.max(time, origin) : time;
    const unit = {
      payloads: this.#payloadsOf(this.#index),
      ticks: Math.max(0, Math.round((shown - origin) / scale * VIDEO_CLOCK)),
      duration: Math.abs(this.#step / this.#frameRate / scale * VIDEO_CLOCK),
    };
    this.#first = false;
    this.#index += this.#step;
    return unit;
  }

  #isPastEnd(): boolean {
    const time = this.#index / this.#frameRate;
    if (this.#range.scale < 0) return this.#index < 0 || time < this.#end - EPSILON;
    return this.#index >= this.#frameCount || time >= this.#end - EPSILON;
  }
}

/** Packets of a sound, or labelled chunks of it. */
export class AudioCursor implements Cursor {
  readonly clockRate: number;
  readonly #samplesPerUnit: number;
  readonly #payloadOf: (first: number, count: number) => Payload;
  readonly #originSample: number;
  readonly #loopSamples: number;
  #endTicks: number;
  #reachesEnd: boolean;
  #end: number;
  #loops: boolean;
  #loopCount = 0;
  #sample: number;

  /** Plays `range` of a sound in units of at most `samplesPerUnit` sample frames. */
  constructor(
    sound: { sampleRate: number; sampleCount: number },
    range: CursorRange,
    samplesPerUnit: number,
    payloadOf: (first: number, count: number) => Payload,
  ) {
    const { sampleRate, sampleCount } = sound;
    this.clockRate = sampleRate;
    this.#samplesPerUnit = samplesPerUnit;
    this.#payloadOf = payloadOf;
    this.#originSample = Math.round(range.origin * sampleRate);
    this.#sample = Math.min(sampleCount, Math.round(range.from * sampleRate));
    const to = range.to === undefined ? sampleCount : Math.round(range.to * sampleRate);
    this.#end = Math.min(to, sampleCount);
    this.#loops = range.loop !== undefined && sampleCount > 0;
    this.#loopSamples = Math.round((range.loop ?? 0) * sampleRate);
    this.#reachesEnd = range.loop === undefined && this.#end === sampleCount;
    this.#endTicks = range.loop === undefined
      ? Math.max(0, this.#end - this.#originSample)
      : Infinity;
  }

  /** Length of the range in units of the clock. */
  get endTicks(): number {
    return this.#endTicks;
  }

  /** Whether the range reaches the end of the sound. */
  get reachesEnd(): boolean {
    return this.#reachesEnd;
  }

  /** Makes the range end at a normal play time, in seconds. */
  stopAt(seconds: number): void {
    this.#end = Math.min(this.#end, Math.round(seconds * this.clockRate));
    this.#loops = false;
    this.#reachesEnd = false;
    const length = this.#end + this.#loopCount * this.#loopSamples - this.#originSample;
    this.#endTicks = Math.max(0, length);
  }

  /** Normal play time of the sample that comes next. */
  get position(): number {
    return this.#sample / this.clockRate;
  }

  /** The next packet. */
  next(): Unit | undefined {
    if (this.#sample >= this.#end) {
      if (!this.#loops) return undefined;
      this.#sample = 0;
      this.#loopCount++;
    }
    const first = this.#sample;
    const count = Math.min(this.#samplesPerUnit, this.#end - first);
    this.#sample += count;
    return {
      payloads: [this.#payloadOf(first, count)],
      ticks: first + this.#loopCount * this.#loopSamples - this.#originSample,
      duration: count,
    };
  }
}
