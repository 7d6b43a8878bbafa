/**
 * An RTSP client for tests, as plain as can be: writes what it is told, hands out what comes.
 *
 * @module
 */

import { MediaLog } from "./media_log.ts";

/** A reply, taken apart. */
export interface TestReply {
  /** The version in the status line. */
  readonly version: string;
  /** The status. */
  readonly status: number;
  /** Header fields; names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body as text. */
  readonly body: string;
}

/** A request that came from the server. */
export type ServerRequest = { readonly line: string } & Omit<TestReply, "status" | "version">;

/** What a request may have besides its method. */
export interface RequestOptions {
  /** Default "1.0". */
  readonly version?: string;
  /** Body. */
  readonly body?: string;
  /** Further header fields. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Leaves the Session header out. */
  readonly sessionless?: boolean;
}

/** A control connection. */
export class RtspTestClient implements Disposable {
  /** What came interleaved, by channel. */
  readonly channels = new Map<number, MediaLog>();
  /** Requests of the server. */
  readonly requests: ServerRequest[] = [];
  /** Resolves when the server has closed. */
  readonly closed: Promise<void>;
  /** Identifier of the session, from the last SETUP. */
  session: string | undefined;
  readonly #conn: Deno.TcpConn;
  readonly #waiting: ((reply: TestReply) => void)[] = [];
  #bytes = new Uint8Array(0);
  #cseq = 0;
  #held: Promise<void> = Promise.resolve();

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    this.closed = this.#read();
  }

  /** Connects to a port of the loopback interface. */
  static async connect(port: number, hostname = "127.0.0.1"): Promise<RtspTestClient> {
    return new RtspTestClient(await Deno.connect({ hostname, port }));
  }

  /** The log of a channel. */
  channel(number: number): MediaLog {
    let log = this.channels.get(number);
    if (log === undefined) this.channels.set(number, log = new MediaLog());
    return log;
  }

  /** Sends a request, with the session's identifier if there is one, and waits for its reply. */
  async request(method: string, url: string, options: RequestOptions = {}): Promise<TestReply> {
    const reply = this.send(method, url, options);
    const answered = await reply;
    const id = answered.headers.get("session")?.split(";")[0];
    if (method === "SETUP" && id !== undefined) this.session = id;
    return answered;
  }

  /** Sends a request; gives the promise of its reply. */
  send(method: string, url: string, options: RequestOptions = {}): Promise<TestReply> {
    const { version = "1.0", body, headers = {}, sessionless = false } = options;
    const lines = [`${method} ${url} RTSP/${version}`, `CSeq: ${++this.#cseq}`];
    if (this.session !== undefined && !sessionless) lines.push(`Session: ${this.session}`);
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
    if (body !== undefined) lines.push(`Content-Length: ${body.length}`);
    const reply = new Promise<TestReply>((resolve) => this.#waiting.push(resolve));
    this.write(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
    return reply;
  }

  /** Writes text or bytes as they are. */
  write(data: string | Uint8Array<ArrayBuffer>): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#conn.write(bytes).catch(() => {});
  }

  /** Sends an interleaved frame. */
  writeFrame(channel: number, packet: Uint8Array): void {
    const frame = new Uint8Array(4 + packet.length);
    frame.set([0x24, channel, packet.length >> 8, packet.length & 0xff]);
    frame.set(packet, 4);
    this.write(frame);
  }

  /** Stops reading, until what it gives is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  /** Sends nothing more; resolves when the server has closed too. */
  async end(): Promise<void> {
    await this.#conn.closeWrite();
    await this.closed;
    this.close();
  }

  /** Closes the connection; where bytes were left unread, the peer sees a reset. */
  close(): void {
    try {
      this.#conn.close();
    } catch {
      // It is closed.
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        await this.#held;
        const length = await this.#conn.read(buffer);
        if (length === null) break;
        const joined = new Uint8Array(this.#bytes.length + length);
        joined.set(this.#bytes);
        joined.set(buffer.subarray(0, length), this.#bytes.length);
        this.#bytes = joined;
        while (this.#takeFrame() || this.#takeMessage());
      }
    } catch {
      // Closed here, or reset.
    }
  }

  #takeFrame(): boolean {
    const bytes = this.#bytes;
    if (bytes[0] !== 0x24 || bytes.length < 4) return false;
    const length = bytes[2]! * 256 + bytes[3]!;
    if (bytes.length < 4 + length) return false;
    this.channel(bytes[1]!).add(bytes.slice(4, 4 + length));
    this.#bytes = bytes.slice(4 + length);
    return true;
  }

  #takeMessage(): boolean {
    if (this.#bytes[0] === 0x24) return false;
    const text = new TextDecoder("latin1").decode(this.#bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) return false;
    const [line = "", ...fields] = text.slice(0, end).split("\r\n");
    const headers = new Map(fields.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }));
    const bodyLength = Number(headers.get("content-length") ?? 0);
    if (text.length < end + 4 + bodyLength) return false;
    const body = text.slice(end + 4, end + 4 + bodyLength);
    this.#bytes = this.#bytes.slice(end + 4 + bodyLength);
    const status = /^RTSP\/(\d\.\d) (\d{3}) /.exec(line);
    if (status === null) this.requests.push({ line, headers, body });
    else {
      const [, version = "", code = ""] = status;
      this.#waiting.shift()?.({ version, status: Number(code), headers, body });
    }
    return true;
  }
}
