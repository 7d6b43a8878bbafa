/**
 * The pcapng format: sections of blocks, each section in its own byte order, each interface with its
 * own link type, clock resolution and offset (draft-ietf-opsawg-pcapng).
 *
 * ```text
 * block: type u32 · total length u32 · body · total length u32
 * ```
 *
 * @module
 */

import type { BlockBuffer } from "./block_buffer.ts";
import { MAX_PACKET_BYTES, RecordCursor } from "./record_cursor.ts";

const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
} as const;

/** Blocks other than packets that are larger are passed over without being kept in memory. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

interface CaptureInterface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Units of a second. */
  readonly unitsPerSecond: number;
  /** Seconds to be added. */
  readonly offsetSeconds: number;
  /** The upper time word that was split last, and its whole seconds and remaining units. */
  high: number;
  highSeconds: number;
  highUnits: number;
}

/** Whether the first four bytes are those of a pcapng file. */
export function isPcapng(view: DataView, at: number): boolean {
  return view.getUint32(at) === BLOCK.section;
}

/** The packets of a pcapng file. */
export class PcapngCursor extends RecordCursor {
  /** The format's name. */
  readonly format = "pcapng";
  #little = true;
  #interfaces: CaptureInterface[] = [];
  /** Bytes of a large block that are still to be passed over. */
  #skip = 0;

  /** A walk from the first section header. */
  constructor(buffer: BlockBuffer) {
    super(buffer);
  }

  /** Goes to the next packet that lies in the buffer. */
  override next(): boolean {
    const { buffer } = this;
    while (this.damage === undefined) {
      if (this.#skip > 0 && !this.#passOver()) return false;
      const { view, start } = buffer;
      if (start + 12 > buffer.end) return false;
      let little = this.#little;
      const type = view.getUint32(start, little);
      if (type === BLOCK.section) {
        const order = view.getUint32(start + 8, true);
        if (order !== 0x1a2b3c4d && order !== 0x4d3c2b1a) {
          return this.#fail("has no byte-order mark");
        }
        little = this.#little = order === 0x1a2b3c4d;
      }
      const total = view.getUint32(start + 4, little);
      if (total < 12 || (total & 3) !== 0) return this.#fail(`claims ${total} bytes`);
      if (total > MAX_BLOCK_BYTES) {
        if (isPacket(type) || type === BLOCK.section) return this.#fail(`claims ${total} bytes`);
        this.#skip = total;
        continue;
      }
      if (start + total > buffer.end) return false;
      const isRecord = this.#block(view, type, start, start + total - 4);
      if (this.damage !== undefined) return false;
      buffer.start = start + total;
      if (isRecord) {
        this.frameNumber++;
        return true;
      }
    }
    return false;
  }

  #passOver(): boolean {
    const step = Math.min(this.#skip, this.buffer.available);
    this.buffer.start += step;
    this.#skip -= step;
    return this.#skip === 0;
  }

  /** Reads a block that lies in the buffer; true when it is a packet. */
  #block(view: DataView, type: number, start: number, end: number): boolean {
    const little = this.#little;
    switch (type) {
      case BLOCK.enhancedPacket: {
        if (start + 28 > end) return this.#fail("is too short for a packet");
        const source = this.#interface(view.getUint32(start + 8, little));
        if (source === undefined) return false;
        const high = view.getUint32(start + 12, little);
        this.#time(source, high, view.getUint32(start + 16, little));
        this.originalLength = view.getUint32(start + 24, little);
        return this.#packet(source, start + 28, view.getUint32(start + 20, little), end);
      }
      case BLOCK.simplePacket: {
        const source = this.#interface(0);
        if (source === undefined) return false;
        this.originalLength = view.getUint32(start + 8, little);
        const kept = source.snapLength === 0
          ? this.originalLength
          : Math.min(this.originalLength, source.snapLength);
        this.seconds = this.nanoseconds = 0;
        this.hasTime = false;
        return this.#packet(source, start + 12, kept, end);
      }
      case BLOCK.packet: {
        if (start + 28 > end) return this.#fail("is too short for a packet");
        const source = this.#interface(view.getUint16(start + 8, little));
        if (source === undefined) return false;
        const high = view.getUint32(start + 12, little);
        this.#time(source, high, view.getUint32(start + 16, little));
        this.originalLength = view.getUint32(start + 24, little);
        return this.#packet(source, start + 28, view.getUint32(start + 20, little), end);
      }
      case BLOCK.section:
        this.#interfaces = [];
        return false;
      case BLOCK.interface:
        if (start + 16 > end) return this.#fail("is too short for an interface");
        this.#interfaces.push(readInterface(view, start, end, little));
        return false;
      default:
        return false;
    }
  }

  #packet(source: CaptureInterface, from: number, length: number, end: number): boolean {
    if (length > MAX_PACKET_BYTES || from + length > end) {
      return this.#fail(`claims a packet of ${length} bytes`);
    }
    this.linkType = source.linkType;
    this.offset = from;
    this.end = from + length;
    return true;
  }

  #interface(index: number): CaptureInterface | undefined {
    const found = this.#interfaces[index];
    if (found === undefined) this.#fail(`names interface ${index}, which is not described`);
    return found;
  }

  /**
   * Splits a 64-bit time into seconds and nanoseconds. 64 bits do not fit in a number, but the upper
   * word's share of them does: a remainder of a power-of-two multiple is exact.
   */
  #time(source: CaptureInterface, high: number, low: number): void {
    this.hasTime = true;
    const units = source.unitsPerSecond;
    if (high !== source.high) {
      const upper = high * 2 ** 32;
      source.high = high;
      source.highUnits = upper % units;
      source.highSeconds = Math.round((upper - source.highUnits) / units);
    }
    const rest = source.highUnits + low;
    const whole = Math.floor(rest / units);
    this.seconds = source.highSeconds + whole + source.offsetSeconds;
    this.nanoseconds = units === 1e9
      ? rest - whole * units
      : Math.floor((rest - whole * units) * (1e9 / units));
  }

  #fail(message: string): false {
    this.damage = `the block at byte ${this.buffer.position} ${message}`;
    return false;
  }
}

function isPacket(type: number): boolean {
  return type === BLOCK.enhancedPacket || type === BLOCK.simplePacket || type === BLOCK.packet;
}

/** Reads an interface description block: link type, snap length and the options of its clock. */
function readInterface(
  view: DataView,
  start: number,
  end: number,
  little: boolean,
): CaptureInterface {
  let unitsPerSecond = 1e6;
  let offsetSeconds = 0;
  for (let at = start + 16; at + 4 <= end;) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    at += 4;
    if (code === 0 || at + length > end) break;
    if (code === 9 && length >= 1) {
      const resolution = view.getUint8(at);
      const power = resolution & 0x7f;
      unitsPerSecond = (resolution & 0x80) === 0 ? 10 ** power : 2 ** power;
    } else if (code === 14 && length >= 8) {
      offsetSeconds = Number(view.getBigInt64(at, little));
    }
    at += (length + 3) & ~3;
  }
  return {
    linkType: view.getUint16(start + 8, little),
    snapLength: view.getUint32(start + 12, little),
    unitsPerSecond,
    offsetSeconds,
    high: -1,
    highSeconds: 0,
    highUnits: 0,
  };
}
