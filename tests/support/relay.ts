/**
 * A relay between a player and a server that loses, repeats and swaps datagrams as it is told. It
 * passes the control connection on and puts its own UDP ports in place of the player's.
 *
 * @module
 */

import { decodeLatin1, encodeText } from "../../src/bytes/text.ts";

/** What becomes of the RTP datagram with this number, from 0. */
export type Fate = "pass" | "drop" | "twice" | "swap";

/** Counts of what it did. */
export interface RelayCounts {
  total: number;
  dropped: number;
  repeated: number;
  /** Datagrams that came behind the one after them. */
  swapped: number;
}

/** Passes one player's session on. */
export class Relay implements AsyncDisposable {
  /** What it did to RTP datagrams. */
  readonly counts: RelayCounts = { total: 0, dropped: 0, repeated: 0, swapped: 0 };
  readonly #server: { hostname: string; port: number };
  readonly #fate: (number: number, datagram: Uint8Array) => Fate;
  readonly #listener: Deno.TcpListener;
  readonly #sockets: Deno.DatagramConn[] = [];
  readonly #connections: Deno.TcpConn[] = [];
  readonly #work: Promise<unknown>[] = [];
  #held: Uint8Array | undefined;

  /** Relays to a server on this machine. */
  constructor(port: number, fate: (number: number, datagram: Uint8Array) => Fate) {
    this.#server = { hostname: "127.0.0.1", port };
    this.#fate = fate;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#work.push(this.#accept());
  }

  /** Where players connect. */
  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(): Promise<void> {
    try {
      for await (const player of this.#listener) {
        const server = await Deno.connect(this.#server);
        this.#connections.push(player, server);
        this.#work.push(
          this.#copy(player, server, (text) => this.#ownPorts(text)),
          this.#copy(server, player, (text) => text),
        );
      }
    } catch {
      // Closed.
    }
  }

  async #copy(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    change: (text: string) => string,
  ): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const length = await from.read(buffer);
        if (length === null) break;
        await to.write(encodeText(change(decodeLatin1(buffer.subarray(0, length)))));
      }
      await to.closeWrite();
    } catch {
      // Closed.
    }
  }

  /** SETUP names the relay's own ports to the server. */
  #ownPorts(text: string): string {
    return text.replace(/client_port=(\s*)(\d+)(-(\d+))?/, (_, space, rtp, __, rtcp) => {
      const first = this.#open(Number(rtp), true);
      const second = rtcp === undefined ? "" : `-${this.#open(Number(rtcp), false)}`;
      return `client_port=${space}${first}${second}`;
    });
  }

  #open(port: number, isMedia: boolean): number {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    this.#sockets.push(socket);
    this.#work.push(this.#forward(socket, port, isMedia));
    return (socket.addr as Deno.NetAddr).port;
  }

  async #forward(socket: Deno.DatagramConn, port: number, isMedia: boolean): Promise<void> {
    const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
    try {
      for await (const [datagram] of socket) {
        for (const one of isMedia ? this.#impair(datagram) : [datagram]) await socket.send(one, to);
      }
    } catch {
      // Closed.
    }
  }

  #impair(datagram: Uint8Array): Uint8Array[] {
    const { counts } = this;
    const fate = this.#fate(counts.total++, datagram);
    const held = this.#held;
    this.#held = undefined;
    const after = held === undefined ? [] : [held];
    if (held !== undefined && (fate === "pass" || fate === "twice")) counts.swapped++;
    switch (fate) {
      case "pass":
        return [datagram, ...after];
      case "drop":
        counts.dropped++;
        return after;
      case "twice":
        counts.repeated++;
        return [datagram, datagram, ...after];
      case "swap":
        this.#held = datagram;
        return after;
    }
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const socket of this.#sockets) socket.close();
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch {
        // It is closed already.
      }
    }
    await Promise.all(this.#work);
  }
}
