/**
 * A bad network between a real client and a real server: an RTSP proxy that has the media sent to
 * itself and passes it on with losses, copies and delays. What it did is counted.
 *
 * @module
 */

import { decodeLatin1 } from "../../src/bytes/text.ts";
import { type Impairment, randomFrom } from "./simulate.ts";

/** What became of one direction of one track's RTP. */
export interface RelayCount {
  /** Datagrams that came from the server. */
  sent: number;
  /** Of those, dropped. */
  dropped: number;
  /** Datagrams that went on, copies included. */
  forwarded: number;
}

/** Stands between a client and the server on `127.0.0.1`. */
export class Relay implements Disposable {
  /** One entry a track, in the order of SETUP. */
  readonly counts: RelayCount[] = [];
  readonly #serverPort: number;
  readonly #impairment: Impairment;
  readonly #random: () => number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #sockets: Deno.DatagramConn[] = [];
  readonly #connections: Deno.Conn[] = [];
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #silent = false;
  #closed = false;

  /** Begins to listen. */
  constructor(serverPort: number, impairment: Impairment) {
    this.#serverPort = serverPort;
    this.#impairment = impairment;
    this.#random = randomFrom(impairment.seed ?? 1);
    this.#accept();
  }

  /** Port for the client. */
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** From now on no datagram goes through. */
  silence(): void {
    this.#silent = true;
  }

  /** Breaks all connections. */
  cut(): void {
    for (const connection of this.#connections.splice(0)) close(connection);
  }

  /** Closes everything. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#listener.close();
    for (const timer of this.#timers) clearTimeout(timer);
    this.cut();
    for (const socket of this.#sockets) close(socket);
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#serverPort });
        this.#connections.push(client, server);
        const ports = new Map<string, string>();
        this.#pump(client, server, (text) => this.#rewriteRequest(text, ports));
        this.#pump(server, client, (text) => {
          return [...ports].reduce((reply, [ours, theirs]) => {
            if (!reply.includes(ours)) return reply;
            // The media comes from the same sockets of ours.
            const from = ours.replace("client", "server");
            return reply.replace(ours, theirs).replace(/server_port=\d+-\d+/, from);
          }, text);
        });
      }
    } catch {
      // Closed.
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn, rewrite: (text: string) => string): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
        // Media may go over the connection as well: every byte is a character.
        const text = rewrite(decodeLatin1(buffer.subarray(0, n)));
        const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
        for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
      }
    } catch {
      // Reset, or closed here.
    }
    close(from);
    close(to);
  }

  /** Puts ports of ours in the place of the client's. */
  #rewriteRequest(text: string, ports: Map<string, string>): string {
    return text.replace(/client_port=(\d+)-(\d+)/g, (theirs, rtp: string, rtcp: string) => {
      const count: RelayCount = { sent: 0, dropped: 0, forwarded: 0 };
      this.counts.push(count);
      const media = this.#forward(Number(rtp), count);
      const ours = `client_port=${media}-${this.#forward(Number(rtcp), undefined)}`;
      ports.set(ours, theirs);
      return ours;
    });
  }

  /** A socket whose datagrams go to `port`; RTCP, which has no count, is left in peace. */
  #forward(port: number, count: RelayCount | undefined): number {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    this.#sockets.push(socket);
    const to: Deno.NetAddr = { transport: "udp", hostname: "127.0.0.1", port };
    const send = (datagram: Uint8Array): void => {
      if (!this.#closed) socket.send(datagram, to).catch(() => {});
    };
    (async () => {
      for await (const [datagram, from] of socket) {
        // What the client sends to us is meant for the server, which needs none of it here.
        if ((from as Deno.NetAddr).port === port || this.#silent) continue;
        if (count === undefined) this.#later(60, () => send(datagram));
        else this.#impair(datagram, count, send);
      }
    })().catch(() => {});
    return (socket.addr as Deno.NetAddr).port;
  }

  #impair(datagram: Uint8Array, count: RelayCount, send: (datagram: Uint8Array) => void): void {
    const { loss = 0, duplication = 0, reordering = 0 } = this.#impairment;
    count.sent++;
    if (this.#random() < loss) {
      count.dropped++;
      return;
    }
    const copies = this.#random() < duplication ? 2 : 1;
    const delay = this.#random() < reordering ? 5 + 35 * this.#random() : 0;
    count.forwarded += copies;
    for (let copy = 0; copy < copies; copy++) {
      if (delay === 0) send(datagram);
      else this.#later(delay + copy, () => send(datagram));
    }
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}

function close(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It is closed.
  }
}
