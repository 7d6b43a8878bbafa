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

/** How descriptions are read. */
export interface DescriptionOptions {
  /** As Wireshark does: the port after RTP's is RTCP's in any case, and only the profile tells of SRTP. */
  readonly likeWireshark?: boolean;
}

/** Notes the ends that the descriptions in a message name. */
export function readDescriptions(
  message: Uint8Array,
  frameNumber: number,
  signalling: Signalling,
  options: DescriptionOptions = {},
): void {
  const text = decodeLatin1(message);
  if (!mayDescribe(text)) return;
  for (let at = text.indexOf("v=0"); at !== -1;) {
    const next = text.indexOf("v=0", at + 3);
    const description = text.slice(at, next === -1 ? undefined : next);
    for (const media of bundled(parseDescription(description))) {
      note(media, frameNumber, signalling, options.likeWireshark ?? false);
    }
    at = next;
  }
}

/** Whether the body may be a description, as far as a Content-Type tells. */
function mayDescribe(text: string): boolean {
  const type = /^(?:content-type|c)[ \t]*:[ \t]*([^\s;]*)/im.exec(text)?.[1];
  return type === undefined || /^(?:application\/sdp|multipart\/.*)$/i.test(type);
}

/** Sections that share an end (RFC 9143) are one, with the formats of all. */
function bundled(sections: readonly DescribedMedia[]): DescribedMedia[] {
  const byEnd = new Map<string, DescribedMedia>();
  for (const media of sections) {
    const isRtp = RTP_PROFILE.test(media.protocol);
    const key = isRtp ? `${media.address}|${media.port}` : `${byEnd.size}`;
    const first = byEnd.get(key);
    byEnd.set(
      key,
      first === undefined ? media : {
        ...first,
        formats: new Map([...first.formats, ...media.formats]),
        parameters: new Map([...first.parameters, ...media.parameters]),
      },
    );
  }
  return [...byEnd.values()];
}

/** Transports that carry RTP: over UDP, DTLS or TCP, secured or not. */
const RTP_PROFILE = /^(TCP\/|UDP\/)?(?:D?TLS\/)*RTP\/(S?)AVPF?$/i;

function note(
  media: DescribedMedia,
  frameNumber: number,
  signalling: Signalling,
  likeWireshark: boolean,
): void {
  if (media.port === 0) return;
  const profile = RTP_PROFILE.exec(media.protocol);
  const isFax = /^udptl$/i.test(media.protocol);
  if (profile === null && !isFax) return;
  const [, over = "", secured] = profile ?? [];
  const end: SignalledEnd = {
    kind: media.kind,
    formats: media.formats,
    parameters: media.parameters,
    by: "SIP",
    frameNumber,
    carries: isFax ? "other" : "rtp",
    isSecured: Boolean(secured) || (media.hasKey && !likeWireshark),
    dialect: "standard",
  };
  const { address, port, rtcpPort } = media;
  if (over.toUpperCase() === "TCP/") return signalling.addTcp(address, port, end);
  signalling.add(address, port, end);
  if (isFax) return;
  const rtcp = { ...end, carries: "rtcp" } as const;
  if (rtcpPort !== port) signalling.add(address, rtcpPort, rtcp);
  if (likeWireshark) signalling.add(address, port + 1, rtcp);
}
