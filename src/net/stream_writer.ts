/**
 * The one writer of a control connection: replies and interleaved frames in turn, never one inside
 * the other. A reply need not wait for the media of a slow reader.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";

/** Bytes that may wait for a slow reader before media is dropped. */
const MAX_QUEUED_MEDIA = 512 * 1024;

/** Bytes that may wait in all; a peer that does not read even the replies is cut off. */
const MAX_QUEUED = 4 * 1024 * 1024;

/** Messages that piled up are written together up to about this many bytes: a reply may wait for one write. */
const MAX_WRITE = 64 * 1024;

/** Writes whole messages to a connection, in order. */
export class StreamWriter {
  readonly #connection: { write(bytes: Uint8Array): Promise<number> };
  readonly #onError: (error: unknown) => void;
  readonly #onWrite: ((bytes: Uint8Array) => void) | undefined;
  #queue: Uint8Array[] = [];
  /** Replies that go before the queue. */
  #urgent: Uint8Array[] = [];
  /** The last reply in the queue: no later one may overtake it. */
  #lastReply: Uint8Array | undefined;
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #failed = false;
  #dropped = 0;

  /**
   * `onError` is called once, when the connection cannot be written to any more; `onWrite` sees all
   * bytes as they are written, for captures.
   */
  constructor(
    connection: { write(bytes: Uint8Array): Promise<number> },
    onError: (error: unknown) => void,
    onWrite?: (bytes: Uint8Array) => void,
  ) {
    this.#connection = connection;
    this.#onError = onError;
    this.#onWrite = onWrite;
  }

  /** Batches of media that were dropped because the reader is slow. */
  get droppedBatches(): number {
    return this.#dropped;
  }

  /** Queues a message. */
  write(message: Uint8Array): void {
    if (this.#hasRoomFor(message)) this.#enqueue(message, this.#queue);
  }

  /**
   * Queues a reply. With `overtakes` it goes before the media that waits, but never before a reply: they
   * leave in the order in which they were queued.
   */
  reply(message: Uint8Array, overtakes: boolean): void {
    if (!this.#hasRoomFor(message)) return;
    if (overtakes && this.#lastReply === undefined) {
      this.#enqueue(message, this.#urgent);
    } else {
      this.#lastReply = message;
      this.#enqueue(message, this.#queue);
    }
  }

  /** Queues all interleaved frames of one media frame, or none of them; tells whether it did. */
  writeMedia(frames: Uint8Array): boolean {
    if (this.#failed) return false;
    if (this.#queuedBytes + frames.length > MAX_QUEUED_MEDIA) {
      this.#dropped++;
      return false;
    }
    this.#enqueue(frames, this.#queue, true);
    return true;
  }

  /**
   * Resolves when no more waits than media may: who asks and does not read the answers need not be asked
   * for more.
   */
  async hasRoom(): Promise<void> {
    if (this.#failed || this.#queuedBytes <= MAX_QUEUED_MEDIA) return;
    this.#room ??= Promise.withResolvers();
    await this.#room.promise;
  }

  /** Resolves when all that was queued is written or cannot be. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  #hasRoomFor(message: Uint8Array): boolean {
    if (this.#failed) return false;
    if (this.#queuedBytes + message.length <= MAX_QUEUED) return true;
    this.#fail(new Error("the peer does not read"));
    return false;
  }

  #enqueue(message: Uint8Array, queue: Uint8Array[], isMedia = false): void {
    queue.push(message);
    this.#queuedBytes += message.length;
    this.#writing ??= this.#writeAll(isMedia);
  }

  async #writeAll(waits: boolean): Promise<void> {
    try {
      // The media of one turn goes together.
      if (waits) await undefined;
      for (;;) {
        const bytes = this.#urgent.shift() ?? this.#takeQueued();
        if (bytes === undefined) break;
        this.#onWrite?.(bytes);
        for (let at = 0; at < bytes.length;) {
          at += await this.#connection.write(bytes.subarray(at));
        }
        this.#queuedBytes -= bytes.length;
        if (this.#queuedBytes <= MAX_QUEUED_MEDIA) this.#makeRoom();
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#writing = undefined;
  }

  /** One write a message: some lab clients take a read for a reply. What piled up goes together. */
  #takeQueued(): Uint8Array | undefined {
    let count = 0;
    for (let length = 0; count < this.#queue.length && length < MAX_WRITE; count++) {
      const message = this.#queue[count]!;
      if (message === this.#lastReply) this.#lastReply = undefined;
      length += message.length;
    }
    if (count <= 1) return this.#queue.shift();
    return concatBytes(this.#queue.splice(0, count));
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#queue = [];
    this.#urgent = [];
    this.#makeRoom();
    this.#onError(error);
  }
}
