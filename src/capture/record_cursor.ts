/**
 * A walk over the records of a capture. The cursor is the record: its fields change with each step,
 * so that a million packets make no garbage.
 *
 * @module
 */

import type { BlockBuffer } from "./block_buffer.ts";

/** Longest packet that is believed, as Wireshark has it; a larger length means a damaged file. */
export const MAX_PACKET_BYTES = 262_144;

/** One format's walk. Subclasses say where a record begins and ends. */
export abstract class RecordCursor {
  /** The bytes around the record. */
  readonly buffer: BlockBuffer;
  /** Offset of the packet in `buffer.bytes`. */
  offset = 0;
  /** Offset behind the packet's last captured byte. */
  end = 0;
  /** Length of the packet on the wire. */
  originalLength = 0;
  /** Unix time, whole seconds. */
  seconds = 0;
  /** The rest of the time, below 10^9. */
  nanoseconds = 0;
  /** Whether the record tells a time at all. */
  hasTime = true;
  /** Link type of the record's interface. */
  linkType = 0;
  /** Number of the frame in the file, from 1. */
  frameNumber = 0;
  /** Why the file ends before its end, in words; undefined while nothing is wrong. */
  damage: string | undefined;

  /** A walk over what `buffer` holds and will hold. */
  constructor(buffer: BlockBuffer) {
    this.buffer = buffer;
  }

  /** The format's name ("pcap", "pcapng"). */
  abstract readonly format: string;

  /**
   * Goes to the next record. False when the buffer holds none that is whole: more bytes may help,
   * unless {@linkcode damage} says otherwise.
   */
  abstract next(): boolean;

  /** Tells the walk that no bytes follow, so that a half record can be named. */
  finish(): void {
    const rest = this.buffer.available;
    if (rest > 0 && this.damage === undefined) {
      this.damage =
        `the file is cut short: ${rest} bytes of a record at byte ${this.buffer.position}`;
    }
  }
}
