/**
 * The audio lab's controller: SETUP, PLAY, PAUSE and TEARDOWN in RTSP 2.0; the sound goes to a
 * receiver on a UDP port, which may be another program.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import { formatEndpoint } from "../net/address.ts";
import type { RtspResponse } from "../rtsp/message.ts";
import { statusWords } from "../rtsp/status.ts";
import {
  type Conversation,
  ConversationError,
  type ConversationHost,
  DEFAULT_TIMEOUT_MS,
} from "./conversation.ts";
import { ReplyTimeout } from "./reply_waiters.ts";
import type { RtspLink } from "./rtsp_link.ts";
import type { RangeStart } from "./reception.ts";

/** Where the assignment's receiver listens. */
const DEFAULT_RECEIVER_PORT = 25_001;

/** Speaks to one server of the audio lab. */
export class AudioLabConversation implements Conversation {
  readonly dialect = "audio-lab";
  readonly #host: ConversationHost;
  #link: RtspLink | undefined;
  #cseq = 0;
  #isSetUp = false;

  /** Nothing is sent before the first call. */
  constructor(host: ConversationHost) {
    this.#host = host;
  }

  /** The connection. */
  get link(): RtspLink | undefined {
    return this.#link;
  }

  /** From SETUP on. */
  get hasSession(): boolean {
    return this.#isSetUp && this.#link !== undefined;
  }

  /** The assignment has no DESCRIBE. */
  describe(): Promise<string> {
    return Promise.reject(
      new ConversationError("the audio lab has no DESCRIBE: only SETUP, PLAY, PAUSE and TEARDOWN"),
    );
  }

  /** SETUP, which names the receiver's port. */
  async setUp(): Promise<void> {
    this.#link ??= await this.#host.connect();
    const { media, options } = this.#host;
    media.clear();
    const port = options.controllerPort ?? this.#openReceiver(options.rtpPort);
    const response = await this.#request("SETUP", [
      `Transport: UDP;unicast;dest_addr=":${port}"`,
    ]);
    this.#expectSuccess(response, "SETUP");
    this.#isSetUp = true;
    this.#host.learned({
      transport: options.controllerPort === undefined
        ? `UDP ${port} (audio lab)`
        : `UDP to the receiver on ${port}`,
      sessionId: response.headers.get("session") ?? "audio-lab",
    });
  }

  /** The sound comes here: the assignment's port, or any if that is taken. */
  #openReceiver(rtpPort: number | undefined): number {
    const { media } = this.#host;
    const server = this.#link!.remoteAddress.hostname;
    media.addLabelled();
    if (rtpPort !== undefined) return media.openUdp(0, server, rtpPort).rtp;
    try {
      return media.openUdp(0, server, DEFAULT_RECEIVER_PORT).rtp;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      return media.openUdp(0, server).rtp;
    }
  }

  /** PLAY. */
  async play(): Promise<readonly RangeStart[]> {
    this.#expectSuccess(await this.#request("PLAY"), "PLAY");
    return [];
  }

  /** PAUSE. */
  async pause(): Promise<void> {
    this.#expectSuccess(await this.#request("PAUSE"), "PAUSE");
  }

  /** TEARDOWN; afterwards one may connect again. */
  async tearDown(): Promise<void> {
    try {
      await this.#request("TEARDOWN", [], this.#patienceMs);
    } catch (error) {
      if (!(error instanceof ReplyTimeout)) throw error;
      this.#host.unanswered("TEARDOWN", this.#patienceMs);
    } finally {
      this.close();
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#cseq = 0;
    this.#isSetUp = false;
  }

  /** Who leaves does not wait long. */
  get #patienceMs(): number {
    return Math.min(2000, this.#timeoutMs);
  }

  get #timeoutMs(): number {
    return this.#host.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  async #request(
    method: string,
    lines: readonly string[] = [],
    timeoutMs = this.#timeoutMs,
  ): Promise<RtspResponse> {
    if (this.#link === undefined) throw new ConversationError("there is no connection");
    const { hostname, port, path } = this.#host.target;
    const cseq = String(++this.#cseq);
    const url = `rtsp://${formatEndpoint(hostname, port)}/${path}`;
    const head = [`${method} ${url} RTSP/2.0`, `CSeq: ${cseq}`, ...lines, "", ""].join("\r\n");
    return await this.#link.request({ bytes: encodeText(head), method, cseq }, timeoutMs);
  }

  #expectSuccess(response: RtspResponse, method: string): void {
    if (response.status === 200) return;
    throw new ConversationError(
      `the server answers ${statusWords(response)} to ${method}`,
      response.status,
    );
  }
}
