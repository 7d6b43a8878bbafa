/**
 * One recording: datagrams of all tracks in, files and numbers out. It knows neither sockets nor
 * timers; times are given in ms of any steady clock.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import type { WavFormat } from "../media/wav_header.ts";
import { parameterSets } from "../payload/h264.ts";
import { wavBitsPerSample } from "../payload/pcm.ts";
import { unixMsFromNtp } from "../rtp/ntp.ts";
import { decodeRtpPacket } from "../rtp/packet.ts";
import { decodeRtcp } from "../rtp/rtcp.ts";
import { FileSet, type FileSetOptions } from "./file_set.ts";
import type { OutputPlan } from "./output_plan.ts";
import type { Recorder, RecordingSummary } from "./recorder.ts";
import { pcmFormat, type StreamFormat } from "./stream_format.ts";
import { Synchronizer } from "./synchronizer.ts";
import { TrackRecorder } from "./track_recorder.ts";

/** Time between two looks at the files in ms. */
const FLUSH_INTERVAL_MS = 500;

/** What came before it was settled when each track begins. */
interface Held {
  readonly track: number;
  readonly datagram: Uint8Array;
  readonly arrivalMs: number;
}

/** Packets on their way into files. */
export class Recording implements Recorder {
  /** Where it all goes. */
  readonly files: FileSet;
  readonly #streams: readonly StreamFormat[];
  readonly #tracks: readonly TrackRecorder[];
  readonly #synchronizer: Synchronizer;
  readonly #goodbyes = new Set<number>();
  /** Seconds of media that are kept. */
  readonly #limitSeconds: number;
  readonly #packetsSent = new Map<number, number>();
  #held: Held[] | undefined = [];
  #flushedMs = -Infinity;
  #ended = false;

  /**
   * `options` says how files are opened; formats of sound and parameter sets are taken from the
   * streams.
   */
  constructor(
    streams: readonly StreamFormat[],
    plan: OutputPlan,
    options: Omit<FileSetOptions, "wavFormat" | "parameterSets">,
  ) {
    this.#streams = streams;
    this.#limitSeconds = options.limitSeconds ?? Infinity;
    const sound = plan.sound === undefined ? undefined : streams[plan.sound.track];
    const film = plan.film === undefined ? undefined : streams[plan.film.track];
    const wavFormat = sound === undefined ? undefined : wavFormatOf(sound);
    const sets = parameterSets(film?.parameters ?? "");
    const files = new FileSet(plan, {
      ...options,
      ...(wavFormat === undefined ? undefined : { wavFormat }),
      parameterSets: sets,
    });
    this.files = files;
    this.#tracks = streams.map((stream, track) => {
      return new TrackRecorder(stream, {
        picture(picture, rate) {
          if (plan.film?.track === track) files.picture(picture.slot, picture.jpeg, rate);
        },
        sound(first, samples) {
          if (plan.sound?.track === track) files.sound(first, samples);
        },
        unit(data) {
          if (plan.film?.track === track) files.unit(data);
        },
      });
    });
    this.#synchronizer = new Synchronizer(streams.length);
  }

  /** Whether every track said goodbye. */
  get isOver(): boolean {
    return this.#goodbyes.size >= this.#tracks.length;
  }

  /** Seconds of media recorded. */
  get seconds(): number {
    return this.#tracks.reduce((most, { seconds }) => Math.max(most, seconds), 0);
  }

  /** The timestamp that RTP-Info gives for the beginning of a track. */
  rtpInfo(track: number, rtptime: number): void {
    this.#synchronizer.rtpInfo(track, rtptime);
  }

  /** Takes an RTP datagram, whose bytes must stay as they are. */
  packet(track: number, datagram: Uint8Array, arrivalMs: number): void {
    const recorder = this.#tracks[track];
    if (recorder === undefined || this.#ended) return;
    if (this.#held === undefined) {
      recorder.push(datagram, arrivalMs);
      return;
    }
    this.#held.push({ track, datagram, arrivalMs });
    try {
      const { timestamp } = decodeRtpPacket(datagram, { anyVersion: true });
      const { clockRate } = recorder.format;
      this.#synchronizer.packet(track, timestamp, clockRate, arrivalMs);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
    if (this.#synchronizer.isSettled(arrivalMs)) this.#begin();
  }

  /** Takes an RTCP datagram. What makes no sense is passed over. */
  rtcp(track: number, datagram: Uint8Array): void {
    try {
      for (const packet of decodeRtcp(datagram)) {
        if (packet.type === "BYE") this.#goodbyes.add(track);
        if (packet.type !== "SR") continue;
        this.#packetsSent.set(track, packet.packetCount);
        this.#synchronizer.senderReport(track, unixMsFromNtp(packet.ntp), packet.rtpTimestamp);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  /** To be called a few times a second: goes on with what has waited, brings files up to date. */
  tick(nowMs: number): void {
    if (this.#held !== undefined) {
      if (this.#synchronizer.isSettled(nowMs)) this.#begin();
      return;
    }
    for (const track of this.#tracks) track.poll(nowMs);
    if (nowMs - this.#flushedMs < FLUSH_INTERVAL_MS) return;
    this.#flushedMs = nowMs;
    this.files.flush();
  }

  /**
   * Writes what waits and closes the files. `seconds` is the length of the presentation, when it came
   * to its end; `cut` when the sender would have gone on.
   */
  end(nowMs: number, seconds?: number, cut = false): void {
    if (this.#ended) return;
    try {
      this.#begin();
      this.#tracks.forEach((track, i) => {
        track.end(nowMs, { packetsSent: this.#packetsSent.get(i), seconds, cut });
      });
    } finally {
      this.#ended = true;
      this.files.close();
    }
  }

  /** How things stand. */
  summary(): RecordingSummary {
    return {
      files: this.files.files,
      tracks: this.#tracks.map((track) => {
        const summary = track.summary();
        const limit = Math.round(this.#limitSeconds * summary.rate);
        const gaps = summary.gaps.filter(({ from }) => !(from >= limit))
          .map(({ from, to }) => ({ from, to: Math.min(to, limit) }));
        return { ...summary, gaps, format: track.format };
      }),
      lateSamples: this.files.lateSamples,
      refusedPictures: this.files.refusedPictures,
    };
  }

  #begin(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#tracks.forEach((track, i) => {
      const timestamp = this.#synchronizer.firstTimestamp(i);
      if (timestamp !== undefined) track.begin(timestamp, this.#synchronizer.startSeconds(i));
    });
    for (const { track, datagram, arrivalMs } of held) {
      this.#tracks[track]?.push(datagram, arrivalMs);
    }
  }
}

function wavFormatOf(stream: StreamFormat): WavFormat | undefined {
  const pcm = pcmFormat(stream);
  if (pcm === undefined) return undefined;
  const { encoding, sampleRate, channels } = pcm;
  return { encoding: "pcm", sampleRate, channels, bitsPerSample: wavBitsPerSample(encoding) };
}
