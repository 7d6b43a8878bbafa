/**
 * Streams by the words of their packets' headers: an open-addressing table of numbers, since it is
 * asked once a packet.
 *
 * @module
 */

import type { Stream } from "./stream.ts";

/** Numbers of an entry: source, destination, ports, SSRC. */
const WORDS = 4;

/** Finds streams by source, destination, ports and SSRC. */
export class StreamTable {
  #mask = 1023;
  #slots = new Int32Array(1024);
  #keys = new Int32Array(WORDS * 256);
  #streams: Stream[] = [];
  /** The entry that was found last; packets of a frame come one after the other. */
  #last = -1;

  /** Entries in the table. */
  get size(): number {
    return this.#streams.length;
  }

  /**
   * The stream of a key, or undefined. For IPv4, `source` and `destination` are the addresses; for IPv6,
   * hashes of them.
   */
  find(source: number, destination: number, ports: number, ssrc: number): Stream | undefined {
    const last = this.#last;
    if (last >= 0 && this.#isKey(last, source, destination, ports, ssrc)) {
      return this.#streams[last];
    }
    const mask = this.#mask;
    for (let slot = hash(source, destination, ports, ssrc) & mask;; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return undefined;
      if (this.#isKey(entry, source, destination, ports, ssrc)) {
        this.#last = entry;
        return this.#streams[entry];
      }
    }
  }

  /** Adds an entry, which is not in the table. A stream may have several. */
  add(source: number, destination: number, ports: number, ssrc: number, stream: Stream): void {
    const entry = this.#streams.length;
    if ((entry + 1) * WORDS > this.#keys.length) {
      const keys = new Int32Array(2 * this.#keys.length);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#streams.push(stream);
    this.#keys.set([source, destination, ports, ssrc], entry * WORDS);
    if (this.#streams.length * 4 > this.#slots.length) this.#rehash(2 * this.#slots.length);
    else this.#place(entry);
  }

  /** Keeps only the entries of streams that `isKept` names. */
  retain(isKept: (stream: Stream) => boolean): void {
    const kept: Stream[] = [];
    this.#streams.forEach((stream, entry) => {
      if (!isKept(stream)) return;
      this.#keys.copyWithin(kept.length * WORDS, entry * WORDS, (entry + 1) * WORDS);
      kept.push(stream);
    });
    this.#streams = kept;
    this.#last = -1;
    this.#rehash(this.#slots.length);
  }

  /** All streams; one with several entries comes several times. */
  values(): IterableIterator<Stream> {
    return this.#streams.values();
  }

  #isKey(
    entry: number,
    source: number,
    destination: number,
    ports: number,
    ssrc: number,
  ): boolean {
    const keys = this.#keys;
    const at = entry * WORDS;
    return keys[at + 3] === ssrc && keys[at + 2] === ports && keys[at] === source &&
      keys[at + 1] === destination;
  }

  #rehash(size: number): void {
    this.#slots = new Int32Array(size);
    this.#mask = size - 1;
    for (let entry = 0; entry < this.#streams.length; entry++) this.#place(entry);
  }

  #place(entry: number): void {
    const at = entry * WORDS;
    const keys = this.#keys;
    let slot = hash(keys[at]!, keys[at + 1]!, keys[at + 2]!, keys[at + 3]!) & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry + 1;
  }
}

/** Mixes the words of a key, so that its low bits are those of all of them. */
export function hash(source: number, destination: number, ports: number, ssrc: number): number {
  let mixed = Math.imul(ssrc ^ ports, 0x9e3779b1) ^ Math.imul(source + destination | 0, 0x85ebca6b);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 13);
}
