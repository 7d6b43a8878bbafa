/**
 * Session descriptions in the messages of SIP, MGCP, Megaco and SAP (RFC 3261, RFC 3435, RFC 3525, RFC
 * 2974): each tells where its sender wants RTP.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { type DescribedMedia, parseDescription } from "./session_description.ts";
import type { SignalledEnd, Signalling } from "./signalling.ts";

const SIP_START = /^(?:SIP\/2\.0 \d{3}|[A-Z]+ \S+ SIP\/2\.0)/;
/** Ports of MGCP, Megaco as text, and SAP. */
const GATEWAY_PORTS: ReadonlySet<number> = new Set([2427, 2727, 2944, 9875]);

/** Whether bytes begin like a SIP message. */
export function isSip(bytes: Uint8Array, start: number, end: number): boolean {
  // Cheap first: a capital letter, as all methods and "SIP" begin.
  const first = bytes[start];
  if (first === undefined || first < 0x41 || first > 0x5a) return false;
  return SIP_START.test(decodeLatin1(bytes.subarray(start, Math.min(end, start + 256))));
}

/** Whether a datagram between these ports may hold descriptions without being SIP. */
export function isGatewayPort(source: number, destination: number): boolean {
  return GATEWAY_PORTS.has(source) || GATEWAY_PORTS.has(destination);
}

/** Notes the ends that the descriptions in a message name. */
export function readDescriptions(
  message: Uint8Array,
  frameNumber: number,
  signalling: Signalling,
): void {
  const text = decodeLatin1(message);
  for (let at = text.indexOf("v=0"); at !== -1;) {
    const next = text.indexOf("v=0", at + 3);
    const description = text.slice(at, next === -1 ? undefined : next);
    for (const media of parseDescription(description)) note(media, frameNumber, signalling);
    at = next;
  }
}

function note(media: DescribedMedia, frameNumber: number, signalling: Signalling): void {
  if (media.port === 0) return;
  const isRtp = /^RTP\//i.test(media.protocol);
  const end: SignalledEnd = {
    kind: media.kind,
    formats: media.formats,
    parameters: media.parameters,
    by: "SIP",
    frameNumber,
    carries: isRtp ? "rtp" : "other",
    isSecured: media.isSecured,
    dialect: "standard",
  };
  signalling.add(media.address, media.port, end);
  if (isRtp && media.rtcpPort !== media.port) {
    signalling.add(media.address, media.rtcpPort, { ...end, carries: "rtcp" });
  }
}
