/**
 * What can be wrong with JPEG payloads by RFC 2435.
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Type-specific |              Fragment Offset                  |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |      Type     |       Q       |     Width     |     Height    |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @module
 */

import type { Meta, Reporter } from "./reporter.ts";
import { spaced } from "./whole_jpeg_watch.ts";

const HEADER = 8;

/** Watches the payloads of one stream. */
export class Rfc2435Watch {
  readonly #reporter: Reporter;
  /** Hash of the tables that came with each Q from 128 to 254. */
  readonly #tables = new Map<number, number>();
  #known = false;
  #marker = false;
  #timestamp = 0;
  #nextOffset = 0;

  /** A stream of which nothing has been seen. */
  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** Takes a payload; `continues` when it came right after the packet before. */
  update(
    payload: Uint8Array,
    marker: boolean,
    timestamp: number,
    continues: boolean,
    meta: Meta,
  ): void {
    if (payload[0] === 0xff && payload[1] === 0xd8 && payload[2] === 0xff) {
      this.#reporter.report("jpeg-header-missing", meta, () => begins(payload));
      this.#known = false;
      return;
    }
    if (payload.length < HEADER) {
      this.#reporter.report("jpeg-header-short", meta, () => `${payload.length} bytes`);
      this.#known = false;
      return;
    }
    const offset = (payload[1]! << 16) | (payload[2]! << 8) | payload[3]!;
    if (this.#known && continues) this.#checkOrder(offset, timestamp, payload, meta);
    const scan = this.#checkHeader(payload, offset, meta);
    if (offset === 0 && payload[scan] === 0xff && payload[scan + 1] === 0xd8) {
      this.#reporter.report(
        "jpeg-scan-with-headers",
        meta,
        () => begins(payload.subarray(scan)),
      );
    }
    this.#known = true;
    this.#marker = marker;
    this.#timestamp = timestamp;
    this.#nextOffset = offset + payload.length - scan;
  }

  /** The stream pauses or starts anew. */
  pause(): void {
    this.#known = false;
  }

  #checkOrder(offset: number, timestamp: number, payload: Uint8Array, meta: Meta): void {
    const sameTime = timestamp === this.#timestamp;
    if (offset === this.#nextOffset && !this.#marker) {
      if (!sameTime) {
        this.#reporter.report(
          "rtp-timestamp-in-frame",
          meta,
          () => `${timestamp} after ${this.#timestamp} at fragment offset ${offset}`,
        );
      }
    } else if (offset === 0) {
      if (this.#marker) return;
      this.#reporter.report(
        sameTime ? "jpeg-fragment-offset" : "rtp-marker-missing",
        meta,
        () => `offset 0 where ${this.#nextOffset} was due: ${begins(payload)}`,
      );
    } else {
      this.#reporter.report(
        this.#marker && sameTime && offset === this.#nextOffset
          ? "rtp-marker-early"
          : "jpeg-fragment-offset",
        meta,
        () => `offset ${offset} where ${this.#marker ? 0 : this.#nextOffset} was due`,
      );
    }
  }

  /** Checks the headers and gives the place where the scan data begins. */
  #checkHeader(payload: Uint8Array, offset: number, meta: Meta): number {
    const type = payload[4]!;
    const q = payload[5]!;
    if ((type & ~0x40) > 1) {
      this.#reporter.report("jpeg-type", meta, () => `type ${type} in ${begins(payload)}`);
    }
    if (q === 0 || (q >= 100 && q < 128)) {
      this.#reporter.report("jpeg-q", meta, () => `Q ${q} in ${begins(payload)}`);
    }
    if (payload[6] === 0 || payload[7] === 0) {
      this.#reporter.report(
        "jpeg-dimensions",
        meta,
        () => `width ${8 * payload[6]!}, height ${8 * payload[7]!} in ${begins(payload)}`,
      );
    }
    let at = HEADER;
    if (type >= 64 && type < 128) {
      const interval = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
      if (interval === 0 || payload.length < at + 4) {
        this.#reporter.report("jpeg-restart", meta, () => spaced(payload.subarray(at), 4));
      }
      at += 4;
    }
    if (offset !== 0) return at;
    if (q >= 128) return this.#checkTables(payload, at, q, meta);
    // MBZ 0, precision 0, length 128 or 64: entropy-coded data hardly begins so.
    if (
      payload[at] === 0 && payload[at + 1] === 0 && payload[at + 2] === 0 &&
      (payload[at + 3] === 128 || payload[at + 3] === 64)
    ) {
      this.#reporter.report(
        "jpeg-tables-static",
        meta,
        () => `Q ${q}, then ${spaced(payload.subarray(at), 4)}`,
      );
    }
    return at;
  }

  #checkTables(payload: Uint8Array, at: number, q: number, meta: Meta): number {
    const end = at + 4;
    const length = ((payload[at + 2] ?? 0) << 8) | (payload[at + 3] ?? 0);
    const seen = () => `Q ${q}, then ${spaced(payload.subarray(at), 4)}`;
    if (length === 0 || payload.length < end) {
      const known = q < 255 && this.#tables.has(q);
      this.#reporter.report(known ? "jpeg-tables-omitted" : "jpeg-tables-missing", meta, seen);
      return Math.min(end, payload.length);
    }
    const precision = payload[at + 1]!;
    const first = (precision & 1) !== 0 ? 128 : 64;
    const both = first + ((precision & 2) !== 0 ? 128 : 64);
    if ((length !== first && length !== both) || payload.length < end + length) {
      this.#reporter.report("jpeg-tables-length", meta, seen);
      return Math.min(end + length, payload.length);
    }
    if (q < 255) this.#compareTables(payload, end, length, q, meta);
    return end + length;
  }

  #compareTables(payload: Uint8Array, from: number, length: number, q: number, meta: Meta): void {
    // FNV-1a: only to notice that something changed.
    let hash = 0x811c9dc5;
    for (let i = from; i < from + length; i++) hash = Math.imul(hash ^ payload[i]!, 0x01000193);
    const before = this.#tables.get(q);
    this.#tables.set(q, hash);
    if (before !== undefined && before !== hash) {
      this.#reporter.report("jpeg-tables-varied", meta, () => `other tables under Q ${q}`);
    }
  }
}

function begins(payload: Uint8Array): string {
  return `a payload that begins ${spaced(payload, 12)}`;
}
