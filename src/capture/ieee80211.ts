/**
 * Wireless frames, with radiotap, AVS or Prism headers before them (IEEE 802.11 section 9.2).
 *
 * @module
 */

import type { Dissection } from "./dissection.ts";
import { llc } from "./ethernet.ts";

/** A radiotap header, whose length stands in it, and the frame. */
export function radiotap(d: Dissection, at: number): void {
  if (at + 8 > d.end) return;
  ieee80211(d, at + d.view.getUint16(at + 2, true));
}

/** A Prism or AVS header and the frame. */
export function prism(d: Dissection, at: number): void {
  if (at + 8 > d.end) return;
  // AVS begins with a version word and tells its length; Prism is always as long.
  const isAvs = (d.view.getUint32(at) & 0xfffff000) >>> 0 === 0x80211000;
  ieee80211(d, at + (isAvs ? d.view.getUint32(at + 4) : 144));
}

/** An 802.11 frame: only data that is not encrypted leads on. */
export function ieee80211(d: Dissection, at: number): void {
  if (at + 24 > d.end) return;
  const first = d.bytes[at]!;
  const flags = d.bytes[at + 1]!;
  const isData = (first & 0x0c) === 0x08;
  const hasNoData = (first & 0x40) !== 0;
  const isProtected = (flags & 0x40) !== 0;
  if (!isData || hasNoData || isProtected) return;
  const isQos = (first & 0x80) !== 0;
  let length = (flags & 3) === 3 ? 30 : 24;
  if (isQos) length += (flags & 0x80) !== 0 ? 6 : 2;
  llc(d, at + length);
}
