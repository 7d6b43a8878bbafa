/**
 * The RTP-Info header (RFC 2326 section 12.33, RFC 7826 section 18.45).
 *
 * @module
 */

import { withoutEnding } from "../bytes/text.ts";

/** Where one stream's RTP begins after PLAY. */
export interface RtpInfo {
  /** The stream's control URL. */
  readonly url: string;
  /** Sequence number of the first packet. */
  readonly seq?: number;
  /** Timestamp that corresponds to the start of the range. */
  readonly rtptime?: number;
  /** Synchronization source, which only RTSP 2.0 names. */
  readonly ssrc?: number;
}

/** Parses either version's form; streams that cannot be read are left out. */
export function parseRtpInfo(header: string): RtpInfo[] {
  // A comma may stand in a URL: a new stream begins with `url=`.
  return header.split(/,\s*(?=url\s*=)/i).flatMap((part) => {
    const url = /^\s*url\s*=\s*(?:"([^"]*)"|([^;\s]*))/i.exec(part);
    const address = url?.[1] ?? url?.[2];
    if (url === null || address === undefined) return [];
    // The URL may hold words like these.
    const rest = part.slice(url[0].length);
    const ssrc = /\bssrc=([0-9A-Fa-f]{1,8})/i.exec(rest)?.[1];
    return [{
      url: address,
      ...numberNamed("seq", rest),
      ...numberNamed("rtptime", rest),
      ...(ssrc === undefined ? undefined : { ssrc: parseInt(ssrc, 16) }),
    }];
  });
}

function numberNamed<K extends "seq" | "rtptime">(name: K, text: string): { [key in K]?: number } {
  const digits = new RegExp(`\\b${name}=(\\d+)`, "i").exec(text)?.[1];
  return digits === undefined ? {} : { [name]: Number(digits) } as { [key in K]?: number };
}

/**
 * What the header says of each stream, given the control URLs by which it may be named. Servers that
 * name no stream in the URL list them in order.
 */
export function infoOfStreams(
  infos: readonly RtpInfo[],
  streams: readonly (readonly string[])[],
): (RtpInfo | undefined)[] {
  const named = infos.map(({ url }) =>
    streams.findIndex((urls) => urls.some((known) => isSameUrl(known, url)))
  );
  return streams.map((_, i) => {
    const at = named.indexOf(i);
    if (at !== -1) return infos[at];
    const isAnothers = named[i] !== -1 && named.indexOf(named[i]!) === i;
    return infos.length === streams.length && !isAnothers ? infos[i] : undefined;
  });
}

/** Either may be relative, and they may differ in a trailing slash. */
function isSameUrl(one: string, other: string): boolean {
  const [a, b] = [withoutEnding(one, "/"), withoutEnding(other, "/")];
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
}

/** Writes the form of the given RTSP version. */
export function formatRtpInfo(streams: readonly RtpInfo[], version: string): string {
  return streams.map(({ url, seq, rtptime, ssrc }) => {
    const numbers = [
      ...(seq === undefined ? [] : [`seq=${seq}`]),
      ...(rtptime === undefined ? [] : [`rtptime=${rtptime}`]),
    ];
    if (version !== "2.0") return [`url=${url}`, ...numbers].join(";");
    const source = (ssrc ?? 0).toString(16).toUpperCase().padStart(8, "0");
    return `url="${url}" ssrc=${source}:${numbers.join(";")}`;
  }).join(version === "2.0" ? ", " : ",");
}
