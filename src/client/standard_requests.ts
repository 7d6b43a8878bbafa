/**
 * Requests to a standard server, each with what every one needs: a connection, a number, the session,
 * a name and a password, and an RTSP version that the server knows.
 *
 * @module
 */

import { VERSION } from "../cli/version.ts";
import { encodeRequest, type RtspResponse } from "../rtsp/message.ts";
import { Authentication } from "./authentication.ts";
import { type ConversationHost, DEFAULT_TIMEOUT_MS } from "./conversation.ts";
import { ReplyTimeout } from "./reply_waiters.ts";
import type { RtspLink } from "./rtsp_link.ts";

/** A header field of a request. */
export type Header = readonly [name: string, value: string];

/**
 * Most servers that answer a standard DESCRIBE at all do so within this time, in ms. After that the
 * labs' dialect is tried, and then this one again for as long as a reply may take.
 */
const STANDARD_PATIENCE_MS = 2500;

/** Asks one server, and those that it redirects to. */
export class StandardRequests {
  /** The session that requests name, once there is one. */
  sessionId: string | undefined;
  readonly #host: ConversationHost;
  readonly #patient: boolean;
  #link: RtspLink | undefined;
  #cseq = 0;
  #version: string;
  #authentication = new Authentication();
  #answeredLikeLab = false;
  #answeredWell = false;
  #wasHurried = false;

  /** Nothing is sent before the first request. `patient` when it is known to be a standard server. */
  constructor(host: ConversationHost, patient: boolean) {
    this.#host = host;
    this.#patient = patient || host.options.dialect === "standard";
    this.#version = host.options.rtspVersion ?? "1.0";
  }

  /** The connection. */
  get link(): RtspLink | undefined {
    return this.#link;
  }

  /** The RTSP version that the server speaks, as far as known. */
  get version(): string {
    return this.#version;
  }

  /** Whether the server's replies have the labs' form: bare LF, or no blank line. */
  get answeredLikeLab(): boolean {
    return this.#answeredLikeLab && !this.#answeredWell;
  }

  /** Whether the server has replied as the RFCs have it. */
  get answeredWell(): boolean {
    return this.#answeredWell;
  }

  /** Whether the server let the time for its first reply pass, which was less than replies have. */
  get wasHurried(): boolean {
    return this.#wasHurried;
  }

  get #timeoutMs(): number {
    return this.#host.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** Sends a request and gives the reply, asking again where the server wants another form of it. */
  async send(
    method: string,
    url: string,
    headers: readonly Header[] = [],
  ): Promise<RtspResponse> {
    const response = await this.#send(method, url, headers);
    if (response.status === 505 && this.#version === "2.0") {
      this.#host.remark("the server does not speak RTSP 2.0; 1.0 it is");
      this.#version = "1.0";
      return await this.send(method, url, headers);
    }
    if (response.status !== 401) return response;
    const { credentials } = this.#host.target;
    this.#authentication.challenge(response, credentials);
    const second = await this.#send(method, url, headers);
    if (second.status === 401) this.#authentication.challenge(second, credentials);
    return second;
  }

  async #send(method: string, url: string, headers: readonly Header[]): Promise<RtspResponse> {
    // Nothing is lost with a connection that had no session: many servers close idle ones.
    if (this.#link?.isClosed === true && this.sessionId === undefined) this.#link = undefined;
    this.#link ??= await this.#host.connect();
    const cseq = String(++this.#cseq);
    const bytes = encodeRequest({
      method,
      url,
      version: this.#version,
      headers: this.#fields(method, url, headers, cseq),
    });
    const response = await this.#ask(this.#link, { bytes, method, cseq });
    const { blankLine, lineEnding } = response.wire;
    if (!blankLine || lineEnding === "\n") this.#answeredLikeLab = true;
    else this.#answeredWell = true;
    return response;
  }

  async #ask(link: RtspLink, request: Parameters<RtspLink["request"]>[0]): Promise<RtspResponse> {
    // The first request tells whether this is a standard server at all.
    const isHurried = this.#cseq === 1 && !this.#patient && this.#timeoutMs > STANDARD_PATIENCE_MS;
    try {
      return await link.request(request, isHurried ? STANDARD_PATIENCE_MS : this.#timeoutMs);
    } catch (error) {
      this.#wasHurried = isHurried && error instanceof ReplyTimeout;
      throw error;
    }
  }

  /** Servers that grew from the labs' look for Transport, or else Session, in the third line. */
  #fields(method: string, url: string, headers: readonly Header[], cseq: string): Header[] {
    const fields: Header[] = [["CSeq", cseq]];
    if (method === "SETUP") fields.push(...headers);
    if (this.sessionId !== undefined) fields.push(["Session", this.sessionId]);
    const authorization = this.#authentication.header(
      { method, url },
      this.#host.target.credentials,
    );
    if (authorization !== undefined) fields.push(["Authorization", authorization]);
    if (method !== "SETUP") fields.push(...headers);
    fields.push(["User-Agent", `Reel/${VERSION}`]);
    return fields;
  }

  /** The next request goes to another server or begins anew at this one, with CSeq 1. */
  leave(isOtherHost: boolean): void {
    if (isOtherHost) this.#authentication = new Authentication();
    const link = this.#link;
    this.#link = undefined;
    link?.close();
    this.#cseq = 0;
  }

  /** Closes the connection. */
  close(): void {
    this.#link?.close();
    this.#link = undefined;
    this.sessionId = undefined;
  }
}
