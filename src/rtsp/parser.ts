/**
 * The bytes of an RTSP connection, in any chunks, taken apart into messages. What comes out does not
 * depend on how the bytes were cut, but that junk comes in as many pieces as it arrived in.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { decodeLatin1, withoutEnding } from "../bytes/text.ts";
import type { RtspMessage, RtspRequest, RtspResponse } from "./message.ts";
import { isStartLine, parseHead } from "./head.ts";
import { mayBeUnnamed } from "./unnamed.ts";

/** Limits of {@linkcode RtspParser}. */
export interface RtspParserOptions {
  /** Bytes of start line and headers together. Default 16,384. */
  readonly maxHeadBytes?: number;
  /** Bytes of a body. Default 1,048,576. */
  readonly maxBodyBytes?: number;
  /** Header fields of a message. Default 128. */
  readonly maxHeaders?: number;
  /**
   * Whether a `$` may begin a frame of this channel. A client that knows its channels finds its way
   * back after junk. Default: any channel.
   */
  readonly isChannel?: (channel: number) => boolean;
  /**
   * Whether a frame may begin with these bytes where the way was lost; undefined when they are too few
   * to tell. Default: as `isChannel` says.
   */
  readonly mayResume?: (bytes: Uint8Array) => boolean | undefined;
  /** Whether the first bytes are from the middle of something. Default false. */
  readonly isLost?: boolean;
}

const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;
/** Bytes by which a line is told from the middle of a frame. */
const LINE_BYTES = 12;

/** Takes chunks of a connection and gives messages. */
export class RtspParser {
  readonly #maxHeadBytes: number;
  readonly #maxBodyBytes: number;
  readonly #maxHeaders: number;
  readonly #isChannel: (channel: number) => boolean;
  /** Small at first: a capture may have thousands of connections. */
  #buffer = new Uint8Array(256);
  #start = 0;
  #end = 0;
  /** Where the line that is being looked for a line ending begins, from `#start`. */
  #lineStart = 0;
  #scanned = 0;
  /** The head that waits for its body. */
  #waiting: RtspRequest | RtspResponse | undefined;
  #waitingBody = 0;
  #dead = false;
  readonly #mayResume: RtspParserOptions["mayResume"];
  /** Whether what came last was neither a message nor a frame. */
  #isLost: boolean;
  /** The byte passed over last while nothing begins a message, or -1. */
  #lostAfter = -1;

