/**
 * What a session description says about where RTP goes and what it carries (RFC 8866). It reads
 * descriptions out of captures, cut and damaged ones among them, so it takes what it understands and
 * never fails; the rest of the program uses sdp-transform.
 *
 * @module
 */

import { type PayloadFormat, STATIC_PAYLOAD_TYPES } from "../rtp/payload_types.ts";

/** One `m=` section. */
export interface DescribedMedia {
  /** "audio", "video". */
  readonly kind: string;
  /** The connection address, of the section or of the session; "" when there is none. */
  readonly address: string;
  /** RTP port; 0 when the section names none. */
  readonly port: number;
  /** RTCP port. */
  readonly rtcpPort: number;
  /** The transport ("RTP/AVP"). */
  readonly protocol: string;
  /** The payload types of the m= line. */
  readonly payloadTypes: ReadonlySet<number>;
  /** Formats by payload type, as `a=rtpmap` has them. */
  readonly mapped: ReadonlyMap<number, PayloadFormat>;
  /** The same with the static types of RFC 3551 that the section lists. */
  readonly formats: ReadonlyMap<number, PayloadFormat>;
  /** Parameters by payload type, as `a=fmtp` has them. */
  readonly parameters: ReadonlyMap<number, string>;
  /** `a=control`, as written. */
  readonly control: string;
  /** Frames a second (`a=framerate`). */
  readonly frameRate?: number;
  /** Whether a key for SRTP is given. */
  readonly hasKey: boolean;
  /** Whether RTCP may come to the RTP port (RFC 5761). */
  readonly sharesPort: boolean;
}

/** The media sections of a description, in order. */
export function parseDescription(text: string): DescribedMedia[] {
  const sections: string[][] = [[]];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("m=")) sections.push([]);
    if (/^[a-z]=/.test(line)) sections.at(-1)!.push(line);
  }
  const [session = [], ...media] = sections;
  const address = connectionAddress(session) ?? "";
  return media.flatMap((lines) => parseMedia(lines, address));
}

function parseMedia(lines: readonly string[], sessionAddress: string): DescribedMedia[] {
  const match = /^m=(\S+) (\d{1,5})(?:\/\d+)? (\S+) ?(.*)$/.exec(lines[0] ?? "");
  const [, kind, portText, protocol, list] = match ?? [];
  const port = Number(portText);
  if (kind === undefined || protocol === undefined || port > 0xffff) return [];
  const mapped = new Map<number, PayloadFormat>();
  const formats = new Map<number, PayloadFormat>();
  for (const item of list!.split(" ")) {
    const known = STATIC_PAYLOAD_TYPES.get(Number(item));
    if (known !== undefined && item !== "") formats.set(Number(item), known);
  }
  for (const line of lines) {
    const map = /^a=rtpmap:\s*(\d{1,3})\s+([^/\s]+)\/(\d+)(?:\/(\d+))?/.exec(line);
    if (map === null) continue;
    const format = {
      encodingName: map[2]!,
      clockRate: Number(map[3]),
      ...(map[4] === undefined ? undefined : { channels: Number(map[4]) }),
    };
    mapped.set(Number(map[1]), format);
    formats.set(Number(map[1]), format);
  }
  return [{
    kind,
    address: connectionAddress(lines) ?? sessionAddress,
    port,
    rtcpPort: Number(attribute(lines, "rtcp")?.split(" ")[0] ?? port + 1),
    protocol,
    payloadTypes: new Set((list ?? "").split(" ").filter((item) => item !== "").map(Number)),
    mapped,
    formats,
    parameters: parametersOf(lines),
    control: attribute(lines, "control") ?? "",
    ...frameRateOf(lines),
    hasKey: attribute(lines, "crypto") !== undefined,
    sharesPort: lines.includes("a=rtcp-mux"),
  }];
}

function connectionAddress(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const match = /^c=IN IP[46] ([^\s/]+)/.exec(line);
    if (match !== null) return match[1];
  }
  return undefined;
}

function parametersOf(lines: readonly string[]): Map<number, string> {
  return new Map(lines.flatMap((line) => {
    const match = /^a=fmtp:\s*(\d{1,3})\s+(.*)$/.exec(line);
    return match === null ? [] : [[Number(match[1]), match[2]!]];
  }));
}

function frameRateOf(lines: readonly string[]): { frameRate?: number } {
  const frameRate = Number(attribute(lines, "framerate"));
  return frameRate > 0 ? { frameRate } : {};
}

function attribute(lines: readonly string[], name: string): string | undefined {
  const prefix = `a=${name}:`;
  return lines.find((line) => line.startsWith(prefix))?.slice(prefix.length).trim();
}
