/**
 * The hello lab's client: name and port, session id, `Go`; then the checks of the assignment on each
 * datagram.
 *
 * @module
 */

import { LAB_TRACK } from "./lab_track.ts";
import { encodeGo, encodeHello, type HelloForm, parseHelloReply } from "../rtsp/hello.ts";
import { concatBytes } from "../bytes/text.ts";
import { connectTcp } from "../net/connect_tcp.ts";
import {
  type Conversation,
  ConversationError,
  type ConversationHost,
  DEFAULT_TIMEOUT_MS,
} from "./conversation.ts";
import { LinkClosed, ReplyTimeout } from "./reply_waiters.ts";
import type { RtspLink } from "./rtsp_link.ts";
import type { RangeStart } from "./reception.ts";

/** A server that understands the hello answers within this time, in ms. */
const PATIENCE_MS = 2500;

/** Speaks to one server of the hello lab. It has no PAUSE; closing the connection is its TEARDOWN. */
export class HelloConversation implements Conversation {
  readonly dialect = "hello";
  readonly link: RtspLink | undefined = undefined;
  readonly #host: ConversationHost;
  readonly #form: HelloForm;
  readonly #onBytes: (direction: "sent" | "received", bytes: Uint8Array) => void;
  #conn: Deno.TcpConn | undefined;

  /** `form` is how messages are written; `onBytes` sees them. */
  constructor(
    host: ConversationHost,
    form: HelloForm,
    onBytes: (direction: "sent" | "received", bytes: Uint8Array) => void,
  ) {
    this.#host = host;
    this.#form = form;
    this.#onBytes = onBytes;
  }

  /** Hanging up is all that ends it. */
  get hasSession(): boolean {
    return false;
  }

  /** How its messages are written. */
  get form(): HelloForm {
    return this.#form;
  }

  /** There is none. */
  describe(): Promise<string> {
    return Promise.reject(new ConversationError("the hello lab has no DESCRIBE"));
  }

  /** The hello and its answer. */
  async setUp(): Promise<void> {
    const { target, media, options } = this.#host;
    this.close();
    const conn = await connectTcp(target, {
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      ...(this.#host.signal === undefined ? undefined : { signal: this.#host.signal }),
    });
    this.#conn = conn;
    media.clear();
    media.add({
      info: LAB_TRACK,
      form: "whole-frames",
      frameRate: 20,
    });
    const { rtp } = media.openUdp(0, conn.remoteAddr.hostname, options.rtpPort);
    await this.#send(encodeHello({ form: this.#form, name: target.path, port: rtp }));
    const sessionId = await this.#readReply(conn);
    if (sessionId === -1) {
      this.close();
      throw new ConversationError(`the server has no ${target.path}`, 404);
    }
    this.#host.learned({ sessionId: String(sessionId), transport: `UDP ${rtp} (hello lab)` });
  }

  async #readReply(conn: Deno.TcpConn): Promise<number> {
    const { timeoutMs: mostMs = DEFAULT_TIMEOUT_MS } = this.#host.options;
    const timeoutMs = Math.min(mostMs, PATIENCE_MS);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.close();
    }, timeoutMs);
    const buffer = new Uint8Array(256);
    let bytes: Uint8Array = new Uint8Array(0);
    try {
      for (;;) {
        const length = await conn.read(buffer);
        if (length === null) break;
        this.#onBytes("received", buffer.slice(0, length));
        bytes = concatBytes([bytes, buffer.subarray(0, length)]);
        const sessionId = parseHelloReply(bytes);
        if (sessionId !== undefined) return sessionId;
      }
    } catch {
      // Closed by the timer or by the server.
    } finally {
      clearTimeout(timer);
    }
    if (late) throw new ReplyTimeout("the hello", timeoutMs);
    throw new LinkClosed("the hello");
  }

  /** Go. */
  async play(): Promise<readonly RangeStart[]> {
    await this.#send(encodeGo(this.#form));
    return [{ scale: 1 }];
  }

  /** There is none. */
  pause(): Promise<void> {
    return Promise.reject(new ConversationError("the hello lab has no PAUSE"));
  }

  /** Hangs up. */
  tearDown(): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  /** Closes the connection. */
  close(): void {
    try {
      this.#conn?.close();
    } catch {
      // Closed by the server already.
    }
    this.#conn = undefined;
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#onBytes("sent", bytes);
    for (let at = 0; at < bytes.length;) at += await this.#conn!.write(bytes.subarray(at));
  }
}
