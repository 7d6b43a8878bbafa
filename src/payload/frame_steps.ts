/**
 * How far frames are apart, told by the numbers of their packets alone: where timestamps are no clock.
 *
 * @module
 */

import { difference16 } from "../bytes/serial.ts";
import type { ReceivedFrame } from "./payload_format.ts";

/** What is to be known of a frame. */
export type NumberedFrame = Pick<ReceivedFrame, "sequenceNumber" | "packets">;

/** Counts frames, those that were lost included. */
export class FrameSteps {
  #last: NumberedFrame | undefined;
  #packets = 0;
  #frames = 0;
  #goOn = true;

  /** Whether all numbers so far went on. */
  get goOn(): boolean {
    return this.#goOn;
  }

  /** Steps from the frame before to this one: 1 when none is missing between them, 0 for the first. */
  next(frame: NumberedFrame): number {
    const { sequenceNumber, packets = 1 } = frame;
    const last = this.#last;
    this.#last = frame;
    this.#packets += packets;
    this.#frames++;
    if (last === undefined) return 0;
    const lost = difference16(sequenceNumber, last.sequenceNumber) - packets;
    if (lost < 0) this.#goOn = false;
    if (lost <= 0) return 1;
    return 1 + Math.max(1, Math.round(lost * this.#frames / this.#packets));
  }
}
