/** A server, and the socket ends of clients that are written out byte by byte. */

import { assert } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { decodeLatin1, encodeText } from "../../src/bytes/text.ts";
import { MediaLibrary } from "../../src/media/library.ts";
import { ReelServer, type ServerOptions } from "../../src/serve/server.ts";

/** The repository's own media. */
export const MEDIA: string = fromFileUrl(new URL("../../media", import.meta.url));

/** How long anything is waited for before a test gives up, in ms. */
const PATIENCE_MS = 10_000;

/** A running server and what it told its operator. */
export interface TestServer extends AsyncDisposable {
  readonly server: ReelServer;
  readonly port: number;
  readonly notices: string[];
}

/** Serves `folder` on a free port of 127.0.0.1. */
export function startServer(
  folder: string = MEDIA,
  options: Partial<ServerOptions> & { frameRate?: number } = {},
): TestServer {
  const notices: string[] = [];
  const { frameRate = 20, ...rest } = options;
  const server = ReelServer.listen(new MediaLibrary(folder, { frameRate }), {
    hostname: "127.0.0.1",
    port: 0,
    onNotice: (message) => notices.push(message),
    ...rest,
  });
  return {
    server,
    notices,
    port: server.address.port,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** Frames of a film in the lab's format, read without the code under test. */
export function labFrames(film: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 5 <= film.length;) {
    const length = Number(decodeLatin1(film.subarray(at, at + 5)));
    frames.push(film.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return frames;
}

/** The bytes of a film in the lab's format. */
export function labFilm(frames: readonly Uint8Array[]): Uint8Array {
  const parts = frames.flatMap((frame) => [
    ...encodeText(String(frame.length).padStart(5, "0")),
    ...frame,
  ]);
  return Uint8Array.from(parts);
}

/** A client's control connection. Each read is kept apart: lab clients take a read for a reply. */
export class LabConnection implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #reads: Uint8Array[] = [];
  #ended = false;
  #error: unknown;
  #wake: () => void = () => {};
  readonly #reading: Promise<void>;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
    conn.setNoDelay(true);
    this.#reading = this.#read();
  }

  static async connect(port: number, hostname = "127.0.0.1"): Promise<LabConnection> {
    return new LabConnection(await Deno.connect({ hostname, port }));
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const length = await this.#conn.read(buffer);
        if (length === null) break;
        this.#reads.push(buffer.slice(0, length));
        this.#wake();
      }
    } catch (error) {
      this.#error = error;
    }
    this.#ended = true;
    this.#wake();
  }

  /** Whether the server has closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the connection was reset rather than closed. */
  get broken(): boolean {
    return this.#error !== undefined;
  }

  /** Sends pieces, each as a segment of its own; a number is a pause in ms. */
  async send(...pieces: (string | Uint8Array | number)[]): Promise<void> {
    for (const piece of pieces) {
      if (typeof piece === "number") {
        await new Promise((resolve) => setTimeout(resolve, piece));
        continue;
      }
      const bytes = typeof piece === "string" ? encodeText(piece) : piece;
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    }
  }

  /** The next read, or undefined when the server closes instead. */
  async read(): Promise<Uint8Array | undefined> {
    await waitUntil(() => this.#reads.length > 0 || this.#ended, "a reply", (wake) => {
      this.#wake = wake;
    });
    return this.#reads.shift();
  }

  /** The next read as text. */
  async reply(): Promise<string> {
    const bytes = await this.read();
    assert(bytes !== undefined, "the server closed instead of answering");
    return decodeLatin1(bytes);
  }

  /** Sends one request and gives the read that answers it. */
  async ask(...pieces: (string | Uint8Array | number)[]): Promise<string> {
    await this.send(...pieces);
    return await this.reply();
  }

  /** Whether nothing was read that nobody has asked for. */
  get silent(): boolean {
    return this.#reads.length === 0;
  }

  /** Reads everything up to the end of the connection. */
  async rest(): Promise<string> {
    let text = "";
    for (let bytes = await this.read(); bytes !== undefined; bytes = await this.read()) {
      text += decodeLatin1(bytes);
    }
    return text;
  }

  /** Ends this side only. */
  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** Closes. */
  async close(): Promise<void> {
    try {
      this.#conn.close();
    } catch {
      // Closed already.
    }
    await this.#reading;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A client's UDP port. */
export class LabReceiver implements Disposable {
  readonly datagrams: Uint8Array[] = [];
  readonly #socket: Deno.DatagramConn;
  #wake: () => void = () => {};

  constructor(hostname = "127.0.0.1", port = 0) {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port });
    this.#receive();
  }

  async #receive(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for (;;) {
      try {
        const [datagram] = await this.#socket.receive(buffer);
        this.datagrams.push(datagram.slice());
        this.#wake();
      } catch {
        return;
      }
    }
  }

  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  /** Waits until there are `count` datagrams in all. */
  async until(count: number): Promise<Uint8Array[]> {
    await waitUntil(() => this.datagrams.length >= count, `${count} datagrams`, (wake) => {
      this.#wake = wake;
    });
    return this.datagrams;
  }

  /** Waits until a datagram of that text has come. */
  async untilText(text: string): Promise<void> {
    const came = (): boolean =>
      this.datagrams.some((datagram) =>
        datagram.length === text.length && decodeLatin1(datagram) === text
      );
    await waitUntil(came, JSON.stringify(text), (wake) => {
      this.#wake = wake;
    });
  }

  [Symbol.dispose](): void {
    try {
      this.#socket.close();
    } catch {
      // Closed already.
    }
  }
}

async function waitUntil(
  condition: () => boolean,
  what: string,
  onWake: (wake: () => void) => void,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition()) {
    const left = deadline - performance.now();
    if (left <= 0) throw new Error(`${what} did not come`);
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      onWake(resolve);
      timer = setTimeout(resolve, left);
    });
    clearTimeout(timer);
  }
}

/** The 12 bytes before a lab's payload. */
export function labHeader(datagram: Uint8Array): {
  first: number;
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Uint8Array;
} {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  return {
    first: view.getUint8(0),
    marker: view.getUint8(1) > 0x7f,
    payloadType: view.getUint8(1) & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: datagram.subarray(12),
  };
}

/** The value of a header in a reply. */
export function header(reply: string, name: string): string | undefined {
  const line = reply.split(/\r?\n/).find((line) =>
    line.toLowerCase().startsWith(`${name.toLowerCase()}:`)
  );
  return line?.slice(name.length + 1).trim();
}

/** The status of a reply. */
export function status(reply: string): number {
  return Number(/^RTSP\/\S+ (\d{3}) /.exec(reply)?.[1]);
}
