/**
 * Cisco's Skinny protocol (SCCP), only as far as it tells where RTP goes: acknowledged receive channels
 * and started transmissions.
 *
 * @module
 */

import { formatAddress } from "../capture/address.ts";
import type { SignalledEnd, Signalling } from "./signalling.ts";

/** The port of call managers. */
export const SKINNY_PORT = 2000;

const MESSAGE = { openReceiveChannelAck: 0x22, startMediaTransmission: 0x8a } as const;
/** From this version of the header on, addresses have a type and 16 bytes. */
const LONG_ADDRESSES = 17;

/** Reads the messages of a segment: length, version, identifier, all little-endian, then the body. */
export function readSkinny(bytes: Uint8Array, frameNumber: number, signalling: Signalling): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 12 <= bytes.length;) {
    const end = at + 8 + view.getUint32(at, true);
    const version = view.getUint32(at + 4, true);
    if (end <= at + 8 || end > bytes.length || version > 0xff) return;
    const id = view.getUint32(at + 8, true);
    if (id === MESSAGE.openReceiveChannelAck) note(view, at + 16, end, version);
    if (id === MESSAGE.startMediaTransmission) note(view, at + 20, end, version);
    at = end;
  }

  function note(body: DataView, at: number, end: number, version: number): void {
    const isLong = version >= LONG_ADDRESSES;
    const isIpv6 = isLong && at + 4 <= end && body.getUint32(at, true) === 1;
    const address = isLong ? at + 4 : at;
    const port = address + (isLong ? 16 : 4);
    if (port + 4 > end) return;
    const text = formatAddress(bytes.subarray(address, address + (isIpv6 ? 16 : 4)));
    signalling.add(text, body.getUint32(port, true) & 0xffff, endFrom(frameNumber));
  }
}

function endFrom(frameNumber: number): SignalledEnd {
  return {
    kind: "audio",
    formats: new Map(),
    parameters: new Map(),
    by: "Skinny",
    frameNumber,
    carries: "rtp",
    isSecured: false,
    dialect: "standard",
  };
}
