/**
 * One RTSP session at the server.
 *
 * @module
 */

import { AudioCursor, type Cursor, type CursorRange, VideoCursor } from "../media/cursor.ts";
import type { AudioTrack, Presentation, VideoTrack } from "../media/presentation.ts";
import { encodeLabelledChunk } from "../payload/labelled_wav.ts";
import type { Payload } from "../payload/payload_format.ts";
import { framesPerPacket, toWavSamples } from "../payload/pcm.ts";
import type { PacedTask, Pacer } from "../net/pacer.ts";
import { nextState, type SessionState, type StatefulMethod } from "../rtsp/states.ts";
import type { FrameSplitter, VideoForm } from "./split_frames.ts";
import type { Schedule, TrackStream } from "./track_stream.ts";

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

/** What PLAY answers. */
export interface PlayAnswer {
  /** Where it really begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** The scale that is really used. */
  readonly scale: number;
  /** First packet of each stream that sends. */
  readonly streams: readonly { track: number; seq: number; rtptime: number; ssrc: number }[];
}

/** Ranges that may wait. */
const MAX_WAITING = 100;

/**
 * The word that a range has been played leaves this long behind its last packet, in ms: clients may
 * stop when it comes, whatever is on its way.
 */
const NOTICE_MS = 250;

/** Media leaves this long after the reply, in ms, so that the reply is there first. */
const START_DELAY_MS = 2;

