/**
 * The RTP fields of a packet where it lies, without an object a packet. `src/rtp/packet.ts` is the
 * decoder for everybody else; a capture needs two things more of it: speed, and packets of which the
 * end was not captured.
 *
 * @module
 */

/** The fields of the packet that {@linkcode readRtpFields} read last. */
export class RtpFields {
  /** 0 to 3. */
  version = 0;
  /** P bit. */
  padding = 0;
  /** X bit. */
  extension = 0;
  /** Number of contributing sources. */
  csrcCount = 0;
  /** M bit. */
  marker = 0;
  /** 0 to 127. */
  payloadType = 0;
  /** 0 to 65,535. */
  sequenceNumber = 0;
  /** 0 to 2^32 - 1. */
  timestamp = 0;
  /** 0 to 2^32 - 1. */
  ssrc = 0;
  /** Offset of the payload; -1 where CSRCs or the extension do not fit in the packet. */
  payloadStart = 0;
  /** Captured bytes of the payload, without padding. */
  payloadLength = 0;
  /** Why the bytes after the fixed header make no sense; "" when they do. */
  fault: "" | "csrc" | "extension" | "padding" = "";
  /** Whether the packet's end was not captured. */
  isCut = false;
}

/**
 * Reads the packet from `at` to `end`, which was as long as `wireEnd` says on the wire. False when
 * not even the fixed header was captured.
 */
export function readRtpFields(
  into: RtpFields,
  view: DataView,
  at: number,
  end: number,
  wireEnd: number,
): boolean {
  if (end - at < 12) return false;
  const first = view.getUint8(at);
  const second = view.getUint8(at + 1);
  into.version = first >> 6;
  into.padding = (first >> 5) & 1;
  into.extension = (first >> 4) & 1;
  into.csrcCount = first & 0x0f;
  into.marker = second >> 7;
  into.payloadType = second & 0x7f;
  into.sequenceNumber = view.getUint16(at + 2);
  into.timestamp = view.getUint32(at + 4);
  into.ssrc = view.getUint32(at + 8);
  into.isCut = end < wireEnd;
  into.fault = "";
  let offset = at + 12 + 4 * into.csrcCount;
  if (offset > wireEnd) return failed(into, "csrc");
  if (into.extension === 1) {
    // The extension's length may be among what was not captured.
    if (offset + 4 > end) return failed(into, "extension");
    offset += 4 + 4 * view.getUint16(offset + 2);
    if (offset > wireEnd) return failed(into, "extension");
  }
  into.payloadStart = offset;
  let length = end - offset;
  if (into.padding === 1 && !into.isCut) {
    const padding = view.getUint8(end - 1);
    if (padding === 0 || offset + padding > end) into.fault = "padding";
    length -= padding;
  }
  into.payloadLength = length > 0 ? length : 0;
  return true;
}

/**
 * Takes what {@linkcode readRtpFields} read for a lab's packet: twelve bytes of header whatever the
 * flags say, which students get wrong.
 */
export function assumeLabHeader(into: RtpFields, at: number, end: number): void {
  into.payloadStart = at + 12;
  into.payloadLength = end - into.payloadStart;
  into.fault = "";
}

/** Takes what {@linkcode readRtpFields} read for an encrypted packet, whose padding is encrypted too. */
export function assumeEncrypted(into: RtpFields, end: number): void {
  if (into.payloadStart === -1) return;
  into.payloadLength = Math.max(0, end - into.payloadStart);
  into.fault = "";
}

function failed(into: RtpFields, fault: "csrc" | "extension"): boolean {
  into.fault = fault;
  into.payloadStart = -1;
  into.payloadLength = 0;
  return true;
}
