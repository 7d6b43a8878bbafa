/**
 * What can be wrong with the RTP header and the length of a datagram.
 *
 * @module
 */

import { readU32 } from "../bytes/words.ts";
import { RTP_HEADER_LENGTH } from "../rtp/packet.ts";
import type { Meta, Reporter } from "./reporter.ts";
import { hexSsrc } from "./rtcp_watch.ts";
import { isWholeJpeg, LAB_PAYLOAD_TYPE, type RtpObserverOptions } from "./stream_options.ts";
import { spaced } from "./whole_jpeg_watch.ts";

/** Buffer of the lab's client, in bytes. */
const LAB_BUFFER = 20_480;
/** Ethernet's 1500 bytes less the headers of UDP and of IPv4, or IPv6. */
const LONGEST_DATAGRAM = 1472;
const LONGEST_OVER_IPV6 = 1452;

/** Senders of sound fall silent in these types unasked (RFC 3389; 19 before it). */
const COMFORT_NOISE: ReadonlySet<number> = new Set([13, 19]);

/** Watches the headers of one stream. */
export class HeaderWatch {
  /** Payload type of the last packet. */
  payloadType = 0;
  /** SSRC of the last packet. */
  ssrc = 0;
  readonly #reporter: Reporter;
  readonly #options: RtpObserverOptions;
  readonly #announced: readonly number[];

  /** A stream of which nothing has been seen. */
  constructor(reporter: Reporter, options: RtpObserverOptions) {
    this.#reporter = reporter;
    this.#options = options;
    const { payloadType, payloadTypes } = options;
    this.#announced = [...payloadTypes ?? (payloadType === undefined ? [] : [payloadType])];
  }

  /** Whether a datagram amid the pieces of a lab's frame has no RTP header that fits the stream. */
  isNoHeader(datagram: Uint8Array): boolean {
    if (datagram.length < RTP_HEADER_LENGTH) return true;
    if (datagram[0] === 0xff && datagram[1] === 0xd8) return false;
    return datagram[0]! >> 6 !== 2 || (datagram[1]! & 0x7f) !== this.payloadType ||
      readU32(datagram, 8) !== this.ssrc;
  }

  /**
   * Where the payload begins; -1 when the header does not fit the datagram.
   */
  payloadStart(datagram: Uint8Array, meta: Meta): number {
    const first = datagram[0]!;
    const { length } = datagram;
    let start = RTP_HEADER_LENGTH;
    const csrcs = first & 0x0f;
    if (csrcs > 0) {
      start += 4 * csrcs;
      const seen = () => `CC=${csrcs} in ${head(datagram)} of ${length} bytes`;
      if (start > length) {
        this.#reporter.report("rtp-csrc-cut", meta, seen);
        return -1;
      }
      this.#reporter.report("rtp-csrc-set", meta, seen);
    }
    if ((first & 0x10) !== 0) {
      const words = start + 4 > length ? -1 : (datagram[start + 2]! << 8) | datagram[start + 3]!;
      if (words === -1 || start + 4 + 4 * words > length) {
        this.#reporter.report(
          "rtp-extension-cut",
          meta,
          () => `X=1 in ${head(datagram)}, then ${spaced(datagram.subarray(start), 4)}`,
        );
        // In the lab the bit alone is wrong: what follows is the payload.
        return isWholeJpeg(this.#reporter.dialect) &&
            start === RTP_HEADER_LENGTH
          ? start
          : -1;
      }
      this.#reporter.report("rtp-extension-set", meta, () => `X=1 in ${head(datagram)}`);
      start += 4 + 4 * words;
    }
    return start;
  }

