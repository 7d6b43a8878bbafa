/**
 * Sources of which one packet was seen that might be RTP. Of any traffic a quarter looks like that, from
 * a new source each time, so that this is a table of numbers: what is never seen again costs nothing.
 *
 * @module
 */

import type { RtpFields } from "./rtp_fields.ts";
import type { PacketNote } from "./stream.ts";
import { hash } from "./stream_table.ts";

/** Sources that are remembered. */
const ENTRIES = 32_768;
/** Entries among which the oldest gives way to a new one. */
const WAYS = 4;
/** Numbers of an entry: the key, then what the header says. */
const WORDS = 9;
/** Bytes that are kept of a packet. */
const HEAD_BYTES = 64;

/** A packet's place in the capture. */
export interface Sight {
  /** What its header says. */
  readonly fields: RtpFields;
  /** Number of the frame. */
  readonly frameNumber: number;
  /** Time since the first frame in ms. */
  readonly timeMs: number;
  /** The packet as it was captured. */
  readonly datagram: Uint8Array;
  /** Its bytes on the wire. */
  readonly length: number;
}

/** Remembers the only packet of each source. */
export class FirstSights {
  #words = new Int32Array(0);
  #times = new Float64Array(0);
  #heads = new Uint8Array(0);

  /**
   * Takes a packet of a source that is not known otherwise: remembers it, or gives the one that came
   * before it and forgets that. The key is that of `StreamTable`.
   */
  take(
    source: number,
    destination: number,
    ports: number,
    sight: Sight,
  ): PacketNote | undefined {
    if (this.#words.length === 0) this.#begin();
    const words = this.#words;
    const ssrc = sight.fields.ssrc | 0;
    const bucket = WAYS * (hash(source, destination, ports, ssrc) & (ENTRIES / WAYS - 1));
    let oldest = bucket;
    for (let entry = bucket; entry < bucket + WAYS; entry++) {
      const at = entry * WORDS;
      const isKnown = words[at + 3] === ssrc && words[at + 2] === ports &&
        words[at] === source && words[at + 1] === destination && words[at + 4] !== 0;
      if (isKnown) return this.#forget(entry);
      if (words[at + 4]! < words[oldest * WORDS + 4]!) oldest = entry;
    }
    words[oldest * WORDS] = source;
    words[oldest * WORDS + 1] = destination;
    words[oldest * WORDS + 2] = ports;
    words[oldest * WORDS + 3] = ssrc;
    this.#remember(oldest, sight);
    return undefined;
  }

  #begin(): void {
    this.#words = new Int32Array(ENTRIES * WORDS);
    this.#times = new Float64Array(ENTRIES);
    this.#heads = new Uint8Array(ENTRIES * HEAD_BYTES);
  }

  #remember(entry: number, { fields, frameNumber, timeMs, datagram, length }: Sight): void {
    const words = this.#words;
    const at = entry * WORDS;
    const kept = Math.min(datagram.length, HEAD_BYTES);
    words[at + 4] = frameNumber;
    words[at + 5] = (fields.payloadType << 24) | (fields.marker << 23) | (kept << 16) |
      fields.sequenceNumber;
    words[at + 6] = fields.timestamp;
    words[at + 7] = fields.payloadLength + length - datagram.length;
    words[at + 8] = length;
    this.#times[entry] = timeMs;
    this.#heads.set(datagram.subarray(0, kept), entry * HEAD_BYTES);
  }

  #forget(entry: number): PacketNote {
    const words = this.#words;
    const at = entry * WORDS;
    const packed = words[at + 5]!;
    const head = entry * HEAD_BYTES;
    const note = {
      sequenceNumber: packed & 0xffff,
      timestamp: words[at + 6]! >>> 0,
      timeMs: this.#times[entry]!,
      octets: words[at + 7]!,
      length: words[at + 8]!,
      marker: (packed >> 23 & 1) === 1,
      payloadType: packed >>> 24,
      frameNumber: words[at + 4]!,
      datagram: this.#heads.slice(head, head + (packed >> 16 & 0x7f)),
      isWhole: false,
    };
    words[at + 4] = 0;
    return note;
  }
}
