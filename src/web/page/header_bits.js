// @ts-check
/**
 * The fixed RTP header taken apart bit by bit (RFC 3550 section 5.1): what each field is, and what
 * it should be.
 *
 * @module
 */

/** @import { TrackInfo } from "../../client/player.ts" */

/**
 * @typedef {object} Field
 * @property {string} name As RFC 3550 names it.
 * @property {string} label Short, for the drawing.
 * @property {number} offset First bit, from 0.
 * @property {number} length Bits.
 * @property {number} value
 * @property {string} bits The bits, most significant first.
 * @property {string} shown The value as people write it.
 * @property {string} meaning What the field is for.
 * @property {string} expected What should be there, or what it tells.
 * @property {"good" | "bad" | "odd" | "plain"} verdict
 */

/** Names of payload types in the labs and in RFC 3551. */
/** @type {Readonly<Record<number, string>>} */
const PAYLOAD_TYPES = {
  0: "PCMU",
  8: "PCMA",
  10: "L16 stereo, 44.1 kHz",
  11: "L16 mono, 44.1 kHz",
  14: "MPEG audio",
  26: "JPEG",
  32: "MPEG video",
  33: "MPEG transport stream",
};

/**
 * Takes a packet's first bytes apart. Gives nothing when they are fewer than twelve.
 *
 * @param {readonly number[]} head
 * @param {object} [around]
 * @param {readonly number[]} [around.before] First bytes of the packet before it.
 * @param {TrackInfo} [around.track]
 * @param {string} [around.clockNote] What the timestamps are, where they are no media clock.
 * @returns {Field[]}
 */
export function takeApart(head, { before, track, clockNote } = {}) {
  if (head.length < 12) return [];
  const past = before !== undefined && before.length >= 12 ? before : undefined;
  return [
    version(head),
    padding(head),
    extension(head),
    csrcCount(head),
    marker(head, track),
    payloadType(head, track),
    sequenceNumber(head, past),
    timestamp(head, past, track, clockNote),
    ssrc(head, past),
  ];
}

/**
 * The value of some bits.
 *
 * @param {readonly number[]} bytes
 * @param {number} offset
 * @param {number} length
 * @returns {number}
 */
