/**
 * Whether packets that look like RTP are RTP, where no signalling says so: several of one source must
 * agree in their sequence numbers, timestamps and payload types. A single packet proves nothing: one
 * in four of any random bytes has version 2.
 *
 * @module
 */

import { difference16, difference32 } from "../bytes/serial.ts";
import { FIRST_DYNAMIC_PAYLOAD_TYPE, STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import type { PacketNote } from "./stream.ts";

/** Packets of a source that are kept while it is not believed. */
export const MAX_PENDING = 24;

/** Pairs of packets that have to agree. */
const LEAST_PAIRS = 2;
/** The same for payload types that RFC 3551 does not assign. */
const LEAST_PAIRS_UNASSIGNED = 6;
/** The same while the timestamp stands still, as it also does in counters that are no RTP. */
const LEAST_PAIRS_STILL = 8;
/** Sequence numbers that may be missing between two packets. */
const MAX_STEP = 64;
/** The fastest clock there is, with some room, in ticks a ms, and what may have been paused before. */
const MAX_TICKS_PER_MS = 200;
const SLACK_MS = 4000;
/** Payload types that one source uses: sound, comfort noise, events. */
const MAX_TYPES = 4;

/**
 * Whether a source's first packets are those of an RTP stream. `hasSibling` tells whether another
 * source between the same ends is known to be one.
 */
export function isConsistent(
  packets: readonly PacketNote[],
  hasSibling: () => boolean = () => false,
): boolean {
  if (packets.length <= LEAST_PAIRS) return false;
  let pairs = 0;
  let contradictions = 0;
  let isMoving = false;
  for (let i = 1; i < packets.length; i++) {
    const before = packets[i - 1]!;
    const packet = packets[i]!;
    const step = difference16(packet.sequenceNumber, before.sequenceNumber);
    const ticks = difference32(packet.timestamp, before.timestamp);
    // The same packet again: captured twice, or sent twice.
    if (step === 0 && ticks === 0) continue;
    if (!fits(step, ticks, packet.timeMs - before.timeMs)) {
      contradictions++;
      continue;
    }
    pairs++;
    if (ticks !== 0) isMoving = true;
  }
  const types = new Set(packets.map(({ payloadType }) => payloadType));
  if (types.size > MAX_TYPES || contradictions * 4 > pairs) return false;
  if (pairs < LEAST_PAIRS) return false;
  if (!isMoving) {
    return pairs >= LEAST_PAIRS_STILL || packets.every(isWholeJpeg) || hasSibling();
  }
  return pairs >= ([...types].every(isAssigned) ? LEAST_PAIRS : LEAST_PAIRS_UNASSIGNED);
}

/** A packet after another: a little further in both counts, or late by a little in both. */
function fits(step: number, ticks: number, elapsedMs: number): boolean {
  if (step === 0 || Math.abs(step) > MAX_STEP) return false;
  if (Math.abs(ticks) > (Math.abs(elapsedMs) + SLACK_MS) * MAX_TICKS_PER_MS) return false;
  // Late packets are no later than a few frames.
  return step > 0 ? ticks >= -SLACK_MS * MAX_TICKS_PER_MS : ticks <= 0 && step > -8;
}

function isAssigned(payloadType: number): boolean {
  return payloadType >= FIRST_DYNAMIC_PAYLOAD_TYPE || STATIC_PAYLOAD_TYPES.has(payloadType);
}

/**
 * Whether the payload is a JPEG file, as the labs send it. Their clocks may count seconds, or stand
 * still.
 */
export function isWholeJpeg({ payloadType, datagram }: PacketNote): boolean {
  return payloadType === 26 && datagram[12] === 0xff && datagram[13] === 0xd8;
}
