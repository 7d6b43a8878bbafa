/**
 * The lab's video payload, received: one whole JPEG a datagram, or one of the ways in which lab
 * senders cut frames that are too long for that.
 *
 * - Pieces with consecutive sequence numbers, or all with the frame's number; the marker on the last.
 * - The same with a header of the sender's own before each piece (see `piece_counter.ts`).
 * - A first piece with an RTP header and further datagrams without one, up to the EOI marker.
 *
 * Which it is shows in the bytes: a frame starts with FF D8 and ends with FF D9. Packets of another
 * payload type beside them, such as error correction, are no part of the film.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { difference16 } from "../bytes/serial.ts";
import { concatBytes, equalBytes } from "../bytes/text.ts";
import type { RtpPacket } from "../rtp/packet.ts";
import { FramePieces } from "./frame_pieces.ts";
import { parseJpeg } from "./jpeg_file.ts";
import { decodeLabPacket } from "./lab_packet.ts";
import type { Depacketizer, ReceivedFrame } from "./payload_format.ts";
import { beginsImage, imageOffset, PieceCounter } from "./piece_counter.ts";

/** The payload type that the labs prescribe. */
const JPEG_PAYLOAD_TYPE = 26;

/** Why a frame is given up of which only later pieces came. */
const NO_BEGINNING = "its beginning is missing";

/** Beginnings of frames that are remembered, to tell copies from other frames of the same number. */
const REMEMBERED = 8;

interface Assembly {
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payloadType: number;
  /** Bytes of the sender's own header before each piece. */
  readonly headerLength: number;
  sequenceNumber: number;
  /** Sequence numbers so far. */
  packets: number;
  readonly pieces: FramePieces;
}

/**
 * What a datagram was: a packet with its own sequence number; a further piece of a frame that repeats
 * the frame's number; bytes without an RTP header; or a packet that is no part of the film.
 */
export type LabDatagram = "packet" | "piece" | "continuation" | "foreign";

