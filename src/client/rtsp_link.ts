/**
 * A client's control connection: requests out, replies back, frames in between.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";
import { type ConnectLimits, connectTcp } from "../net/connect_tcp.ts";
import { StreamWriter } from "../net/stream_writer.ts";
import {
  encodeInterleaved,
  encodeResponse,
  type RtspMessage,
  type RtspRequest,
  type RtspResponse,
} from "../rtsp/message.ts";
import { RtspParser } from "../rtsp/parser.ts";
import { LinkClosed, ReplyWaiters } from "./reply_waiters.ts";
import { lacksLength, UnmeasuredDescription } from "./unmeasured_description.ts";

/** Sees what goes over a link. */
export interface LinkListener {
  /** A message in either direction, with its bytes. */
  message(
    direction: "sent" | "received",
    bytes: Uint8Array,
    message: RtspMessage,
  ): void;
  /** A frame; the payload is valid until this returns. */
  frame(channel: number, payload: Uint8Array): void;
  /** Bytes as they went through the socket, for captures. */
  wire?(direction: "sent" | "received", bytes: Uint8Array): void;
  /** The server closed the connection, or it broke. */
  closed(): void;
}

/** Lab servers end a reply by saying nothing more, for this long in ms. */
const LAB_PAUSE_MS = 50;

/** A reply with something odd behind it may go on a little longer, in ms. */
const ODD_PAUSE_MS = 250;

/** An open connection. */
export class RtspLink implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #listener: LinkListener;
  readonly #writer: StreamWriter;
  readonly #parser: RtspParser;
  readonly #channels = new Set<number>();
  readonly #waiters = new ReplyWaiters();
  readonly #description = new UnmeasuredDescription();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #odd = false;

  private constructor(conn: Deno.TcpConn, listener: LinkListener) {
    this.#conn = conn;
    this.#listener = listener;
    this.#writer = new StreamWriter(conn, () => this.close());
    this.#parser = new RtspParser({
      maxBodyBytes: 4 * 1024 * 1024,
      isChannel: (channel) => this.#channels.size === 0 || this.#channels.has(channel),
    });
  }

  /**
   * Connects.
   *
   * @throws {Error} When the server cannot be reached in `timeoutMs` ms, or the signal says no.
   */
  static async connect(
    server: { hostname: string; port: number },
    limits: ConnectLimits,
    listener: LinkListener,
  ): Promise<RtspLink> {
    const conn = await connectTcp(server, limits);
    const link = new RtspLink(conn, listener);
    link.#read();
    return link;
  }

  /** This end of the connection. */
  get localAddress(): Deno.NetAddr {
    return this.#conn.localAddr;
  }

  /** The server's end. */
  get remoteAddress(): Deno.NetAddr {
    return this.#conn.remoteAddr;
  }

  /** Whether the connection is over. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Channels on which frames come: everything else that begins with `$` is junk. */
  expectChannels(channels: readonly number[]): void {
    for (const channel of channels) this.#channels.add(channel);
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @throws {ReplyTimeout} When there is none in `timeoutMs`.
   * @throws {LinkClosed} When the connection ends first.
   */
  request(
    request: { bytes: Uint8Array; method: string; cseq?: string },
    timeoutMs: number,
  ): Promise<RtspResponse> {
    const { bytes, method } = request;
    if (this.#closed) return Promise.reject(new LinkClosed(method));
    const reply = this.#waiters.wait(request, timeoutMs);
    this.#send(bytes);
    return reply;
  }

  /** Whoever waits for a reply is told to go on without it, but for TEARDOWN, which ends it all. */
  stopWaiting(): void {
    this.#waiters.stop();
  }

  /** Sends a frame, such as a receiver report. */
  sendFrame(channel: number, payload: Uint8Array): void {
    if (this.#closed) return;
    const frame = encodeInterleaved(channel, payload);
    this.#listener.wire?.("sent", frame);
    this.#writer.write(frame);
  }

  /** Closes the connection. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#waiters.close();
    try {
      this.#conn.close();
    } catch {
      // The resource is gone already.
    }
    this.#listener.closed();
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.close();
  }

  #send(bytes: Uint8Array): void {
    this.#listener.wire?.("sent", bytes);
    const parser = new RtspParser();
    const message = parser.push(bytes)[0] ?? parser.takePending();
    if (message !== undefined) this.#listener.message("sent", bytes, message);
    this.#writer.write(bytes);
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const length = await this.#conn.read(buffer);
        if (length === null) break;
        clearTimeout(this.#timer);
        const chunk = buffer.subarray(0, length);
        this.#listener.wire?.("received", chunk);
        for (const message of this.#parser.push(chunk)) this.#take(message);
        if (this.#closed) break;
        this.#awaitMore();
      }
    } catch {
      // Reset, or closed here.
    }
    this.#takePending();
    this.close();
  }

  #take(message: RtspMessage): void {
    if (message.kind === "interleaved") {
      this.#listener.frame(message.channel, message.payload);
      return;
    }
    this.#odd = message.kind === "malformed";
    if (this.#description.isOpen) {
      if (message.kind === "malformed" && !message.fatal) {
        this.#description.add(message.bytes);
        if (this.#description.isFull) this.#finishDescription();
        return;
      }
      this.#finishDescription();
    }
    if (message.kind === "response" && this.#isDescribed && lacksLength(message)) {
      this.#description.begin(message);
      return;
    }
    this.#tell(message);
  }

  #tell(message: Exclude<RtspMessage, { kind: "interleaved" }>): void {
    const bytes = message.kind === "malformed"
      ? message.bytes
      : concatBytes([message.wire.head, message.body]);
    this.#listener.message("received", bytes, message);
    if (message.kind === "response") this.#waiters.answer(message);
    if (message.kind === "request") this.#refuse(message);
    // Nothing behind it can be read any more.
    if (message.kind === "malformed" && message.fatal) this.close();
  }

  /** Whether the next reply is to DESCRIBE. */
  get #isDescribed(): boolean {
    return this.#waiters.nextMethod === "DESCRIBE";
  }

  #finishDescription(): void {
    const response = this.#description.finish();
    if (response !== undefined) this.#tell(response);
  }

  /** What waits may be a whole reply of a server that sends no blank lines. */
  #awaitMore(): void {
    if (this.#description.isOpen) {
      this.#timer = setTimeout(() => this.#takePending(), ODD_PAUSE_MS);
      return;
    }
    if (this.#parser.pendingBytes === 0) return;
    const pending = this.#parser.pending();
    if (pending?.kind !== "response") return;
    // A description without a blank line before it may come in a further segment.
    const pause = this.#isDescribed || this.#odd ? ODD_PAUSE_MS : LAB_PAUSE_MS;
    this.#timer = setTimeout(() => this.#takePending(), pause);
  }

  #takePending(): void {
    if (this.#description.isOpen) {
      this.#description.add(this.#parser.takeBytes());
      this.#finishDescription();
      return;
    }
    const message = this.#parser.takePending();
    if (message !== undefined) this.#take(message);
  }

  /** A server may ask a client for signs of life (OPTIONS); the rest is nothing that Reel does. */
  #refuse(request: RtspRequest): void {
    const cseq = request.headers.get("cseq") ?? "0";
    const known = request.method === "OPTIONS" || request.method === "PLAY_NOTIFY";
    const headers: [string, string][] = [["CSeq", cseq]];
    const session = request.headers.get("session");
    if (session !== undefined) headers.push(["Session", session]);
    this.#send(encodeResponse({ status: known ? 200 : 501, version: request.version, headers }));
  }
}
