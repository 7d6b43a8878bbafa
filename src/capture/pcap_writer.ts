/**
 * Captures written piece by piece: pcap (microseconds or nanoseconds) and pcapng. Nothing is kept, so
 * that a capture cut off by a crash holds all that was handed out.
 *
 * @module
 */

/** Link types by their numbers in both formats (tcpdump.org/linktypes). */
export const LINK_TYPE = {
  null: 0,
  ethernet: 1,
  ppp: 9,
  raw: 101,
  ieee80211: 105,
  loop: 108,
  linuxSll: 113,
  ieee80211Radiotap: 127,
  ipv4: 228,
  ipv6: 229,
  nflog: 239,
  linuxSll2: 276,
} as const;

/** What a capture file is like. */
export interface CaptureFormat {
  /** The container. Default "pcap". */
  readonly container?: "pcap" | "pcapng";
  /** Units of the time stamps. Default "us". */
  readonly resolution?: "us" | "ns";
  /** What each record begins with, 0 to 65,535. Default Ethernet. */
  readonly linkType?: number;
  /** The most bytes of a packet that were kept. Default 262,144. */
  readonly snapLength?: number;
  /** Byte order of the numbers. Default little-endian. */
  readonly bigEndian?: boolean;
}

/** Gives the bytes of a capture: {@linkcode header} once, then {@linkcode record} for each packet. */
export class CaptureWriter {
  readonly #pcapng: boolean;
  readonly #nanoseconds: boolean;
  readonly #linkType: number;
  readonly #snapLength: number;
  readonly #little: boolean;

  /** A writer of the given format. */
  constructor(format: CaptureFormat = {}) {
    this.#pcapng = format.container === "pcapng";
    this.#nanoseconds = format.resolution === "ns";
    this.#linkType = format.linkType ?? LINK_TYPE.ethernet;
    this.#snapLength = format.snapLength ?? 262_144;
    this.#little = format.bigEndian !== true;
  }

  /** The bytes a file begins with. */
  header(): Uint8Array<ArrayBuffer> {
    return this.#pcapng ? this.#pcapngHeader() : this.#pcapHeader();
  }

  /** One packet that was seen at a Unix time in ms, of which fractions are kept. */
  record(unixMs: number, packet: Uint8Array, originalLength?: number): Uint8Array<ArrayBuffer> {
    const seconds = Math.floor(unixMs / 1000);
    const nanoseconds = Math.round((unixMs - seconds * 1000) * 1e6);
    return nanoseconds === 1e9
      ? this.recordAt(seconds + 1, 0, packet, originalLength)
      : this.recordAt(seconds, nanoseconds, packet, originalLength);
  }

  /**
   * One packet with a time as exact as the file can have it: `seconds` since 1970 and `nanoseconds`
   * below 10^9. `originalLength` is its length on the wire, where only the beginning was kept.
   */
  recordAt(
    seconds: number,
    nanoseconds: number,
    packet: Uint8Array,
    originalLength: number = packet.length,
  ): Uint8Array<ArrayBuffer> {
    const kept = packet.length > this.#snapLength ? packet.subarray(0, this.#snapLength) : packet;
    const fraction = this.#nanoseconds ? nanoseconds : Math.floor(nanoseconds / 1000);
    return this.#pcapng
      ? this.#enhancedPacket(seconds, fraction, kept, originalLength)
      : this.#pcapRecord(seconds, fraction, kept, originalLength);
  }

  #pcapHeader(): Uint8Array<ArrayBuffer> {
    const header = new Uint8Array(24);
    const view = new DataView(header.buffer);
    view.setUint32(0, this.#nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, this.#little);
    view.setUint16(4, 2, this.#little);
    view.setUint16(6, 4, this.#little);
    view.setUint32(16, this.#snapLength, this.#little);
    view.setUint32(20, this.#linkType, this.#little);
    return header;
  }

  #pcapRecord(
    seconds: number,
    fraction: number,
    packet: Uint8Array,
    originalLength: number,
  ): Uint8Array<ArrayBuffer> {
    const record = new Uint8Array(16 + packet.length);
    const view = new DataView(record.buffer);
    view.setUint32(0, seconds, this.#little);
    view.setUint32(4, fraction, this.#little);
    view.setUint32(8, packet.length, this.#little);
    view.setUint32(12, originalLength, this.#little);
    record.set(packet, 16);
    return record;
  }

  /** Section header block and the description of its only interface. */
  #pcapngHeader(): Uint8Array<ArrayBuffer> {
    const header = new Uint8Array(28 + 32);
    const view = new DataView(header.buffer);
    const words: [at: number, value: number][] = [
      [0, 0x0a0d0d0a],
      [4, 28],
      [8, 0x1a2b3c4d],
      // The length of the section is not known beforehand: -1.
      [16, 0xffffffff],
      [20, 0xffffffff],
      [24, 28],
      [28, 1],
      [32, 32],
      [40, this.#snapLength],
      [56, 32],
    ];
    for (const [at, value] of words) view.setUint32(at, value, this.#little);
    view.setUint16(12, 1, this.#little);
    view.setUint16(36, this.#linkType, this.#little);
    // if_tsresol: the negative power of ten.
    view.setUint16(44, 9, this.#little);
    view.setUint16(46, 1, this.#little);
    header[48] = this.#nanoseconds ? 9 : 6;
    return header;
  }

  #enhancedPacket(
    seconds: number,
    fraction: number,
    packet: Uint8Array,
    originalLength: number,
  ): Uint8Array<ArrayBuffer> {
    const total = 32 + Math.ceil(packet.length / 4) * 4;
    const block = new Uint8Array(total);
    const view = new DataView(block.buffer);
    const time = BigInt(seconds) * (this.#nanoseconds ? 1_000_000_000n : 1_000_000n) +
      BigInt(fraction);
    view.setUint32(0, 6, this.#little);
    view.setUint32(4, total, this.#little);
    view.setUint32(12, Number((time >> 32n) & 0xffffffffn), this.#little);
    view.setUint32(16, Number(time & 0xffffffffn), this.#little);
    view.setUint32(20, packet.length, this.#little);
    view.setUint32(24, originalLength, this.#little);
    block.set(packet, 28);
    view.setUint32(total - 4, total, this.#little);
    return block;
  }
}
