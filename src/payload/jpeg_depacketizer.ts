/**
 * RFC 2435 payloads into JPEG files.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { difference16 } from "../bytes/serial.ts";
import { concatBytes } from "../bytes/text.ts";
import type { RtpPacket } from "../rtp/packet.ts";
import { FramePieces } from "./frame_pieces.ts";
import { decodeRtpJpeg, type InBandTables, type RtpJpegPayload } from "./jpeg_header.ts";
import { buildJpeg } from "./jpeg_build.ts";
import { staticQuantTables } from "./jpeg_tables.ts";
import type { Depacketizer, ReceivedFrame } from "./payload_format.ts";
import type { PictureSize } from "./picture_size.ts";

interface Assembly {
  readonly timestamp: number;
  readonly first: RtpJpegPayload;
  readonly tables: InBandTables;
  readonly scan: FramePieces;
}

/** Puts JPEG frames together. A frame with a gap is given up: half a scan decodes to rubbish. */
export class JpegDepacketizer implements Depacketizer {
  readonly #size: PictureSize | undefined;
  readonly #tables = new Map<number, InBandTables>();
  #assembly: Assembly | undefined;
  /** Timestamp of the frame that was given up or done, whose further packets are passed over. */
  #settled: number | undefined;
  #lastNumber: number | undefined;
  #sawMarker = false;
  #damagedFrames = 0;
  #lastDamage: string | undefined;

  /**
   * `size` is what the session description says (`a=x-dimensions`, `a=framesize`): needed where the
   * packets say 0, and exact where they can only say multiples of 8.
   */
  constructor(options?: { size?: PictureSize }) {
    this.#size = options?.size;
  }

  /** Frames given up. */
  get damagedFrames(): number {
    return this.#damagedFrames;
  }

  /** Why the last one was given up. */
  get lastDamage(): string | undefined {
    return this.#lastDamage;
  }

  /** Takes a packet. */
  push(packet: RtpPacket): ReceivedFrame[] {
    const unmarked = this.#sawMarker ? [] : this.#endUnmarked(packet);
    if (packet.marker) this.#sawMarker = true;
    return [...unmarked, ...this.#push(packet)];
  }

  /** Of a sender that sets no markers, the next frame's beginning tells the end of the open one. */
  #endUnmarked({ sequenceNumber, payload }: RtpPacket): ReceivedFrame[] {
    const before = this.#lastNumber;
    this.#lastNumber = sequenceNumber;
    const open = this.#assembly;
    const begins = payload[1] === 0 && payload[2] === 0 && payload[3] === 0;
    if (open === undefined || before === undefined || !begins) return [];
    return difference16(sequenceNumber, before) === 1 ? this.#close(open, before) : [];
  }

  #close(open: Assembly, sequenceNumber: number): ReceivedFrame[] {
    const { timestamp } = open;
    try {
      const data = this.#finish(open);
      this.#assembly = undefined;
      this.#settled = timestamp;
      return [{ timestamp, data, sequenceNumber }];
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#giveUp(timestamp, error.message);
      return [];
    }
  }

  #push(packet: RtpPacket): ReceivedFrame[] {
    const { timestamp } = packet;
    // A packet of padding alone carries nothing.
    if (packet.payload.length === 0) return [];
    if (this.#assembly !== undefined && this.#assembly.timestamp !== timestamp) {
      this.#giveUp(this.#assembly.timestamp, "its last packets are missing");
    }
    try {
      const part = decodeRtpJpeg(packet.payload);
      if (part.fragmentOffset === 0) {
        // Senders whose clock stands still start a new frame under the same timestamp.
        if (this.#assembly !== undefined) this.#giveUp(timestamp, "its last packets are missing");
        this.#settled = undefined;
        this.#assembly = this.#start(timestamp, part);
      } else if (this.#assembly !== undefined) this.#extend(this.#assembly, part);
      else if (this.#settled === timestamp) return [];
      else throw error(1, `its first ${part.fragmentOffset} bytes are missing`);
      return packet.marker ? this.#close(this.#assembly, packet.sequenceNumber) : [];
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#giveUp(timestamp, error.message);
      return [];
    }
  }

  #start(timestamp: number, first: RtpJpegPayload): Assembly {
    if ((first.type & ~64) > 1) throw error(4, `type is ${first.type}, known are 0, 1, 64 and 65`);
    const tables = this.#tablesOf(first);
    const scan = new FramePieces();
    scan.add(first.data);
    return { timestamp, first, tables, scan };
  }

  #extend({ first, scan }: Assembly, part: RtpJpegPayload): void {
    if (part.fragmentOffset !== scan.length) {
      throw error(1, `fragment offset is ${part.fragmentOffset}, expected ${scan.length}`);
    }
    if (part.type !== first.type || part.q !== first.q) throw error(4, "type or Q changed inside");
    scan.add(part.data);
    if (scan.isEndless) throw error(1, "it does not end");
  }

  #tablesOf({ q, tables }: RtpJpegPayload): InBandTables {
    if (q < 128) {
      if (q === 0 || q > 99) throw error(5, `Q is ${q}, which is reserved`);
      return { precision: 0, data: concatBytes(staticQuantTables(q)) };
    }
    const used = tables!.data.length > 0 ? tables! : q === 255 ? undefined : this.#tables.get(q);
    if (used === undefined) throw error(8, `Q is ${q}, but its tables have not come`);
    const least = (used.precision & 1) === 0 ? 64 : 128;
    if (used.data.length < least) {
      throw error(8, `${used.data.length} bytes of quantisation tables, at least ${least}`);
    }
    if (tables!.data.length > 0) {
      this.#tables.set(q, { precision: used.precision, data: used.data.slice() });
    }
    return used;
  }

  #finish({ first, tables, scan }: Assembly): Uint8Array {
    const { width, height } = this.#sizeOf(first);
    return buildJpeg({
      width,
      height,
      sampling: first.type % 64 === 0 ? 0 : 1,
      restartInterval: first.restartInterval,
      tables,
      scan: scan.all,
    });
  }

  #sizeOf({ width, height }: RtpJpegPayload): PictureSize {
    const size = this.#size;
    if (size !== undefined) {
      const fits = (said: number, real: number): boolean =>
        said === 0 || said === Math.ceil(real / 8) * 8;
      if (fits(width, size.width) && fits(height, size.height)) return size;
    }
    if (width === 0 || height === 0) {
      throw error(6, "its size is 0, and the session description does not say it");
    }
    return { width, height };
  }

  #giveUp(timestamp: number, reason: string): void {
    this.#assembly = undefined;
    if (this.#settled === timestamp) return;
    this.#settled = timestamp;
    this.#damagedFrames++;
    this.#lastDamage = reason;
  }
}

function error(offset: number, message: string): DecodeError {
  return new DecodeError("RTP JPEG", offset, message);
}
