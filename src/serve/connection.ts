/**
 * One control connection: bytes in, requests out of them, replies back.
 *
 * @module
 */

import { MediaError } from "../media/frame_index.ts";
import { normalizeAddress } from "../net/address.ts";
import { StreamWriter } from "../net/stream_writer.ts";
import type { InterleavedFrame, MalformedMessage, RtspRequest } from "../rtsp/message.ts";
import { encodeResponse } from "../rtsp/message.ts";
import { reasonPhrase } from "../rtsp/status.ts";
import type { Transport } from "../rtsp/transport.ts";
import { encodeText } from "../bytes/text.ts";
import type { Client, ServerContext } from "./context.ts";
import { handleRequest, replyStyle } from "./handler.ts";
import { Opening } from "./opening.ts";
import { RequestReader } from "./request_reader.ts";
import { formatAudioLabReply, formatLabReply, formatStandardReply, type Reply } from "./reply.ts";
import type { ServedSession } from "./session.ts";
import type { Dialect } from "./session_types.ts";
import { forget } from "./setup.ts";

/** A request that began has to be whole after this long, in ms. */
const UNFINISHED_REQUEST_MS = 10_000;

/** A connection without a session on which nothing is asked is closed after this long, in ms. */
const SILENT_CONNECTION_MS = 10 * 60_000;

/** After TEARDOWN a lab client may wait for the server to close, in ms. */
const CLOSE_AFTER_TEARDOWN_MS = 1000;

/** What a peer still sends after it was turned away is read for this long, in ms. */
const LINGER_MS = 1000;

/** Replies that a peer does not read are given up after this long, in ms. */
const LAST_WRITE_MS = 2000;

/** Malformed messages in a row after which a peer is no RTSP client. */
const MAX_MALFORMED = 20;

/** After this many requests of one connection, others have their turn. */
const REQUESTS_A_TURN = 16;

/** Bytes that are read at once; what clients send is short, and there may be many of them. */
const READ_BYTES = 4096;

/** What the server is told of a connection. */
export interface ConnectionObserver {
  /** Bytes came in, or a reply goes out. */
  wire(connection: Connection, direction: "received" | "sent", bytes: Uint8Array): void;
  /** Bytes as they go through the socket, interleaved media included. */
  stream?(connection: Connection, direction: "received" | "sent", bytes: Uint8Array): void;
  /** A request was understood. */
  request(connection: Connection, request: RtspRequest): void;
  /** A request could not be understood. */
  malformed(connection: Connection, message: MalformedMessage): void;
  /** The connection is over. */
  closed(connection: Connection): void;
}

/** A control connection. */
export class Connection implements Client {
  /** Number of the connection, from 1. */
  readonly id: number;
  readonly address: string;
  /** The peer's port. */
  readonly port: number;
  readonly local: { readonly address: string; readonly port: number };
  readonly writer: StreamWriter;
  readonly sessions: Set<ServedSession> = new Set();
  readonly channels: Map<number, { readonly session: ServedSession; readonly track: number }> =
    new Map();
  readonly pipelines: Map<string, ServedSession> = new Map();
  dialect: Dialect | undefined;
  connectTransport: Transport | undefined;
  connectId: string | undefined;
  readonly #conn: Deno.TcpConn;
  readonly #context: ServerContext;
  readonly #observer: ConnectionObserver;
  readonly #timeoutSeconds: number;
  readonly #opening: Opening;
  readonly #reader: RequestReader;
  /** Requests are answered one after the other. */
  #work: Promise<void> = Promise.resolve();
  /** When the connection is closed at last. */
  #closing: ReturnType<typeof setTimeout> | undefined;
  /** When a peer that says nothing, or not enough, is given up. */
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #unfinished = false;
  #malformed = 0;
  #leaving = false;
  #closed = false;

