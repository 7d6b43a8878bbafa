/**
 * The streams of a session on their way through a range of the presentation.
 *
 * @module
 */

import type { Presentation } from "../media/presentation.ts";
import { cursorOf } from "./cursors.ts";
import type {
  Dialect,
  PlayAnswer,
  PlayOrder,
  SessionEnvironment,
  StreamStart,
} from "./session_types.ts";
import { Schedule } from "./schedule.ts";
import type { TrackStream } from "./track_stream.ts";

/**
 * Tracks that are told to play the same range one by one, within this long, in ms, are to go together.
 */
const TOGETHER_MS = 1000;

/** Packets of sound over TCP are sent together with those of the next so many ms. */
const AHEAD_MS = 20;

/** Media leaves this long after the reply, in ms, so that the reply is there first. */
const START_DELAY_MS = 2;

/** One range at a time; what plays when is the session's business. */
export class Playback {
  /** What is played. */
  presentation: Presentation;
  /** Streams by track index. */
  readonly streams = new Map<number, TrackStream>();
  /** Longest payloads in bytes of the tracks for which the client asked for others than usual. */
  readonly blockSizes = new Map<number, number>();
  readonly #dialect: Dialect;
  readonly #environment: SessionEnvironment;
  /** The start of the range; between ranges, where the next one begins. */
  #position = 0;
  #scale = 1;
  #end = Infinity;
  #schedule: Schedule | undefined;
  #running = 0;
  /** Tracks that are halted while others play. */
  #muted = new Set<number>();
  /** Where each stream goes on after a pause: its very next frame or sample. */
  readonly #resume = new Map<number, number>();

  /** At the start of a presentation. */
  constructor(presentation: Presentation, dialect: Dialect, environment: SessionEnvironment) {
    this.presentation = presentation;
    this.#dialect = dialect;
    this.#environment = environment;
  }

