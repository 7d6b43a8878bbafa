/**
 * What comes in, as the events that views take: packets, whole frames, pictures, sound.
 *
 * @module
 */

import { formatEndpoint, normalizeAddress } from "../net/address.ts";
import type { ReceivedFrame } from "../payload/payload_format.ts";
import { pcmFormat } from "../payload/pcm.ts";
import type { Dialect } from "./dialects.ts";
import type { MediaListener } from "./media_receiver.ts";
import type { PlayerEvent, TrackInfo } from "./player.ts";
import type { Reception } from "./reception.ts";
import { SoundFiller } from "./sound_filler.ts";
import type { WireLog } from "./wire_log.ts";

/** The session, as its media events see it. */
export interface MediaEventsHost {
  /** Where datagrams are examined and captured. */
  readonly log: WireLog;
  /** The dialect that is spoken. */
  readonly dialect: Dialect;
  /** The tracks. */
  readonly receptions: readonly Reception[];
  /** The session's clock in ms. */
  now(): number;
  /** Tells the views. */
  emit(event: PlayerEvent): void;
  /** Something is not as it should be, in words. */
  remark(message: string): void;
  /** A packet came. */
  arrived(): void;
  /** Every datagram that went through a socket, for captures. */
  readonly captures: boolean;
  /** Packets are passed on as they are, and no mistakes are looked for in them. */
  readonly packetsOnly: boolean;
}

/** Turns media into events. */
export class MediaEvents implements MediaListener {
  readonly #host: MediaEventsHost;
  readonly #fillers = new Map<number, SoundFiller>();
  #hasForeign = false;
  /** Sees datagrams; absent where nobody captures. */
  readonly wire?: NonNullable<MediaListener["wire"]>;

  /** Nothing has come yet. */
  constructor(host: MediaEventsHost) {
    this.#host = host;
    if (host.captures) this.wire = (...datagram) => host.log.datagram(...datagram);
  }

  /** The next sound is that of another session. */
  clear(): void {
    this.#fillers.clear();
    this.#hasForeign = false;
  }

  /** An RTP packet. */
  packet(track: number, datagram: Uint8Array, timeMs: number): void {
    const { log, receptions, dialect, emit } = this.#host;
    const { info, packetCount } = receptions[track]!;
    const number = packetCount + 1;
    if (!this.#host.packetsOnly) log.packet(track, datagram, { number, timeMs }, info, dialect);
    emit({ type: "packet", timeMs, track, number, datagram });
    this.#host.arrived();
  }

  /** A compound RTCP packet. */
  control(track: number, datagram: Uint8Array, timeMs: number): void {
    const { log, receptions, dialect, emit } = this.#host;
    if (!this.#host.packetsOnly) {
      const { info, packetCount: number } = receptions[track]!;
      log.control(track, datagram, { number, timeMs }, info, dialect);
    }
    emit({ type: "control", timeMs, track, datagram });
  }

  /** The server named a track's SSRC. */
  announced(track: number, ssrc: number): void {
    this.#host.log.announced(track, ssrc);
  }

  /** Neither: it is counted as malformed. */
  stray(): void {}

  /** Somebody else's datagram: told once. */
  foreign(track: number, { hostname, port }: { hostname: string; port: number }): void {
    if (this.#hasForeign) return;
    this.#hasForeign = true;
    const from = formatEndpoint(normalizeAddress(hostname), port);
    this.#host.remark(
      `somebody else, at ${from}, sends to the port of track ${track + 1} too: that is left out`,
    );
  }

  /** A whole frame, or samples. */
  media(track: number, frame: ReceivedFrame, ticks: number, number: number): void {
    const { receptions, emit } = this.#host;
    const timeMs = this.#host.now();
    const { timestamp, sequenceNumber, data } = frame;
    const { info } = receptions[track]!;
    emit({ type: "media", timeMs, track, ticks, timestamp, sequenceNumber, data });
    if (!info.playable) return;
    if (info.kind === "video") {
      emit({ type: "picture", timeMs, track, frame: number, timestamp, jpeg: data });
    } else {
      this.#sound(track, info, ticks, data);
    }
  }

  #sound(track: number, info: TrackInfo, ticks: number, data: Uint8Array): void {
    const format = pcmFormat(info);
    if (format === undefined) return;
    const filler = this.#fillers.get(track) ?? new SoundFiller(format);
    this.#fillers.set(track, filler);
    const timeMs = this.#host.now();
    const { sampleRate, channels } = format;
    for (const run of filler.push(ticks, data)) {
      this.#host.emit({ type: "sound", timeMs, track, sampleRate, channels, ...run });
    }
  }
}
