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
import { CaptureClock } from "./capture_clock.ts";
import { hashIpv6 } from "./ipv6_hash.ts";
import { PacketIntake } from "./packet_intake.ts";
import type { IntakeOptions } from "./packet_intake.ts";
import type { PacketFilter } from "./packet_filter.ts";

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN = 0x8100;
const UDP = 17;

/** Takes all records of a capture. */
export class Analyser {
  /** What was found. */
  readonly intake: PacketIntake;
  readonly #clock = new CaptureClock();
  readonly #dissection: Dissection;
  readonly #filter: PacketFilter | undefined;
  #timeMs = 0;
  #durationMs = 0;
  #frames = 0;
  #leftOut = 0;

  /** An analysis of nothing yet; with a filter, of nothing but what it takes. */
  constructor(options: IntakeOptions, filter?: PacketFilter) {
    this.#filter = filter;
    this.intake = new PacketIntake(options, this.#clock);
    this.#dissection = new Dissection({
      udp: (d) => this.intake.udp(d, this.#timeMs),
      tcp: (d) => this.intake.tcp(d, this.#timeMs),
    });
  }

  /** Unix time of the first frame in ms; undefined before it. */
  get startUnixMs(): number | undefined {
    return this.#clock.hasBegun ? this.#clock.startUnixMs : undefined;
  }

  /** Time from the first frame to the last in ms, or to the latest stream's end. */
  get durationMs(): number {
    return this.intake.streams.reduce((end, { endMs }) => Math.max(end, endMs), this.#durationMs);
  }

  /** Frames so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames that the filter has left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Frames by link types that are not understood. */
  get unknownLinkTypes(): ReadonlyMap<number, number> {
    return this.#dissection.unknownLinkTypes;
  }

  /** Takes all records that the cursor has by now. */
  block(cursor: RecordCursor): void {
    const { view } = cursor.buffer;
    if (!cursor.next()) return;
    this.#clock.begin(cursor);
    if (this.#filter !== undefined) return this.#filtered(cursor, view, this.#filter);
    do {
      if (!this.#plain(cursor, view)) this.#general(cursor);
    } while (cursor.next());
    this.#frames = cursor.frameNumber;
    this.#durationMs = Math.max(this.#durationMs, this.#clock.timeMs(cursor));
  }

  /** The same loop for the records that a filter takes. */
  #filtered(cursor: RecordCursor, view: DataView, filter: PacketFilter): void {
    do {
      const timeMs = this.#clock.timeMs(cursor);
      if (!filter.takesMoment(cursor.frameNumber, timeMs)) {
        this.#leftOut++;
        continue;
      }
      if (!this.#plain(cursor, view)) this.#general(cursor);
      this.#durationMs = Math.max(this.#durationMs, timeMs);
    } while (cursor.next());
    this.#frames = cursor.frameNumber;
  }

  #general(cursor: RecordCursor): void {
    const { buffer, offset, end, originalLength, frameNumber } = cursor;
    this.#timeMs = this.#clock.timeMs(cursor);
    if (this.#timeMs > this.#durationMs) this.#durationMs = this.#timeMs;
    const d = this.#dissection;
    d.begin(buffer.bytes, buffer.view, offset, end, originalLength, frameNumber);
    dissectFrame(d, cursor.linkType, offset);
  }

  /** Takes a frame that is plain IP, UDP and RTP of a stream that is known; false otherwise. */
  #plain(cursor: RecordCursor, view: DataView): boolean {
    const { offset, end, linkType } = cursor;
    // The shortest such packet: IPv4, UDP and RTP headers and a link layer.
    if (end - offset < 60) return false;
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
    const wireEnd = offset + cursor.originalLength;
    if (type === IPV4) {
      // Version 4 and no options; no fragment; UDP.
      if (ip + 40 > end || view.getUint8(ip) !== 0x45 || view.getUint8(ip + 9) !== UDP) {
        return false;
      }
      if ((view.getUint16(ip + 6) & 0x3fff) !== 0) return false;
      const packetEnd = ip + 20 + view.getUint16(ip + 24);
      if (packetEnd > wireEnd || packetEnd > ip + view.getUint16(ip + 2)) return false;
      return this.intake.plainRtp(
        cursor,
        view,
        view.getInt32(ip + 12),
        view.getInt32(ip + 16),
        ip + 20,
        packetEnd,
      );
    }
    if (type !== IPV6) return false;
    if (ip + 60 > end || view.getUint8(ip) >> 4 !== 6 || view.getUint8(ip + 6) !== UDP) {
      return false;
    }
    const packetEnd = ip + 40 + view.getUint16(ip + 44);
    if (packetEnd > wireEnd || packetEnd > ip + 40 + view.getUint16(ip + 4)) return false;
    return this.intake.plainRtp(
      cursor,
      view,
      hashIpv6(view, ip + 8),
      hashIpv6(view, ip + 24),
      ip + 40,
      packetEnd,
    );
  }
}
