/**
 * Notices when a film is over, or never began.
 *
 * @module
 */

import type { SessionState } from "../rtsp/states.ts";
import type { MediaReceiver } from "./media_receiver.ts";
import type { Conversation } from "./conversation.ts";
import type { Reception } from "./reception.ts";

/** What the watch looks at. */
export type WatchedMedia = Pick<
  MediaReceiver,
  "goodbyes" | "lastArrivalMs" | "packetCount" | "receptions"
>;

/** Told what the watch notices. */
export interface WatchListener {
  /** Longest wait for a first packet in ms. */
  readonly firstPacketMs: number;
  /** Silence in the middle of a stream that ends it, in ms; the usual one when absent. */
  readonly idleMs?: number;
  /** Nothing more will come. */
  ended(reason: string): void;
  /** Nothing came. */
  silent(seconds: number): void;
  /** Packets come, but no frames are made of them. */
  blank(reason: string): void;
}

/** A lab film without packets for this long is over: the lab has no sign for its end. In ms. */
const LAB_END_MS = 3000;

/** The same for standard servers that send no BYE, near the end of the range. In ms. */
const STANDARD_END_MS = 1500;

/** Packets have come for so long when frames should, in ms. */
const BLANK_MS = 1500;

/** A standard stream that stops anywhere else for so long is dead, in ms. */
const STANDARD_DEAD_MS = 20_000;

/** Watches one session. */
export class SessionWatch {
  readonly #listener: WatchListener;
  #playing = false;
  #playSentMs = 0;
  /** Packets when PLAY went out. */
  #packetsBefore = 0;
  #dialect: Conversation["dialect"] = "standard";
  #duration: number | undefined;
  #position: number | undefined;
  #answeredMs = 0;
  #saidBlank = false;

  /** Nothing is playing. */
  constructor(listener: WatchListener) {
    this.#listener = listener;
  }

  /** Whether PLAY went out and nothing has stopped it since. */
  get isPlaying(): boolean {
    return this.#playing;
  }

  /** Whether anything has come since PLAY went out. */
  sawPackets(media: WatchedMedia): boolean {
    return media.packetCount > this.#packetsBefore;
  }

  /** PLAY goes out, to a receiver that has `packets` so far. */
  playSent(
    nowMs: number,
    packets: number,
    dialect: Conversation["dialect"],
    duration: number | undefined,
  ): void {
    this.#playing = true;
    this.#packetsBefore = packets;
    this.#playSentMs = nowMs;
    this.#dialect = dialect;
    this.#duration = duration;
  }

  /** PLAY was answered: playing begins at `position`, where the reply told it. */
  playAnswered(nowMs: number, position: number | undefined): void {
    this.#answeredMs = nowMs;
    this.#position = position;
  }

  /** PAUSE or TEARDOWN. */
  paused(): void {
    this.#playing = false;
  }

  /** Position in seconds: that of the picture, else of the sound, else where PLAY began. */
  position(receptions: readonly Reception[]): number | undefined {
    const video = receptions.find(({ info }) => info.kind === "video");
    return video?.position ?? receptions.find(({ position }) => position !== undefined)?.position ??
      this.#position;
  }

  /** Looks at the time. */
  poll(nowMs: number, media: WatchedMedia, state: SessionState): void {
    if (!this.#playing) return;
    if (nowMs - this.#playSentMs > BLANK_MS) this.#lookForFrames(media);
    const quietMs = nowMs - Math.max(media.lastArrivalMs ?? 0, this.#answeredMs);
    if (state === "Playing" && this.#isGone(media, quietMs)) {
      const sign = this.#dialect === "audio-lab" ? "teardown" : "BYE";
      this.#end(`the server said goodbye (${sign})`);
    } else if (!this.sawPackets(media)) {
      this.#awaitFirst(nowMs, media, state);
    } else if (this.#dialect !== "standard") {
      const { idleMs = LAB_END_MS } = this.#listener;
      if (quietMs <= idleMs) return;
      this.#end(`${quietWords(idleMs)}: the labs have no other sign of the end`);
    } else {
      const { idleMs = STANDARD_DEAD_MS } = this.#listener;
      const mayBeOver = this.#isNearEnd(media) || media.goodbyes !== "none";
      if (quietMs > idleMs) this.#end(quietWords(idleMs));
      else if (quietMs > STANDARD_END_MS && mayBeOver) this.#end("the end of the presentation");
    }
  }

  /** A BYE that came before the reply to PLAY counts when nothing follows it. */
  #isGone({ goodbyes }: WatchedMedia, quietMs: number): boolean {
    return goodbyes === "all" || (goodbyes === "doubtful" && quietMs > STANDARD_END_MS);
  }

  #awaitFirst(nowMs: number, media: WatchedMedia, state: SessionState): void {
    // The audio lab's controller has no media of its own.
    if (media.receptions.length === 0 || state !== "Playing") return;
    const { firstPacketMs } = this.#listener;
    if (nowMs - this.#playSentMs <= firstPacketMs) return;
    this.#playing = false;
    this.#listener.silent(inSeconds(firstPacketMs));
  }

  #isNearEnd({ receptions }: WatchedMedia): boolean {
    const position = this.position(receptions);
    return this.#duration !== undefined && position !== undefined && position > this.#duration - 1;
  }

  #lookForFrames({ receptions }: WatchedMedia): void {
    if (this.#saidBlank) return;
    for (const { blankness } of receptions) {
      if (blankness === undefined) continue;
      this.#saidBlank = true;
      this.#listener.blank(blankness);
    }
  }

  #end(reason: string): void {
    this.#playing = false;
    this.#listener.ended(reason);
  }
}

function quietWords(ms: number): string {
  return `nothing came for ${inSeconds(ms)} s`;
}

function inSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
