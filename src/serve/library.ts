/**
 * Finding the presentation that a request means.
 *
 * @module
 */

import type { Presentation } from "../media/presentation.ts";
import type { MediaLibrary } from "../media/library.ts";
import { parseRequestUrl, splitControl } from "../rtsp/request_url.ts";

/** What a request URL names on this server. */
export interface Resource {
  /** The presentation; the caller disposes it. */
  readonly presentation: Presentation;
  /** Index of the track that the URL names, if it names one. */
  readonly track?: number;
}

/** Opens what a URL names, in the standard form or one of the labs'. */
export async function openResource(
  library: MediaLibrary,
  url: string,
): Promise<Resource | undefined> {
  const { authority, path, rooted } = parseRequestUrl(url);
  if (rooted) return undefined;
  const whole = await library.open(path);
  if (whole !== undefined) return { presentation: whole };
  const { path: name, track } = splitControl(path);
  if (track !== undefined) {
    const presentation = await library.open(name);
    return presentation === undefined ? undefined : { presentation, track };
  }
  // `rtsp://movie.Mjpeg`: one lab client has the file where the host belongs.
  if (path !== "" || !authority.includes(".")) return undefined;
  const presentation = await library.open(authority);
  return presentation === undefined ? undefined : { presentation };
}

/** The sound that the audio lab gets when its URL names no file (`SETUP rtsp://localhost`). */
export async function openDefaultSound(library: MediaLibrary): Promise<Presentation | undefined> {
  const byDefault = await library.open("default.wav");
  if (byDefault !== undefined) return byDefault;
  const first = library.list().find((name) => name.toLowerCase().endsWith(".wav"));
  return first === undefined ? undefined : await library.open(first);
}
