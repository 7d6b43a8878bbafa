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
  const length = d.view.getUint16(at + 2, true);
  ieee80211(d, at + length, isPadded(d, at, at + length));
}

/** Whether the flags of a radiotap header say that the frame's own header is padded to 4 bytes. */
function isPadded({ view, bytes, end }: Dissection, at: number, headerEnd: number): boolean {
  const present = view.getUint32(at + 4, true);
  const [hasTime, hasFlags] = [(present & 1) !== 0, (present & 2) !== 0];
  if (!hasFlags) return false;
  let offset = at + 4;
  // Each word of bits tells whether another follows.
  while (offset + 4 <= end && (view.getUint32(offset, true) & 0x80000000) !== 0) offset += 4;
  offset += 4;
  if (hasTime) offset = at + ((offset - at + 7) & ~7) + 8;
  return offset < Math.min(headerEnd, end) && (bytes[offset]! & 0x20) !== 0;
}

/** A Prism or AVS header and the frame. */
export function prism(d: Dissection, at: number): void {
  if (at + 8 > d.end) return;
  // AVS begins with a version word and tells its length; Prism is always as long.
  const isAvs = (d.view.getUint32(at) & 0xfffff000) >>> 0 === 0x80211000;
  ieee80211(d, at + (isAvs ? d.view.getUint32(at + 4) : 144));
}

/** An 802.11 frame: only data that is not encrypted leads on. */
export function ieee80211(d: Dissection, at: number, padded = false): void {
  if (at + 24 > d.end) return;
  const first = d.bytes[at]!;
  const flags = d.bytes[at + 1]!;
  const isData = (first & 0x0c) === 0x08;
  const hasNoData = (first & 0x40) !== 0;
  const isProtected = (flags & 0x40) !== 0;
  if (!isData || hasNoData || isProtected) return;
  const isQos = (first & 0x80) !== 0;
  let length = (flags & 3) === 3 ? 30 : 24;
  const qos = at + length;
  if (isQos) length += (flags & 0x80) !== 0 ? 6 : 2;
  if (padded) length = (length + 3) & ~3;
  if (isQos && qos < d.end && (d.bytes[qos]! & 0x80) !== 0) aggregate(d, at + length);
  else llc(d, at + length);
}

/** Several frames in one (A-MSDU): addresses, length, LLC, padded to 4 bytes. */
function aggregate(d: Dissection, at: number): void {
  const { bytes, view, end, wireEnd, depth } = d;
  for (let next = at; next + 14 <= end;) {
    const length = view.getUint16(next + 12);
    d.limit(next + 14 + length);
    llc(d, next + 14);
    next += 14 + length;
    next += -(next - at) & 3;
    // What the frame carried may have been put together elsewhere.
    d.bytes = bytes;
    d.view = view;
    d.end = end;
    d.wireEnd = wireEnd;
    d.depth = depth;
  }
}
