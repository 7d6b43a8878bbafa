/**
 * A server that does what a test says, byte by byte, and remembers what it was told.
 *
 * @module
 */

import { concatBytes, encodeText } from "../../src/bytes/text.ts";

/** One client's connection. */
export class ScriptedConnection {
  /** Every read, as text: the players under test write a request at once. */
  readonly requests: string[] = [];
  readonly #conn: Deno.TcpConn;
  readonly #closed = Promise.withResolvers<void>();

  /** Made by {@linkcode ScriptedServer}. */
  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
  }

  /** The next request; undefined at the end of the connection. */
  async request(): Promise<string | undefined> {
    const buffer = new Uint8Array(65_536);
    try {
      const length = await this.#conn.read(buffer);
      if (length === null) return undefined;
      const text = String.fromCharCode(...buffer.subarray(0, length));
      this.requests.push(text);
      return text;
    } catch {
      return undefined;
    }
  }

  /** Answers each request with what `reply` makes of it, until the end. */
  async answer(
    reply: (request: string, number: number) => string | undefined | Promise<string | undefined>,
  ): Promise<void> {
    for (let number = 1;; number++) {
      const request = await this.request();
      if (request === undefined) return;
      const text = await reply(request, number);
      if (text !== undefined) await this.send(text);
    }
  }

  /** Sends text or bytes, each as a segment of its own. */
  async send(...pieces: (string | Uint8Array)[]): Promise<void> {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? encodeText(piece) : piece;
      try {
        for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
      } catch {
        return;
      }
    }
  }

  /** Resolves when it is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Closes it. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It is closed already.
    }
    this.#closed.resolve();
  }
}

/** Listens on a free port of the loopback interface. */
export class ScriptedServer implements AsyncDisposable {
  /** The connections so far, in order. */
  readonly connections: ScriptedConnection[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #accepting: Promise<void>;
  readonly #scripts: Promise<void>[] = [];

  /** Calls `script` for each connection and closes it when that has ended. */
  constructor(
    script: (connection: ScriptedConnection, number: number) => Promise<void>,
    hostname = "127.0.0.1",
  ) {
    this.#listener = Deno.listen({ hostname, port: 0 });
    this.#accepting = this.#accept(script);
  }

  /** Its port. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** All that all clients said. */
  get requests(): string[] {
    return this.connections.flatMap(({ requests }) => requests);
  }

  async #accept(
    script: (connection: ScriptedConnection, number: number) => Promise<void>,
  ): Promise<void> {
    for await (const conn of this.#listener) {
      const connection = new ScriptedConnection(conn);
      this.connections.push(connection);
      const number = this.connections.length;
      this.#scripts.push(script(connection, number).finally(() => connection.close()));
    }
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting.catch(() => {});
    for (const connection of this.connections) connection.close();
    await Promise.all(this.#scripts);
  }
}

/** A header's value in a request, blanks left out. */
export function headerOf(request: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*:\\s*(.*?)\\s*$`, "im").exec(request)?.[1];
}

/** The client's UDP port in a SETUP. */
export function clientPort(request: string): number {
  const port = /client_port\s*=\s*(\d+)|dest_addr="[^":]*:(\d+)/.exec(request);
  return Number(port?.[1] ?? port?.[2]);
}

/** Fields of an RTP header as a lab program would set them. */
export interface RtpFields {
  readonly version?: number;
  readonly marker?: boolean;
  readonly payloadType?: number;
  readonly sequence: number;
  readonly timestamp?: number;
  readonly ssrc?: number;
}

/** An RTP packet, written out without the code under test. */
export function rtp(fields: RtpFields, payload: Uint8Array): Uint8Array {
  const { version = 2, marker = false, payloadType = 26, sequence } = fields;
  const header = new DataView(new ArrayBuffer(12));
  header.setUint8(0, version << 6);
  header.setUint8(1, (marker ? 0x80 : 0) | payloadType);
  header.setUint16(2, sequence & 0xffff);
  header.setUint32(4, (fields.timestamp ?? 0) >>> 0);
  header.setUint32(8, (fields.ssrc ?? 1337) >>> 0);
  return concatBytes([new Uint8Array(header.buffer), payload]);
}

/** Sends datagrams to one port of this machine. */
export class DatagramSender implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #to: Deno.NetAddr;

  /** Sends to this port from a port of its own. */
  constructor(port: number, hostname = "127.0.0.1") {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#to = { transport: "udp", hostname, port };
  }

  /** Its own port. */
  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  /** Sends datagrams, with a breath after each. */
  async send(datagrams: Iterable<Uint8Array>, gapMs = 2): Promise<void> {
    for (const datagram of datagrams) {
      try {
        await this.#socket.send(datagram, this.#to);
      } catch {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, gapMs));
    }
  }

  /** The next datagram that somebody sends here. */
  async receive(): Promise<Uint8Array> {
    return (await this.#socket.receive())[0];
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
