/**
 * The analysis of a capture. Almost all packets of a capture with RTP are plain IP, UDP and RTP: for
 * these {@linkcode Analyser.block} is one loop over integer offsets, without an object or a call that
 * waits. Everything else goes the general way, through `src/capture/`.
 *
 * @module
 */

import { Dissection } from "../capture/dissection.ts";
import { dissectFrame } from "../capture/link.ts";
import { LINK_TYPE } from "../capture/pcap_writer.ts";
import type { RecordCursor } from "../capture/record_cursor.ts";
import { hashIpv6 } from "./ipv6_hash.ts";
import { PacketIntake } from "./packet_intake.ts";
import type { IntakeOptions } from "./packet_intake.ts";

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const UDP = 17;

/** Takes all records of a capture. */
export class Analyser {
  /** What was found. */
  readonly intake: PacketIntake;
  readonly #dissection: Dissection;
  #firstSeconds = -1;
  #firstNanoseconds = 0;
  #timeMs = 0;
  #lastTimeMs = 0;
  #frames = 0;

  /** An analysis of nothing yet. */
  constructor(options: IntakeOptions) {
    this.intake = new PacketIntake(options);
    this.#dissection = new Dissection({
      udp: (d) => this.intake.udp(d, this.#timeMs),
      tcp: (d) => this.intake.tcp(d, this.#timeMs),
    });
  }

  /** Unix time of the first frame in ms; undefined before it. */
  get startUnixMs(): number | undefined {
    return this.#firstSeconds === -1
      ? undefined
      : this.#firstSeconds * 1000 + this.#firstNanoseconds / 1e6;
  }

  /** Time from the first frame to the latest in ms. */
  get durationMs(): number {
    return this.#lastTimeMs;
  }

  /** Frames so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames by link types that are not understood. */
  get unknownLinkTypes(): ReadonlyMap<number, number> {
    return this.#dissection.unknownLinkTypes;
  }

  /** Takes all records that the cursor has by now. */
  block(cursor: RecordCursor): void {
    const { bytes, view } = cursor.buffer;
    const d = this.#dissection;
    if (this.#firstSeconds === -1) {
      if (!cursor.next()) return;
      this.#firstSeconds = cursor.seconds;
      this.#firstNanoseconds = cursor.nanoseconds;
    } else if (!cursor.next()) return;
    const firstSeconds = this.#firstSeconds;
    const firstNanoseconds = this.#firstNanoseconds;
    do {
      const timeMs = (cursor.seconds - firstSeconds) * 1000 +
        (cursor.nanoseconds - firstNanoseconds) / 1e6;
      this.#timeMs = timeMs;
      if (timeMs > this.#lastTimeMs) this.#lastTimeMs = timeMs;
      const { offset, end, originalLength, frameNumber } = cursor;
      const wireEnd = offset + originalLength;
      if (this.#plain(view, cursor.linkType, offset, end, wireEnd, frameNumber, timeMs)) continue;
      d.begin(bytes, view, offset, end, originalLength, frameNumber);
      dissectFrame(d, cursor.linkType, offset);
    } while (cursor.next());
    this.#frames = cursor.frameNumber;
  }

  /** Takes a frame that is plain IP, UDP and RTP of a stream that is known; false otherwise. */
  #plain(
    view: DataView,
    linkType: number,
    offset: number,
    end: number,
    wireEnd: number,
    frameNumber: number,
    timeMs: number,
  ): boolean {
    // The shortest such packet: IPv4, UDP and RTP headers.
    if (end - offset < 40 + 20) return false;
    let ip: number;
    let type: number;
    if (linkType === LINK_TYPE.ethernet) {
      type = view.getUint16(offset + 12);
      ip = offset + 14;
      if (type === VLAN) {
        type = view.getUint16(offset + 16);
        ip = offset + 18;
      }
    } else if (linkType === LINK_TYPE.linuxSll) {
      type = view.getUint16(offset + 14);
      ip = offset + 16;
    } else if (linkType === LINK_TYPE.linuxSll2) {
      type = view.getUint16(offset);
      ip = offset + 20;
    } else if (linkType === LINK_TYPE.raw || linkType === LINK_TYPE.ipv4) {
      ip = offset;
      type = view.getUint8(offset) >> 4 === 4 ? IPV4 : IPV6;
    } else return false;
    if (type === IPV4) return this.#plainIpv4(view, ip, end, wireEnd, frameNumber, timeMs);
    if (type === IPV6) return this.#plainIpv6(view, ip, end, wireEnd, frameNumber, timeMs);
    return false;
  }

  #plainIpv4(
    view: DataView,
    ip: number,
    end: number,
    wireEnd: number,
    frameNumber: number,
    timeMs: number,
  ): boolean {
    // Version 4 and no options; no fragment; UDP.
    if (ip + 40 > end || view.getUint8(ip) !== 0x45 || view.getUint8(ip + 9) !== UDP) return false;
    if ((view.getUint16(ip + 6) & 0x3fff) !== 0) return false;
    const udp = ip + 20;
    const packetEnd = udp + view.getUint16(udp + 4);
    if (packetEnd > wireEnd || packetEnd > ip + view.getUint16(ip + 2)) return false;
    const source = view.getInt32(ip + 12);
    const destination = view.getInt32(ip + 16);
    return this.intake.plainRtp(
      view,
      source,
      destination,
      udp,
      packetEnd < end ? packetEnd : end,
      packetEnd,
      frameNumber,
      timeMs,
    );
  }

  #plainIpv6(
    view: DataView,
    ip: number,
    end: number,
    wireEnd: number,
    frameNumber: number,
    timeMs: number,
  ): boolean {
    if (ip + 60 > end || view.getUint8(ip) >> 4 !== 6 || view.getUint8(ip + 6) !== UDP) {
      return false;
    }
    const udp = ip + 40;
    const packetEnd = udp + view.getUint16(udp + 4);
    if (packetEnd > wireEnd || packetEnd > udp + view.getUint16(ip + 4)) return false;
    return this.intake.plainRtp(
      view,
      hashIpv6(view, ip + 8),
      hashIpv6(view, ip + 24),
      udp,
      packetEnd < end ? packetEnd : end,
      packetEnd,
      frameNumber,
      timeMs,
    );
  }
}
