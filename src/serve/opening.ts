/**
 * The first bytes of a control connection, which tell whether it speaks RTSP or the hello lab's few
 * words; and those words, if it does.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";
import { type Hello, isGo, parseHello } from "../rtsp/hello.ts";
import type { Client, ServerContext } from "./context.ts";
import { answerHello } from "./hello.ts";
import type { ServedSession } from "./session.ts";

/** A hello without a line ending is whole after this long without more, in ms. */
const HELLO_PAUSE_MS = 80;

/** A client that closes its connection this soon after its `Go` still wants the film, in ms. */
const LEAVES_AFTER_GO_MS = 200;

const LF = 0x0a;
const NO_BYTES = new Uint8Array(0);

/** What an {@linkcode Opening} needs of its connection. */
export interface OpeningHooks {
  /** The connection speaks RTSP, and this is how it began. */
  rtsp(bytes: Uint8Array): void;
  /** Something is to be done when what came before is done. */
  work(work: () => Promise<void>): void;
  /** Whether a hello has begun and is not whole. */
  waits(unfinished: boolean): void;
}

/** Reads until it is clear what a connection speaks, and goes on reading where it is the hello lab. */
export class Opening {
  readonly #context: ServerContext;
  readonly #client: Client;
  readonly #hooks: OpeningHooks;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #bytes: Uint8Array = NO_BYTES;
  #state: "unclear" | "answering" | "hello" | "over" = "unclear";
  #session: ServedSession | undefined;
  #goSeen = false;
  #goMs = -Infinity;

  /** An opening of which nothing has come. */
  constructor(context: ServerContext, client: Client, hooks: OpeningHooks) {
    this.#context = context;
    this.#client = client;
    this.#hooks = hooks;
  }

  /** Whether the connection speaks RTSP: what comes belongs to somebody else. */
  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Whether the peer said `Go` only a moment ago: it wants the film, if not the connection. */
  get leftAfterGo(): boolean {
    return performance.now() - this.#goMs < LEAVES_AFTER_GO_MS;
  }

  /** Takes the next bytes. */
  take(chunk: Uint8Array): void {
    this.stop();
    if (this.#state === "unclear") this.#look(chunk, false);
    else if (isGo(chunk)) this.#takeGo();
  }

  /** Waits for nothing any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Nothing more comes: what waits is all there is. */
  giveUp(): void {
    this.stop();
    if (this.#state === "unclear" && this.#bytes.length > 0) this.#look(NO_BYTES, true);
  }

  #look(chunk: Uint8Array, ended: boolean): void {
    const bytes = concatBytes([this.#bytes, chunk]);
    this.#bytes = bytes;
    const hello = parseHello(bytes, ended);
    if (hello === "incomplete" && !ended) {
      // Whoever writes RTSP is past the first line long before this.
      this.#timer = setTimeout(() => this.#look(NO_BYTES, true), HELLO_PAUSE_MS);
      this.#hooks.waits(true);
      return;
    }
    this.#bytes = NO_BYTES;
    if (typeof hello === "string") {
      this.#state = "over";
      this.#hooks.rtsp(bytes);
      return;
    }
    // The `Go` may be right behind, though a client should wait for the answer.
    const end = hello.form === "text" ? bytes.indexOf(LF) : -1;
    this.#goSeen = end !== -1 && isGo(bytes.subarray(end + 1));
    this.#state = "answering";
    this.#hooks.waits(false);
    this.#hooks.work(() => this.#answer(hello));
  }

  async #answer(hello: Hello): Promise<void> {
    this.#session = await answerHello(this.#context, this.#client, hello);
    // After a -1 the client may ask for something else.
    this.#state = this.#session === undefined ? "unclear" : "hello";
    if (this.#goSeen && this.#session !== undefined) this.#start(this.#session);
  }

  #takeGo(): void {
    if (this.#state === "answering") this.#goSeen = true;
    else if (this.#session?.state === "Ready") this.#start(this.#session);
  }

  #start(session: ServedSession): void {
    this.#goMs = performance.now();
    session.play({ scale: 1, speed: 1 }, false);
  }
}
