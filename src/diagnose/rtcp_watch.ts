/**
 * What can be wrong with the RTCP of a stream.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { readU32 } from "../bytes/words.ts";
import { decodeRtcp, RTCP_TYPE, type RtcpPacket } from "../rtp/rtcp.ts";
import type { Meta, Reporter } from "./reporter.ts";
import { spaced } from "./whole_jpeg_watch.ts";

/** Datagrams of the sender without any SR after which it is said to send none. */
const WITHOUT_SR = 3;

/** Watches the RTCP of one stream. */
export class RtcpWatch {
  readonly #reporter: Reporter;
  #byeTime = -1;
  #hasBye = false;
  #fromSender = 0;
  #senderReports = 0;

  /** A stream of which nothing has been seen. */
  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** When the stream's BYE came, or -1. */
  get byeTimeMs(): number {
    return this.#byeTime;
  }

  /** Whether BYE came, if only for another SSRC. */
  get hasBye(): boolean {
    return this.#hasBye;
  }

  /** The stream goes on after its end, as PLAY makes it do. */
  forgetBye(): void {
    this.#byeTime = -1;
    this.#hasBye = false;
  }

  /** Takes a datagram; `ssrc` is that of the RTP packets, once known. */
  update(datagram: Uint8Array, ssrc: number | undefined, meta: Meta): void {
    const seen = () => `${datagram.length} bytes: ${spaced(datagram, 16)}`;
    const type = datagram[1];
    const isReport = type === RTCP_TYPE.senderReport || type === RTCP_TYPE.receiverReport;
    // An RR of zeros and without blocks: ffmpeg opens a firewall with it.
    if (datagram.length === 8 && isReport && readU32(datagram, 4) === 0) return;
    if (isReport && datagram.length >= 8 && readU32(datagram, 4) === 0) {
      this.#reporter.report("rtcp-ssrc-zero", meta, seen);
    }
    if (datagram.length >= 4 && datagram[0]! >> 6 === 2 && !lengthsFit(datagram)) {
      this.#reporter.report("rtcp-length", meta, () => {
        const field = (datagram[2]! << 8) | datagram[3]!;
        return `length field ${field} in ${datagram.length} bytes: ${spaced(datagram, 8)}`;
      });
      return;
    }
    let packets: RtcpPacket[];
    try {
      packets = decodeRtcp(datagram);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#reporter.report("rtcp-malformed", meta, () => `${seen()} (${error.message})`);
      return;
    }
    if (!isReport) this.#reporter.report("rtcp-compound-first", meta, seen);
    if (!packets.some(hasCname)) this.#reporter.report("rtcp-cname-missing", meta, seen);
    for (const packet of packets) this.#take(packet, ssrc, meta);
  }

  /** The stream has ended. */
  end(timeMs: number): void {
    if (this.#fromSender >= WITHOUT_SR && this.#senderReports === 0) {
      this.#reporter.reportSession(
        "rtcp-sr-missing",
        timeMs,
        `${this.#fromSender} RTCP datagrams of the sender, none of them SR`,
      );
    }
  }

  #take(packet: RtcpPacket, ssrc: number | undefined, meta: Meta): void {
    switch (packet.type) {
      case "SR":
        this.#senderReports++;
        break;
      case "RR":
        if (ssrc !== undefined && packet.ssrc === ssrc) this.#fromSender++;
        break;
      case "BYE":
        this.#hasBye = true;
        if (ssrc !== undefined && packet.ssrcs.length > 0 && !packet.ssrcs.includes(ssrc)) {
          this.#reporter.report(
            "rtcp-bye-ssrc",
            meta,
            `BYE of ${packet.ssrcs.map(hexSsrc).join(", ")}, the stream is ${hexSsrc(ssrc)}`,
          );
        } else this.#byeTime = meta.timeMs;
        break;
      default:
    }
  }
}

/** An SSRC as Wireshark writes it: `0x1234ABCD`. */
export function hexSsrc(ssrc: number): string {
  return `0x${ssrc.toString(16).toUpperCase().padStart(8, "0")}`;
}

function hasCname(packet: RtcpPacket): boolean {
  return packet.type === "SDES" &&
    packet.chunks.some(({ items }) => items.some(({ type }) => type === 1));
}

function lengthsFit(datagram: Uint8Array): boolean {
  let at = 0;
  while (at + 4 <= datagram.length) at += 4 + 4 * ((datagram[at + 2]! << 8) | datagram[at + 3]!);
  return at === datagram.length;
}
