/**
 * Feature tags (RFC 7826 section 11.1): what a client may require.
 *
 * @module
 */

import type { RtspHeaders } from "../rtsp/headers.ts";

const FEATURES: readonly string[] = ["play.basic", "play.scale", "play.speed"];

/** The tags of the request's Require headers that the server does not know. */
export function unsupportedFeatures(headers: RtspHeaders): string[] {
  return [...headers.getAll("require"), ...headers.getAll("proxy-require")]
    .flatMap((value) => value.split(",")).map((tag) => tag.trim())
    .filter((tag) => tag !== "" && !FEATURES.includes(tag));
}

/** The value of the Supported header. */
export const SUPPORTED: string = FEATURES.join(", ");
