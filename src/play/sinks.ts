/**
 * Where a player's pictures and sound go: the cache picture, new.wav, aplay.
 *
 * @module
 */

import { join } from "@std/path";
import type { Player, PlayerEvent, PlayerSnapshot, TrackInfo } from "../client/player.ts";
import { CacheJpeg } from "../media/cache_jpeg.ts";
import { WavWriter } from "../media/wav_writer.ts";
import { pcmFormat, toWavSamples, wavBitsPerSample } from "../payload/pcm.ts";
import { SoundCard } from "./sound_card.ts";

/** Name of the received sound, as the audio lab has it. */
const SOUND_FILE = "new.wav";

/** Settings of {@linkcode PlaySinks}. */
export interface SinkOptions {
  /** Folder of the files. */
  readonly folder: string;
  /** Whether sound goes to aplay now. */
  isAudible(): boolean;
  /** A word for the user, said once. */
  onNotice(message: string): void;
}

/** Takes what a player receives. */
export class PlaySinks implements Disposable {
  readonly #player: Player;
  readonly #options: SinkOptions;
  readonly #unsubscribe: () => void;
  readonly #failed = new Set<string>();
  /** How things stood when they last changed. */
  #snapshot: PlayerSnapshot;
  #soundPath: string | undefined;
  #cache: CacheJpeg | undefined;
  #wav: WavWriter | undefined;
  #soundCard: SoundCard | undefined;
  /** Those that play out what they were given. */
  #ending: SoundCard[] = [];

  /** Begins to take. */
  constructor(player: Player, options: SinkOptions) {
    this.#player = player;
    this.#snapshot = player.snapshot();
    this.#options = options;
    this.#unsubscribe = player.subscribe((event) => this.#take(event));
  }

  /** Where the sound is, once there is some. */
  get soundPath(): string | undefined {
    return this.#soundPath;
  }

  #take(event: PlayerEvent): void {
    switch (event.type) {
      case "picture":
        this.#guard("the cache picture", () => this.#show(event.jpeg));
        return;
      case "media":
        this.#guard(SOUND_FILE, () => this.#write(event.track, event.ticks, event.data));
        return;
      case "sound":
        if (!this.#options.isAudible()) return this.#silence();
        this.#soundCard ??= new SoundCard(event, (message) => this.#options.onNotice(message));
        this.#soundCard.write(event.samples);
        return;
      case "change":
        this.#snapshot = this.#player.snapshot();
        this.#guard(SOUND_FILE, () => this.#wav?.flush());
        if (this.#snapshot.condition === "ended") this.#playOut();
        if (this.#snapshot.state === "Init") this.#endSession();
    }
  }

  /** The next session has a picture and a sound file of its own. */
  #endSession(): void {
    this.#removeCache();
    this.#guard(SOUND_FILE, () => this.#wav?.close());
    this.#wav = undefined;
    this.#playOut();
  }

  /** What aplay has been given is still to be heard. */
  #playOut(): void {
    if (this.#soundCard !== undefined) this.#ending.push(this.#soundCard);
    this.#soundCard?.finish();
    this.#soundCard = undefined;
  }

  /** Waits until what has come is heard, but not for long. */
  async heard(): Promise<void> {
    this.#playOut();
    await Promise.all(this.#ending.map((soundCard) => soundCard.finish()));
  }

  #show(jpeg: Uint8Array): void {
    const session = this.#snapshot.sessionId ?? "0";
    this.#cache ??= new CacheJpeg(this.#options.folder, session);
    this.#cache.show(jpeg);
  }

  #write(track: number, ticks: number, data: Uint8Array): void {
    let info = this.#snapshot.tracks[track];
    // The audio lab's format comes with the sound itself.
    if (info?.encodingName === undefined) info = this.#player.snapshot().tracks[track];
    const format = info === undefined ? undefined : pcmFormat(info);
    if (format === undefined || info?.kind !== "audio") return;
    this.#wav ??= this.#openWav(info);
    this.#soundPath = this.#wav.path;
    this.#wav.writeAt(ticks, toWavSamples(format.encoding, data));
  }

  #openWav(info: TrackInfo): WavWriter {
    const { encoding, sampleRate, channels } = pcmFormat(info)!;
    const bitsPerSample = wavBitsPerSample(encoding);
    const path = join(this.#options.folder, SOUND_FILE);
    return WavWriter.open(path, { sampleRate, channels, bitsPerSample, encoding: "pcm" }, {
      force: true,
    });
  }

  /** Playing goes on when a file cannot be written; that is said once. */
  #guard(what: string, write: () => void): void {
    if (this.#failed.has(what)) return;
    try {
      write();
    } catch (error) {
      this.#failed.add(what);
      const { folder } = this.#options;
      const reason = (error as Error).message.replace(/ \(os error \d+\)/, "");
      this.#options.onNotice(
        `Cannot write ${what} in ${folder}: ${reason}. Choose another folder with --out`,
      );
    }
  }

  #silence(): void {
    this.#soundCard?.close();
    this.#soundCard = undefined;
  }

  #removeCache(): void {
    this.#cache?.close();
    this.#cache = undefined;
  }

  /** Removes the cache picture and finishes the sound. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
    this.#removeCache();
    this.#guard(SOUND_FILE, () => this.#wav?.close());
    this.#silence();
    for (const soundCard of this.#ending) soundCard.close();
  }
}
