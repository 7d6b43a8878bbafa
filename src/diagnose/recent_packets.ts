/**
 * What the latest packets of a stream held, to tell a copy of one from another packet of its number.
 *
 * @module
 */

/** Packets whose content is remembered. */
const REMEMBERED = 64;
/** Number + 1, timestamp, length, some of the bytes. */
const SLOT = 4;

/** What is known of the packet that had a number before: nothing, the same content or another. */
export type Earlier = "unknown" | "same" | "other";

/** Remembers the latest packets by their numbers. */
export class RecentPackets {
  readonly #memory = new Uint32Array(REMEMBERED * SLOT);

  /** Compares a packet with the one that had its number before. */
  compare(sequence: number, timestamp: number, datagram: Uint8Array): Earlier {
    const slot = (sequence % REMEMBERED) * SLOT;
    const memory = this.#memory;
    if (memory[slot] !== sequence + 1) return "unknown";
    const isSame = memory[slot + 1] === timestamp && memory[slot + 2] === datagram.length &&
      memory[slot + 3] === sampleOf(datagram);
    return isSame ? "same" : "other";
  }

  /** Remembers a packet. */
  add(sequence: number, timestamp: number, datagram: Uint8Array): void {
    const slot = (sequence % REMEMBERED) * SLOT;
    const memory = this.#memory;
    memory[slot] = sequence + 1;
    memory[slot + 1] = timestamp;
    memory[slot + 2] = datagram.length;
    memory[slot + 3] = sampleOf(datagram);
  }
}

/** Bytes behind the header, in the middle and at the end: there two packets of one length differ. */
function sampleOf(datagram: Uint8Array): number {
  const { length } = datagram;
  const begin = wordAt(datagram, 12) ^ Math.imul(wordAt(datagram, 16), 7);
  const middle = wordAt(datagram, length >> 1);
  const end = wordAt(datagram, length - 4);
  return (Math.imul(begin, 31) ^ Math.imul(middle, 17) ^ end) >>> 0;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
