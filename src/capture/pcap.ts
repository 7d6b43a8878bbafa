/**
 * The pcap format: microseconds and nanoseconds, both byte orders, and the longer record headers of
 * Alexey Kuznetzov's patch (draft-ietf-opsawg-pcap; magic 0xa1b2cd34).
 *
 * ```text
 * file:   magic u32 · major u16 · minor u16 · reserved 2 × u32 · snap length u32 · link type u32
 * record: seconds u32 · fraction u32 · captured length u32 · original length u32 · packet
 * ```
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import type { BlockBuffer } from "./block_buffer.ts";
import { MAX_PACKET_BYTES, RecordCursor } from "./record_cursor.ts";

/** Bytes of the file header. */
export const PCAP_HEADER_BYTES = 24;

interface Variant {
  readonly nanoseconds: boolean;
  readonly headerBytes: number;
}

const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { nanoseconds: false, headerBytes: 16 }],
  [0xa1b23c4d, { nanoseconds: true, headerBytes: 16 }],
  [0xa1b2cd34, { nanoseconds: false, headerBytes: 24 }],
]);

/** Whether the first four bytes are those of a pcap file. */
export function isPcap(view: DataView, at: number): boolean {
  return VARIANTS.has(view.getUint32(at)) || VARIANTS.has(view.getUint32(at, true));
}

/** The records of a pcap file. */
export class PcapCursor extends RecordCursor {
  /** The format's name. */
  readonly format = "pcap";
  readonly #little: boolean;
  readonly #headerBytes: number;
  readonly #fractionScale: number;
  readonly #swappedLengths: boolean;

  /**
   * Takes the file header, which the buffer must hold.
   *
   * @throws {DecodeError} When it is none.
   */
  constructor(buffer: BlockBuffer) {
    super(buffer);
    const { view, start } = buffer;
    this.#little = VARIANTS.has(view.getUint32(start, true));
    const variant = VARIANTS.get(view.getUint32(start, this.#little));
    if (variant === undefined) throw new DecodeError("pcap", 0, "the magic number is unknown");
    this.#headerBytes = variant.headerBytes;
    this.#fractionScale = variant.nanoseconds ? 1 : 1000;
    // Before version 2.3 the two lengths stood the other way round.
    const [major, minor] = [
      view.getUint16(start + 4, this.#little),
      view.getUint16(start + 6, this.#little),
    ];
    this.#swappedLengths = major === 2 && minor < 3;
    // The upper bits say whether frames end with a check sum.
    this.linkType = view.getUint32(start + 20, this.#little) & 0x03ffffff;
    buffer.start += PCAP_HEADER_BYTES;
  }

  /** Goes to the next packet that lies in the buffer. */
  override next(): boolean {
    const { buffer } = this;
    const { view, start } = buffer;
    const packet = start + this.#headerBytes;
    if (packet > buffer.end || this.damage !== undefined) return false;
    const little = this.#little;
    const first = view.getUint32(start + 8, little);
    const second = view.getUint32(start + 12, little);
    const captured = this.#swappedLengths ? second : first;
    if (captured > MAX_PACKET_BYTES) {
      this.damage = `the record at byte ${buffer.position} claims ${captured} bytes`;
      return false;
    }
    const end = packet + captured;
    if (end > buffer.end) return false;
    this.seconds = view.getUint32(start, little);
    this.nanoseconds = view.getUint32(start + 4, little) * this.#fractionScale;
    if (this.nanoseconds >= 1e9) this.#carry();
    this.originalLength = this.#swappedLengths ? first : second;
    this.offset = packet;
    this.end = end;
    this.frameNumber++;
    buffer.start = end;
    return true;
  }

  /** A fraction of a second or more, which some writers leave. */
  #carry(): void {
    const whole = Math.floor(this.nanoseconds / 1e9);
    this.seconds += whole;
    this.nanoseconds -= whole * 1e9;
  }
}
