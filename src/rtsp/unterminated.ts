/**
 * When a request without a blank line is complete. Stock lab clients send three lines and wait; the
 * only sign that nothing follows is that nothing follows.
 *
 * @module
 */

import type { RtspRequest } from "./message.ts";

/** Silence after the stock client's very three lines, in ms: the labs want a reply within 50. */
const STOCK_PAUSE_MS = 20;

/** Silence after any other head that could be whole, in ms. */
const USUAL_PAUSE_MS = 80;

/** Silence that ends a head of RTSP 2.0, in ms: those who speak it type it, or send it line by line. */
const CAREFUL_PAUSE_MS = 400;

/** Silence that ends a head of a client that has sent blank lines before, in ms. */
const TERMINATING_PAUSE_MS = 2000;

/**
 * How long nothing must come before `request`, whose head has no blank line, is taken as complete; in
 * ms, or undefined when more has to come. `sendsBlankLines` tells that the client ended a request
 * properly before.
 */
export function pauseThatEnds(request: RtspRequest, sendsBlankLines: boolean): number | undefined {
  const { headers, method, version, wire } = request;
  if (!/^\d+$/.test(headers.get("cseq")?.trim() ?? "")) return undefined;
  const setUpAgain = headers.has("session");
  if (method === "SETUP" && !setUpAgain && !isWholeTransport(headers.get("transport"))) {
    return undefined;
  }
  if (sendsBlankLines) return TERMINATING_PAUSE_MS;
  if (version === "2.0") return CAREFUL_PAUSE_MS;
  return headers.size === 2 && wire.lineEnding === "\n" && wire.oddLines.length === 0 &&
      (headers.has("transport") || headers.has("session"))
    ? STOCK_PAUSE_MS
    : USUAL_PAUSE_MS;
}

function isWholeTransport(transport: string | undefined): boolean {
  return transport !== undefined && /\d\s*"?\s*$|;\s*\S+\s*$/.test(transport);
}
