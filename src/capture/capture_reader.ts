/**
 * Captures from files, streams and gzip, whatever their container.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { BLOCK_BYTES, BlockBuffer } from "./block_buffer.ts";
import { isPcap, PCAP_HEADER_BYTES, PcapCursor } from "./pcap.ts";
import { isPcapng, PcapngCursor } from "./pcapng.ts";
import type { RecordCursor } from "./record_cursor.ts";

/** Where bytes come from: a file, standard input, memory. */
export interface ByteSource {
  /** Reads without waiting; a file can. Null at the end. */
  readSync?(into: Uint8Array): number | null;
  /** Reads at least one byte; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** An open capture: its records, and how to get at the next block of them. */
export class CaptureReader {
  /** The walk over the records. */
  readonly cursor: RecordCursor;
  readonly #source: ByteSource;

  private constructor(cursor: RecordCursor, source: ByteSource) {
    this.cursor = cursor;
    this.#source = source;
  }

  /**
   * Looks at the first bytes and chooses the format.
   *
   * @throws {DecodeError} When they are those of no capture.
   */
  static async open(source: ByteSource): Promise<CaptureReader> {
    let from = source;
    let buffer = new BlockBuffer();
    await fillTo(buffer, from, 4);
    if (buffer.available >= 2 && buffer.bytes[0] === 0x1f && buffer.bytes[1] === 0x8b) {
      from = gunzip(buffer, source);
      buffer = new BlockBuffer();
    }
    try {
      await fillTo(buffer, from, PCAP_HEADER_BYTES);
    } catch (error) {
      if (from === source) throw error;
      throw new DecodeError("capture", 0, "it begins as gzip does, but cannot be unpacked");
    }
    return new CaptureReader(chooseCursor(buffer), from);
  }

  /**
   * Gets more bytes once the cursor has no record left. False at the end of the capture; then the
   * cursor's `damage` says whether it ends well. Only streams make the caller wait.
   */
  more(): boolean | Promise<boolean> {
    if (this.cursor.damage !== undefined) return false;
    if (this.#source.readSync === undefined) return this.#moreLater();
    return this.#took(this.#source.readSync(this.cursor.buffer.room()));
  }

  async #moreLater(): Promise<boolean> {
    try {
      return this.#took(await this.#source.read(this.cursor.buffer.room()));
    } catch (error) {
      // A gzip file that was cut: what came out of it is good.
      this.cursor.damage = `the file cannot be read further: ${
        error instanceof Error ? error.message : String(error)
      }`;
      return false;
    }
  }

  #took(count: number | null): boolean {
    if (count === null) {
      this.cursor.finish();
      return false;
    }
    this.cursor.buffer.end += count;
    return true;
  }
}

/** A source that gives what is in memory. */
export function memorySource(bytes: Uint8Array): ByteSource {
  let at = 0;
  const readSync = (into: Uint8Array): number | null => {
    if (at >= bytes.length) return null;
    const chunk = bytes.subarray(at, at + into.length);
    into.set(chunk);
    at += chunk.length;
    return chunk.length;
  };
  return { readSync, read: (into) => Promise.resolve(readSync(into)) };
}

async function fillTo(buffer: BlockBuffer, source: ByteSource, least: number): Promise<void> {
  while (buffer.available < least) {
    const count = await source.read(buffer.room());
    if (count === null) return;
    buffer.end += count;
  }
}

function chooseCursor(buffer: BlockBuffer): RecordCursor {
  const { view, start, available } = buffer;
  if (available === 0) throw new DecodeError("capture", 0, "the file is empty");
  if (available >= 4) {
    if (isPcapng(view, start)) return new PcapngCursor(buffer);
    if (isPcap(view, start)) {
      if (available < PCAP_HEADER_BYTES) {
        throw new DecodeError("pcap", available, "the file ends within its header");
      }
      return new PcapCursor(buffer);
    }
    const other = otherFormat(view.getUint32(start));
    if (other !== undefined) throw new DecodeError("capture", 0, other);
  }
  throw new DecodeError("capture", 0, "neither pcap nor pcapng");
}

/** What a file is that is no capture we read, as far as its first bytes tell. */
function otherFormat(magic: number): string | undefined {
  switch (magic) {
    case 0x28b52ffd:
      return "compressed with zstd; unpack it first (zstd -d)";
    case 0x04224d18:
      return "compressed with lz4; unpack it first (lz4 -d)";
    case 0xfd377a58:
      return "compressed with xz; unpack it first (xz -d)";
    case 0x736e6f6f:
      return "a snoop capture; convert it first (editcap -F pcapng)";
    default:
      return undefined;
  }
}

/** Packed bytes that are unpacked at a time: 1,000 times as many may come out of them. */
const PACKED_BYTES = 8192;

/** Unpacks what `head` holds and what follows it. */
function gunzip(head: BlockBuffer, source: ByteSource): ByteSource {
  let rest = head.bytes.slice(head.start, head.end);
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (rest.length === 0) {
        const chunk = new Uint8Array(BLOCK_BYTES / 4);
        const count = await source.read(chunk);
        if (count === null) return controller.close();
        rest = chunk.subarray(0, count);
      }
      controller.enqueue(rest.subarray(0, PACKED_BYTES));
      rest = rest.subarray(PACKED_BYTES);
    },
  });
  const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
  let waiting: Uint8Array = new Uint8Array(0);
  const read = async (into: Uint8Array): Promise<number | null> => {
    while (waiting.length === 0) {
      const { value, done } = await reader.read();
      if (done) return null;
      waiting = value;
    }
    const count = Math.min(into.length, waiting.length);
    into.set(waiting.subarray(0, count));
    waiting = waiting.subarray(count);
    return count;
  };
  return { read };
}
