/**
 * What goes over the WebSocket between Reel and a tab: JSON both ways, and pictures and sound as
 * binary messages towards the tab. Both sides, `tab.ts` and `page/connection.js`, are written
 * against these types.
 *
 * ```text
 * picture   0 kind=1  1 track  2 0         4 frame number u32   8 timestamp u32     16 media time f64  24 JPEG
 * sound     0 kind=2  1 track  2 channels  4 sample rate u32    8 first sample f64  16 0               24 s16le
 * ```
 *
 * Numbers are big-endian; samples are little-endian and interleaved. Media time is in ms since the
 * track began, pauses left out, as the sample numbers are; NaN where it is not known.
 *
 * @module
 */

import type { PlayerEvent, PlayerSnapshot } from "../client/player.ts";
import type { Finding } from "../diagnose/finding.ts";
import type { HeaderField } from "../diagnose/header_bits.ts";

/** Bytes before the JPEG or the samples of a binary message. */
export const BINARY_HEADER_LENGTH = 24;

/** First byte of a binary message. */
export const BINARY_KIND = { picture: 1, sound: 2 } as const;

/** An RTSP message as it stood on the wire. */
export interface WireMessage {
  /** From 1, over the whole session. */
  readonly number: number;
  /** ms since the session began. */
  readonly timeMs: number;
  /** Which way it went. */
  readonly direction: "sent" | "received";
  /** One character a byte. */
  readonly text: string;
}

/** The beginning of an RTP packet. */
export interface WirePacket {
  /** From 1 within its track. */
  readonly number: number;
  /** Index of the track. */
  readonly track: number;
  /** ms since the session began. */
  readonly timeMs: number;
  /** Bytes of the whole datagram. */
  readonly length: number;
  /** Its first bytes: at most 32. */
  readonly head: readonly number[];
  /** Its header; none where it is too short for one. */
  readonly fields: readonly HeaderField[];
}

/** What the charts draw of one track at one moment. */
export interface TrackPoint {
  /** Index of the track. */
  readonly track: number;
  /** Frames a second over the last second. */
  readonly frameRate: number | null;
  /** Payload bits a second over the last second. */
  readonly dataRate: number | null;
  /** Share of the packets of the last second that were lost, 0 to 1. */
  readonly loss: number | null;
  /** Interarrival jitter in ms. */
  readonly jitterMs: number | null;
}

/** One moment of the charts. */
export interface ChartPoint {
  /** ms since the page server was started. */
  readonly timeMs: number;
  /** Empty where the session was not playing: a gap in the lines. */
  readonly tracks: readonly TrackPoint[];
}

/** What Reel tells a tab. */
export type ToPage =
  /** First message: everything so far. */
  | {
    readonly type: "hello";
    readonly snapshot: PlayerSnapshot;
    readonly points: readonly ChartPoint[];
    readonly messages: readonly WireMessage[];
    readonly packets: readonly WirePacket[];
    readonly findings: readonly Finding[];
    /** The session was paused because the last page was closed, and nobody has decided yet. */
    readonly asking: boolean;
  }
  | { readonly type: "snapshot"; readonly snapshot: PlayerSnapshot }
  | { readonly type: "point"; readonly point: ChartPoint }
  | { readonly type: "message"; readonly message: WireMessage }
  /** The newest packet of a track: sent a few times a second, not for each packet. */
  | { readonly type: "packet"; readonly packet: WirePacket }
  /** A new finding, or an old one that was seen again, with the packet it is about. */
  | { readonly type: "finding"; readonly finding: Finding; readonly packet?: WirePacket }
  | { readonly type: "asking"; readonly asking: boolean }
  /** Somebody goes elsewhere in the film: what is on its way to be shown is of no use. */
  | { readonly type: "leap" }
  /** A command is done, or not: then `error` says why. */
  | {
    readonly type: "done";
    readonly id: number;
    readonly error?: string;
    readonly urls?: readonly string[];
  };

/** What a tab can ask for. */
export type PageCommand =
  | "setup"
  | "play"
  | "pause"
  | "teardown"
  | "describe"
  | "list"
  | "open";

/** What a tab tells Reel. */
export type FromPage =
  | {
    readonly type: "command";
    /** Comes back in `done`. */
    readonly id: number;
    readonly name: PageCommand;
    /** Seconds; for "play". */
    readonly position?: number;
    /** For "open". */
    readonly url?: string;
  }
  /** The tab has taken in so many pictures: it can have more. */
  | { readonly type: "taken"; readonly pictures: number }
  /** Whether the tab has use for pictures (it can be seen) and sound (it is not muted). */
  | { readonly type: "want"; readonly pictures: boolean; readonly sound: boolean }
  /** The answer to the question after the page was closed. */
  | { readonly type: "answer"; readonly goOn: boolean };

/** A picture as one binary message. */
export function encodePicture(
  picture: Extract<PlayerEvent, { type: "picture" }>,
  mediaMs: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BINARY_HEADER_LENGTH + picture.jpeg.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = BINARY_KIND.picture;
  bytes[1] = picture.track;
  view.setUint32(4, picture.frame);
  view.setUint32(8, picture.timestamp);
  view.setFloat64(16, mediaMs);
  bytes.set(picture.jpeg, BINARY_HEADER_LENGTH);
  return bytes;
}

/** A run of samples as one binary message. */
export function encodeSound(
  sound: Extract<PlayerEvent, { type: "sound" }>,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BINARY_HEADER_LENGTH + sound.samples.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = BINARY_KIND.sound;
  bytes[1] = sound.track;
  bytes[2] = sound.channels;
  view.setUint32(4, sound.sampleRate);
  view.setFloat64(8, sound.firstSample);
  bytes.set(sound.samples, BINARY_HEADER_LENGTH);
  return bytes;
}

const COMMANDS: ReadonlySet<unknown> = new Set<PageCommand>([
  "setup",
  "play",
  "pause",
  "teardown",
  "describe",
  "list",
  "open",
]);

/** Reads what a tab sent; undefined when it is nothing that a tab says. */
export function parseFromPage(text: string): FromPage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { type, id, name, position, url, pictures, sound, goOn } = value as Record<string, unknown>;
  if (type === "command" && typeof id === "number" && COMMANDS.has(name)) {
    return {
      type,
      id,
      name: name as PageCommand,
      ...(typeof position === "number" && position >= 0 ? { position } : undefined),
      ...(typeof url === "string" ? { url } : undefined),
    };
  }
  if (type === "taken" && typeof pictures === "number") return { type, pictures };
  if (type === "want" && typeof pictures === "boolean" && typeof sound === "boolean") {
    return { type, pictures, sound };
  }
  if (type === "answer" && typeof goOn === "boolean") return { type, goOn };
  return undefined;
}
