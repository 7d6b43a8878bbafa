/**
 * A pair of UDP sockets on consecutive ports: RTP on the even one, RTCP on the next (RFC 3550
 * section 11).
 *
 * @module
 */

import { isIpv6 } from "./address.ts";
import { BatchSender } from "./batch_sender.ts";
import { growReceiveBuffer } from "./system_socket.ts";

/** Ports to choose from. */
export interface PortRange {
  /** The first that may be taken. */
  readonly first: number;
  /** The last that may be taken. */
  readonly last: number;
}

/** Where a datagram came from or goes to. */
export type UdpAddress = Deno.NetAddr;

/** Takes one datagram. The bytes are valid until it returns. */
export type DatagramListener = (datagram: Uint8Array, from: UdpAddress) => void;

/** Longest UDP payload over IPv4. */
const MAX_DATAGRAM = 65_507;

/**
 * Media that wait to be read: more than a second of most films. The usual buffer holds about ninety
 * packets, which is less than one large picture.
 */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Pause after an error of a socket that is read, in ms. */
const RECEIVE_RETRY_MS = 1;

/**
 * Datagrams that are with the system at the same time. Deno turns the order round of those that have
 * to wait: the first ones of a socket, and all behind 128 operations in a turn.
 */
const MAX_IN_FLIGHT = 32;

/** Datagrams that may wait; those above are dropped, as a full network would. */
const MAX_WAITING = 8192;

interface Waiting {
  readonly datagram: Uint8Array;
  readonly to: UdpAddress;
  readonly onSent: (() => void) | undefined;
}

/** Two bound sockets. */
export class UdpPair implements Disposable {
  readonly #rtp: Deno.DatagramConn;
  readonly #rtcp: Deno.DatagramConn;
  #closed = false;
  #sendErrors = 0;
  #batch: BatchSender | "none" | undefined;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #hasSent = false;
  readonly #sendNext = (): void => this.#sendSome();
  readonly #onSendError = (): number => this.#sendErrors++;

