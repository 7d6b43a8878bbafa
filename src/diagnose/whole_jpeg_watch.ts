/**
 * What can be wrong with the labs' payloads: one whole JPEG image a datagram, or pieces of one.
 *
 * @module
 */

import { hex } from "../bytes/text.ts";
import { imageOffset } from "../payload/piece_counter.ts";
import type { Meta, Reporter } from "./reporter.ts";

/** Bytes at the end in which FF D9 is looked for: some cameras pad their frames. */
const TAIL = 16;
/** Frames without a marker after which it is said to be missing. */
const MARKERLESS = 20;

/** What a packet was. */
export type WholeJpegPart = "frame" | "piece" | "other";

/** Watches the JPEG images of one stream. */
export class WholeJpegWatch {
  readonly #reporter: Reporter;
  /** Number of the packet that began a frame which has not ended yet, or 0. */
  #open = 0;
  #openTail = "";
  #frames = 0;
  #markers = 0;
  /** Bytes of a header before the image ("HD" variants): images are not looked into then. */
  #ownHeader = 0;

  /** A stream of which nothing has been seen. */
  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** Whether the next datagram may be a piece of the frame that the last one began. */
  get expectsPiece(): boolean {
    return this.#open > 0;
  }

  /** Frames that began. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether a payload goes on with the frame that began before it. */
  goesOn(payload: Uint8Array): boolean {
    const hasBegun = this.#open > 0 || this.#ownHeader > 0;
    return hasBegun && payload.length > 0 && !beginsImage(payload, this.#ownHeader);
  }

  /** A datagram that is a piece of a frame without any RTP header. */
  headerlessPiece(datagram: Uint8Array, meta: Meta): void {
    this.#reporter.report(
      "rtp-fragment-no-header",
      meta,
      () => `a datagram that begins ${spaced(datagram, 12)} behind an unfinished frame`,
    );
    if (endsImage(datagram)) this.#open = 0;
  }

  /** Takes a payload; `continues` when it came right after the packet before. */
  update(payload: Uint8Array, marker: boolean, continues: boolean, meta: Meta): WholeJpegPart {
    if (marker) this.#markers++;
    if (payload.length === 0) return "other";
    if (this.#ownHeader > 0) {
      return beginsImage(payload, this.#ownHeader) ? this.#begin(meta) : "piece";
    }
    if (beginsImage(payload, 0)) {
      if (this.#open > 0 && continues) this.#reportCut(meta);
      const part = this.#begin(meta);
      this.#open = endsImage(payload) ? 0 : meta.number;
      this.#openTail = this.#open > 0 ? spaced(payload.subarray(-2), 2) : "";
      if (this.#open > 0 && marker) {
        this.#reportCut(meta);
        this.#open = 0;
      }
      return part;
    }
    const header = this.#open > 0 ? undefined : imageOffset(payload);
    if (header !== undefined) {
      this.#ownHeader = header;
      this.#reporter.report(
        "rtp-frame-fragmented",
        meta,
        `${spaced(payload, header)}, a header of its own, before the image`,
      );
      return this.#begin(meta);
    }
    if (this.#open > 0) {
      this.#reporter.report(
        "rtp-frame-fragmented",
        meta,
        () => `a payload that begins ${spaced(payload, 4)}, the middle of an image`,
      );
      if (endsImage(payload)) this.#open = 0;
      else if (marker) {
        this.#openTail = spaced(payload.subarray(-2), 2);
        this.#reportCut(meta);
        this.#open = 0;
      }
      return "piece";
    }
    if (continues) {
      this.#reporter.report(
        "rtp-payload-not-jpeg",
        meta,
        () => `a payload that begins ${spaced(payload, 8)}`,
      );
    }
    return "other";
  }

  /** The stream has ended. */
  end(timeMs: number): void {
    if (this.#frames >= 2 && this.#frames < MARKERLESS && this.#markers === 0) {
      this.#reportMarker({ number: 0, timeMs });
    }
  }

  #begin(meta: Meta): WholeJpegPart {
    this.#frames++;
    if (this.#frames === MARKERLESS && this.#markers === 0) this.#reportMarker(meta);
    return "frame";
  }

  #reportMarker(meta: Meta): void {
    this.#reporter.reportSession(
      "rtp-marker-missing",
      meta.timeMs,
      `M=0 in all packets of ${this.#frames} frames`,
    );
  }

  #reportCut(meta: Meta): void {
    this.#reporter.report(
      "rtp-payload-jpeg-cut",
      meta,
      () => `the frame of packet ${this.#open} ends ${this.#openTail}`,
    );
  }
}

function beginsImage(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && bytes[at + 1] === 0xd8 && bytes[at + 2] === 0xff;
}

function endsImage(bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (bytes[length - 2] === 0xff && bytes[length - 1] === 0xd9) return true;
  for (let at = length - 2; at >= Math.max(0, length - TAIL); at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

/** The first bytes in hex, with spaces between: `FF D8 FF E0`. */
export function spaced(bytes: Uint8Array, count: number): string {
  return hex(bytes.subarray(0, count)).toUpperCase().replace(/..(?=.)/g, "$& ");
}