export function bitsOf(bytes, offset, length) {
  let value = 0;
  for (let bit = offset; bit < offset + length; bit++) {
    value = value * 2 + (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
  }
  return value;
}

/**
 * @param {readonly number[]} head
 * @param {string} name
 * @param {string} label
 * @param {number} offset
 * @param {number} length
 * @param {string} meaning
 * @returns {Field}
 */
function field(head, name, label, offset, length, meaning) {
  const value = bitsOf(head, offset, length);
  const bits = value.toString(2).padStart(length, "0");
  return {
    name,
    label,
    offset,
    length,
    value,
    bits,
    shown: String(value),
    meaning,
    expected: "",
    verdict: "plain",
  };
}

/** @param {readonly number[]} head */
function version(head) {
  const base = field(head, "version", "V", 0, 2, "Version of RTP");
  const good = base.value === 2;
  return { ...base, expected: "2", verdict: verdict(good) };
}

/** @param {readonly number[]} head */
function padding(head) {
  const base = field(head, "padding", "P", 2, 1, "Is there padding at the end?");
  if (base.value === 0) return { ...base, expected: "0: there is none", verdict: verdict(true) };
  return {
    ...base,
    expected: "0, unless the last byte counts the padding",
    verdict: /** @type {const} */ ("odd"),
  };
}

/** @param {readonly number[]} head */
function extension(head) {
  const base = field(head, "extension", "X", 3, 1, "Does an extension follow?");
  if (base.value === 0) return { ...base, expected: "0: there is none", verdict: verdict(true) };
  return {
    ...base,
    expected: "0, unless an extension follows the header",
    verdict: /** @type {const} */ ("odd"),
  };
}

/** @param {readonly number[]} head */
function csrcCount(head) {
  const base = field(head, "CSRC count", "CC", 4, 4, "Sources put together by a mixer");
  const good = base.value === 0;
  const expected = good
    ? "0: no mixer"
    : `0 without a mixer; ${4 * base.value} bytes of CSRCs follow`;
  return { ...base, expected, verdict: good ? verdict(true) : /** @type {const} */ ("odd") };
}

/**
 * @param {readonly number[]} head
 * @param {TrackInfo | undefined} track
 */
function marker(head, track) {
  const base = field(
    head,
    "marker",
    "M",
    8,
    1,
    track?.kind === "audio" ? "Starts a burst of sound" : "Ends a frame",
  );
  const expected = track?.kind === "audio"
    ? "1 on the first packet after a silence, else 0"
    : base.value === 1
    ? "1: this packet ends a frame"
    : "0: more of this frame follows (1 ends it)";
  return { ...base, expected };
}

/**
 * @param {readonly number[]} head
 * @param {TrackInfo | undefined} track
 */
function payloadType(head, track) {
  const base = field(head, "payload type", "PT", 9, 7, "Format of the payload");
  const name = track?.payloadType === base.value ? track.encodingName : PAYLOAD_TYPES[base.value];
  const shown = name === undefined ? base.shown : `${base.value} (${name})`;
  if (track?.payloadType === undefined) {
    const expected = base.value >= 96 ? "whatever the description says" : "by RFC 3551";
    return { ...base, shown, expected };
  }
  const good = track.payloadType === base.value;
  return { ...base, shown, expected: `${track.payloadType}, as announced`, verdict: verdict(good) };
}

/**
 * @param {readonly number[]} head
 * @param {readonly number[] | undefined} past
 */
function sequenceNumber(head, past) {
  const meaning = "Counts packets, so that losses show";
  const base = field(head, "sequence number", "sequence number", 16, 16, meaning);
  if (past === undefined) return { ...base, expected: "one more than the packet before" };
  const next = (bitsOf(past, 16, 16) + 1) & 0xffff;
  const step = (base.value - next + 0x10000) & 0xffff;
  const how = step === 0
    ? "one more than before"
    : step === 0xffff
    ? "it repeats the packet before"
    : step < 0x8000
    ? `${step} missing before it`
    : "it is out of order";
  return { ...base, expected: `${next}: ${how}`, verdict: verdict(step === 0) };
}

/**
 * @param {readonly number[]} head
 * @param {readonly number[] | undefined} past
 * @param {TrackInfo | undefined} track
 * @param {string | undefined} clockNote
 */
function timestamp(head, past, track, clockNote) {
  const meaning = "When its first byte was sampled";
  const base = field(head, "timestamp", "timestamp", 32, 32, meaning);
  const rate = track?.clockRate;
  const clock = clockNote ?? (rate === undefined ? undefined : `${rate} Hz clock`);
  const unit = clock === undefined ? "" : ` (${clock})`;
  if (past === undefined) return { ...base, expected: `starts anywhere, grows with time${unit}` };
  const step = (base.value - bitsOf(past, 32, 32)) | 0;
  if (step === 0) return { ...base, expected: `as before: the same frame${unit}` };
  const ms = rate === undefined || clockNote !== undefined
    ? ""
    : ` = ${Math.abs(step / rate * 1000).toFixed(1)} ms`;
  const way = step > 0 ? "later than" : "earlier than";
  return {
    ...base,
    expected: `${Math.abs(step)}${ms} ${way} the packet before${unit}`,
    verdict: step > 0 ? verdict(true) : /** @type {const} */ ("odd"),
  };
}

/**
 * @param {readonly number[]} head
 * @param {readonly number[] | undefined} past
 */
function ssrc(head, past) {
  const base = field(head, "SSRC", "SSRC", 64, 32, "Which source it comes from");
  const shown = `0x${base.value.toString(16).padStart(8, "0")} (${base.value})`;
  if (past === undefined) return { ...base, shown, expected: "the same in every packet" };
  const same = bitsOf(past, 64, 32) === base.value;
  const expected = same ? "the same as before" : `0x${bitsOf(past, 64, 32).toString(16)} as before`;
  return { ...base, shown, expected, verdict: verdict(same) };
}

/**
 * @param {boolean} good
 * @returns {"good" | "bad"}
 */
function verdict(good) {
  return good ? "good" : "bad";
}
