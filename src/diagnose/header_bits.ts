/**
 * The RTP header bit by bit (RFC 3550 section 5.1), for people who are learning to read it.
 *
 * @module
 */

import { RTP_HEADER_LENGTH } from "../rtp/packet.ts";
import { STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";
import { hexSsrc } from "./rtcp_watch.ts";
import type { Dialect } from "./rule.ts";

/** One field of the header. */
export interface HeaderField {
  /** Its letter or name in the RFC's diagram. */
  readonly name: string;
  /** Bits from the start of the datagram. */
  readonly bitOffset: number;
  /** Number of bits. */
  readonly width: number;
  /** The bits as `0` and `1`; fewer where the datagram is too short. */
  readonly bits: string;
  /** Their value as a number; undefined where the datagram is too short. */
  readonly value: number | undefined;
  /** What the value says. */
  readonly meaning: string;
  /** Whether it is as it should be. */
  readonly verdict: "ok" | "odd";
  /** What it should be. */
  readonly expectation: string;
}

/** What is known of the stream. */
export interface HeaderExpectation {
  /** Whose rules hold. Default `standard`. */
  readonly dialect?: Dialect;
  /** The payload type that was announced. */
  readonly payloadType?: number;
  /** The SSRC that was announced or seen before. */
  readonly ssrc?: number;
  /** "audio", where the marker means something else than for video. */
  readonly kind?: string;
  /** Clock rate in Hz, where timestamps are that clock's. */
  readonly clockRate?: number;
  /** The packet before this one in the stream. */
  readonly previous?: { readonly sequenceNumber: number; readonly timestamp: number };
}

interface Judgement {
  readonly meaning: string;
  readonly ok: boolean;
  readonly expectation: string;
}

interface FieldRule {
  readonly name: string;
  readonly width: number;
  readonly judge: (value: number, expectation: HeaderExpectation) => Judgement;
}

/** Takes a datagram and gives its header's fields in order. Never throws. */
export function headerBits(
  datagram: Uint8Array,
  expectation: HeaderExpectation = {},
): HeaderField[] {
  const header = datagram.subarray(0, RTP_HEADER_LENGTH);
  const digits = Array.from(header, (byte) => byte.toString(2).padStart(8, "0")).join("");
  let bitOffset = 0;
  return FIELDS.map(({ name, width, judge }) => {
    const bits = digits.slice(bitOffset, bitOffset + width);
    const field = { name, bitOffset, width, bits };
    bitOffset += width;
    if (bits.length < width) {
      return {
        ...field,
        value: undefined,
        meaning: "the datagram ends before",
        verdict: "odd",
        expectation: "12 bytes of header",
      };
    }
    const value = parseInt(bits, 2);
    const { meaning, ok, expectation: wanted } = judge(value, expectation);
    return { ...field, value, meaning, verdict: ok ? "ok" : "odd", expectation: wanted };
  });
}

const FIELDS: readonly FieldRule[] = [
  { name: "V", width: 2, judge: judgeVersion },
  { name: "P", width: 1, judge: judgePadding },
  { name: "X", width: 1, judge: judgeExtension },
  { name: "CC", width: 4, judge: judgeCount },
  { name: "M", width: 1, judge: judgeMarker },
  { name: "PT", width: 7, judge: judgePayloadType },
  { name: "sequence number", width: 16, judge: judgeSequence },
  { name: "timestamp", width: 32, judge: judgeTimestamp },
  { name: "SSRC", width: 32, judge: judgeSsrc },
];

function isLab({ dialect }: HeaderExpectation): boolean {
  return dialect === "lab" || dialect === "hello";
}

function judgeVersion(value: number): Judgement {
  return { meaning: `RTP version ${value}`, ok: value === 2, expectation: "2" };
}

function judgePadding(value: number, expectation: HeaderExpectation): Judgement {
  return {
    meaning: value === 0 ? "no padding" : "the last byte counts bytes of padding",
    ok: value === 0 || !isLab(expectation),
    expectation: isLab(expectation) ? "0" : "0, or 1 with padding at the end",
  };
}

function judgeExtension(value: number, expectation: HeaderExpectation): Judgement {
  return {
    meaning: value === 0 ? "no header extension" : "a header extension follows",
    ok: value === 0 || !isLab(expectation),
    expectation: isLab(expectation) ? "0" : "0, or 1 with an extension behind the header",
  };
}

function judgeCount(value: number): Judgement {
  return {
    meaning: value === 0
      ? "no contributing sources"
      : `${value} contributing source${value === 1 ? "" : "s"} behind the header`,
    ok: value === 0,
    expectation: "0, unless the packet comes from a mixer",
  };
}

function judgeMarker(value: number, { dialect, kind }: HeaderExpectation): Judgement {
  if (kind === "audio") {
    return {
      meaning: value === 0 ? "not marked" : "marked: sound begins after a silence",
      ok: true,
      expectation: "1 on the first packet after a silence, 0 on the others",
    };
  }
  return {
    meaning: value === 0 ? "not marked" : "marked: for video, the last packet of a frame",
    ok: dialect !== "hello" || value === 0,
    expectation: dialect === "hello"
      ? "0"
      : dialect === "lab"
      ? "0 in the lab's skeleton; 1 on a frame's last packet is better"
      : "1 on the last packet of a video frame, 0 on the others",
  };
}

function judgePayloadType(value: number, expectation: HeaderExpectation): Judgement {
  const wanted = isLab(expectation) ? 26 : expectation.payloadType;
  const format = STATIC_PAYLOAD_TYPES.get(value);
  const meaning = format !== undefined
    ? `${format.encodingName}, clock ${format.clockRate} Hz`
    : value >= 96
    ? "dynamic: the session description says what it is"
    : value >= 72 && value <= 76
    ? "reserved, so that RTCP can be told from RTP"
    : "not assigned";
  return {
    meaning,
    ok: wanted === undefined ? format !== undefined || value >= 96 : value === wanted,
    expectation: wanted === undefined
      ? "a static type, or one from 96 that SDP describes"
      : wanted === 26
      ? "26, JPEG"
      : `${wanted}, as announced`,
  };
}

function judgeSequence(value: number, expectation: HeaderExpectation): Judgement {
  const previous = expectation.previous?.sequenceNumber;
  if (previous === undefined) {
    const ok = expectation.dialect !== "hello" || value === 1;
    const wanted = isLab(expectation) ? "1 for the first frame" : "random for the first packet";
    return { meaning: `number ${value}`, ok, expectation: wanted };
  }
  const next = (previous + 1) & 0xffff;
  return {
    meaning: value === next
      ? "the number after the one before"
      : `${value} after ${previous}: lost, reordered or miscounted`,
    ok: value === next,
    expectation: `${next}, one more than the packet before`,
  };
}

function judgeTimestamp(value: number, expectation: HeaderExpectation): Judgement {
  const previous = expectation.previous?.timestamp;
  const ahead = previous === undefined ? 0 : (value - previous) | 0;
  const { clockRate } = expectation;
  const ms = clockRate === undefined
    ? ""
    : ` (${(Math.abs(ahead) / clockRate * 1000).toFixed(1)} ms)`;
  return {
    meaning: previous === undefined
      ? "a time in units of the stream's clock"
      : ahead === 0
      ? "the same time as the packet before"
      : `${Math.abs(ahead)} units${ms} ${ahead > 0 ? "after" : "before"} the packet before`,
    ok: ahead >= 0,
    expectation: "the frame's sampling time; all packets of a frame share it",
  };
}

function judgeSsrc(value: number, { dialect, ssrc }: HeaderExpectation): Judgement {
  if (ssrc !== undefined) {
    const wanted = dialect === "hello" ? `${ssrc}, the SessionID` : hexSsrc(ssrc);
    return { meaning: `source ${hexSsrc(value)}`, ok: value === ssrc, expectation: wanted };
  }
  const random = "a random number, the same for the whole stream";
  return {
    meaning: `source ${hexSsrc(value)}`,
    ok: value !== 0 || dialect === "lab",
    expectation: dialect === "lab" ? `0 in the lab's skeleton; by the RFC ${random}` : random,
  };
}
