/**
 * The pieces of a frame that is being put together.
 *
 * @module
 */

/** No frame is longer: RFC 2435 has no more room, and whole JPEG files and access units need none. */
const MAX_BYTES = 2 ** 24;

/** A piece takes memory of its own, however short it is. */
const MAX_PIECES = 2 ** 16;

/** Gathers pieces and tells when there are more than any frame has: the sender never ends it. */
export class FramePieces {
  readonly #all: Uint8Array[] = [];
  #length = 0;

  /** The pieces, in order. */
  get all(): readonly Uint8Array[] {
    return this.#all;
  }

  /** Number of pieces. */
  get count(): number {
    return this.#all.length;
  }

  /** Bytes of all of them. */
  get length(): number {
    return this.#length;
  }

  /** Whether they are too many to be kept. */
  get isEndless(): boolean {
    return this.#length > MAX_BYTES || this.#all.length > MAX_PIECES;
  }

  /** Adds a piece, which must stay as it is; an empty one is not kept. */
  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#all.push(piece);
    this.#length += piece.length;
  }
}
