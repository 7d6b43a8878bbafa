/**
 * The window of a capture that is in memory: large blocks, so that a capture is read with few calls
 * and decoded where it lies.
 *
 * @module
 */

/** Bytes that are read at a time. */
export const BLOCK_BYTES = 512 * 1024;

/** Bytes of a stream that wait to be decoded. */
export class BlockBuffer {
  /** The window. Its content moves with each {@linkcode room}. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The same bytes. */
  view: DataView<ArrayBuffer>;
  /** Where the bytes that are not decoded yet begin. */
  start = 0;
  /** Where they end. */
  end = 0;
  /** Offset in the stream of `bytes[0]`. */
  base = 0;

  /** An empty window of `size` bytes. */
  constructor(size: number = BLOCK_BYTES) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Offset in the stream of the next byte to be decoded. */
  get position(): number {
    return this.base + this.start;
  }

  /** Bytes that wait. */
  get available(): number {
    return this.end - this.start;
  }

  /** Moves what waits to the front, grows if that fills more than half, and gives the free part. */
  room(): Uint8Array<ArrayBuffer> {
    const waiting = this.end - this.start;
    let target = this.bytes;
    if (waiting > this.bytes.length / 2) {
      target = new Uint8Array(2 * this.bytes.length);
      target.set(this.bytes.subarray(this.start, this.end));
      this.bytes = target;
      this.view = new DataView(target.buffer);
    } else if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
    }
    this.base += this.start;
    this.start = 0;
    this.end = waiting;
    return target.subarray(waiting);
  }
}
