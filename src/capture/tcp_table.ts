/**
 * The TCP connections of a capture.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { type Dissection, TCP_FLAG } from "./dissection.ts";
import { TcpDirection, type TcpOptions } from "./tcp.ts";

/** Connections that are remembered; the older half is forgotten for new ones. */
const MAX_CONNECTIONS = 4096;

/** One connection, with whatever its reader knows about it. */
export interface TcpConnection<T> {
  /** From the end that was seen first to the other. */
  readonly forward: TcpDirection;
  /** The other way. */
  readonly backward: TcpDirection;
  /** The reader's own state. */
  readonly state: T;
}

/** A segment's connection and its direction there. */
export interface TcpPlace<T> {
  /** The connection. */
  readonly connection: TcpConnection<T>;
  /** Whether the segment goes forward. */
  readonly isForward: boolean;
}

/** Finds connections by their ends. */
export class TcpTable<T> {
  readonly #connections = new Map<string, TcpPlace<T>>();
  readonly #create: (d: Dissection) => T;
  readonly #options: TcpOptions;

  /** `create` makes the state of a new connection from its first segment. */
  constructor(create: (d: Dissection) => T, options: TcpOptions = {}) {
    this.#create = create;
    this.#options = options;
  }

  /** The connection of the segment at hand; a SYN without ACK begins it anew. */
  find(d: Dissection): TcpPlace<T> {
    const source = decodeLatin1(d.sourceAddress()) + d.sourcePort;
    const destination = decodeLatin1(d.destinationAddress()) + d.destinationPort;
    const key = `${source}>${destination}`;
    const known = this.#connections.get(key);
    const begins = (d.flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
    if (known !== undefined && !begins) return known;
    const connection = {
      forward: new TcpDirection(this.#options),
      backward: new TcpDirection(this.#options),
      state: this.#create(d),
    };
    this.#makeRoom();
    const place = { connection, isForward: true };
    this.#connections.set(key, place);
    this.#connections.set(`${destination}>${source}`, { connection, isForward: false });
    return place;
  }

  /** All connections that are remembered. */
  *connections(): IterableIterator<TcpConnection<T>> {
    for (const { connection, isForward } of this.#connections.values()) {
      if (isForward) yield connection;
    }
  }

  #makeRoom(): void {
    if (this.#connections.size < 2 * MAX_CONNECTIONS) return;
    let count = MAX_CONNECTIONS;
    for (const key of this.#connections.keys()) {
      if (count-- === 0) break;
      this.#connections.delete(key);
    }
  }
}
