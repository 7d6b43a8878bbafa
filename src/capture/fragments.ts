/**
 * IP fragments, put together when the last of them has come.
 *
 * @module
 */

import { equalBytes } from "../bytes/text.ts";

/** Datagrams that may be incomplete at a time; the oldest is given up for a new one. */
const MAX_DATAGRAMS = 256;
/** The longest datagram, as IPv4 and IPv6 have it. */
const MAX_BYTES = 65_535;

/**
 * Frames after which the fragments of a datagram are given up, as a host does after half a minute: its
 * identification may come again.
 */
const MAX_AGE_FRAMES = 20_000;

interface Datagram {
  /** By offset. */
  readonly parts: Map<number, Uint8Array>;
  /** Bytes in all, once the last fragment has told. */
  length: number;
  received: number;
  /** Frame of the first fragment. */
  readonly frameNumber: number;
}

/** Holds fragments by source, destination, protocol and identification. */
export class FragmentStore {
  readonly #datagrams = new Map<string, Datagram>();

  /**
   * Takes a fragment and gives the datagram's payload when it is whole. A fragment that overlaps
   * others is only taken where there was nothing yet; one in the place of another that says something
   * else begins a new datagram.
   */
  add(
    key: string,
    offset: number,
    bytes: Uint8Array,
    isLast: boolean,
    frameNumber: number,
  ): Uint8Array<ArrayBuffer> | undefined {
    if (offset + bytes.length > MAX_BYTES) return undefined;
    let datagram = this.#datagrams.get(key);
    const known = datagram?.parts.get(offset);
    const isOld = datagram !== undefined && frameNumber - datagram.frameNumber > MAX_AGE_FRAMES;
    if (known !== undefined && !isOld && equalBytes(known, bytes)) return undefined;
    if (datagram === undefined || isOld || known !== undefined) {
      datagram = { parts: new Map(), length: -1, received: 0, frameNumber };
      this.#insert(key, datagram);
    }
    datagram.parts.set(offset, bytes.slice());
    datagram.received += bytes.length;
    if (isLast) datagram.length = offset + bytes.length;
    if (datagram.length === -1 || datagram.received < datagram.length) return undefined;
    const whole = join(datagram);
    if (whole !== undefined) this.#datagrams.delete(key);
    return whole;
  }

  #insert(key: string, datagram: Datagram): void {
    this.#datagrams.delete(key);
    if (this.#datagrams.size >= MAX_DATAGRAMS) {
      for (const oldest of this.#datagrams.keys()) {
        this.#datagrams.delete(oldest);
        break;
      }
    }
    this.#datagrams.set(key, datagram);
  }
}

function join({ parts, length }: Datagram): Uint8Array<ArrayBuffer> | undefined {
  const whole = new Uint8Array(length);
  let reached = 0;
  for (const [offset, bytes] of [...parts].sort(([a], [b]) => a - b)) {
    if (offset > reached) return undefined;
    const end = Math.min(offset + bytes.length, length);
    if (end <= reached) continue;
    whole.set(bytes.subarray(reached - offset, end - offset), reached);
    reached = end;
  }
  return reached === length ? whole : undefined;
}
