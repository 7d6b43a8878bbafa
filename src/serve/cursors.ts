/**
 * How the units of a track look in each dialect.
 *
 * @module
 */

import { AudioCursor, type Cursor, type CursorRange, VideoCursor } from "../media/cursor.ts";
import type { AudioTrack, VideoTrack } from "../media/presentation.ts";
import { encodeLabelledChunk } from "../payload/labelled_wav.ts";
import type { Payload } from "../payload/payload_format.ts";
import { framesPerPacket, toWavSamples } from "../payload/pcm.ts";
import type { Dialect, SessionEnvironment } from "./session_types.ts";

/** A way through `range` of a track, in payloads of at most `maxBytes`. */
export function cursorOf(
  media: VideoTrack | AudioTrack,
  range: CursorRange,
  dialect: Dialect,
  { splitter, chunkBytes }: SessionEnvironment,
  maxBytes: number,
): Cursor {
  if (media.kind === "video") {
    const payloadsOf = (index: number): readonly Payload[] => {
      if (dialect === "standard") return splitter.payloads(media, "rfc2435", index, maxBytes);
      const payloads = splitter.payloads(media, "whole", index);
      return dialect === "hello" ? withoutMarkers(payloads) : payloads;
    };
    return new VideoCursor(media, range, payloadsOf);
  }
  if (dialect === "audio-lab") return labelledCursor(media, range, chunkBytes);
  return new AudioCursor(media, range, framesPerPacket(media, maxBytes), (first, count) => ({
    payload: media.samples(first, count),
    // The first packet after silence is marked (RFC 3551 section 4.1).
    marker: Math.round(range.from * media.sampleRate) === first,
  }));
}

/** The audio lab's chunks: each begins with the offset where it ends. */
function labelledCursor(media: AudioTrack, range: CursorRange, chunkBytes: number): Cursor {
  const { bytesPerFrame } = media;
  const perChunk = Math.max(1, Math.floor(chunkBytes / bytesPerFrame));
  return new AudioCursor(media, range, perChunk, (first, count) => ({
    payload: encodeLabelledChunk({
      endOffset: (first + count) * bytesPerFrame,
      data: toWavSamples(media.encoding, media.samples(first, count)),
    }),
    marker: false,
  }));
}

/** The hello lab wants M=0 on every datagram. */
function withoutMarkers(payloads: readonly Payload[]): readonly Payload[] {
  return payloads.map(({ payload }) => ({ payload, marker: false }));
}
