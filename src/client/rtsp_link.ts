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

/** A request that was not answered in time. */
export class ReplyTimeout extends Error {
  /** `method` is the request's. */
  constructor(method: string, ms: number) {
    super(`no reply to ${method} in ${ms / 1000} s`);
    this.name = "ReplyTimeout";
  }
}

/** Nobody wants the reply any more. */
export class RequestStopped extends Error {
  /** `method` is the request's. */
  constructor(method: string) {
    super(`stopped before the server had answered ${method}`);
    this.name = "RequestStopped";
  }
}

/** The connection ended while a reply was awaited. */
export class LinkClosed extends Error {
  /** `method` is the request's. */
  constructor(method: string) {
    super(`the server closed the connection instead of answering ${method}`);
    this.name = "LinkClosed";
  }
}

/** Lab servers end a reply by saying nothing more, for this long in ms. */
const LAB_PAUSE_MS = 50;

/** A reply with something odd behind it may go on a little longer, in ms. */
const ODD_PAUSE_MS = 250;

/** Bytes of a description whose length nobody told; what comes behind them is none of it. */
const MAX_DESCRIPTION_BYTES = 262_144;

interface Waiter {
  readonly method: string;
  readonly cseq: string | undefined;
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(response: RtspResponse): void;
  reject(error: Error): void;
}

/** An open connection. */
export class RtspLink implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #listener: LinkListener;
  readonly #writer: StreamWriter;
  readonly #parser: RtspParser;
  readonly #channels = new Set<number>();
  readonly #waiters: Waiter[] = [];
  /** CSeqs of requests that nobody waits for any more; their replies may still come. */
  readonly #givenUp = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #odd = false;
  /** A description whose length nobody told: what comes until a pause belongs to it. */
  #described: { readonly response: RtspResponse; readonly body: Uint8Array[] } | undefined;
  #describedBytes = 0;

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
    const { bytes, method, cseq } = request;
    if (this.#closed) return Promise.reject(new LinkClosed(method));
    const reply = new Promise<RtspResponse>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#giveUp(waiter);
        reject(new ReplyTimeout(method, timeoutMs));
      }, timeoutMs);
      const waiter: Waiter = { method, cseq, timer, resolve, reject };
      this.#waiters.push(waiter);
    });
    this.#send(bytes);
    return reply;
  }

  /** Whoever waits for a reply is told to go on without it, but for TEARDOWN, which ends it all. */
  stopWaiting(): void {
    for (const waiter of this.#waiters.filter(({ method }) => method !== "TEARDOWN")) {
      this.#giveUp(waiter);
      waiter.reject(new RequestStopped(waiter.method));
    }
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
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(new LinkClosed(waiter.method));
    }
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
    if (this.#described !== undefined) {
      if (message.kind === "malformed" && !message.fatal) {
        this.#described.body.push(message.bytes);
        this.#describedBytes += message.bytes.length;
        if (this.#describedBytes >= MAX_DESCRIPTION_BYTES) this.#finishDescription();
        return;
      }
      this.#finishDescription();
    }
    if (message.kind === "response" && this.#lacksLength(message)) {
      this.#described = { response: message, body: [] };
      this.#describedBytes = 0;
      return;
    }
    this.#tell(message);
  }

  #tell(message: Exclude<RtspMessage, { kind: "interleaved" }>): void {
    const bytes = message.kind === "malformed"
      ? message.bytes
      : concatBytes([message.wire.head, message.body]);
    this.#listener.message("received", bytes, message);
    if (message.kind === "response") this.#answer(message);
    if (message.kind === "request") this.#refuse(message);
    // Nothing behind it can be read any more.
    if (message.kind === "malformed" && message.fatal) this.close();
  }

  /** A description may follow a blank line although no Content-Length says so. */
  #lacksLength({ status, headers, body, wire }: RtspResponse): boolean {
    return this.#waiters[0]?.method === "DESCRIBE" && status === 200 && wire.blankLine &&
      body.length === 0 && !headers.has("content-length");
  }

  #finishDescription(): void {
    const described = this.#described;
    if (described === undefined) return;
    this.#described = undefined;
    this.#tell({ ...described.response, body: concatBytes(described.body) });
  }

  /** What waits may be a whole reply of a server that sends no blank lines. */
  #awaitMore(): void {
    if (this.#described !== undefined) {
      this.#timer = setTimeout(() => this.#takePending(), ODD_PAUSE_MS);
      return;
    }
    if (this.#parser.pendingBytes === 0) return;
    const pending = this.#parser.pending();
    if (pending?.kind !== "response") return;
    // A description without a blank line before it may come in a further segment.
    const described = this.#waiters[0]?.method === "DESCRIBE";
    const pause = described || this.#odd ? ODD_PAUSE_MS : LAB_PAUSE_MS;
    this.#timer = setTimeout(() => this.#takePending(), pause);
  }

  #takePending(): void {
    if (this.#described !== undefined) {
      this.#described.body.push(this.#parser.takeBytes());
      this.#finishDescription();
      return;
    }
    const message = this.#parser.takePending();
    if (message !== undefined) this.#take(message);
  }

  /**
   * Gives a reply to the request that it answers: by CSeq, else to the one that waits longest. A reply
   * that nobody waits for any more, once, is dropped.
   */
  #answer(response: RtspResponse): void {
    if (response.status < 200) return;
    const cseq = response.headers.get("cseq")?.trim();
    const named = this.#waiters.find((one) => one.cseq !== undefined && one.cseq === cseq);
    if (named === undefined && cseq !== undefined && this.#givenUp.delete(cseq)) return;
    const waiter = named ?? this.#waiters[0];
    if (waiter === undefined) return;
    this.#forget(waiter);
    waiter.resolve(response);
  }

  #giveUp(waiter: Waiter): void {
    if (waiter.cseq !== undefined) this.#givenUp.add(waiter.cseq);
    this.#forget(waiter);
  }

  #forget(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const at = this.#waiters.indexOf(waiter);
    if (at !== -1) this.#waiters.splice(at, 1);
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
