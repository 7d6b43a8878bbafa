/**
 * What signalling has said about the ends of RTP: by SIP's and RTSP's descriptions, by RTSP's Transport
 * headers.
 *
 * @module
 */

import type { PayloadFormat } from "../rtp/payload_types.ts";

/** An end that RTP comes to, or goes out from. */
export interface SignalledEnd {
  /** "audio", "video", or "". */
  readonly kind: string;
  /** Formats by payload type. */
  readonly formats: ReadonlyMap<number, PayloadFormat>;
  /** Format parameters (`a=fmtp`) by payload type. */
  readonly parameters: ReadonlyMap<number, string>;
  /** Frames a second, where the description tells. */
  readonly frameRate?: number;
  /** Who said so. */
  readonly by: "RTSP" | "SIP" | "Skinny" | "option";
  /** Frame in which it was said. */
  readonly frameNumber: number;
  /** What comes there: RTP, RTCP, or something else, such as a fax by T.38. */
  readonly carries: "rtp" | "rtcp" | "other";
  /** Whether the payload is encrypted. */
  readonly isSecured: boolean;
  /** A lab's whole-frame RTP or labelled chunks, where the Transport header says so. */
  readonly dialect: "standard" | "lab" | "labelled";
  /** The RTSP conversation's number, and the control URL, where there is one. */
  readonly conversation?: number;
  /** The control URL of its SETUP. */
  readonly url?: string;
  /** All payload types of its m= line; empty when there is none. */
  readonly payloadTypes?: ReadonlySet<number>;
  /** The SSRC that the server announced. */
  readonly ssrc?: number;
  /** Whether media go out from here, rather than come. */
  readonly sends?: boolean;
  /** Whether it was agreed that RTCP comes to the same port (RFC 5761). */
  readonly sharesPort?: boolean;
}

/** Ends that are remembered; the older half is forgotten for new ones. */
const MAX_ENDS = 20_000;

/** Ends by address and port. */
export class Signalling {
  readonly #ends = new Map<string, SignalledEnd>();

  /** Whether nothing was said yet. */
  get isEmpty(): boolean {
    return this.#ends.size === 0;
  }

  /** Notes what comes to (or from) an end of UDP; the newest word counts. */
  add(address: string, port: number, end: SignalledEnd): void {
    if (port > 0) this.#set(`${address}|${port}`, end);
  }

  /** The same of TCP (RFC 4145). */
  addTcp(address: string, port: number, end: SignalledEnd): void {
    if (port > 0) this.#set(`tcp ${address}|${port}`, end);
  }

  #set(key: string, end: SignalledEnd): void {
    if (this.#ends.size >= MAX_ENDS && !this.#ends.has(key)) {
      let count = MAX_ENDS / 2;
      for (const oldest of this.#ends.keys()) {
        if (count-- === 0) break;
        this.#ends.delete(oldest);
      }
    }
    this.#ends.set(key, end);
  }

  /** What was said about an end of UDP. `*` as the address stands for any. */
  get(address: string, port: number): SignalledEnd | undefined {
    return this.#ends.get(`${address}|${port}`) ?? this.#ends.get(`*|${port}`);
  }

  /** What was said about an end of TCP. */
  getTcp(address: string, port: number): SignalledEnd | undefined {
    return this.#ends.get(`tcp ${address}|${port}`);
  }

  /** All ends with their addresses. */
  entries(): IterableIterator<[string, SignalledEnd]> {
    return this.#ends.entries();
  }
}
