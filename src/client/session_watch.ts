/**
 * Notices when a film is over, or never began.
 *
 * @module
 */

import type { SessionState } from "../rtsp/states.ts";
import type { MediaReceiver } from "./media_receiver.ts";
import type { Conversation } from "./conversation.ts";
import type { Reception } from "./reception.ts";

/** Told what the watch notices. */
export interface WatchListener {
  /** Longest wait for a first packet in ms. */
  readonly timeoutMs: number;
  /** Nothing more will come. */
  ended(reason: string): void;
  /** Nothing came. */
  silent(seconds: number): void;
}

/** A lab film without packets for this long is over: the lab has no sign for its end. In ms. */
const LAB_END_MS = 3000;

/** The same for standard servers that send no BYE, near the end of the range. In ms. */
const STANDARD_END_MS = 1500;

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
  #goodbye = false;
  #allGone = false;

  /** Nothing is playing. */
  constructor(listener: WatchListener) {
    this.#listener = listener;
  }

  /** Whether PLAY went out and nothing has stopped it since. */
  get isPlaying(): boolean {
    return this.#playing;
  }

  /** Whether the sender said BYE. */
  get sawGoodbye(): boolean {
    return this.#goodbye;
  }

  /** Whether anything has come since PLAY went out. */
  sawPackets(media: MediaReceiver): boolean {
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
    this.#goodbye = this.#allGone = false;
  }

  /** PLAY was answered: playing begins at `position`, where the reply told it. */
  playAnswered(position: number | undefined): void {
    this.#position = position;
  }

  /** PAUSE or TEARDOWN. */
  paused(): void {
    this.#playing = false;
  }

  /** A source said BYE; `all` tells that none is left. */
  goodbye(all: boolean): void {
    this.#goodbye = true;
    this.#allGone = all;
  }

  /** Position in seconds: that of the picture, else of the sound, else where PLAY began. */
  position(receptions: readonly Reception[]): number | undefined {
    const video = receptions.find(({ info }) => info.kind === "video");
    return video?.position ?? receptions.find(({ position }) => position !== undefined)?.position ??
      this.#position;
  }

  /** Looks at the time. */
  poll(nowMs: number, media: MediaReceiver, state: SessionState): void {
    if (!this.#playing) return;
    if (this.#allGone) {
      const sign = this.#dialect === "audio-lab" ? "teardown" : "BYE";
      this.#end(`the server said goodbye (${sign})`);
      return;
    }
    if (!this.sawPackets(media)) {
      // The audio lab's controller has no media of its own.
      const waitedMs = nowMs - this.#playSentMs;
      if (
        media.receptions.length > 0 && state === "Playing" && waitedMs > this.#listener.timeoutMs
      ) {
        this.#playing = false;
        this.#listener.silent(Math.round(this.#listener.timeoutMs / 100) / 10);
      }
      return;
    }
    const quietMs = nowMs - (media.lastArrivalMs ?? nowMs);
    if (this.#dialect !== "standard") {
      if (quietMs > LAB_END_MS) {
        this.#end(
          `nothing came for ${LAB_END_MS / 1000} s: the labs have no other sign of the end`,
        );
      }
      return;
    }
    const position = this.position(media.receptions);
    const nearEnd = this.#duration !== undefined && position !== undefined &&
      position > this.#duration - 1;
    if (quietMs > STANDARD_END_MS && (nearEnd || this.#goodbye)) {
      this.#end("the end of the presentation");
    } else if (quietMs > STANDARD_DEAD_MS) {
      this.#end(`nothing came for ${STANDARD_DEAD_MS / 1000} s`);
    }
  }

  #end(reason: string): void {
    this.#playing = false;
    this.#listener.ended(reason);
  }
}
