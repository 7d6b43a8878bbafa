/**
 * From the link type of a capture to the layer that reads it.
 *
 * @module
 */

import { linuxSll, linuxSll2, loopback, nflog, rawIp } from "./cooked.ts";
import { type Dissection, MAX_DEPTH } from "./dissection.ts";
import { ethernet, mpls } from "./ethernet.ts";
import { ieee80211, prism, radiotap } from "./ieee80211.ts";
import {
  atm,
  encapsulating,
  fddi,
  fibreChannel,
  fireWire,
  frameRelay,
  infiniBand,
  packetFilterLog,
  tokenRing,
} from "./older_links.ts";
import { hdlc, ppp, pppoe } from "./ppp.ts";

type Layer = (d: Dissection, at: number) => void;

/** Layers by link type (tcpdump.org/linktypes); 12 and 14 are what BSDs wrote for raw IP. */
const LAYERS: ReadonlyMap<number, Layer> = new Map([
  [0, loopback],
  [1, ethernet],
  [6, tokenRing],
  [9, ppp],
  [10, fddi],
  [12, rawIp],
  [14, rawIp],
  [50, ppp],
  [51, pppoe],
  [100, atm],
  [101, rawIp],
  [104, hdlc],
  [105, ieee80211],
  [107, frameRelay],
  [108, loopback],
  [109, encapsulating],
  [113, linuxSll],
  [117, packetFilterLog],
  [119, prism],
  [122, fibreChannel],
  [127, radiotap],
  [138, fireWire],
  [163, prism],
  [192, perPacket],
  // A byte for the direction comes first.
  [204, (d, at) => ppp(d, at + 1)],
  [205, (d, at) => hdlc(d, at + 1)],
  [219, mpls],
  [228, rawIp],
  [229, rawIp],
  [239, nflog],
  [242, infiniBand],
  [276, linuxSll2],
]);

/** Per-Packet Information: a header that tells its length and the link type behind it. */
function perPacket(d: Dissection, at: number): void {
  if (at + 8 > d.end || ++d.depth > MAX_DEPTH) return;
  dissectFrame(d, d.view.getUint32(at + 4, true), at + d.view.getUint16(at + 2, true));
}

/** Takes the frame that `d` has begun with, at `at`, up to its datagrams and segments. */
export function dissectFrame(d: Dissection, linkType: number, at: number): void {
  const layer = LAYERS.get(linkType);
  if (layer === undefined) {
    d.unknownLinkTypes.set(linkType, (d.unknownLinkTypes.get(linkType) ?? 0) + 1);
    return;
  }
  layer(d, at);
}
