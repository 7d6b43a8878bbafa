/**
 * Which of the datagrams at a track's ports are its own: what played before may still come, and any
 * program may send to a UDP port.
 *
 * @module
 */

import { normalizeAddress } from "../net/address.ts";
import { isRtcp } from "../rtp/packet.ts";

/**
 * Servers name sources that are not theirs, and send from other machines than they say: the source that
 * was announced is insisted on only while it is heard, and for this long in ms.
 */
const INSIST_MS = 2000;

/** What the server said of a track's source. */
export interface AnnouncedSource {
  /** Address. */
  readonly hostname: string;
  /** Synchronization source (RFC 2326 section 12.39), if it was named. */
  readonly ssrc?: number;
}

/** Tells a track's datagrams from those of others. */
export class SourceFilter {
  readonly #hostname: string;
  readonly #ssrc: number | undefined;
  /** When RTP of the announced source came last. */
  #heardMs: number | undefined;

  /** Nothing has come yet. */
  constructor({ hostname, ssrc }: AnnouncedSource) {
    this.#hostname = plain(hostname);
    this.#ssrc = ssrc;
  }

  /** Whether a datagram, RTP or RTCP, is taken. */
  accepts(datagram: Uint8Array, hostname: string, nowMs: number): boolean {
    const isControl = isRtcp(datagram);
    const isAnnounced = plain(hostname) === this.#hostname &&
      (this.#ssrc === undefined || ssrcOf(datagram, isControl ? 4 : 8) === this.#ssrc);
    if (isAnnounced && !isControl) this.#heardMs = nowMs;
    return isAnnounced || this.#heardMs === undefined || nowMs - this.#heardMs > INSIST_MS;
  }

  /** PLAY goes out: a server may send from another source than before. */
  forget(): void {
    this.#heardMs = undefined;
  }
}

function plain(hostname: string): string {
  return normalizeAddress(hostname).toLowerCase();
}

function ssrcOf(datagram: Uint8Array, at: number): number | undefined {
  if (datagram.length < at + 4) return undefined;
  return new DataView(datagram.buffer, datagram.byteOffset).getUint32(at);
}
