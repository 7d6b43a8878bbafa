/**
 * What can be wrong with payloads of linear samples (RFC 3551 sections 4.5.10 and 4.5.11, RFC 3190).
 *
 * @module
 */

import type { Meta, Reporter } from "./reporter.ts";

/** Pairs of samples after which the byte order is judged, and those taken from one packet. */
const PAIRS = 4000;
const PAIRS_A_PACKET = 200;
/** How much smoother the other byte order must be: wrong order turns any tone into noise. */
const SMOOTHER = 4;

/** Watches the samples of one stream. */
export class SamplesWatch {
  readonly #reporter: Reporter;
  readonly #width: number;
  readonly #frame: number;
  /** Samples between neighbours of one channel; right for one channel too when it is not known. */
  readonly #stride: number;
  #pairs = 0;
  #big = 0;
  #little = 0;

  /** `width` is bytes a sample, `channels` undefined when not known. */
  constructor(reporter: Reporter, width: number, channels: number | undefined) {
    this.#reporter = reporter;
    this.#width = width;
    this.#frame = width * (channels ?? 1);
    this.#stride = channels ?? 2;
  }

  /** Takes a payload. */
  update(payload: Uint8Array, meta: Meta): void {
    if (payload.length % this.#frame !== 0) {
      this.#reporter.report(
        "rtp-samples-odd",
        meta,
        () => `${payload.length} bytes, ${this.#frame} a sample`,
      );
    }
    if (this.#width === 2 && this.#pairs < PAIRS) this.#compareOrders(payload, meta);
  }

  #compareOrders(payload: Uint8Array, meta: Meta): void {
    const step = 2 * this.#stride;
    const end = Math.min(payload.length - step - 1, 2 * PAIRS_A_PACKET);
    for (let at = 0; at < end; at += 2) {
      const high = (payload[at]! << 24) >> 24;
      const low = (payload[at + 1]! << 24) >> 24;
      const nextHigh = (payload[at + step]! << 24) >> 24;
      const nextLow = (payload[at + step + 1]! << 24) >> 24;
      const big = 256 * (nextHigh - high) + (payload[at + step + 1]! - payload[at + 1]!);
      const little = 256 * (nextLow - low) + (payload[at + step]! - payload[at]!);
      this.#big += Math.abs(big);
      this.#little += Math.abs(little);
      this.#pairs++;
    }
    if (this.#pairs < PAIRS || this.#little * SMOOTHER >= this.#big) return;
    const times = (this.#big / Math.max(this.#little, 1)).toFixed(0);
    this.#reporter.report(
      "rtp-samples-little-endian",
      meta,
      `neighbouring samples differ ${times} times less when the low byte is read first`,
    );
  }
}
