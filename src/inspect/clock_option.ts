/**
 * `--clock PT=NAME`, `PT=RATE`, `PT=NAME/RATE`: what a payload type stands for where no signalling says
 * so.
 *
 * @module
 */

import { UsageError } from "../cli/failure.ts";
import { type PayloadFormat, STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import { clockByName } from "./wireshark_names.ts";

/** A payload type's meaning as it was given. */
export interface ClockOption {
  /** The name as written; "" when only a rate was given. */
  readonly name: string;
  /** Whether the rate was given, not only a name. */
  readonly isRateGiven: boolean;
  /** Name and rate. */
  readonly format: PayloadFormat;
}

/** Audio formats that have no entry of their own in RFC 3551. */
const RATES: ReadonlyMap<string, number> = new Map([
  ["OPUS", 48000],
  ["VP8", 90000],
  ["VP9", 90000],
  ["AV1", 90000],
  ["H265", 90000],
  ["MP4A-LATM", 90000],
]);

/**
 * Parses the values of `--clock`.
 *
 * @throws {UsageError} When one cannot be read.
 */
export function parseClocks(values: readonly string[]): Map<number, ClockOption> {
  const clocks = new Map<number, ClockOption>();
  for (const value of values) {
    const match = /^(\d{1,3})=(?:([A-Za-z][\w.-]*)(?:\/(\d+))?|(\d+))(?:\/(\d))?$/.exec(value);
    const payloadType = Number(match?.[1]);
    if (match === null || payloadType > 127) {
      throw new UsageError(
        `--clock takes PT=NAME, PT=RATE or PT=NAME/RATE such as 96=H264/90000, not ${
          JSON.stringify(value)
        }`,
      );
    }
    const name = match[2] ?? "";
    const given = match[3] ?? match[4];
    const clockRate = given === undefined ? rateOf(name) : Number(given);
    if (!(clockRate > 0)) {
      throw new UsageError(
        `--clock ${value}: the rate of ${name} is not known. Add it: ${value}/90000`,
      );
    }
    const format = {
      encodingName: name === "" ? `PT ${payloadType}` : name.toUpperCase(),
      clockRate,
    };
    clocks.set(payloadType, {
      name,
      isRateGiven: given !== undefined,
      format: match[5] === undefined ? format : { ...format, channels: Number(match[5]) },
    });
  }
  return clocks;
}

function rateOf(name: string): number {
  const upper = name.toUpperCase();
  for (const format of STATIC_PAYLOAD_TYPES.values()) {
    if (format.encodingName.toUpperCase() === upper) return format.clockRate;
  }
  return RATES.get(upper) ?? clockByName(name);
}