  private constructor(rtp: Deno.DatagramConn, rtcp: Deno.DatagramConn) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
  }

  /**
   * Binds a pair: the first free one of `ports`, or any.
   *
   * @throws {Deno.errors.AddrInUse} When no pair is free.
   */
  static bind(hostname: string, ports?: PortRange): UdpPair {
    if (ports === undefined) return bindAny((port) => UdpPair.#bindAt(hostname, port), hostname);
    for (let port = ports.first + ports.first % 2; port < ports.last; port += 2) {
      const pair = UdpPair.#bindAt(hostname, port);
      if (pair !== undefined) return pair;
    }
    throw new Deno.errors.AddrInUse(`no free pair of UDP ports in ${ports.first}-${ports.last}`);
  }

  /**
   * Binds exactly `port` and, if it can be had, the next one; a lab client has use for one only.
   *
   * @throws {Deno.errors.AddrInUse} When `port` is taken.
   */
  static bindFrom(hostname: string, port: number): UdpPair {
    const rtp = listen(hostname, port);
    try {
      return new UdpPair(rtp, listen(hostname, port + 1));
    } catch {
      return new UdpPair(rtp, listen(hostname, 0));
    }
  }

  static #bindAt(hostname: string, port: number): UdpPair | undefined {
    let rtp: Deno.DatagramConn | undefined;
    try {
      rtp = listen(hostname, port);
      return new UdpPair(rtp, listen(hostname, port + 1));
    } catch (error) {
      rtp?.close();
      if (error instanceof Deno.errors.AddrInUse) return undefined;
      throw error;
    }
  }

  /** Port of the RTP socket. */
  get rtpPort(): number {
    return (this.#rtp.addr as Deno.NetAddr).port;
  }

  /** Port of the RTCP socket. */
  get rtcpPort(): number {
    return (this.#rtcp.addr as Deno.NetAddr).port;
  }

  /** Datagrams that the system refused to send. */
  get sendErrors(): number {
    return this.#sendErrors;
  }

  /**
   * Sends from the RTP port. The bytes must stay as they are until the system has taken them, of which
   * `onSent` is told, or until it refused to.
   */
  sendRtp(datagram: Uint8Array, to: UdpAddress, onSent?: () => void): void {
    if (this.#closed) return;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#sendErrors++;
      onSent?.();
      return;
    }
    this.#waiting.push({ datagram, to, onSent });
    if (this.#inFlight === 0 && this.#waiting.length === 1) queueMicrotask(this.#sendNext);
  }

  /** Datagrams to IPv4 or IPv6 receivers in batches from the RTP port, where the system can. */
  batchSender(family: "ipv4" | "ipv6"): BatchSender | undefined {
    if (this.#batch === undefined) {
      const refused = (datagram: Uint8Array, to: UdpAddress): void => this.sendRtp(datagram, to);
      this.#batch = BatchSender.open(family, this.rtpPort, refused) ?? "none";
    }
    return this.#batch === "none" ? undefined : this.#batch;
  }

  #sendSome(): void {
    if (this.#closed) return;
    const some = this.#waiting.splice(0, this.#hasSent ? MAX_IN_FLIGHT : 1);
    this.#inFlight = some.length;
    for (const { datagram, to, onSent } of some) {
      const done = (): void => {
        onSent?.();
        this.#hasSent = true;
        if (--this.#inFlight === 0 && this.#waiting.length > 0) this.#sendSome();
      };
      this.#rtp.send(datagram, to).then(done, () => {
        this.#sendErrors++;
        done();
      });
    }
  }

  /** Has the system keep more of the media that wait to be read; false where it does not. */
  growReceiveBuffer(): boolean {
    const { hostname, port } = this.#rtp.addr as Deno.NetAddr;
    return growReceiveBuffer(isIpv6(hostname) ? "ipv6" : "ipv4", port, RECEIVE_BUFFER_BYTES);
  }

  /** Sends from the RTCP port. */
  sendRtcp(datagram: Uint8Array, to: UdpAddress): void {
    if (!this.#closed) this.#rtcp.send(datagram, to).then(undefined, this.#onSendError);
  }

  /**
   * Gives all datagrams to the listeners until the pair is closed. `maxDatagram` is the longest that
   * is received whole, in bytes.
   */
  listen(onRtp: DatagramListener, onRtcp: DatagramListener, maxDatagram = MAX_DATAGRAM): void {
    this.#receive(this.#rtp, onRtp, maxDatagram);
    this.#receive(this.#rtcp, onRtcp, Math.min(maxDatagram, 8192));
  }

  async #receive(
    socket: Deno.DatagramConn,
    listener: DatagramListener,
    maxDatagram: number,
  ): Promise<void> {
    const buffer = new Uint8Array(maxDatagram);
    while (!this.#closed) {
      let received: [Uint8Array, Deno.Addr];
      try {
        received = await socket.receive(buffer);
      } catch (error) {
        if (this.#closed || error instanceof Deno.errors.BadResource) return;
        // An ICMP "port unreachable" for something sent earlier, or whatever the system may have: the
        // socket goes on, but not in a circle.
        await new Promise((resolve) => setTimeout(resolve, RECEIVE_RETRY_MS));
        continue;
      }
      listener(received[0], received[1] as Deno.NetAddr);
    }
  }

  /** Closes both sockets. */
  close(): void {
    if (this.#closed) return;
    if (this.#batch !== undefined && this.#batch !== "none") this.#batch[Symbol.dispose]();
    this.#closed = true;
    this.#rtp.close();
    this.#rtcp.close();
  }

  /** Closes both sockets. */
  [Symbol.dispose](): void {
    this.close();
  }
}

function listen(hostname: string, port: number): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname, port });
}

/** Asks the system for a free even port whose neighbour is free as well. */
function bindAny(bindAt: (port: number) => UdpPair | undefined, hostname: string): UdpPair {
  for (let attempt = 0; attempt < 64; attempt++) {
    const probe = listen(hostname, 0);
    const { port } = probe.addr as Deno.NetAddr;
    probe.close();
    const pair = port < 0xffff ? bindAt(port - port % 2) : undefined;
    if (pair !== undefined) return pair;
  }
  throw new Deno.errors.AddrInUse("no free pair of UDP ports");
}
