/**
 * The lab's video payload, received: one whole JPEG a datagram, or one of the ways in which lab
 * senders cut frames that are too long for that.
 *
 * - Pieces with consecutive sequence numbers, the marker on the last.
 * - Pieces that all have the frame's number as their sequence number and start with four bytes: the
 *   number again (16 bits), how many pieces there are and which this is (8 bits each).
 * - A first piece with an RTP header and further datagrams without one, up to the EOI marker.
 *
 * Which it is shows in the bytes: a frame starts with FF D8 and ends with FF D9.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { difference16 } from "../bytes/serial.ts";
import { concatBytes } from "../bytes/text.ts";
import { decodeRtpPacket, type RtpPacket } from "../rtp/packet.ts";
import { parseJpeg } from "./jpeg_file.ts";
import type { Depacketizer, ReceivedFrame } from "./payload_format.ts";

/** No frame is longer; what goes on without an end is given up. */
const MAX_FRAME_BYTES = 2 ** 24;

interface Assembly {
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payloadType: number;
  sequenceNumber: number;
  readonly parts: Uint8Array[];
  length: number;
  /** Pieces there should be, where they are numbered. */
  readonly total?: number;
}

/**
 * What a datagram was: a packet with its own sequence number; a further piece of a frame that repeats
 * the frame's number; or bytes without an RTP header.
 */
export type LabDatagram = "packet" | "piece" | "continuation";

/** Puts the lab's frames together. */
export class WholeJpegDepacketizer implements Depacketizer {
  #assembly: Assembly | undefined;
  #damagedFrames = 0;
  #lastDamage: string | undefined;
  /** Whether pieces without a beginning belong to a frame that has been counted as damaged. */
  #skipping = false;
  #lastDatagram: LabDatagram = "packet";

  /** What the last datagram that was pushed was: only packets count for loss. */
  get lastDatagram(): LabDatagram {
    return this.#lastDatagram;
  }

  /** Whether a frame has begun and not ended. */
  get isOpen(): boolean {
    return this.#assembly !== undefined;
  }

  /** Frames given up. */
  get damagedFrames(): number {
    return this.#damagedFrames;
  }

  /** Why the last one was given up. */
  get lastDamage(): string | undefined {
    return this.#lastDamage;
  }

  /**
   * Takes a datagram as it came from the socket, which need not be RTP: a continuation without a
   * header is told from a packet by its version, payload type and SSRC.
   */
  pushDatagram(datagram: Uint8Array): ReceivedFrame[] {
    let packet: RtpPacket | undefined;
    try {
      packet = decodeRtpPacket(datagram, { anyVersion: true });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
    const open = this.#assembly;
    if (packet !== undefined && (open === undefined || belongs(datagram, packet, open))) {
      return this.push(packet);
    }
    this.#lastDatagram = "continuation";
    return open === undefined ? [] : this.#add(open, datagram, endsWithEoi(datagram));
  }

  /** Takes a packet. */
  push(packet: RtpPacket): ReceivedFrame[] {
    const { payload } = packet;
    const piece = readPieceHeader(packet, this.#assembly);
    this.#lastDatagram = piece !== undefined && piece.index > 0 ? "piece" : "packet";
    if (piece !== undefined) return this.#pushNumbered(packet, piece);
    if (startsWithSoi(payload)) {
      if (this.#assembly !== undefined) this.#giveUp("its end is missing");
      this.#skipping = false;
      if (packet.marker || isWhole(payload)) return [frameOf(packet, payload)];
      this.#assembly = assemblyOf(packet, payload);
      return [];
    }
    const open = this.#assembly;
    if (open === undefined || open.total !== undefined) {
      if (!this.#skipping) this.#giveUp("its beginning is missing");
      this.#skipping = true;
      return [];
    }
    const step = difference16(packet.sequenceNumber, open.sequenceNumber);
    // The network delivered it twice.
    if (step === 0) return [];
    if (step !== 1) {
      this.#giveUp(`packet ${packet.sequenceNumber} does not follow ${open.sequenceNumber}`);
      this.#skipping = true;
      return [];
    }
    open.sequenceNumber = packet.sequenceNumber;
    return this.#add(open, payload, packet.marker || endsWithEoi(payload));
  }

  #pushNumbered(packet: RtpPacket, { index, total }: PieceHeader): ReceivedFrame[] {
    const data = packet.payload.subarray(4);
    if (index === 0) {
      if (this.#assembly !== undefined) this.#giveUp("its end is missing");
      this.#skipping = false;
      if (total <= 1) return [frameOf(packet, data)];
      this.#assembly = { ...assemblyOf(packet, data), total };
      return [];
    }
    const open = this.#assembly;
    if (open === undefined) return [];
    // The network delivered it twice.
    if (packet.sequenceNumber === open.sequenceNumber && index < open.parts.length) return [];
    if (packet.sequenceNumber !== open.sequenceNumber || index !== open.parts.length) {
      this.#giveUp(`piece ${index + 1} of ${total} came where ${open.parts.length + 1} should`);
      this.#skipping = true;
      return [];
    }
    return this.#add(open, data, index === total - 1);
  }

  #add(open: Assembly, data: Uint8Array, last: boolean): ReceivedFrame[] {
    open.parts.push(data);
    open.length += data.length;
    if (open.length > MAX_FRAME_BYTES) {
      this.#giveUp("it does not end");
      return [];
    }
    if (!last) return [];
    this.#assembly = undefined;
    const { timestamp, sequenceNumber } = open;
    return [{ timestamp, sequenceNumber, data: concatBytes(open.parts) }];
  }

  #giveUp(reason: string): void {
    this.#assembly = undefined;
    this.#damagedFrames++;
    this.#lastDamage = reason;
  }
}

interface PieceHeader {
  readonly total: number;
  readonly index: number;
}

/** The four bytes before a numbered piece, when that is what the packet has. */
function readPieceHeader(
  { payload, sequenceNumber }: RtpPacket,
  open: Assembly | undefined,
): PieceHeader | undefined {
  if (payload.length < 5 || ((payload[0]! << 8) | payload[1]!) !== sequenceNumber) return undefined;
  const total = payload[2]!;
  const index = payload[3]!;
  if (index >= total) return undefined;
  if (index === 0) {
    return startsWithSoi(payload.subarray(4)) ? { total, index } : undefined;
  }
  // Pieces without a beginning are told from scan data by their frame only.
  return open === undefined || open.total === total ? { total, index } : undefined;
}

function belongs(datagram: Uint8Array, packet: RtpPacket, open: Assembly): boolean {
  const version = datagram[0]! >> 6;
  return (version === 2 || version === 0) && (datagram[0]! & 0x3f) === 0 &&
    packet.payloadType === open.payloadType && packet.ssrc === open.ssrc &&
    Math.abs(difference16(packet.sequenceNumber, open.sequenceNumber)) < 1000;
}

function assemblyOf(packet: RtpPacket, data: Uint8Array): Assembly {
  const { timestamp, ssrc, payloadType, sequenceNumber } = packet;
  return { timestamp, ssrc, payloadType, sequenceNumber, parts: [data], length: data.length };
}

function frameOf({ timestamp, sequenceNumber }: RtpPacket, data: Uint8Array): ReceivedFrame {
  return { timestamp, sequenceNumber, data };
}

/** Whether a frame ends in this payload; some senders leave a few bytes behind its end. */
function isWhole(payload: Uint8Array): boolean {
  if (endsWithEoi(payload)) return true;
  try {
    return parseJpeg(payload).complete;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return false;
  }
}

function startsWithSoi(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

function endsWithEoi(bytes: Uint8Array): boolean {
  return bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;
}
