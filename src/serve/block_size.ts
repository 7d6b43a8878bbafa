/**
 * Packets of the size that a client asks for.
 *
 * @module
 */

import { parseBlocksize } from "../rtsp/blocksize.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import type { Reply } from "./reply.ts";

/**
 * Sizes are brought down to a multiple of this many bytes, and up to it: frames that are split in
 * several ways are kept in memory as many times.
 */
const STEP_BYTES = 256;

/** What a request asks for. */
export interface BlockSize {
  /** Longest RTP payload in bytes; absent where the request does not say. */
  readonly bytes?: number;
}

/** Reads the header, or gives the refusal of one that cannot be read. `maxBytes` is the most that is sent. */
export function readBlockSize(
  { headers, version }: Pick<RtspRequest, "headers" | "version">,
  maxBytes: number,
): BlockSize | { readonly reply: Reply } {
  const header = headers.get("blocksize");
  if (header === undefined) return {};
  const bytes = parseBlocksize(header);
  // RFC 2326 section 12.7 has a status of its own for it.
  if (bytes === undefined) return { reply: { status: version === "1.0" ? 416 : 400 } };
  const step = Math.min(STEP_BYTES, maxBytes);
  return { bytes: Math.min(maxBytes, Math.max(step, bytes - bytes % step)) };
}
