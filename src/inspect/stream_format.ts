/**
 * What a payload type stands for: by option, by signalling, by RFC 3551.
 *
 * @module
 */

import { type PayloadFormat, STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import type { ClockOption } from "./clock_option.ts";
import type { SignalledEnd } from "./signalling.ts";

/** The format of a payload type in a stream, if anybody says. */
export function formatOf(
  payloadType: number,
  end: SignalledEnd | undefined,
  clocks: ReadonlyMap<number, ClockOption>,
): PayloadFormat | undefined {
  return clocks.get(payloadType)?.format ?? end?.formats.get(payloadType) ??
    STATIC_PAYLOAD_TYPES.get(payloadType);
}

/** Its clock rate in Hz; 0 when nobody says. */
export function clockOf(
  payloadType: number,
  end: SignalledEnd | undefined,
  clocks: ReadonlyMap<number, ClockOption>,
): number {
  return formatOf(payloadType, end, clocks)?.clockRate ?? 0;
}
