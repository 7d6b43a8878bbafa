/**
 * The RTSP lab's dialect: three lines and no blank line, the one form that all of its servers take.
 *
 * @module
 */

import { LAB_TRACK } from "./lab_track.ts";
import { decodeLatin1, encodeText } from "../bytes/text.ts";
import type { RtspResponse } from "../rtsp/message.ts";
import { statusWords } from "../rtsp/status.ts";
import { type Conversation, ConversationError, type ConversationHost } from "./conversation.ts";
import { ReplyTimeout } from "./reply_waiters.ts";
import type { RtspLink } from "./rtsp_link.ts";
import type { RangeStart } from "./reception.ts";

/** Lab servers that answer at all answer at once; those that do not never will. In ms. */
const REPLY_TIMEOUT_MS = 2000;

/** A reply that many servers never send is waited for this long, in ms. */
const OPTIONAL_REPLY_MS = 1000;

/** Speaks to one lab server. */
export class LabConversation implements Conversation {
  readonly dialect = "lab";
  readonly #host: ConversationHost;
  #link: RtspLink | undefined;
  #cseq = 0;
  #sessionId: string | undefined;

  /** Nothing is sent before the first call. */
  constructor(host: ConversationHost) {
    this.#host = host;
  }

  /** The connection. */
  get link(): RtspLink | undefined {
    return this.#link;
  }

  /** From the reply to SETUP on. */
  get hasSession(): boolean {
    return this.#sessionId !== undefined && this.#link !== undefined;
  }

  /** SETUP. */
  async setUp(): Promise<void> {
    const { media, options, target } = this.#host;
    this.#link ??= await this.#host.connect();
    media.clear();
    media.add({
      info: LAB_TRACK,
      form: "whole-frames",
    });
    const { rtp } = options.controllerPort === undefined
      ? media.openUdp(0, this.#link.remoteAddress.hostname, options.rtpPort)
      : { rtp: options.controllerPort };
    // Programs of another course send their RTP on the control connection, unasked.
    media.bindChannels(0, 0, 1);
    const response = await this.#request("SETUP", `Transport: RTP/UDP; client_port= ${rtp}`);
    this.#expectSuccess(response, "SETUP");
    this.#sessionId = response.headers.get("session")?.split(";", 1)[0]?.trim() ?? "0";
    const total = Number(response.headers.get("totaltime"));
    this.#host.learned({
      sessionId: this.#sessionId,
      transport: `UDP ${rtp} (lab)`,
      ...(total > 0 ? { duration: total } : undefined),
    });
    if (target.path === "") {
      this.#host.remark("no file name was given: the server may not find any");
    }
  }

  /** PLAY. A reply that does not come matters only if the film does not come either. */
  async play(): Promise<readonly RangeStart[]> {
    await this.#orGoOn("PLAY");
    return [{ scale: 1 }];
  }

  /** PAUSE. */
  async pause(): Promise<void> {
    await this.#orGoOn("PAUSE");
  }

  /** TEARDOWN. Some servers close instead of answering, or do neither. */
  async tearDown(): Promise<void> {
    try {
      await this.#request("TEARDOWN", this.#session, OPTIONAL_REPLY_MS);
    } catch (error) {
      if (error instanceof ReplyTimeout) this.#host.unanswered("TEARDOWN", OPTIONAL_REPLY_MS);
    }
    // The next SETUP begins on a new connection with CSeq 1.
    this.close();
  }

  /** DESCRIBE; whatever comes back is shown as it is. */
  async describe(): Promise<string> {
    this.#link ??= await this.#host.connect();
    const response = await this.#request("DESCRIBE", this.#session);
    this.#expectSuccess(response, "DESCRIBE");
    const sdp = response.body.length > 0
      ? decodeLatin1(response.body)
      : response.wire.oddLines.map((line) => `${line}\n`).join("");
    this.#host.learned({ sdp });
    return sdp;
  }

  /** Closes the connection. */
  close(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#cseq = 0;
    this.#sessionId = undefined;
  }

  /** The third line, once there is a session. */
  get #session(): string {
    return `Session: ${this.#sessionId ?? "0"}`;
  }

  async #orGoOn(method: "PLAY" | "PAUSE"): Promise<void> {
    try {
      const response = await this.#request(method, this.#session);
      this.#expectSuccess(response, method);
    } catch (error) {
      if (!(error instanceof ReplyTimeout)) throw error;
      this.#host.unanswered(method, REPLY_TIMEOUT_MS);
    }
  }

  /** Three terminated lines, no blank line, one write. */
  async #request(
    method: string,
    third: string,
    timeoutMs = Math.min(REPLY_TIMEOUT_MS, this.#host.options.timeoutMs ?? REPLY_TIMEOUT_MS),
  ): Promise<RtspResponse> {
    if (this.#link === undefined) throw new ConversationError("there is no connection");
    const cseq = String(++this.#cseq);
    const { path } = this.#host.target;
    const bytes = encodeText(`${method} ${path} RTSP/1.0\nCSeq: ${cseq}\n${third}\n`);
    return await this.#link.request({ bytes, method, cseq }, timeoutMs);
  }

  #expectSuccess(response: RtspResponse, method: string): void {
    if (response.status === 200) return;
    const what = response.status === 404 ? ` (${this.#host.target.path})` : "";
    throw new ConversationError(
      `the server answers ${statusWords(response)} to ${method}${what}`,
      response.status,
    );
  }
}
