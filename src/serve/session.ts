/**
 * One RTSP session at the server.
 *
 * @module
 */

import type { Presentation } from "../media/presentation.ts";
import type { PacedTask, Pacer } from "../net/pacer.ts";
import { nextState, type SessionState, type StatefulMethod } from "../rtsp/states.ts";
import { findPausePoint } from "./pause_point.ts";
import { PendingRanges } from "./pending_ranges.ts";
import { Playback } from "./playback.ts";
import type { Dialect, PlayAnswer, PlayOrder, SessionEnvironment } from "./session_types.ts";
import type { TrackStream } from "./track_stream.ts";

/**
 * The word that a range has been played leaves this long behind its last packet, in ms: clients may
 * stop when it comes, whatever is on its way.
 */
const NOTICE_MS = 250;

/** A session: a presentation, the streams that are set up, and the state. */
export class ServedSession {
  /** Identifier in the Session header. */
  readonly id: string;
  /** What the peer speaks. */
  readonly dialect: Dialect;
  /** Address of the client: nobody else may use the session, and media goes nowhere else. */
  readonly clientAddress: string;
  /** Called a little after a range has been played to its end, if no other waits. */
  onPlayedOut: (() => void) | undefined;
  /** Last sign of life on the pacer's clock, in ms. */
  lastSeenMs: number;
  readonly #pacer: Pacer;
  readonly #playback: Playback;
  #state: SessionState = "Init";
  #playedTo = 0;
  #droppedPackets = 0;
  readonly #pending = new PendingRanges();
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
    this.#playback = new Playback(init.presentation, init.dialect, environment);
    this.#pacer = environment.pacer;
    this.lastSeenMs = environment.pacer.now();
  }

  /** What is played. */
  get presentation(): Presentation {
    return this.#playback.presentation;
  }

  /** Streams by track index. */
  get streams(): Map<number, TrackStream> {
    return this.#playback.streams;
  }

  /** Longest payloads in bytes of the tracks for which the client asked for others than usual. */
  get blockSizes(): Map<number, number> {
    return this.#playback.blockSizes;
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
    return this.#playback.position;
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
    const playback = this.#playback;
    const { duration } = this.presentation;
    const playing = this.#state === "Playing";
    const { end } = playback.range;
    if (
      playing && order.start === undefined && order.end === undefined &&
      order.scale === playback.scale
    ) {
      const point = this.#pending.pausePoint;
      if (point !== undefined) return this.#goOnFrom(point, order);
      // A sign of life only (RFC 2326 section 10.5), but for tracks that were halted by themselves.
      const { position, scale } = playback;
      return { start: position, end, scale, streams: playback.joinMuted(order) };
    }
    if (playing && !replace && playback.isBounded && end < duration) {
      if (!this.#pending.add(order)) return undefined;
      return {
        start: order.start ?? end,
        end: order.end ?? duration,
        scale: order.scale,
        streams: [],
      };
    }
    this.#pending.clear();
    if (playing) playback.stop();
    this.enter("PLAY");
    return this.#begin(order);
  }

  /**
   * Plays one of several tracks. While others play it goes along with them; with a range of its own it
   * plays that, at once.
   */
  playTrack(track: number, order: PlayOrder): PlayAnswer {
    const playback = this.#playback;
    if (this.#state !== "Playing") {
      this.enter("PLAY");
      return this.#begin(order, [track]);
    }
    const plain = order.start === undefined && order.end === undefined;
    if (!plain || this.streams.get(track)?.isSending === false) return playback.join(track, order);
    const { position, range, scale } = playback;
    return { start: position, end: range.end, scale, streams: [] };
  }

  /** Stops where it is. */
  pause(): void {
    this.#stop();
    this.enter("PAUSE");
  }

  /**
   * Stops when a point comes by in what plays or waits, in seconds; false when it does not (RFC 2326
   * section 10.6). What waits behind it is dropped.
   */
  pauseAt(point: number): boolean {
    if (this.#state !== "Playing") return false;
    const { range } = this.#playback;
    const found = this.#pending.pauseAt(point, range, this.presentation.duration);
    if (found === "current") this.#playback.stopAt(point);
    return found !== undefined;
  }

  /**
   * Halts one of several tracks, now or when a point comes by, in seconds; the others play on. False
   * when the point does not come by.
   */
  pauseTrack(track: number, point?: number): boolean {
    const playback = this.#playback;
    if (this.streams.get(track)?.isSending !== true) return point === undefined;
    if (point === undefined) {
      if (playback.running === 1) this.pause();
      else playback.halt(track);
      return true;
    }
    if (playback.running === 1) return this.pauseAt(point);
    if (findPausePoint([playback.range], point) === undefined) return false;
    playback.haltAt(track, point);
    return true;
  }

  /** Goes on with another presentation, from its start: an extension of the labs. */
  change(presentation: Presentation): void {
    const playing = this.#state === "Playing";
    this.#stop();
    this.presentation[Symbol.dispose]();
    this.#playback.presentation = presentation;
    this.#playback.rest(0);
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
    this.#playback.rest(start);
    if (playing) this.#begin({ start, scale: 1, speed: 1 });
  }

  /** Takes a stream out of the session. */
  removeStream(track: number): void {
    const stream = this.streams.get(track);
    if (stream === undefined) return;
    const { isSending } = stream;
    stream.close();
    this.#droppedPackets += stream.transport.droppedPackets;
    this.#playback.remove(track);
    if (isSending) this.streamEnded();
  }

  /** Ends all streams and lets go of the presentation. */
  close(): void {
    this.enter("TEARDOWN");
    for (const track of [...this.streams.keys()]) this.removeStream(track);
    this.#pacer.cancel(this.#notice);
    this.presentation[Symbol.dispose]();
  }

  /** Called by a stream whose range has been sent. */
  streamEnded(): void {
    const playback = this.#playback;
    if (!playback.ended() || this.#state !== "Playing") return;
    const { scale, range: { end }, isBounded } = playback;
    const { duration } = this.presentation;
    // The whole presentation was played: the next PLAY begins at the start.
    const whole = end >= duration || scale < 0;
    const next = this.#pending.next();
    if (next !== undefined) {
      playback.rest(end);
      this.#begin({ ...next, start: next.start ?? end });
      return;
    }
    this.#playedTo = isBounded ? Math.min(end, duration) : end;
    const point = this.#pending.pausePoint;
    playback.rest(point !== undefined && point < duration ? point : whole ? 0 : end);
    this.#pending.clear();
    this.enter("PAUSE");
    if (this.onPlayedOut !== undefined) {
      this.#pacer.schedule(this.#notice, this.#pacer.now() + NOTICE_MS);
    }
  }

  /** A client that takes its PAUSE back before it has taken effect. */
  #goOnFrom(point: number, order: PlayOrder): PlayAnswer {
    this.#pending.goOn({ ...order, start: point });
    const end = order.scale < 0 ? 0 : this.presentation.duration;
    return { start: point, end, scale: order.scale, streams: [] };
  }

  #begin(order: PlayOrder, tracks?: readonly number[]): PlayAnswer {
    this.#pacer.cancel(this.#notice);
    return this.#playback.begin(order, tracks);
  }

  #stop(): void {
    this.#pending.clear();
    this.#playback.stop();
  }
}
