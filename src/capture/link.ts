/**
 * From the link type of a capture to the layer that reads it.
 *
 * @module
 */

import { linuxSll, linuxSll2, loopback, nflog, rawIp } from "./cooked.ts";
import type { Dissection } from "./dissection.ts";
import { ethernet } from "./ethernet.ts";
import { ieee80211, prism, radiotap } from "./ieee80211.ts";
import { hdlc, ppp } from "./ppp.ts";

type Layer = (d: Dissection, at: number) => void;

/** Layers by link type (tcpdump.org/linktypes); 12 and 14 are what BSDs wrote for raw IP. */
const LAYERS: ReadonlyMap<number, Layer> = new Map([
  [0, loopback],
  [1, ethernet],
  [9, ppp],
  [12, rawIp],
  [14, rawIp],
  [50, ppp],
  [101, rawIp],
  [104, hdlc],
  [105, ieee80211],
  [108, loopback],
  [113, linuxSll],
  [119, prism],
  [127, radiotap],
  [163, prism],
  [228, rawIp],
  [229, rawIp],
  [239, nflog],
  [276, linuxSll2],
]);

/** Takes the frame that `d` has begun with, at `at`, up to its datagrams and segments. */
export function dissectFrame(d: Dissection, linkType: number, at: number): void {
  const layer = LAYERS.get(linkType);
  if (layer === undefined) {
    d.unknownLinkTypes.set(linkType, (d.unknownLinkTypes.get(linkType) ?? 0) + 1);
    return;
  }
  layer(d, at);
}
