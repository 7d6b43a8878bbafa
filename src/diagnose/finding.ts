/**
 * A mistake on the wire, named.
 *
 * @module
 */

/** How bad it is: it breaks peers, it may, or it is worth knowing. */
export type Severity = "error" | "warning" | "note";

/** Where a finding was made. */
export interface Place {
  /** An RTSP message, an RTP or RTCP packet, or the session as a whole. */
  readonly kind: "message" | "packet" | "session";
  /** Number of the message or packet from 1 within its stream or conversation; in a capture, the frame number. */
  readonly number?: number;
  /** Time since the start of the session or capture in ms. */
  readonly timeMs?: number;
  /** The stream it belongs to, in words ("video", "127.0.0.1:5000 → 127.0.0.1:25000 SSRC 0x1234"). */
  readonly stream?: string;
}

/** One mistake. */
export interface Finding {
  /** The rule's name, stable ("rtp-version", "rtsp-cseq-missing"). */
  readonly rule: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What was seen, bytes spelled out. */
  readonly seen: string;
  /** What was expected instead. */
  readonly expected: string;
  /** RFC section or lab rule ("RFC 3550 section 5.1"). */
  readonly reference: string;
  /** How to mend it. */
  readonly remedy: string;
  /** Where it was first seen. */
  readonly where: Place;
  /** How often it was seen. */
  readonly count: number;
}