  /** Position in seconds: while playing, that of the media clock. */
  get position(): number {
    const schedule = this.#schedule;
    if (schedule === undefined) return this.#position;
    const elapsed = schedule.secondsAt(this.#environment.pacer.now());
    const position = this.#position + Math.max(0, elapsed) * this.#scale;
    const { duration } = this.presentation;
    if (this.#environment.loop && duration > 0) return position % duration;
    return Math.min(Math.max(0, position), duration);
  }

  /** Seconds of presentation a second of playing. */
  get scale(): number {
    return this.#scale;
  }

  /** The range that plays, in seconds; backwards, its end is before its start. */
  get range(): { start: number; end: number } {
    const open = this.#scale < 0 ? 0 : this.presentation.duration;
    return { start: this.#position, end: this.isBounded ? this.#end : open };
  }

  /** Whether the range ends where the client said, and not at an end of the presentation. */
  get isBounded(): boolean {
    return this.#end !== Infinity;
  }

  /** Streams that send. */
  get running(): number {
    return this.#running;
  }

  /** Sends a range of some of the tracks, usually of all. */
  begin(order: PlayOrder, chosen: readonly number[] = [...this.streams.keys()]): PlayAnswer {
    const { duration, tracks } = this.presentation;
    const fromPause = order.start === undefined;
    const hasVideo = chosen.some((track) => tracks[track]?.kind === "video");
    // Sound cannot be stretched or turned round; alone, it is played as it is.
    const scale = hasVideo ? order.scale : 1;
    const start = order.start ?? this.#position;
    const end = order.end ?? (scale < 0 ? 0 : duration);
    this.#position = start;
    this.#scale = scale;
    this.#end = order.end ?? Infinity;
    const schedule = this.#scheduleOf(order, order.speed);
    this.#schedule = schedule;
    this.#muted = new Set([...this.streams.keys()].filter((track) => !chosen.includes(track)));
    const streams = chosen.flatMap((track) => {
      const from = fromPause ? this.#resume.get(track) ?? start : start;
      return this.#send(track, { start, from, end: order.end }, schedule);
    });
    this.#running = streams.length;
    this.#resume.clear();
    return { start, end, scale, streams };
  }

  /** Lets a track play while others do: where they are, or a range of its own, at once. */
  join(track: number, order: PlayOrder): PlayAnswer {
    const stream = this.streams.get(track);
    const shared = this.#schedule;
    const start = order.start ?? this.position;
    const answer = { start, end: order.end ?? this.range.end, scale: this.#scale };
    if (stream === undefined || shared === undefined) return { ...answer, streams: [] };
    const together = start === this.#position &&
      this.#environment.pacer.now() - shared.startMs < TOGETHER_MS;
    const schedule = together ? shared : this.#scheduleOf(order, shared.speed);
    this.halt(track);
    this.#muted.delete(track);
    const bound = this.isBounded && order.start === undefined ? this.#end : undefined;
    const streams = this.#send(track, { start, from: start, end: order.end ?? bound }, schedule);
    this.#running += streams.length;
    return { ...answer, streams };
  }

  /** Lets those play again that were halted by themselves. */
  joinMuted(order: PlayOrder): readonly StreamStart[] {
    return [...this.#muted].flatMap((track) => this.join(track, order).streams);
  }

  /** Halts one track. */
  halt(track: number): void {
    const stream = this.streams.get(track);
    if (stream?.isSending !== true) return;
    stream.pause();
    this.#running--;
    this.#muted.add(track);
  }

  /** Halts one track when a point comes by, in seconds. */
  haltAt(track: number, point: number): void {
    this.streams.get(track)?.stopAt(point);
    this.#muted.add(track);
  }

  /** Makes the range end at a point, in seconds. */
  stopAt(point: number): void {
    this.#end = point;
    for (const stream of this.streams.values()) stream.stopAt(point);
  }

  /** Stops where it is. */
  stop(): void {
    if (this.#schedule === undefined) return;
    for (const [track, stream] of this.streams) {
      // The others have no place in this range: sound is silent at another scale than 1.
      if (!stream.isSending) continue;
      stream.pause();
      const position = stream.position;
      if (position !== undefined) this.#resume.set(track, position);
    }
    this.#schedule = undefined;
    this.#position = Math.min(this.presentation.duration, ...this.#resume.values());
  }

  /** Goes to a position, in seconds, without playing. */
  rest(position: number): void {
    this.#schedule = undefined;
    this.#resume.clear();
    this.#position = position;
  }

  /** Notes that a stream has sent its range; whether it was the last. */
  ended(): boolean {
    return --this.#running <= 0;
  }

  /** Forgets a track. */
  remove(track: number): void {
    this.streams.delete(track);
    this.blockSizes.delete(track);
    this.#resume.delete(track);
    this.#muted.delete(track);
  }

  #scheduleOf({ steady }: PlayOrder, speed: number): Schedule {
    const { pacer, burst } = this.#environment;
    return new Schedule({
      startMs: pacer.now() + START_DELAY_MS,
      speed,
      burst: this.#dialect === "standard" && steady !== true ? burst : 0,
      aheadMs: this.#dialect === "standard" && steady !== true ? AHEAD_MS : 0,
    });
  }

  /** Sends a range of a track, if it has a place at the scale. */
  #send(
    track: number,
    { start, from, end }: { start: number; from: number; end: number | undefined },
    schedule: Schedule,
  ): StreamStart[] {
    const stream = this.streams.get(track);
    const media = this.presentation.tracks[track];
    if (stream === undefined || media === undefined) return [];
    if (media.kind === "audio" && this.#scale !== 1) return [];
    const { loop, maxPayloadBytes } = this.#environment;
    const range = {
      origin: start,
      from,
      scale: this.#scale,
      ...(end === undefined ? undefined : { to: end }),
      ...(loop && end === undefined ? { loop: this.presentation.duration } : undefined),
    };
    const maxBytes = this.blockSizes.get(track) ?? maxPayloadBytes;
    const cursor = cursorOf(media, range, this.#dialect, this.#environment, maxBytes);
    stream.play(cursor, schedule);
    const { nextSequenceNumber: seq, ssrc } = stream.sender;
    return [{ track, seq, rtptime: stream.rangeTimestamp, ssrc }];
  }
}
