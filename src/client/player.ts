/**
 * A playing session as its views (terminal, prompt, page, recorder) see it. Views hold no state of
 * their own: what one of them does, the others are told.
 *
 * @module
 */

import type { Finding } from "../diagnose/finding.ts";
import type { SessionState } from "../rtsp/states.ts";

/** What a session is doing, beyond its protocol state. */
export type PlayerCondition = "idle" | "buffering" | "running" | "paused" | "ended" | "failed";

/** One track as the session description, or the first packets, have it. */
export interface TrackInfo {
  /** Index from 0. */
  readonly index: number;
  /** "video", "audio", or whatever else the description names. */
  readonly kind: string;
  /** Payload type, once known. */
  readonly payloadType?: number;
  /** All payload types that may come, where a description tells. */
  readonly payloadTypes?: readonly number[];
  /** Encoding name ("JPEG", "L16", "H264"), or "lab JPEG" for whole frames. */
  readonly encodingName?: string;
  /** Clock rate in Hz. */
  readonly clockRate?: number;
  /** Audio channels. */
  readonly channels?: number;
  /** Whether Reel can show or play it. */
  readonly playable: boolean;
}

/** Numbers of one track. Rates and times are absent until they can be known. */
export interface TrackStatistics {
  /** Index of the track. */
  readonly track: number;
  /** "video" or "audio". */
  readonly kind: string;
  /** Whole frames (video) or sample frames (audio) received. */
  readonly frames: number;
  /** Number of the current frame from 1: position in the film where it is known, else frames received. */
  readonly currentFrame?: number;
  /** Frames a second over the last second. */
  readonly frameRateNow?: number;
  /** Frames a second since the first, pauses left out. */
  readonly frameRateMean?: number;
  /** RTP payload bytes received. */
  readonly bytes: number;
  /** Payload bits a second over the last second. */
  readonly dataRateNow?: number;
  /** Payload bits a second since the first packet, pauses left out. */
  readonly dataRateMean?: number;
  /** RTP packets the sequence numbers say were sent. */
  readonly packetsExpected: number;
  /** RTP packets received, duplicates included. */
  readonly packetsReceived: number;
  /** Sequence numbers never seen. */
  readonly packetsLost: number;
  /** `packetsLost / packetsExpected`. */
  readonly lossRate: number;
  /** Packets seen before. */
  readonly duplicates: number;
  /** Packets out of order that could be put back. */
  readonly reordered: number;
  /** Packets too late for that. */
  readonly late: number;
  /** Datagrams that are no RTP. */
  readonly malformed: number;
  /** Frames that were given up. */
  readonly damagedFrames: number;
  /** Interarrival jitter in ms (RFC 3550 A.8). */
  readonly jitterMs?: number;
  /** From PLAY being sent to the first whole frame, in ms. */
  readonly firstFrameDelayMs?: number;
  /** Timestamps that are no media clock ("seconds (lab)", "milliseconds (lab)", "constant"), in words. */
  readonly clockNote?: string;
}

/** Everything a view needs to draw itself at any moment. */
export interface PlayerSnapshot {
  /** The URL. */
  readonly url: string;
  /** Which dialect the server speaks, once known. */
  readonly dialect?: "standard" | "lab" | "audio-lab" | "hello";
  /** How media comes, once known ("UDP 25000-25001", "TCP interleaved"). */
  readonly transport?: string;
  /** RTSP session identifier. */
  readonly sessionId?: string;
  /** Protocol state. */
  readonly state: SessionState;
  /** What is going on. */
  readonly condition: PlayerCondition;
  /** Why it failed or ended, in words. */
  readonly reason?: string;
  /** Position in seconds from the start of the presentation. */
  readonly position?: number;
  /** Length in seconds, where the server gives a range. */
  readonly duration?: number;
  /** The tracks. */
  readonly tracks: readonly TrackInfo[];
  /** Their numbers. */
  readonly statistics: readonly TrackStatistics[];
  /** Raw session description, once there is one. */
  readonly sdp?: string;
  /** Sound's lead over picture in ms, where both have sender reports. */
  readonly audioLeadMs?: number;
}

/** What happens in a session. Times are ms since the session began. */
export type PlayerEvent =
  /** State, condition, tracks or description changed: look at the snapshot. */
  | { readonly type: "change"; readonly timeMs: number }
  /** Another presentation: what was said and found before does not concern it. */
  | { readonly type: "reset"; readonly timeMs: number }
  /** An RTSP message went out or came in, with its very bytes. */
  | {
    readonly type: "message";
    readonly timeMs: number;
    readonly direction: "sent" | "received";
    readonly bytes: Uint8Array;
  }
  /** An RTP packet came in. */
  | {
    readonly type: "packet";
    readonly timeMs: number;
    readonly track: number;
    readonly number: number;
    readonly datagram: Uint8Array;
  }
  /** A whole picture. */
  | {
    readonly type: "picture";
    readonly timeMs: number;
    readonly track: number;
    readonly frame: number;
    readonly timestamp: number;
    readonly jpeg: Uint8Array;
  }
  /**
   * A whole frame or a run of samples as it was put together, in order. Frames of codecs that Reel
   * cannot show are the RTP payloads one by one.
   */
  | {
    readonly type: "media";
    readonly timeMs: number;
    readonly track: number;
    /** Where it belongs, in units of the track's clock since the track began; pauses left out. */
    readonly ticks: number;
    readonly timestamp: number;
    readonly sequenceNumber: number;
    /** A JPEG image, samples in network byte order, or a payload. */
    readonly data: Uint8Array;
  }
  /** An RTCP packet came in. */
  | {
    readonly type: "control";
    readonly timeMs: number;
    readonly track: number;
    readonly datagram: Uint8Array;
  }
  /** Samples, 16-bit little-endian interleaved, in order, lost ones replaced by silence. */
  | {
    readonly type: "sound";
    readonly timeMs: number;
    readonly track: number;
    readonly firstSample: number;
    readonly sampleRate: number;
    readonly channels: number;
    readonly samples: Uint8Array;
  }
  /** A mistake of the server's was found, or found again. */
  | { readonly type: "finding"; readonly timeMs: number; readonly finding: Finding };

/** One session that any number of views drive and watch. */
export interface Player {
  /** How things stand now. */
  snapshot(): PlayerSnapshot;
  /** Calls `listener` for all that happens from now on; gives a function that ends that. */
  subscribe(listener: (event: PlayerEvent) => void): () => void;
  /** SETUP of all tracks (DESCRIBE first, on standard servers). Rejects with a reason in words. */
  setup(): Promise<void>;
  /** PLAY, from `position` in seconds if given; sets up first if nobody did. */
  play(position?: number): Promise<void>;
  /** PAUSE. */
  pause(): Promise<void>;
  /** TEARDOWN; the session is in Init again and can be set up anew. */
  teardown(): Promise<void>;
  /** DESCRIBE; gives the raw description. */
  describe(): Promise<string>;
  /** The presentations the server lists, as URLs; empty when it lists none. */
  list(): Promise<string[]>;
  /** Tears down if need be and goes to another presentation of the same server. */
  open(url: string): Promise<void>;
  /** All mistakes found so far. */
  findings(): readonly Finding[];
}
