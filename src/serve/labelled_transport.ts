/**
 * The audio lab's transport: chunks labelled with their end offset, and no RTP.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import type { MediaTransport, UdpTransport } from "../net/media_transport.ts";
import type { Payload } from "../payload/payload_format.ts";

/** Sends payloads as they are: their labels stand in them already. */
export class LabelledTransport implements MediaTransport {
  readonly spreads = true;
  readonly droppedPackets = 0;
  readonly #udp: UdpTransport;

  /** Sends through `udp`. */
  constructor(udp: UdpTransport) {
    this.#udp = udp;
  }

  /** Sends the payloads without a header. */
  sendRtp(payloads: readonly Payload[], from: number, to: number): void {
    for (let i = from; i < to; i++) this.#udp.sendRaw(payloads[i]!.payload);
  }

  /** The lab has no RTCP. */
  sendRtcp(): void {}

  /** Tells the receiver to leave. */
  sayGoodbye(): void {
    this.#udp.sendRaw(encodeText("teardown"));
  }
}
