/**
 * What can be served: a film, a sound, or both together.
 *
 * @module
 */

/** A track of pictures, each a whole JPEG. */
export interface VideoTrack {
  /** Which track this is. */
  readonly kind: "video";
  /** Frames a second. */
  readonly frameRate: number;
  /** Number of frames. */
  readonly frameCount: number;
  /** Pixels across, of the first frame. */
  readonly width: number;
  /** Pixels down, of the first frame. */
  readonly height: number;
  /** Bytes of the longest frame as it stands in the file. */
  readonly maxFrameBytes: number;
  /**
   * Why RFC 2435 can carry neither the frames nor a conversion of them, in words that follow "its
   * frames have"; absent when it can.
   */
  readonly uncarriable?: string;
  /**
   * The frame as it stands in the file, from 0. A view that is valid for as long as it is held.
   *
   * @throws {RangeError} When there is no such frame.
   */
  frame(index: number): Uint8Array;
  /**
   * The frame in a form that RFC 2435 can carry: the same bytes, or where it cannot (4:4:4, grey,
   * custom Huffman tables, more than 2040 pixels), a conversion. In the place of a damaged frame stands
   * one beside it. Where nothing can be done (arithmetic coding, four colours) it is the frame as it
   * is, which the payloader refuses.
   */
  carriableFrame(index: number): Uint8Array;
}

/** Encoding names of RTP audio that Reel sends and understands (RFC 3551, RFC 3190). */
export type AudioEncoding = "L8" | "L16" | "L24" | "PCMU" | "PCMA";

/** A track of sound. */
export interface AudioTrack {
  /** Which track this is. */
  readonly kind: "audio";
  /** How samples go over the wire. */
  readonly encoding: AudioEncoding;
  /** Sample frames a second. */
  readonly sampleRate: number;
  /** 1 to 8. */
  readonly channels: number;
  /** Bytes of one sample frame (all channels) on the wire. */
  readonly bytesPerFrame: number;
  /** Number of sample frames. */
  readonly sampleCount: number;
  /**
   * `count` sample frames from `first` (fewer at the end), in network byte order and interleaved, as
   * RFC 3551 has them on the wire.
   */
  samples(first: number, count: number): Uint8Array;
}

/** A film, a sound, or a film with its sound. */
export interface Presentation extends Disposable {
  /** Name relative to the media folder, with forward slashes ("movie.Mjpeg"). */
  readonly name: string;
  /** Its tracks, video first. */
  readonly tracks: readonly (VideoTrack | AudioTrack)[];
  /** The longest track's length in seconds. */
  readonly duration: number;
  /** What a person should know about the files: damage, conversion. */
  readonly notes: readonly string[];
  /** The file of the sound (or of the film where there is no sound), for the audio lab's chunks. */
  readonly path: string;
}
