/**
 * Bytes of a control connection in, whole requests out: also those that end in nothing but silence.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import type { InterleavedFrame, MalformedMessage, RtspRequest } from "../rtsp/message.ts";
import { RtspParser } from "../rtsp/parser.ts";
import { pauseThatEnds } from "../rtsp/unterminated.ts";

/** Longest head of a client that ends none with a blank line, in bytes: theirs have a few lines. */
const MAX_UNTERMINATED_BYTES = 4096;

/** Takes what a {@linkcode RequestReader} finds. */
export interface RequestSink {
  /** A whole request. */
  request(request: RtspRequest): void;
  /** A request whose body is shorter than its Content-Length: no more of it came. */
  cutRequest(request: RtspRequest): void;
  /** An interleaved frame; its bytes are valid until this returns. */
  frame(frame: InterleavedFrame): void;
  /** Something that is no message; `again` where it belongs to the same mess as the one before. */
  malformed(message: MalformedMessage, again: boolean): void;
  /** Whether a part of a message waits for the rest. Called after each change. */
  waits(unfinished: boolean): void;
}

/** Takes requests apart from each other. */
export class RequestReader {
  readonly #parser = new RtspParser();
  readonly #sink: RequestSink;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sendsBlankLines = false;
  /** Pieces that what waits came in. */
  #pieces = 0;

  /** A reader at the start of a connection. */
  constructor(sink: RequestSink) {
    this.#sink = sink;
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    this.stop();
    const messages = this.#parser.push(chunk);
    this.#pieces = messages.length > 0 ? 1 : this.#pieces + 1;
    let again = false;
    for (const message of messages) {
      if (message.kind === "request") this.#give(message);
      else if (message.kind === "interleaved") this.#sink.frame(message);
      else if (message.kind === "malformed") {
        // The lines of one mess get one answer.
        this.#sink.malformed(message, again);
        again = true;
      }
    }
    this.#awaitMore();
  }

  /** Waits for nothing any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Nothing more comes: what waits is all there is, and taken for what it is. */
  giveUp(): void {
    this.stop();
    const isCut = this.#parser.awaitsBody;
    const request = this.#parser.takePending();
    const bytes = request === undefined ? this.#parser.takeBytes() : undefined;
    this.#pieces = 0;
    this.#sink.waits(false);
    if (request?.kind === "request") {
      if (isCut) this.#sink.cutRequest(request);
      else this.#give(request);
    } else if (bytes !== undefined && bytes.length > 0) {
      const error = new DecodeError("RTSP", 0, "no request, and nothing more came");
      this.#sink.malformed({ kind: "malformed", error, bytes, fatal: false }, false);
    }
  }

  /** Looks whether what waits is a whole request of a client that sends no blank lines. */
  #awaitMore(): void {
    const unfinished = this.#parser.pendingBytes > 0 || this.#parser.awaitsBody;
    if (!unfinished) this.#pieces = 0;
    this.#sink.waits(unfinished);
    const { awaitsBody, pendingBytes } = this.#parser;
    // Each piece has all that waits looked at again.
    const isShort = awaitsBody || pendingBytes <= MAX_UNTERMINATED_BYTES;
    const pending = unfinished && isShort ? this.#parser.pending() : undefined;
    if (pending?.kind !== "request") return;
    const pause = pauseThatEnds(pending, {
      sendsBlankLines: this.#sendsBlankLines,
      pieces: this.#pieces,
    });
    if (pause !== undefined) this.#timer = setTimeout(() => this.giveUp(), pause);
  }

  #give(request: RtspRequest): void {
    if (request.wire.blankLine) this.#sendsBlankLines = true;
    this.#sink.request(request);
  }
}
