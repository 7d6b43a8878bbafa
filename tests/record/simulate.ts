/**
 * A sender and a bad network without sockets: packets of the project's own film and sound, with the
 * times at which they arrive.
 *
 * @module
 */

import { join } from "@std/path";
import { LabMovieWriter } from "../../src/media/lab_movie_writer.ts";
import { openPresentation } from "../../src/media/open_presentation.ts";
import type { AudioTrack, Presentation, VideoTrack } from "../../src/media/presentation.ts";
import { WavWriter } from "../../src/media/wav_writer.ts";
import { JpegPayloader } from "../../src/payload/jpeg_payloader.ts";
import { swap16 } from "../../src/payload/pcm.ts";
import { WholeJpegPayloader } from "../../src/payload/whole_jpeg.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import type { StreamFormat } from "../../src/record/stream_format.ts";

/** A packet on its way. */
export interface Sent {
  readonly track: number;
  readonly datagram: Uint8Array;
  readonly timeMs: number;
}

/** What the network does, as probabilities. */
export interface Impairment {
  readonly loss?: number;
  readonly duplication?: number;
  /** Part of the packets that are held back by 5 to 45 ms. */
  readonly reordering?: number;
  readonly seed?: number;
}

/** Numbers from 0 to 1 that are the same every time (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The project's film with its sound. */
export function openMovie(): Presentation {
  return openPresentation({
    name: "movie.Mjpeg",
    main: "media/movie.Mjpeg",
    sound: "media/movie.wav",
  });
}

/** Its film. */
export function filmOf(presentation: Presentation): VideoTrack {
  return presentation.tracks.find((track) => track.kind === "video")!;
}

/** Its sound. */
export function soundOf(presentation: Presentation): AudioTrack {
  return presentation.tracks.find((track) => track.kind === "audio")!;
}

export const FILM_FORMAT: StreamFormat = {
  kind: "video",
  encoding: "JPEG",
  clockRate: 90_000,
  payloadType: 26,
};

export const LAB_FORMAT: StreamFormat = { ...FILM_FORMAT, encoding: "LAB JPEG" };

export const SOUND_FORMAT: StreamFormat = {
  kind: "audio",
  encoding: "L16",
  clockRate: 44_100,
  payloadType: 10,
  channels: 2,
};

/** The film's packets: RFC 2435, or whole frames as the labs have them. */
export function filmPackets(
  film: VideoTrack,
  options: { track: number; frames: number; from?: number; whole?: boolean; ssrc?: number },
): Sent[] {
  const { track, frames, from = 0, whole = false, ssrc = 0x1111 } = options;
  const payloader = whole ? new WholeJpegPayloader() : new JpegPayloader();
  let sequenceNumber = 65_000;
  return Array.from({ length: frames }, (_, i) => i).flatMap((i) => {
    const payloads = payloader.payloads(film.carriableFrame(from + i), whole ? 65_000 : 1400);
    return payloads.map(({ payload, marker }, piece): Sent => ({
      track,
      timeMs: i * 1000 / film.frameRate + piece * 0.2,
      datagram: encodeRtpPacket({
        payloadType: 26,
        sequenceNumber: sequenceNumber++ & 0xffff,
        timestamp: (0xffff_0000 + i * 90_000 / film.frameRate) >>> 0,
        ssrc,
        marker,
        payload,
      }),
    }));
  });
}

/** The sound's packets: L16, 882 sample frames (20 ms) at most. */
export function soundPackets(
  sound: AudioTrack,
  options: { track: number; seconds: number; perPacket?: number },
): Sent[] {
  const { track, seconds, perPacket = 350 } = options;
  const count = Math.round(seconds * sound.sampleRate);
  const sent: Sent[] = [];
  for (let first = 0, sequenceNumber = 7; first < count; first += perPacket) {
    sent.push({
      track,
      timeMs: first * 1000 / sound.sampleRate,
      datagram: encodeRtpPacket({
        payloadType: 10,
        sequenceNumber: sequenceNumber++ & 0xffff,
        timestamp: (0xffff_ff00 + first) >>> 0,
        ssrc: 0x2222,
        payload: sound.samples(first, Math.min(perPacket, count - first)),
      }),
    });
  }
  return sent;
}

/** The packets as they arrive. The first and last of each track always do. */
export function impair(sent: readonly Sent[], impairment: Impairment = {}): Sent[] {
  const { loss = 0, duplication = 0, reordering = 0, seed = 1 } = impairment;
  const random = randomFrom(seed);
  const safe = new Set<Sent>();
  for (const track of new Set(sent.map((one) => one.track))) {
    const own = sent.filter((one) => one.track === track);
    safe.add(own[0]!).add(own.at(-1)!);
  }
  return sent.flatMap((one) => {
    if (!safe.has(one) && random() < loss) return [];
    const late = !safe.has(one) && random() < reordering ? 5 + 40 * random() : 0;
    const arrived = [{ ...one, timeMs: one.timeMs + late }];
    if (random() < duplication) arrived.push({ ...one, timeMs: one.timeMs + late + 3 });
    return arrived;
  }).toSorted((a, b) => a.timeMs - b.timeMs);
}

/** Writes the first seconds of the project's film and sound into a folder: `short.Mjpeg`, `.wav`. */
export function writeShortMovie(folder: string, seconds: number): void {
  using movie = openMovie();
  const [film, sound] = [filmOf(movie), soundOf(movie)];
  using frames = LabMovieWriter.open(join(folder, "short.Mjpeg"));
  for (let i = 0; i < Math.round(seconds * film.frameRate); i++) frames.write(film.frame(i));
  using samples = WavWriter.open(join(folder, "short.wav"), {
    encoding: "pcm",
    sampleRate: sound.sampleRate,
    channels: sound.channels,
    bitsPerSample: 16,
  });
  samples.write(swap16(sound.samples(0, Math.round(seconds * sound.sampleRate))));
}
