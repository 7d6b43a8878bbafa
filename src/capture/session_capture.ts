/**
 * A session's own packets as a capture file: what went through its sockets, put back into IP packets.
 * That needs neither root nor a capture library, and Wireshark decodes it by itself.
 *
 * @module
 */

import { CapturedConnection } from "./captured_connection.ts";
import { encodeUdp, type Endpoint, type Path, pathBetween } from "./packet_builder.ts";
import { CaptureWriter, LINK_TYPE } from "./pcap_writer.ts";

/** How a {@linkcode SessionCapture} writes. */
export interface SessionCaptureOptions {
  /** Go on in `name-2.pcap`, `name-3.pcap`, … whenever a file would grow beyond so many bytes. */
  readonly maxBytes?: number;
  /** Replace a file that is there. Without it, opening fails. */
  readonly force?: boolean;
  /** Called once when the disk is full or gone; the capture ends there, the session need not. */
  readonly onError?: (error: Error) => void;
}

/** The first link layer of the file is IP itself, for there was no other that we could have seen. */
const FORMAT = { linkType: LINK_TYPE.raw, resolution: "ns" } as const;

/** Ports on which Wireshark takes TCP for RTSP. */
const RTSP_PORTS: readonly number[] = [554, 7236, 8554];

/**
 * What to tell Wireshark so that it decodes a capture of a server on `port`; undefined where it needs
 * no telling.
 */
export function wiresharkHint(port: number): string | undefined {
  return RTSP_PORTS.includes(port) ? undefined : `-d tcp.port==${port},rtsp`;
}

/** How many UDP paths are kept parsed. */
const MAX_PATHS = 4096;

/**
 * Writes packets as they come. Every call adds whole records, so that a killed program leaves a file
 * that opens. No call but the constructor throws.
 */
export class SessionCapture implements Disposable {
  #path: string | undefined;
  readonly #options: SessionCaptureOptions;
  readonly #writer = new CaptureWriter(FORMAT);
  readonly #connections = new Set<CapturedConnection>();
  readonly #paths = new Map<string, Path>();
  readonly #files: string[] = [];
  #file: Deno.FsFile | undefined;
  /** Records that wait for a file, or undefined when there is one or will be none. */
  #waiting: Uint8Array[] | undefined;
  #size = 0;
  #packetCount = 0;
  #identification = 0;
  #lastMs = 0;

  /**
   * Creates the file. Without a path, packets are kept in memory until {@linkcode begin} or
   * {@linkcode close}: for who cannot know yet whether they are wanted.
   *
   * @throws {Deno.errors.AlreadyExists} When there is one and `force` is not given.
   */
  constructor(path: string | undefined, options: SessionCaptureOptions = {}) {
    this.#options = options;
    if (path === undefined) this.#waiting = [];
    else this.begin(path);
  }

  /**
   * Creates the file and writes what has waited for it.
   *
   * @throws {Deno.errors.AlreadyExists} When there is one and `force` is not given.
   */
  begin(path: string): void {
    this.#path = path;
    this.#open(path);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const record of waiting) this.#record(record);
  }

  /** The files written so far, in order. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** Packets written, those of the handshakes included. */
  get packetCount(): number {
    return this.#packetCount;
  }

  /**
   * A TCP connection, of which each read and write is then given to the connection's methods. It is
   * closed with the capture if it was not before.
   */
  connection(client: Endpoint, server: Endpoint): CapturedConnection {
    for (const other of this.#connections) if (other.closed) this.#connections.delete(other);
    const connection = new CapturedConnection(client, server, (unixMs, packet) => {
      this.#packet(unixMs, packet);
    });
    this.#connections.add(connection);
    return connection;
  }

  /** A UDP datagram, at a Unix time in ms. */
  udp(from: Endpoint, to: Endpoint, payload: Uint8Array, unixMs: number): void {
    if (!this.#isWanted) return;
    const key = `${from.host} ${from.port} ${to.host} ${to.port}`;
    let path = this.#paths.get(key);
    if (path === undefined) {
      if (this.#paths.size >= MAX_PATHS) this.#paths.clear();
      path = pathBetween(from, to);
      this.#paths.set(key, path);
    }
    this.#packet(unixMs, encodeUdp(path, payload, this.#identification++));
  }

  /** Ends the connections that are open and closes the file; again is without effect. */
  close(): void {
    for (const connection of this.#connections) connection.close(this.#lastMs);
    this.#connections.clear();
    this.#file?.close();
    this.#file = undefined;
    this.#waiting = undefined;
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(path: string): void {
    const force = this.#options.force === true;
    this.#file?.close();
    this.#file = undefined;
    const file = Deno.openSync(path, {
      write: true,
      create: force,
      createNew: !force,
      truncate: force,
    });
    this.#files.push(path);
    this.#file = file;
    this.#size = 0;
    this.#append(file, this.#writer.header());
  }

  get #isWanted(): boolean {
    return this.#file !== undefined || this.#waiting !== undefined;
  }

  #packet(unixMs: number, packet: Uint8Array): void {
    if (!this.#isWanted) return;
    this.#lastMs = unixMs;
    const record = this.#writer.record(unixMs, packet);
    if (this.#waiting === undefined) this.#record(record);
    else this.#waiting.push(record);
  }

  #record(record: Uint8Array): void {
    const { maxBytes = Infinity } = this.#options;
    const path = this.#path;
    if (this.#file === undefined || path === undefined) return;
    try {
      if (this.#size > 24 && this.#size + record.length > maxBytes) {
        this.#open(path.replace(/(\.[^./\\]*)?$/, `-${this.#files.length + 1}$1`));
      }
      this.#append(this.#file, record);
      this.#packetCount++;
    } catch (error) {
      this.#file?.close();
      this.#file = undefined;
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Adds a record whole or, when the disk is full, not at all. */
  #append(file: Deno.FsFile, bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    } catch (error) {
      file.truncateSync(this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }
}