  /** A parser at the start of a connection. */
  constructor(options: RtspParserOptions = {}) {
    this.#maxHeadBytes = options.maxHeadBytes ?? 16_384;
    this.#maxBodyBytes = options.maxBodyBytes ?? 1_048_576;
    this.#maxHeaders = options.maxHeaders ?? 128;
    this.#isChannel = options.isChannel ?? (() => true);
    this.#mayResume = options.mayResume;
    this.#isLost = options.isLost ?? false;
    if (this.#isLost) this.#lostAfter = LF;
  }

  /** Bytes that wait for more. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /** Whether a head has come and its body not yet. */
  get awaitsBody(): boolean {
    return this.#waiting !== undefined;
  }

  /** The first bytes that wait, at most `limit`; a copy. */
  peek(limit = 256): Uint8Array {
    return this.#buffer.slice(this.#start, Math.min(this.#end, this.#start + limit));
  }

  /**
   * Takes the next bytes and gives the messages that are complete. Frames are views of the parser's
   * buffer and valid until the next call. After a fatal {@linkcode MalformedMessage} nothing follows.
   */
  push(chunk: Uint8Array): RtspMessage[] {
    if (this.#dead) return [];
    this.#append(chunk);
    const messages: RtspMessage[] = [];
    while (!this.#dead) {
      const message = this.#next();
      if (message === undefined) break;
      messages.push(message);
    }
    return messages;
  }

  /**
   * What waits, as the message that it would be if it ended here: a head without its blank line (lab
   * programs send none) or a body that is too short. Undefined when that is no message. A body is a
   * view that is valid until the next call, since it may be looked at after each of many chunks.
   */
  pending(): RtspRequest | RtspResponse | undefined {
    if (this.#dead) return undefined;
    if (this.#waiting !== undefined) {
      return { ...this.#waiting, body: this.#buffer.subarray(this.#start, this.#end) };
    }
    if (this.#end === this.#start || this.#buffer[this.#start] === DOLLAR) return undefined;
    const parsed = parseHead(this.#buffer.slice(this.#start, this.#end), this.#maxHeaders);
    return parsed.kind === "malformed" ? undefined : parsed;
  }

  /** Ends what waits, as {@linkcode pending} shows it, and goes on behind it. */
  takePending(): RtspRequest | RtspResponse | undefined {
    const message = this.pending();
    if (message === undefined) return undefined;
    this.#waiting = undefined;
    this.#consume(this.#end - this.#start);
    return { ...message, body: message.body.slice() };
  }

  /** What waits, as it is, whether it begins a message or not. */
  takeBytes(): Uint8Array {
    this.#waiting = undefined;
    return this.#consume(this.#end - this.#start).slice();
  }

  #append(chunk: Uint8Array): void {
    const length = this.#end - this.#start;
    if (this.#end + chunk.length > this.#buffer.length) {
      const grown = length + chunk.length > this.#buffer.length
        ? new Uint8Array(Math.max(2 * this.#buffer.length, length + chunk.length))
        : this.#buffer;
      // Frames that were handed out must not change under their readers before the next push: this
      // is that push.
      grown.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = grown;
      this.#start = 0;
      this.#end = length;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #consume(count: number): Uint8Array {
    const bytes = this.#buffer.subarray(this.#start, this.#start + count);
    this.#start += count;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    this.#lineStart = this.#scanned = 0;
    return bytes;
  }

  #next(): RtspMessage | undefined {
    if (this.#waiting !== undefined) return this.#nextBody();
    if (this.#lostAfter !== -1) return this.#resync(this.#start);
    if (this.#scanned === 0) {
      this.#skipBlankLines();
      if (this.#start === this.#end) return undefined;
      if (this.#buffer[this.#start] === DOLLAR) return this.#nextFrame();
      if (!this.#mayBeginHead()) return this.#resync(this.#start + 1);
    }
    return this.#nextHead();
  }

  #skipBlankLines(): void {
    let at = this.#start;
    while (at < this.#end && (this.#buffer[at] === CR || this.#buffer[at] === LF)) at++;
    if (at > this.#start) this.#consume(at - this.#start);
  }

  #mayBeginHead(): boolean {
    const first = this.#buffer[this.#start]! | 0x20;
    return first >= 0x61 && first <= 0x7a;
  }

  #nextFrame(): RtspMessage | undefined {
    const available = this.#end - this.#start;
    if (available < 4) return undefined;
    const channel = this.#buffer[this.#start + 1]!;
    const may = this.#mayBeginFrame(this.#start);
    if (may === undefined) return undefined;
    if (!may) return this.#resync(this.#start + 1);
    const length = (this.#buffer[this.#start + 2]! << 8) | this.#buffer[this.#start + 3]!;
    if (available < 4 + length) return undefined;
    this.#isLost = false;
    return { kind: "interleaved", channel, payload: this.#consume(4 + length).subarray(4) };
  }

  /** Whether the `$` at `at` may begin a frame; undefined when that is not clear yet. */
  #mayBeginFrame(at: number): boolean | undefined {
    if (at + 1 >= this.#end) return undefined;
    return this.#isLost && this.#mayResume !== undefined
      ? this.#mayResume(this.#buffer.subarray(at, this.#end))
      : this.#isChannel(this.#buffer[at + 1]!);
  }

  /** Looks for the end of the head line by line, going on where the last chunk ended. */
  #nextHead(): RtspMessage | undefined {
    const length = this.#end - this.#start;
    let first = this.#lineStart === 0;
    for (;;) {
      const from = this.#start + Math.max(this.#lineStart, this.#scanned);
      const newline = this.#buffer.indexOf(LF, from);
      if (newline === -1 || newline >= this.#end) break;
      const end = newline + 1 - this.#start;
      if (end > this.#maxHeadBytes) return this.#tooLong();
      const line = this.#line(this.#lineStart, end);
      if (line === "") return this.#finishHead(end);
      if (first && !isStartLine(line) && !mayBeUnnamed(line)) return this.#junk(end);
      // The next message begins although no blank line ended this one.
      if (!first && isStartLine(line)) return this.#finishHead(this.#lineStart);
      this.#lineStart = this.#scanned = end;
      first = false;
    }
    this.#scanned = length;
    return length > this.#maxHeadBytes ? this.#tooLong() : undefined;
  }

  #line(from: number, to: number): string {
    const line = this.#buffer.subarray(this.#start + from, this.#start + to - 1);
    return withoutEnding(decodeLatin1(line), "\r");
  }

  #finishHead(length: number): RtspMessage | undefined {
    const head = this.#consume(length).slice();
    const parsed = parseHead(head, this.#maxHeaders);
    if (parsed.kind === "malformed") {
      this.#dead = parsed.fatal;
      return parsed;
    }
    this.#isLost = false;
    const declared = parsed.headers.get("content-length");
    // parseHead has found the body where no blank line stands before it.
    if (declared === undefined || parsed.body.length > 0) return parsed;
    const bodyLength = /^\d+$/.test(declared.trim()) ? Number(declared) : NaN;
    if (!(bodyLength <= this.#maxBodyBytes)) {
      this.#dead = true;
      return malformed(head, `Content-Length is ${JSON.stringify(declared)}`, true);
    }
    if (bodyLength === 0) return parsed;
    this.#waiting = parsed;
    this.#waitingBody = bodyLength;
    return this.#nextBody();
  }

  #nextBody(): RtspMessage | undefined {
    if (this.#end - this.#start < this.#waitingBody) return undefined;
    const message = { ...this.#waiting!, body: this.#consume(this.#waitingBody).slice() };
    this.#waiting = undefined;
    return message;
  }

  /** A line that begins no message: it is given back alone, and the next line may begin one. */
  #junk(length: number): RtspMessage {
    const bytes = this.#consume(length).slice();
    this.#isLost = true;
    return malformed(bytes, "no RTSP start line", false);
  }

  /** Passes over bytes that begin nothing, from `from` up to the next that does. */
  #resync(from: number): RtspMessage | undefined {
    this.#isLost = true;
    let at = from;
    let begins: boolean | undefined = false;
    for (; at < this.#end; at++) {
      begins = this.#mayBegin(at, at === this.#start ? this.#lostAfter : this.#buffer[at - 1]!);
      if (begins !== false) break;
    }
    const last = at === this.#start ? this.#lostAfter : this.#buffer[at - 1]!;
    this.#lostAfter = begins === true ? -1 : last;
    if (at > this.#start) {
      const bytes = this.#consume(at - this.#start).slice();
      return malformed(bytes, "neither a start line nor an interleaved frame", false);
    }
    return begins === true ? this.#next() : undefined;
  }

  /** Whether a message may begin at `at`, behind the byte `before`; undefined when that is not clear yet. */
  #mayBegin(at: number, before: number): boolean | undefined {
    const byte = this.#buffer[at]!;
    if (byte === DOLLAR) return this.#mayBeginFrame(at);
    const lower = byte | 0x20;
    if (before === LF && lower >= 0x61 && lower <= 0x7a && this.#isText(at)) return true;
    return startsWith(this.#buffer, at, this.#end, "RTSP/");
  }

  /** Whether the next few bytes are those of a line, where frames may be resumed. */
  #isText(at: number): boolean {
    if (this.#mayResume === undefined) return true;
    const some = this.#buffer.subarray(at, Math.min(this.#end, at + LINE_BYTES));
    return some.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === CR || byte === LF);
  }

  #tooLong(): RtspMessage {
    this.#dead = true;
    const length = this.#end - this.#start;
    const bytes = this.#consume(length).slice(0, Math.min(256, this.#maxHeadBytes));
    return malformed(bytes, `head of more than ${this.#maxHeadBytes} bytes`, true);
  }
}

function malformed(bytes: Uint8Array, message: string, fatal: boolean): RtspMessage {
  return { kind: "malformed", error: new DecodeError("RTSP", 0, message), bytes, fatal };
}

/** Whether `text` stands at `at`; undefined when there are too few bytes to tell. */
function startsWith(
  bytes: Uint8Array,
  at: number,
  end: number,
  text: string,
): boolean | undefined {
  for (let i = 0; i < text.length; i++) {
    if (at + i >= end) return undefined;
    if (bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}
