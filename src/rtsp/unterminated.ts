/**
 * When a request without a blank line is complete. Stock lab clients send three lines and wait; the
 * only sign that nothing follows is that nothing follows.
 *
 * @module
 */

import type { RtspRequest } from "./message.ts";

/** Silence after a head that came in one piece, in ms: the labs want a reply within 50. */
const ONE_PIECE_PAUSE_MS = 10;

/** Silence after a head that came in several pieces, in ms: the next line may be on its way. */
const PIECEWISE_PAUSE_MS = 80;

/** The same for RTSP 2.0, in ms: those who speak it type it, or send it line by line. */
const CAREFUL_PAUSE_MS = 400;

/** Silence after a head that came in one piece and lacks what it needs: it is answered with 400, in ms. */
const LACKING_PAUSE_MS = 1000;

/** Silence that ends a message of a client that has sent blank lines before, in ms. */
const TERMINATING_PAUSE_MS = 2000;

/** How a client writes, as far as it has shown. */
export interface ClientHabits {
  /** Whether it ended a request with a blank line before. */
  readonly sendsBlankLines: boolean;
  /** Pieces that the waiting head came in. */
  readonly pieces: number;
}

/**
 * How long nothing must come before `request`, whose head has no blank line or whose body is too
 * short, is taken as complete; in ms, or undefined when more has to come.
 */
export function pauseThatEnds(request: RtspRequest, habits: ClientHabits): number | undefined {
  const { version, wire } = request;
  if (wire.blankLine) return TERMINATING_PAUSE_MS;
  if (lacks(request)) {
    // The start line alone may have been typed.
    const isTyped = habits.pieces > 1 || request.headers.size === 0;
    return isTyped ? undefined : LACKING_PAUSE_MS;
  }
  if (habits.sendsBlankLines) return TERMINATING_PAUSE_MS;
  if (habits.pieces === 1) return ONE_PIECE_PAUSE_MS;
  return version === "2.0" ? CAREFUL_PAUSE_MS : PIECEWISE_PAUSE_MS;
}

/** Whether something is missing without which no client expects an answer. */
function lacks({ headers, method }: RtspRequest): boolean {
  if (!/^\d+$/.test(headers.get("cseq")?.trim() ?? "")) return true;
  const setUpAgain = headers.has("session");
  return method === "SETUP" && !setUpAgain && !isWholeTransport(headers.get("transport"));
}

function isWholeTransport(transport: string | undefined): boolean {
  const text = transport?.trimEnd().replace(/;$/, "").trimEnd();
  return text !== undefined && /\d\s*"?$|;\s*[^\s;=]+(?:=[^\s;=]+)?$/.test(text);
}
