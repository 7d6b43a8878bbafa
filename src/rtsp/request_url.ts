/**
 * What a request URL names (RFC 2326 section 3.2), and what lab programs write instead: `movie.Mjpeg`,
 * `./videos/movie.Mjpeg`, `rtsp://movie.Mjpeg`.
 *
 * @module
 */

import { utf8FromLatin1, withoutEnding } from "../bytes/text.ts";

/** A request URL taken apart. */
export interface RequestUrl {
  /** Host and port; "" where only a name was given. */
  readonly authority: string;
  /** What comes behind, percent-decoded, without leading and trailing slashes; "*" stays. */
  readonly path: string;
  /** Whether it had a scheme, as the RFC wants. */
  readonly absolute: boolean;
  /** Whether it names a file from the root of a file system: `/etc/x`, `rtsp://host//etc/x`. */
  readonly rooted: boolean;
}

/** Takes a URL apart; a broken percent escape leaves the text as it is. */
export function parseRequestUrl(url: string): RequestUrl {
  const match = /^rtsp[su]?:\/\/([^/?#]*)([^?#]*)/i.exec(url);
  const authority = match === null ? "" : match[1]!.replace(/^.*@/, "");
  const path = match === null ? url.replace(/[?#].*$/, "") : match[2]!;
  const decoded = decode(path);
  return {
    authority,
    path: trimSlashes(decoded),
    absolute: match !== null,
    rooted: /^\/+[^/]+\/+[^/]/.test(match === null ? decoded : decoded.slice(1)),
  };
}

/**
 * Takes `track1` off the end of a path. Tracks count from 1 in control URLs, from 0 elsewhere; so also in
 * `trackID=0` and `streamid=0`, which clients write that have not read the description.
 */
export function splitControl(path: string): { path: string; track?: number } {
  const numbered = /^(.*)\/(?:trackid|streamid)=(\d{1,3})$/i.exec(path);
  if (numbered !== null) return { path: trimSlashes(numbered[1]!), track: Number(numbered[2]) };
  const match = /^(.*?)\/?track(\d{1,3})$/.exec(path);
  if (match === null || match[2] === "0") return { path };
  return { path: trimSlashes(match[1]!), track: Number(match[2]) - 1 };
}

/** The control attribute of a track: relative to the Content-Base, which ends in a slash. */
export function controlOf(track: number): string {
  return `track${track + 1}`;
}

/** A name as the path of a URL, also where it holds characters that headers would trip over. */
export function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

function trimSlashes(path: string): string {
  return withoutEnding(path, "/").replace(/^\/+/, "");
}

/** Escapes are undone; what should have been escaped and is not, came in one character a byte. */
function decode(path: string): string {
  const text = utf8FromLatin1(path);
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
