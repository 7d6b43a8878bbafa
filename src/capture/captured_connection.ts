/**
 * A TCP connection as it must have looked on the wire, made up again from the bytes that were written
 * and read: handshake, numbered segments, acknowledgments, FIN.
 *
 * @module
 */

import { encodeTcp, type Endpoint, type Path, pathBetween, TCP_FLAG } from "./packet_builder.ts";

/** Bytes of payload in one segment, as on Ethernet (1,500 - 40). */
const SEGMENT_BYTES = 1460;

/** Once so much has gone one way without an answer, the other end acknowledges it. */
const ACKNOWLEDGE_AFTER = 32_768;

/** Options of a SYN: largest segment 1,460, window scale 7, padded by no-operations. */
const SYN_OPTIONS = Uint8Array.of(2, 4, 0x05, 0xb4, 3, 3, 7, 1);
const NOTHING = new Uint8Array(0);

/** One direction. */
interface Flow {
  readonly path: Path;
  /** Number of the next byte. */
  next: number;
  /** The other end has acknowledged everything before this number. */
  acknowledged: number;
}

/** One RTSP connection in a {@linkcode SessionCapture}. Times are Unix times in ms. */
export class CapturedConnection {
  readonly #write: (unixMs: number, packet: Uint8Array) => void;
  readonly #fromClient: Flow;
  readonly #fromServer: Flow;
  #identification = 0;
  #opened = false;
  #closed = false;

  /** Packets go to `write`; nothing is written before the first call of a method. */
  constructor(
    client: Endpoint,
    server: Endpoint,
    write: (unixMs: number, packet: Uint8Array) => void,
  ) {
    this.#write = write;
    this.#fromClient = flow(pathBetween(client, server));
    this.#fromServer = flow(pathBetween(server, client));
  }

  /** Whether both ends said that they are done. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The three-way handshake; the first bytes bring it about if nobody did. */
  open(unixMs: number): void {
    if (this.#opened) return;
    this.#opened = true;
    const { syn, ack } = TCP_FLAG;
    this.#segment(this.#fromClient, this.#fromServer, unixMs, syn, NOTHING, SYN_OPTIONS);
    this.#segment(this.#fromServer, this.#fromClient, unixMs, syn | ack, NOTHING, SYN_OPTIONS);
    this.#segment(this.#fromClient, this.#fromServer, unixMs, ack, NOTHING);
  }

  /** Bytes that the client wrote. */
  toServer(bytes: Uint8Array, unixMs: number): void {
    this.#data(this.#fromClient, this.#fromServer, bytes, unixMs);
  }

  /** Bytes that the server wrote. */
  toClient(bytes: Uint8Array, unixMs: number): void {
    this.#data(this.#fromServer, this.#fromClient, bytes, unixMs);
  }

  /** Both ends say that they are done, `by` first; again is without effect. */
  close(unixMs: number, by: "client" | "server" = "client"): void {
    if (!this.#opened || this.#closed) return;
    this.#closed = true;
    const { fin, ack } = TCP_FLAG;
    const [first, second] = by === "client"
      ? [this.#fromClient, this.#fromServer]
      : [this.#fromServer, this.#fromClient];
    this.#segment(first, second, unixMs, fin | ack, NOTHING);
    this.#segment(second, first, unixMs, fin | ack, NOTHING);
    this.#segment(first, second, unixMs, ack, NOTHING);
  }

  #data(from: Flow, to: Flow, bytes: Uint8Array, unixMs: number): void {
    if (this.#closed) return;
    this.open(unixMs);
    const { push, ack } = TCP_FLAG;
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
      const piece = bytes.subarray(at, at + SEGMENT_BYTES);
      const last = at + SEGMENT_BYTES >= bytes.length;
      this.#segment(from, to, unixMs, last ? push | ack : ack, piece);
      if (((from.next - from.acknowledged) >>> 0) >= ACKNOWLEDGE_AFTER) {
        this.#segment(to, from, unixMs, ack, NOTHING);
      }
    }
  }

  #segment(
    from: Flow,
    to: Flow,
    unixMs: number,
    flags: number,
    payload: Uint8Array,
    options: Uint8Array = NOTHING,
  ): void {
    const acknowledges = (flags & TCP_FLAG.ack) !== 0;
    const packet = encodeTcp(from.path, {
      sequence: from.next,
      acknowledgment: acknowledges ? to.next : 0,
      flags,
      options,
      payload,
    }, this.#identification++);
    if (acknowledges) to.acknowledged = to.next;
    // SYN and FIN take a number each (RFC 9293 section 3.4).
    const extra = (flags & (TCP_FLAG.syn | TCP_FLAG.fin)) !== 0 ? 1 : 0;
    from.next = (from.next + payload.length + extra) >>> 0;
    this.#write(unixMs, packet);
  }
}

function flow(path: Path): Flow {
  // Any first number will do; one that differs by port tells connections apart.
  const first = Math.imul(path.sourcePort + 1, 0x9e3779b1) >>> 0;
  return { path, next: first, acknowledged: first };
}
