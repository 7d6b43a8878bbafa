/**
 * A description whose length nobody told: what comes until a pause belongs to it.
 *
 * @module
 */

import { concatBytes } from "../bytes/text.ts";
import type { RtspResponse } from "../rtsp/message.ts";

/** Bytes of such a description; what comes behind them is none of it. */
const MAX_DESCRIPTION_BYTES = 262_144;

/** Whether a description may follow the reply to DESCRIBE although no Content-Length says so. */
export function lacksLength({ status, headers, body, wire }: RtspResponse): boolean {
  return status === 200 && wire.blankLine && body.length === 0 && !headers.has("content-length");
}

/** Gathers one description at a time. */
export class UnmeasuredDescription {
  #response: RtspResponse | undefined;
  #body: Uint8Array[] = [];
  #bytes = 0;

  /** Whether one is being gathered. */
  get isOpen(): boolean {
    return this.#response !== undefined;
  }

  /** Whether nothing more has room. */
  get isFull(): boolean {
    return this.#bytes >= MAX_DESCRIPTION_BYTES;
  }

  /** What comes from now on belongs to this response. */
  begin(response: RtspResponse): void {
    this.#response = response;
    this.#body = [];
    this.#bytes = 0;
  }

  /** Some of it. */
  add(bytes: Uint8Array): void {
    this.#body.push(bytes);
    this.#bytes += bytes.length;
  }

  /** The response with all that came; undefined when none is being gathered. */
  finish(): RtspResponse | undefined {
    const response = this.#response;
    this.#response = undefined;
    return response === undefined ? undefined : { ...response, body: concatBytes(this.#body) };
  }
}
