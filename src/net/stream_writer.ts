/**
 * The one writer of a control connection: replies and interleaved frames in turn, never one inside
 * the other.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";

/** Bytes that may wait for a slow reader before media is dropped. */
const MAX_QUEUED_MEDIA = 512 * 1024;

/** Bytes that may wait in all; a peer that does not read even the replies is cut off. */
const MAX_QUEUED = 4 * 1024 * 1024;

/** Writes whole messages to a connection, in order. */
export class StreamWriter {
  readonly #connection: { write(bytes: Uint8Array): Promise<number> };
  readonly #onError: (error: unknown) => void;
  readonly #onWrite: ((bytes: Uint8Array) => void) | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #writing: Promise<void> | undefined;
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
    if (this.#failed) return;
    if (this.#queuedBytes + message.length > MAX_QUEUED) {
      this.#fail(new Error("the peer does not read"));
      return;
    }
    this.#enqueue(message);
  }

  /** Queues all interleaved frames of one media frame, or none of them; tells whether it did. */
  writeMedia(frames: Uint8Array): boolean {
    if (this.#failed) return false;
    if (this.#queuedBytes + frames.length > MAX_QUEUED_MEDIA) {
      this.#dropped++;
      return false;
    }
    this.#enqueue(frames);
    return true;
  }

  /** Resolves when all that was queued is written or cannot be. */
  async drain(): Promise<void> {
    await this.#writing;
  }

  #enqueue(message: Uint8Array): void {
    this.#queue.push(message);
    this.#queuedBytes += message.length;
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        // One write a message: some lab clients take a read for a reply. What piled up goes together.
        const bytes = this.#queue.length === 1 ? this.#queue[0]! : concatBytes(this.#queue);
        this.#queue = [];
        this.#onWrite?.(bytes);
        for (let at = 0; at < bytes.length;) {
          at += await this.#connection.write(bytes.subarray(at));
        }
        this.#queuedBytes -= bytes.length;
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#writing = undefined;
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#queue = [];
    this.#onError(error);
  }
}