/** A session: a presentation, the streams that are set up, and the state. */
export class ServedSession {
  /** Identifier in the Session header. */
  readonly id: string;
  /** What the peer speaks. */
  readonly dialect: Dialect;
  /** Address of the client: nobody else may use the session, and media goes nowhere else. */
  readonly clientAddress: string;
  /** Streams by track index. */
  readonly streams = new Map<number, TrackStream>();
  /** Called a little after a range has been played to its end, if no other waits. */
  onPlayedOut: (() => void) | undefined;
  /** Last sign of life on the pacer's clock, in ms. */
  lastSeenMs: number;
  readonly #environment: SessionEnvironment;
  #presentation: Presentation;
  #state: SessionState = "Init";
  #position = 0;
  #playedTo = 0;
  #droppedPackets = 0;
  #scale = 1;
  #end = Infinity;
  #schedule: Schedule | undefined;
  #running = 0;
  readonly #queue: PlayOrder[] = [];
  readonly #notice: PacedTask = {
    run: () => {
      this.onPlayedOut?.();
      return Infinity;
    },
  };

  /** A session in state Init. */
  constructor(
    init: { id: string; dialect: Dialect; clientAddress: string; presentation: Presentation },
    environment: SessionEnvironment,
  ) {
    this.id = init.id;
    this.dialect = init.dialect;
    this.clientAddress = init.clientAddress;
    this.#presentation = init.presentation;
    this.#environment = environment;
    this.lastSeenMs = environment.pacer.now();
  }

  /** What is played. */
  get presentation(): Presentation {
    return this.#presentation;
  }

  /** Protocol state. */
  get state(): SessionState {
    return this.#state;
  }

  /** Whether a method is valid now. */
  allows(method: StatefulMethod): boolean {
    return nextState(this.#state, method) !== undefined;
  }

  /** Enters the state that `method` leads to. */
  enter(method: StatefulMethod): void {
    this.#state = nextState(this.#state, method) ?? this.#state;
  }

  /** Position in seconds: while playing, that of the media clock. */
  get position(): number {
    const schedule = this.#schedule;
    if (schedule === undefined) return this.#position;
    const elapsed = (this.#environment.pacer.now() - schedule.startMs) / 1000 * schedule.speed;
    const position = this.#position + Math.max(0, elapsed) * this.#scale;
    const { duration } = this.presentation;
    if (this.#environment.loop && duration > 0) return position % duration;
    return Math.min(Math.max(0, position), duration);
  }

  /** Packets that were not sent because the client reads too slowly. */
  get droppedPackets(): number {
    let dropped = this.#droppedPackets;
    for (const { transport } of this.streams.values()) dropped += transport.droppedPackets;
    return dropped;
  }

  /** Where the range that was played last ended, in seconds. */
  get playedTo(): number {
    return this.#playedTo;
  }

  /**
   * Plays a range. While a bounded range plays, a further one waits for its end (RFC 2326 section
   * 10.5); with `replace` it begins at once (RFC 7826 section 13.4). Undefined when too many wait.
   */
  play(order: PlayOrder, replace: boolean): PlayAnswer | undefined {
    const { duration } = this.presentation;
    const playing = this.#state === "Playing";
    if (
      playing && order.start === undefined && order.end === undefined && order.scale === this.#scale
    ) {
      // A sign of life only (RFC 2326 section 10.5).
      return {
        start: this.position,
        end: Math.min(this.#end, duration),
        scale: this.#scale,
        streams: [],
      };
    }
    if (playing && !replace && this.#end < duration) {
      if (this.#queue.length >= MAX_WAITING) return undefined;
      this.#queue.push(order);
      return {
        start: order.start ?? this.#end,
        end: order.end ?? duration,
        scale: order.scale,
        streams: [],
      };
    }
    this.#queue.length = 0;
    if (playing) this.#stop();
    this.enter("PLAY");
    return this.#begin(order);
  }

  /** Stops where it is. */
  pause(): void {
    this.#queue.length = 0;
    this.#stop();
    this.enter("PAUSE");
  }

  /** Goes on with another presentation, from its start: an extension of the labs. */
  change(presentation: Presentation): void {
    const playing = this.#state === "Playing";
    this.#stop();
    this.#presentation[Symbol.dispose]();
    this.#presentation = presentation;
    this.#position = 0;
    this.#resume.clear();
    if (playing) this.#begin({ start: 0, scale: 1, speed: 1 });
  }

  /** Goes `seconds` forward or back, playing or not: two extensions of the labs. */
  skip(seconds: number): void {
    this.seek(this.position + seconds);
  }

  /** Goes to a position, playing or not. */
  seek(position: number): void {
    const start = Math.max(0, Math.min(position, this.presentation.duration));
    const playing = this.#state === "Playing";
    this.#stop();
    this.#position = start;
    this.#resume.clear();
    if (playing) this.#begin({ start, scale: 1, speed: 1 });
  }

  /** Takes a stream out of the session. */
  removeStream(track: number): void {
    const stream = this.streams.get(track);
    if (stream === undefined) return;
    const { isSending } = stream;
    stream.close();
    this.#droppedPackets += stream.transport.droppedPackets;
    this.streams.delete(track);
    this.#resume.delete(track);
    if (isSending) this.streamEnded();
  }

  /** Ends all streams and lets go of the presentation. */
  close(): void {
    this.enter("TEARDOWN");
    for (const track of [...this.streams.keys()]) this.removeStream(track);
    this.#schedule = undefined;
    this.#environment.pacer.cancel(this.#notice);
    this.presentation[Symbol.dispose]();
  }

  /** Called by a stream whose range has been sent. */
  streamEnded(): void {
    if (--this.#running > 0 || this.#state !== "Playing") return;
    const next = this.#queue.shift();
    const { duration } = this.presentation;
    const end = Math.min(this.#end, duration);
    this.#schedule = undefined;
    this.#resume.clear();
    if (next !== undefined) {
      this.#begin({ ...next, start: next.start ?? end });
      return;
    }
    // The whole presentation was played: the next PLAY begins at the start.
    this.#playedTo = this.#scale < 0 && this.#end === Infinity ? 0 : end;
    this.#position = end >= duration || this.#scale < 0 ? 0 : end;
    this.enter("PAUSE");
    const { pacer } = this.#environment;
    if (this.onPlayedOut !== undefined) pacer.schedule(this.#notice, pacer.now() + NOTICE_MS);
  }

  /** Where each stream goes on after a pause: its very next frame or sample. */
  readonly #resume = new Map<number, number>();

  #stop(): void {
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

  #begin(order: PlayOrder): PlayAnswer {
    const { pacer, burst, loop } = this.#environment;
    pacer.cancel(this.#notice);
    const { duration, tracks } = this.presentation;
    const fromPause = order.start === undefined;
    const hasVideo = [...this.streams.keys()].some((track) => tracks[track]?.kind === "video");
    // Sound cannot be stretched or turned round; alone, it is played as it is.
    const scale = hasVideo ? order.scale : 1;
    const start = order.start ?? this.#position;
    const end = order.end ?? (scale < 0 ? 0 : duration);
    this.#position = start;
    this.#scale = scale;
    this.#end = order.end ?? Infinity;
    const schedule: Schedule = {
      startMs: pacer.now() + START_DELAY_MS,
      speed: order.speed,
      burst: this.dialect === "standard" && order.steady !== true ? burst : 0,
    };
    this.#schedule = schedule;
    const streams: PlayAnswer["streams"][number][] = [];
    for (const [track, stream] of this.streams) {
      const media = tracks[track]!;
      if (media.kind === "audio" && scale !== 1) continue;
      const range: CursorRange = {
        origin: start,
        from: fromPause ? this.#resume.get(track) ?? start : start,
        scale,
        ...(order.end === undefined ? undefined : { to: end }),
        ...(loop && order.end === undefined ? { loop: duration } : undefined),
      };
      stream.play(this.#cursor(media, range), schedule);
      const { nextSequenceNumber: seq, ssrc } = stream.sender;
      streams.push({ track, seq, rtptime: stream.rangeTimestamp, ssrc });
    }
    this.#running = streams.length;
    this.#resume.clear();
    return { start, end, scale, streams };
  }

  #cursor(media: VideoTrack | AudioTrack, range: CursorRange): Cursor {
    const { splitter, maxPayloadBytes } = this.#environment;
    if (media.kind === "video") {
      const form: VideoForm = this.dialect === "standard" ? "rfc2435" : "whole";
      const payloadsOf = (index: number): readonly Payload[] => {
        const payloads = splitter.payloads(media, form, index);
        return this.dialect === "hello" ? withoutMarkers(payloads) : payloads;
      };
      return new VideoCursor(media, range, payloadsOf);
    }
    if (this.dialect === "audio-lab") return this.#labelledCursor(media, range);
    return new AudioCursor(
      media,
      range,
      framesPerPacket(media, maxPayloadBytes),
      (first, count) => ({
        payload: media.samples(first, count),
        // The first packet after silence is marked (RFC 3551 section 4.1).
        marker: Math.round(range.from * media.sampleRate) === first,
      }),
    );
  }

  /** The audio lab's chunks: each begins with the offset where it ends. */
  #labelledCursor(media: AudioTrack, range: CursorRange): Cursor {
    const { bytesPerFrame } = media;
    const perChunk = Math.max(1, Math.floor(this.#environment.chunkBytes / bytesPerFrame));
    return new AudioCursor(media, range, perChunk, (first, count) => ({
      payload: encodeLabelledChunk({
        endOffset: (first + count) * bytesPerFrame,
        data: toWavSamples(media.encoding, media.samples(first, count)),
      }),
      marker: false,
    }));
  }
}

/** The hello lab wants M=0 on every datagram. */
function withoutMarkers(payloads: readonly Payload[]): readonly Payload[] {
  return payloads.map(({ payload }) => ({ payload, marker: false }));
}