  /** Takes over an accepted connection; `timeoutSeconds` is the session timeout that replies name. */
  constructor(
    id: number,
    conn: Deno.TcpConn,
    context: ServerContext,
    observer: ConnectionObserver,
    timeoutSeconds: number,
  ) {
    this.id = id;
    this.#conn = conn;
    this.#context = context;
    this.#observer = observer;
    this.#timeoutSeconds = timeoutSeconds;
    this.address = normalizeAddress(conn.remoteAddr.hostname);
    this.port = conn.remoteAddr.port;
    this.local = {
      address: normalizeAddress(conn.localAddr.hostname),
      port: conn.localAddr.port,
    };
    this.writer = new StreamWriter(
      conn,
      () => this.close(),
      observer.stream === undefined ? undefined : (bytes) => observer.stream?.(this, "sent", bytes),
    );
    const waits = (unfinished: boolean): void => this.#waits(unfinished);
    this.#opening = new Opening(context, this, {
      rtsp: (bytes) => this.#reader.push(bytes),
      work: (work) => this.#enqueueWork(work),
      waits,
    });
    this.#reader = new RequestReader({
      request: (request) => this.#enqueue(request),
      cutRequest: (request) => {
        this.#enqueueWork(() => this.#send(this.#format({ status: 400 }, request)));
      },
      frame: (frame) => this.#takeFrame(frame),
      malformed: (message, again) => this.#refuse(message, again),
      waits,
    });
  }

  /** Reads until the peer or the server closes. Never throws. */
  async run(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    this.#setDeadline(SILENT_CONNECTION_MS);
    try {
      this.#conn.setNoDelay(true);
      this.#conn.setKeepAlive(true);
      for (;;) {
        const length = await this.#conn.read(buffer);
        if (length === null) break;
        const chunk = buffer.subarray(0, length);
        this.#observer.stream?.(this, "received", chunk);
        this.#observer.wire(this, "received", chunk);
        this.#take(chunk);
        // Who asks faster than it reads, or than it can be answered, has to wait.
        await this.#work;
        await this.writer.hasRoom();
      }
    } catch {
      // Reset by the peer, or closed here: either way it is over.
    }
    if (!this.#closed) {
      this.#opening.giveUp();
      this.#reader.giveUp();
    }
    await this.#work;
    await this.drain();
    this.close();
  }

  /** Waits until what was sent is written, but not for ever: the peer may have stopped to read. */
  async drain(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, LAST_WRITE_MS));
    await Promise.race([this.writer.drain(), late]);
    clearTimeout(timer);
  }

  /** Whether the peer said `Go` only a moment ago: it wants the film, if not the connection. */
  get leftAfterGo(): boolean {
    return this.#opening.leftAfterGo;
  }

  /** Whether the connection is over. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Sends a message, unless the peer has gone or was turned away. */
  send(message: Uint8Array): void {
    this.#send(message);
  }

  /** Closes the connection. Its sessions are left to the server. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#opening.stop();
    this.#reader.stop();
    clearTimeout(this.#closing);
    clearTimeout(this.#deadline);
    try {
      this.#conn.close();
    } catch {
      // The resource is gone already.
    }
    this.#observer.closed(this);
  }

  #take(chunk: Uint8Array): void {
    if (this.#leaving) return;
    clearTimeout(this.#closing);
    if (this.#opening.isOver) this.#reader.push(chunk);
    else this.#opening.take(chunk);
  }

  #takeFrame(frame: InterleavedFrame): void {
    const owner = this.channels.get(frame.channel);
    if (owner !== undefined) owner.session.lastSeenMs = this.#context.environment.pacer.now();
  }

  #waits(unfinished: boolean): void {
    // The time for an unfinished request runs from its first byte.
    if (unfinished && this.#unfinished) return;
    this.#unfinished = unfinished;
    this.#setDeadline(unfinished ? UNFINISHED_REQUEST_MS : SILENT_CONNECTION_MS);
  }

  #setDeadline(ms: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      const isOver = this.sessions.size === 0;
      if (isOver) this.#sendAndClose({ status: 408 });
      if (this.#unfinished && (isOver || this.dialect !== "standard")) this.#reader.giveUp();
    }, ms);
  }

  #enqueue(request: RtspRequest): void {
    this.#malformed = 0;
    this.#observer.request(this, request);
    // Of a peer that was turned away, only what it did wrong is wanted.
    if (!this.#leaving) this.#enqueueWork(() => this.#answer(request));
  }

  #enqueueWork(work: () => void | Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => this.#sendAndClose({ status: 500 }));
    if (++this.#asked % REQUESTS_A_TURN === 0) this.#work = this.#work.then(otherWork);
  }

  async #answer(request: RtspRequest): Promise<void> {
    // Of what a peer asked for before it left, only the end of its session is still wanted.
    if (this.#closed && request.method !== "TEARDOWN") return;
    let reply: Reply | undefined;
    try {
      reply = await handleRequest(this.#context, this, request);
    } catch (error) {
      this.#context.notice(`${request.method} ${request.url}: ${(error as Error).message}`);
      // A file that is there and cannot be served is no mistake of the server's.
      reply = error instanceof MediaError
        ? { status: 415, reason: error.message }
        : { status: 500 };
    }
    if (reply === undefined || this.#closed) return;
    this.#send(this.#format(reply, request), mayOvertakeMedia(request, reply, this));
    if (wantsClose(request)) this.#leave();
    if (request.method === "TEARDOWN" && reply.status === 200) this.#afterTeardown();
  }

  #format(reply: Reply, request: RtspRequest): Uint8Array {
    const style = replyStyle(request, this);
    if (style === "lab") return formatLabReply(reply, request);
    if (style === "audio-lab") return formatAudioLabReply(reply, request, new Date());
    return formatStandardReply(reply, request, this.#timeoutSeconds, new Date());
  }

  /** A lab client may wait for the end of the connection, but it may also set up again. */
  #afterTeardown(): void {
    if (this.dialect === undefined || this.dialect === "standard") return;
    this.#closing = setTimeout(() => {
      if (this.sessions.size === 0) this.close();
    }, CLOSE_AFTER_TEARDOWN_MS);
  }

  #refuse(message: MalformedMessage, silently: boolean): void {
    this.#observer.malformed(this, message);
    this.#malformed++;
    const close = message.fatal || this.#malformed > MAX_MALFORMED;
    this.#enqueueWork(() => {
      if (close) this.#sendAndClose({ status: 400 });
      else if (!silently) this.#sendBare({ status: 400 });
    });
  }

  #sendAndClose(reply: Reply): void {
    if (this.#closed || this.#leaving) return;
    this.#sendBare(reply);
    this.#leave();
  }

  /** Closes when all is sent. */
  #leave(): void {
    this.#leaving = true;
    this.#opening.stop();
    this.#reader.stop();
    this.drain().then(() => this.#linger());
  }

  /** Bytes left unread would make the system reset the connection, and the reply could be lost. */
  async #linger(): Promise<void> {
    if (this.#closed) return;
    this.#closing = setTimeout(() => this.close(), LINGER_MS);
    try {
      await this.#conn.closeWrite();
    } catch {
      this.close();
    }
  }

  /** A reply to something that is no request: there is no CSeq to repeat. */
  #sendBare(reply: Reply): void {
    const lab = this.dialect !== undefined && this.dialect !== "standard";
    this.#send(
      lab
        ? encodeText(
          `RTSP/1.0 ${reply.status} ${reasonPhrase(reply.status)}\nCSeq: 0\nSession: 0\n`,
        )
        : encodeResponse({ status: reply.status, headers: [] }),
    );
  }

  #send(bytes: Uint8Array, overtakes = false): void {
    if (this.#closed || this.#leaving) return;
    this.#observer.wire(this, "sent", bytes);
    this.writer.reply(bytes, overtakes);
  }

  /** Ends the sessions of this connection that cannot outlive it. */
  endSessions(keep: (session: ServedSession) => boolean): void {
    for (const session of [...this.sessions]) {
      if (!keep(session)) forget(this.#context, this, session);
    }
  }
}

/**
 * Whether a reply may go before media that waits. What starts and stops media keeps its place in it:
 * players take what comes behind such a reply for the new range.
 */
function mayOvertakeMedia({ method }: RtspRequest, { status }: Reply, client: Client): boolean {
  const steers = method === "PLAY" || method === "PAUSE" || method === "TEARDOWN";
  return client.dialect === "standard" && (!steers || status !== 200);
}

/** Resolves when whatever else is to be done has been looked at. */
function otherWork(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Whether the client wants no more of the connection (RFC 2326 section 12.10). */
function wantsClose({ headers }: RtspRequest): boolean {
  return headers.get("connection")?.trim().toLowerCase() === "close";
}
