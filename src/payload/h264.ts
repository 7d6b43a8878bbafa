/**
 * H.264 out of RTP (RFC 6184): single NAL units, STAP-A and FU-A become an Annex B byte stream, which
 * players and converters read as it is. Reel does not decode it.
 *
 * ```text
 *  +---------------+      FU header of a fragment:
 *  |0|1|2|3|4|5|6|7|      |S|E|R|  Type   |
 *  +-+-+-+-+-+-+-+-+
 *  |F|NRI|  Type   |      Type 24: STAP-A, 28: FU-A
 *  +---------------+
 * ```
 *
 * @module
 */

import { difference16 } from "../bytes/serial.ts";
import { concatBytes } from "../bytes/text.ts";
import type { RtpPacket } from "../rtp/packet.ts";
import { FramePieces } from "./frame_pieces.ts";
import type { Depacketizer, ReceivedFrame } from "./payload_format.ts";

/** NAL unit types (RFC 6184 table 1). */
const NAL = { stapA: 24, fuA: 28 } as const;
const START_CODE = Uint8Array.of(0, 0, 0, 1);

/**
 * The parameter sets of `a=fmtp:… sprop-parameter-sets=Z0IA…,aM4…` as Annex B, to stand before the
 * first picture; empty when there are none that can be read.
 */
export function parameterSets(fmtp: string): Uint8Array<ArrayBuffer> {
  const list = /(?:^|[;\s])sprop-parameter-sets=([^;\s]*)/i.exec(fmtp)?.[1] ?? "";
  const units = list.split(",").flatMap((text) => {
    try {
      const unit = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      return unit.length === 0 ? [] : [START_CODE, unit];
    } catch {
      return [];
    }
  });
  return concatBytes(units);
}

/** Puts access units together; each comes out as Annex B, start codes included. */
export class H264Depacketizer implements Depacketizer {
  #damagedFrames = 0;
  #lastDamage: string | undefined;
  #units = new FramePieces();
  /** Pieces of a NAL unit that came in fragments, or undefined while none is open. */
  #fragments: FramePieces | undefined;
  #timestamp = 0;
  #sequenceNumber = -1;
  #damage: string | undefined;

  /** Access units of which something was lost. What arrived of them is kept. */
  get damagedFrames(): number {
    return this.#damagedFrames;
  }

  /** Why the last one was damaged. */
  get lastDamage(): string | undefined {
    return this.#lastDamage;
  }

  /** Takes the next packet; gives the access units that end with it or before it. */
  push(packet: RtpPacket): ReceivedFrame[] {
    const frames: ReceivedFrame[] = [];
    if (packet.timestamp !== this.#timestamp) frames.push(...this.#finish());
    const ahead = this.#sequenceNumber === -1
      ? 0
      : difference16(packet.sequenceNumber, this.#sequenceNumber + 1);
    // Packets come in order: a lower number begins a new sequence, of which nothing is missing.
    if (ahead > 0 || ahead < 0 && this.#fragments !== undefined) {
      this.#damage = "a packet was lost";
      this.#fragments = undefined;
    }
    this.#timestamp = packet.timestamp;
    this.#sequenceNumber = packet.sequenceNumber;
    this.#take(packet.payload);
    const isEndless = this.#units.isEndless || this.#fragments?.isEndless === true;
    if (isEndless) this.#damage = "it does not end";
    if (packet.marker || isEndless) frames.push(...this.#finish());
    return frames;
  }

  /** What waits, when the stream ends without a marker. The next packet may have any number. */
  flush(): ReceivedFrame[] {
    const frames = this.#finish();
    this.#sequenceNumber = -1;
    return frames;
  }

  #take(payload: Uint8Array): void {
    // A packet of padding alone carries nothing, but has a number.
    if (payload.length === 0) return;
    const type = payload[0]! & 0x1f;
    if (type >= 1 && type < NAL.stapA) this.#units.add(payload.slice());
    else if (type === NAL.stapA) this.#takeAggregate(payload);
    else if (type === NAL.fuA && payload.length > 2) this.#takeFragment(payload);
    else this.#damage = `NAL unit type ${type} is none that Reel takes apart`;
  }

  /** STAP-A: 16-bit length and NAL unit, again and again (RFC 6184 section 5.7.1). */
  #takeAggregate(payload: Uint8Array): void {
    for (let at = 1; at < payload.length;) {
      const length = at + 2 > payload.length ? 0 : (payload[at]! << 8) | payload[at + 1]!;
      if (length === 0 || at + 2 + length > payload.length) {
        this.#damage = "an aggregation packet is cut";
        return;
      }
      this.#units.add(payload.slice(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }

  /** FU-A: the first fragment brings back the NAL unit's own header (RFC 6184 section 5.8). */
  #takeFragment(payload: Uint8Array): void {
    const [indicator, header] = [payload[0]!, payload[1]!];
    if ((header & 0x80) !== 0) {
      this.#fragments = new FramePieces();
      this.#fragments.add(Uint8Array.of((indicator & 0xe0) | (header & 0x1f)));
    }
    if (this.#fragments === undefined) {
      this.#damage ??= "the first fragment of a NAL unit is missing";
      return;
    }
    this.#fragments.add(payload.slice(2));
    if ((header & 0x40) !== 0) {
      this.#units.add(concatBytes(this.#fragments.all));
      this.#fragments = undefined;
    }
  }

  #finish(): ReceivedFrame[] {
    if (this.#fragments !== undefined) {
      this.#damage ??= "the last fragment of a NAL unit is missing";
    }
    this.#fragments = undefined;
    if (this.#damage !== undefined) {
      this.#damagedFrames++;
      this.#lastDamage = this.#damage;
      this.#damage = undefined;
    }
    const units = this.#units;
    if (units.count === 0) return [];
    this.#units = new FramePieces();
    return [{
      timestamp: this.#timestamp,
      sequenceNumber: this.#sequenceNumber,
      data: concatBytes(units.all.flatMap((unit) => [START_CODE, unit])),
    }];
  }
}