/** Puts the lab's frames together. */
export class WholeJpegDepacketizer implements Depacketizer {
  #assembly: Assembly | undefined;
  #damagedFrames = 0;
  #lastDamage: string | undefined;
  /** Whether pieces without a beginning belong to a frame that has been counted as damaged. */
  #skipping = false;
  #lastDatagram: LabDatagram = "packet";
  #last: RtpPacket | undefined;
  /** Version and flags of the last packet, right or wrong. */
  #firstByte = 0x80;
  readonly #counter = new PieceCounter();
  /** Whether the pieces of a frame all have its number. */
  #sharesNumbers = false;
  #payloadType: number | undefined;
  readonly #recent: { sequenceNumber: number; timestamp: number; payload: Uint8Array }[] = [];

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
    const packet = decodeLabPacket(datagram);
    const open = this.#assembly;
    const [first = 0] = datagram;
    const isPacket = open === undefined || looksLikeHeader(first) || first === this.#firstByte;
    if (packet !== undefined && isPacket && (open === undefined || belongs(packet, open))) {
      this.#firstByte = first;
      return this.push(packet);
    }
    this.#lastDatagram = "continuation";
    return open === undefined ? [] : this.#add(open, datagram, endsWithEoi(datagram));
  }

  /** Takes a packet. */
  push(packet: RtpPacket): ReceivedFrame[] {
    if (this.#isForeign(packet)) {
      this.#lastDatagram = "foreign";
      return [];
    }
    const before = this.#last;
    this.#last = packet;
    this.#lastDatagram = "packet";
    const { payload } = packet;
    if (payload.length === 0) return [];
    const open = this.#assembly;
    if (open !== undefined && !beginsImage(payload, open.headerLength)) {
      return this.#goOn(open, packet, before);
    }
    const offset = open?.headerLength ?? imageOffset(payload);
    if (offset === undefined) {
      this.#passOver(packet, before);
      return [];
    }
    return this.#isCopy(packet) ? [] : this.#begin(packet, offset);
  }

  /**
   * Whether a packet is of another payload type than the film. Its payload tells nothing: three images
   * in one parity packet begin like an image.
   */
  #isForeign({ payloadType }: RtpPacket): boolean {
    return this.#payloadType !== undefined && payloadType !== this.#payloadType;
  }

  #begin(packet: RtpPacket, offset: number): ReceivedFrame[] {
    if (this.#assembly !== undefined) this.#giveUp("its end is missing");
    this.#skipping = false;
    this.#payloadType ??= packet.payloadType;
    const { timestamp, ssrc, payloadType, sequenceNumber, payload, marker } = packet;
    const data = payload.subarray(offset);
    if (marker || isWhole(data)) return [{ timestamp, sequenceNumber, data }];
    this.#counter.begin(payload.subarray(0, offset));
    const pieces = new FramePieces();
    pieces.add(data);
    this.#assembly = {
      timestamp,
      ssrc,
      payloadType,
      headerLength: offset,
      sequenceNumber,
      packets: 1,
      pieces,
    };
    return [];
  }

  /** A piece of the open frame, unless its number says otherwise. */
  #goOn(open: Assembly, packet: RtpPacket, before: RtpPacket | undefined): ReceivedFrame[] {
    const { sequenceNumber, payload, marker } = packet;
    const step = difference16(sequenceNumber, open.sequenceNumber);
    if (step === 0) {
      const isCopy = !this.#sharesNumbers && before !== undefined &&
        equalBytes(payload, before.payload);
      // The network delivered it twice.
      if (isCopy) return [];
      this.#sharesNumbers = true;
      this.#lastDatagram = "piece";
      const header = payload.subarray(0, open.headerLength);
      const place = this.#counter.judge(header, open.pieces.count, open.pieces.length);
      if (place === "again") return [];
      if (place === "elsewhere") {
        return this.#skip(`piece ${open.pieces.count + 1} is missing`, payload);
      }
    } else if (step !== 1 || this.#sharesNumbers) {
      // Short frames may come without the header that long ones have.
      const offset = imageOffset(payload);
      if (offset !== undefined) return this.#begin(packet, offset);
      if (!this.#sharesNumbers) {
        return this.#skip(
          `packet ${sequenceNumber} does not follow ${open.sequenceNumber}`,
          payload,
        );
      }
      this.#giveUp("its end is missing");
      return this.#skip(NO_BEGINNING, payload);
    }
    if (step !== 0) open.packets++;
    open.sequenceNumber = sequenceNumber;
    const data = payload.subarray(open.headerLength);
    return this.#add(open, data, marker || endsWithEoi(data));
  }

  /** A payload that begins no image, where no frame is open. */
  #passOver(packet: RtpPacket, before: RtpPacket | undefined): void {
    const { sequenceNumber, payload, payloadType } = packet;
    const isSameNumber = sequenceNumber === before?.sequenceNumber;
    // The network delivered the last piece twice.
    if (isSameNumber && equalBytes(payload, before.payload)) return;
    // Sound, for instance, is no damaged film.
    if (this.#payloadType === undefined && payloadType !== JPEG_PAYLOAD_TYPE) return;
    if (isSameNumber) {
      this.#sharesNumbers = true;
      this.#lastDatagram = "piece";
    }
    const isOfNextFrame = this.#sharesNumbers && !isSameNumber;
    if (!this.#skipping || isOfNextFrame) this.#skip(NO_BEGINNING, payload);
    else if (endsWithEoi(payload)) this.#skipping = false;
  }

  /** Whether the network delivered the beginning of a frame twice. */
  #isCopy({ sequenceNumber, timestamp, payload }: RtpPacket): boolean {
    const isKnown = this.#recent.some((one) =>
      one.sequenceNumber === sequenceNumber && one.timestamp === timestamp &&
      equalBytes(one.payload, payload)
    );
    if (isKnown) return true;
    this.#recent.push({ sequenceNumber, timestamp, payload });
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    return false;
  }

  #add(open: Assembly, data: Uint8Array, last: boolean): ReceivedFrame[] {
    open.pieces.add(data);
    if (open.pieces.isEndless) return this.#skip("it does not end", data);
    if (!last) return [];
    this.#assembly = undefined;
    const { timestamp, sequenceNumber, packets } = open;
    const frame = { timestamp, sequenceNumber, data: concatBytes(open.pieces.all) };
    return [packets === 1 ? frame : { ...frame, packets }];
  }

  /** Gives the frame up, and what may still come of it behind the piece `data`. */
  #skip(reason: string, data: Uint8Array): ReceivedFrame[] {
    this.#giveUp(reason);
    this.#skipping = !endsWithEoi(data);
    return [];
  }

  #giveUp(reason: string): void {
    this.#assembly = undefined;
    this.#damagedFrames++;
    this.#lastDamage = reason;
  }
}

/** Version 2, or the 0 of a sender that forgot it, and no flags. */
function looksLikeHeader(first: number): boolean {
  return first === 0x80 || first === 0;
}

/** Whether a packet amid the pieces of a frame is of the same sender. */
function belongs({ ssrc, payloadType, sequenceNumber }: RtpPacket, open: Assembly): boolean {
  if (ssrc !== open.ssrc) return false;
  return payloadType !== open.payloadType ||
    Math.abs(difference16(sequenceNumber, open.sequenceNumber)) < 1000;
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

function endsWithEoi(bytes: Uint8Array): boolean {
  return bytes.at(-2) === 0xff && bytes.at(-1) === 0xd9;
}
