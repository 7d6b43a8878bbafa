/**
 * The sending side of one stream: numbers, timestamps and counts (RFC 3550 sections 5.1 and 6.4.1).
 *
 * @module
 */

import { add32 } from "../bytes/serial.ts";
import { writeRtpHeader } from "./packet.ts";
import { ntpFromUnixMs } from "./ntp.ts";
import type { SenderReport } from "./rtcp.ts";

/** How a stream begins. */
export interface RtpSenderInit {
  /** 0 to 127. */
  readonly payloadType: number;
  /** Synchronization source, 0 to 2^32 - 1. */
  readonly ssrc: number;
  /** The first packet's number. */
  readonly sequenceNumber: number;
  /** Added to all media times, 0 to 2^32 - 1; random, but for the labs (RFC 3550 section 5.1). */
  readonly timestampOffset: number;
}

/** Stamps packets. A payloader splits frames once for everybody; only this differs by session. */
export class RtpSender {
  /** Synchronization source. */
  readonly ssrc: number;
  /** 0 to 127. */
  readonly payloadType: number;
  #sequenceNumber: number;
  #timestampOffset: number;
  #packetCount = 0;
  #octetCount = 0;

  /** A stream of which nothing has been sent. */
  constructor(init: RtpSenderInit) {
    this.ssrc = init.ssrc;
    this.payloadType = init.payloadType;
    this.#sequenceNumber = init.sequenceNumber & 0xffff;
    this.#timestampOffset = init.timestampOffset >>> 0;
  }

  /** Number of the packet that is stamped next. */
  get nextSequenceNumber(): number {
    return this.#sequenceNumber;
  }

  /** Packets stamped so far. */
  get packetCount(): number {
    return this.#packetCount;
  }

  /** RTP timestamp of a media time in units of the stream's clock. */
  timestampAt(mediaTicks: number): number {
    return add32(this.#timestampOffset, Math.round(mediaTicks));
  }

  /**
   * Makes media time `mediaTicks` go out as the timestamp `timestamp` from now on, so that timestamps
   * run on with the wall clock over a seek or a pause (RFC 2326 appendix B).
   */
  alignTimestamp(mediaTicks: number, timestamp: number): void {
    this.#timestampOffset = add32(timestamp, -Math.round(mediaTicks));
  }

  /** Writes the next header into the first 12 bytes of `packet`, whose payload is in place. */
  stamp(packet: Uint8Array, marker: boolean, timestamp: number): void {
    writeRtpHeader(packet, {
      marker,
      payloadType: this.payloadType,
      sequenceNumber: this.#sequenceNumber,
      timestamp,
      ssrc: this.ssrc,
    });
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#packetCount++;
    this.#octetCount += packet.length - 12;
  }

  /** A sender report that says: at `unixMs` the stream's clock showed `rtpTimestamp`. */
  report(unixMs: number, rtpTimestamp: number): SenderReport {
    return {
      type: "SR",
      ssrc: this.ssrc,
      ntp: ntpFromUnixMs(unixMs),
      rtpTimestamp,
      packetCount: this.#packetCount,
      octetCount: this.#octetCount >>> 0,
      reports: [],
    };
  }
}
