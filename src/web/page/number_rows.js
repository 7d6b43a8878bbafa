// @ts-check
/**
 * The numbers of a track: what each is called, how it is written, what it means.
 *
 * @module
 */

/** @import { TrackStatistics } from "../../client/player.ts" */
import { count, fixed, milliseconds, percent, rate, size, UNKNOWN } from "./format.js";

/**
 * One row: a name, how to read it off, and what it means.
 *
 * @typedef {object} Row
 * @property {string} key Name in `TrackStatistics`.
 * @property {string} name
 * @property {(track: TrackStatistics) => string} read
 * @property {string} meaning
 * @property {"video" | "audio"} [only]
 */

/** What the labs list, in their order. */
/** @type {readonly Row[]} */
export const LAB_ROWS = [
  {
    key: "currentFrame",
    name: "Current frame",
    read: (t) => count(t.currentFrame),
    meaning: "of the film, from 1",
    only: "video",
  },
  {
    key: "frameRateNow",
    name: "Frame rate now",
    read: (t) => t.frameRateNow === undefined ? UNKNOWN : `${fixed(t.frameRateNow, 1)} fps`,
    meaning: "over the last second",
    only: "video",
  },
  {
    key: "frameRateMean",
    name: "Frame rate, mean",
    read: (t) => t.frameRateMean === undefined ? UNKNOWN : `${fixed(t.frameRateMean, 2)} fps`,
    meaning: "without the pauses",
    only: "video",
  },
  {
    key: "bytes",
    name: "Data received",
    read: (t) => size(t.bytes),
    meaning: "payload, without headers",
  },
  {
    key: "dataRateNow",
    name: "Data rate now",
    read: (t) => rate(t.dataRateNow),
    meaning: "over the last second",
  },
  {
    key: "dataRateMean",
    name: "Data rate, mean",
    read: (t) => rate(t.dataRateMean),
    meaning: "without the pauses",
  },
  {
    key: "packetsLost",
    name: "Packets lost",
    read: (t) => count(t.packetsLost),
    meaning: "numbers never seen",
  },
  {
    key: "lossRate",
    name: "Loss rate",
    read: (t) => percent(t.lossRate),
    meaning: "lost of expected",
  },
];

/** What else there is to know. */
/** @type {readonly Row[]} */
export const MORE_ROWS = [
  {
    key: "packetsExpected",
    name: "Packets expected",
    read: (t) => count(t.packetsExpected),
    meaning: "by their numbers",
  },
  {
    key: "packetsReceived",
    name: "Packets received",
    read: (t) => count(t.packetsReceived),
    meaning: "with duplicates",
  },
  {
    key: "duplicates",
    name: "Duplicates",
    read: (t) => count(t.duplicates),
    meaning: "seen before",
  },
  {
    key: "reordered",
    name: "Reordered",
    read: (t) => count(t.reordered),
    meaning: "and put back in order",
  },
  { key: "late", name: "Late", read: (t) => count(t.late), meaning: "too late for that" },
  {
    key: "malformed",
    name: "Not RTP",
    read: (t) => count(t.malformed),
    meaning: "could not be read",
  },
  {
    key: "damagedFrames",
    name: "Frames given up",
    read: (t) => count(t.damagedFrames),
    meaning: "a packet was missing",
  },
  {
    key: "jitterMs",
    name: "Jitter",
    read: (t) => milliseconds(t.jitterMs, 2),
    meaning: "RFC 3550 A.8",
  },
  {
    key: "firstFrameDelayMs",
    name: "First frame after PLAY",
    read: (t) => milliseconds(t.firstFrameDelayMs, 0),
    meaning: "",
  },
  {
    key: "frames",
    name: "Frames received",
    read: (t) => count(t.frames),
    meaning: "of sound, samples",
  },
];
