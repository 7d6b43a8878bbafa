/**
 * Datagrams in batches, by the C library's sendmmsg: a third of the work of sending them one by one,
 * and in order. Where that is not to be had (another system, no permission) there is none.
 *
 * @module
 */

import { isIpv6 } from "./address.ts";
import { findSocket, isKnownSystem, LIBC } from "./system_socket.ts";
import type { UdpAddress } from "./udp_pair.ts";

/** Datagrams in a batch. */
const SLOTS = 64;

/** Longest datagram that goes in a batch. */
const SLOT_BYTES = 1536;

// struct mmsghdr, struct iovec and the longest sockaddr of 64-bit Linux, in bytes.
const HEADER_BYTES = 64;
const VECTOR_BYTES = 16;
const ADDRESS_BYTES = 28;
const VECTORS = SLOTS * HEADER_BYTES;
const ADDRESSES = VECTORS + SLOTS * VECTOR_BYTES;
const DATA = ADDRESSES + SLOTS * ADDRESS_BYTES;

const AF_INET = 2;
const AF_INET6 = 10;
const MSG_DONTWAIT = 0x40;

const SYMBOLS = {
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

/** A receiver's address as the system has it. */
export type SystemAddress = Uint8Array;

/** Collects the datagrams of a turn and sends them at its end. */
export class BatchSender implements Disposable {
  readonly #library: Library;
  readonly #socket: number;
  readonly #refused: (datagram: Uint8Array, to: UdpAddress) => void;
  readonly #arena = new Uint8Array(DATA + SLOTS * SLOT_BYTES);
  readonly #view = new DataView(this.#arena.buffer);
  readonly #to: UdpAddress[] = [];
  readonly #flush = (): void => this.flush();
  #count = 0;
  #closed = false;

  private constructor(
    library: Library,
    socket: number,
    refused: (datagram: Uint8Array, to: UdpAddress) => void,
  ) {
    this.#library = library;
    this.#socket = socket;
    this.#refused = refused;
    const base = Deno.UnsafePointer.value(Deno.UnsafePointer.of(this.#arena));
    const pointer = (at: number, to: number): void => {
      this.#view.setBigUint64(at, BigInt(base) + BigInt(to), true);
    };
    for (let slot = 0; slot < SLOTS; slot++) {
      const header = slot * HEADER_BYTES;
      pointer(header, ADDRESSES + slot * ADDRESS_BYTES);
      pointer(header + 16, VECTORS + slot * VECTOR_BYTES);
      this.#view.setBigUint64(header + 24, 1n, true);
      pointer(VECTORS + slot * VECTOR_BYTES, DATA + slot * SLOT_BYTES);
    }
  }

  /**
   * A sender from the UDP socket of this process that is bound to `port`; undefined where there can be
   * none. `refused` takes the datagrams that the system did not: they are copies.
   */
  static open(
    family: "ipv4" | "ipv6",
    port: number,
    refused: (datagram: Uint8Array, to: UdpAddress) => void,
  ): BatchSender | undefined {
    if (!isKnownSystem()) return undefined;
    try {
      const socket = findSocket(family, port);
      if (socket === undefined) return undefined;
      return new BatchSender(Deno.dlopen(LIBC, SYMBOLS), socket, refused);
    } catch {
      // No permission, or another C library: the other way to send does as well.
      return undefined;
    }
  }

  /** Room for a datagram; undefined for one that is too long. It is sent by {@linkcode commit}. */
  take(length: number): Uint8Array | undefined {
    if (length > SLOT_BYTES || this.#closed) return undefined;
    if (this.#count === SLOTS) this.flush();
    const data = DATA + this.#count * SLOT_BYTES;
    return this.#arena.subarray(data, data + length);
  }

  /** Sends what was written to the room that was taken last, at the end of this turn or before. */
  commit(length: number, to: UdpAddress, address: SystemAddress): void {
    const slot = this.#count++;
    this.#view.setUint32(slot * HEADER_BYTES + 8, address.length, true);
    this.#view.setUint32(VECTORS + slot * VECTOR_BYTES + 8, length, true);
    this.#arena.set(address, ADDRESSES + slot * ADDRESS_BYTES);
    this.#to[slot] = to;
    if (slot === 0) queueMicrotask(this.#flush);
  }

  /** Sends what waits. */
  flush(): void {
    const count = this.#count;
    this.#count = 0;
    if (this.#closed) return;
    for (let at = 0; at < count;) {
      const headers = this.#arena.subarray(at * HEADER_BYTES);
      const sent = this.#library.symbols.sendmmsg(
        this.#socket,
        headers,
        count - at,
        MSG_DONTWAIT,
      );
      at += Math.max(0, sent);
      if (at < count) this.#giveBack(at++);
    }
  }

  #giveBack(slot: number): void {
    const length = this.#view.getUint32(VECTORS + slot * VECTOR_BYTES + 8, true);
    const data = DATA + slot * SLOT_BYTES;
    this.#refused(this.#arena.slice(data, data + length), this.#to[slot]!);
  }

  /** Sends what waits and lets go of the library. The socket is left to its owner. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#library.close();
  }
}

/** An address as struct sockaddr_in or sockaddr_in6. */
export function encodeAddress({ hostname, port }: UdpAddress): SystemAddress {
  const v6 = isIpv6(hostname);
  const bytes = new Uint8Array(v6 ? ADDRESS_BYTES : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, v6 ? AF_INET6 : AF_INET, true);
  view.setUint16(2, port);
  if (v6) bytes.set(ipv6Bytes(hostname), 8);
  else bytes.set(hostname.split(".").map(Number), 4);
  return bytes;
}

function ipv6Bytes(hostname: string): Uint8Array {
  const [head = "", tail] = hostname.replace(/%.*$/, "").split("::");
  const words = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((word) => parseInt(word, 16));
  const [before, after] = [words(head), words(tail ?? "")];
  const all = [...before, ...new Array(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}