  /** Where the payload ends, padding left out. */
  payloadEnd(datagram: Uint8Array, start: number, meta: Meta): number {
    const { length } = datagram;
    if ((datagram[0]! & 0x20) === 0) return length;
    const count = datagram[length - 1]!;
    if (count === 0 || start + count > length) {
      this.#reporter.report(
        "rtp-padding",
        meta,
        () => `P=1 in ${head(datagram)}, last byte ${count}`,
      );
      return length;
    }
    this.#reporter.report("rtp-padding-set", meta, () => `P=1 in ${head(datagram)}`);
    return length - count;
  }

  /** Checks payload type, SSRC, length and marker of a packet whose payload stands from `start` to `end`. */
  update(datagram: Uint8Array, start: number, end: number, isFirst: boolean, meta: Meta): void {
    this.#checkPayloadType(datagram[1]! & 0x7f, isFirst, datagram, meta);
    this.#checkSsrc(readU32(datagram, 8), isFirst, meta);
    this.#checkLength(datagram, start, end, meta);
    if (datagram[1]! > 0x7f && this.#reporter.dialect === "hello") {
      this.#reporter.report("rtp-marker-set", meta, () => `M=1 in ${head(datagram)}`);
    }
  }

  #checkPayloadType(
    payloadType: number,
    isFirst: boolean,
    datagram: Uint8Array,
    meta: Meta,
  ): void {
    const announced = this.#announced;
    const before = this.payloadType;
    const wholeJpeg = isWholeJpeg(this.#reporter.dialect);
    this.payloadType = payloadType;
    if (wholeJpeg && payloadType !== LAB_PAYLOAD_TYPE) {
      this.#reporter.report("rtp-payload-type", meta, () => typeSeen(payloadType, datagram));
    } else if (announced.length > 0) {
      if (announced.includes(payloadType) || COMFORT_NOISE.has(payloadType)) return;
      this.#reporter.report(
        "rtp-payload-type-announced",
        meta,
        () => `${typeSeen(payloadType, datagram)}, announced was ${announced.join(", ")}`,
      );
    } else if (!isFirst && payloadType !== before && !wholeJpeg) {
      this.#reporter.report(
        "rtp-payload-type-changed",
        meta,
        () => `${typeSeen(payloadType, datagram)}, before it was ${before}`,
      );
    }
  }

  #checkSsrc(ssrc: number, isFirst: boolean, meta: Meta): void {
    const announced = this.#options.ssrc;
    if (!isFirst && ssrc !== this.ssrc) {
      const before = this.ssrc;
      this.#reporter.report(
        "rtp-ssrc-changed",
        meta,
        () => `${hexSsrc(ssrc)} after ${hexSsrc(before)}`,
      );
    } else if (ssrc === 0 && this.#reporter.dialect !== "hello") {
      this.#reporter.report("rtp-ssrc-zero", meta, "SSRC 0x00000000");
    } else if (announced !== undefined && ssrc !== announced) {
      this.#reporter.report(
        "rtp-ssrc-announced",
        meta,
        () => `${hexSsrc(ssrc)} (${ssrc}), announced was ${hexSsrc(announced)} (${announced})`,
      );
    }
    this.ssrc = ssrc;
  }

  #checkLength(datagram: Uint8Array, start: number, end: number, meta: Meta): void {
    const { length } = datagram;
    if (end <= start) this.#reporter.report("rtp-empty", meta, () => `${length} bytes, all header`);
    const longest = this.#options.overIpv6 === true ? LONGEST_OVER_IPV6 : LONGEST_DATAGRAM;
    if (length <= longest || this.#options.overTcp === true) return;
    this.#reporter.report("rtp-length-mtu", meta, () => `a datagram of ${length} bytes`);
    if (length > LAB_BUFFER) {
      this.#reporter.report("rtp-length-buffer", meta, () => `a datagram of ${length} bytes`);
    }
  }
}

/** The 12 header bytes in hex. */
export function head(datagram: Uint8Array): string {
  return spaced(datagram, RTP_HEADER_LENGTH);
}

function typeSeen(payloadType: number, datagram: Uint8Array): string {
  return `PT=${payloadType} in ${head(datagram)}`;
}
