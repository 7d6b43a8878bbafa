/**
 * Static RTP payload types (RFC 3551 section 6).
 *
 * @module
 */

/** What a payload type stands for. */
export interface PayloadFormat {
  /** Encoding name as in `a=rtpmap` ("JPEG", "L16"). */
  readonly encodingName: string;
  /** Clock rate in Hz. */
  readonly clockRate: number;
  /** Audio channels; absent for video. */
  readonly channels?: number;
}

/** The static assignments of RFC 3551 tables 4 and 5. G722's clock is 8,000 by a historical error. */
export const STATIC_PAYLOAD_TYPES: ReadonlyMap<number, PayloadFormat> = new Map([
  [0, { encodingName: "PCMU", clockRate: 8000, channels: 1 }],
  [3, { encodingName: "GSM", clockRate: 8000, channels: 1 }],
  [4, { encodingName: "G723", clockRate: 8000, channels: 1 }],
  [5, { encodingName: "DVI4", clockRate: 8000, channels: 1 }],
  [6, { encodingName: "DVI4", clockRate: 16000, channels: 1 }],
  [7, { encodingName: "LPC", clockRate: 8000, channels: 1 }],
  [8, { encodingName: "PCMA", clockRate: 8000, channels: 1 }],
  [9, { encodingName: "G722", clockRate: 8000, channels: 1 }],
  [10, { encodingName: "L16", clockRate: 44100, channels: 2 }],
  [11, { encodingName: "L16", clockRate: 44100, channels: 1 }],
  [12, { encodingName: "QCELP", clockRate: 8000, channels: 1 }],
  [13, { encodingName: "CN", clockRate: 8000, channels: 1 }],
  [14, { encodingName: "MPA", clockRate: 90000 }],
  [15, { encodingName: "G728", clockRate: 8000, channels: 1 }],
  [16, { encodingName: "DVI4", clockRate: 11025, channels: 1 }],
  [17, { encodingName: "DVI4", clockRate: 22050, channels: 1 }],
  [18, { encodingName: "G729", clockRate: 8000, channels: 1 }],
  [25, { encodingName: "CelB", clockRate: 90000 }],
  [26, { encodingName: "JPEG", clockRate: 90000 }],
  [28, { encodingName: "nv", clockRate: 90000 }],
  [31, { encodingName: "H261", clockRate: 90000 }],
  [32, { encodingName: "MPV", clockRate: 90000 }],
  [33, { encodingName: "MP2T", clockRate: 90000 }],
  [34, { encodingName: "H263", clockRate: 90000 }],
]);

/** First of the payload types that a session description gives a meaning (96 to 127). */
export const FIRST_DYNAMIC_PAYLOAD_TYPE = 96;
