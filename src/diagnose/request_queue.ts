/**
 * The requests of one side of a conversation: their numbers, and which of them wait for a reply.
 *
 * @module
 */

import { visible } from "../bytes/text.ts";
import type { RtspRequest, RtspResponse } from "../rtsp/message.ts";
import { fieldSeen, firstLine, type Report, wholeHead } from "./rtsp_message_checks.ts";
import type { SessionStep } from "./session_states.ts";

/** A request that waits for its reply. */
export interface PendingRequest {
  /** CSeq as it was written. */
  readonly cseq: string | undefined;
  /** The request. */
  readonly request: RtspRequest;
  /** What it did to its session; undefined for requests of the server's. */
  readonly step: SessionStep | undefined;
  /** When it was sent. */
  readonly timeMs: number;
}

/** Requests without a reply that are remembered. */
const MAX_PENDING = 64;

/** Checks the order of requests and replies. */
export class RequestQueue {
  readonly #pending: PendingRequest[] = [];
  #lastCSeq: number | undefined;
  #lastMethod = "";
  /** Whether requests may have been sent that were not seen. */
  #isLate = false;

  /** Requests without a reply, the oldest first. */
  get unanswered(): readonly PendingRequest[] {
    return this.#pending;
  }

  /** Messages were not seen: what comes next need not fit what came before. */
  gap(): void {
    this.#pending.length = 0;
    this.#lastCSeq = undefined;
    this.#isLate = true;
  }

  /** Checks the number of the next request. */
  checkCSeq(message: RtspRequest, report: Report): void {
    const text = message.headers.get("cseq")?.trim();
    const last = this.#lastCSeq;
    const lastMethod = this.#lastMethod;
    this.#lastMethod = message.method;
    if (text === undefined || !/^\d+$/.test(text)) {
      const rule = text === undefined ? "rtsp-cseq-missing" : "rtsp-cseq-malformed";
      report(rule, fieldSeen(message, "CSeq"));
      // The number that was meant is taken to be the next.
      if (last !== undefined) this.#lastCSeq = last + 1;
      return;
    }
    const cseq = Number(text);
    this.#lastCSeq = cseq;
    const isRepetition = cseq === last && lastMethod === message.method &&
      this.#pending.some((pending) => pending.cseq === text);
    // STOP as reset: a session that is over may be followed by one that counts anew.
    if (last === undefined || lastMethod === "TEARDOWN" || isRepetition) return;
    const seen = `CSeq: ${cseq} after ${last}, in ${firstLine(message)}`;
    if (cseq === last) report("rtsp-cseq-repeated", seen);
    else if (cseq < last) report("rtsp-cseq-backwards", seen);
    else if (cseq > last + 1) report("rtsp-cseq-jump", seen);
  }

  /** Adds a request that was checked. */
  add(request: RtspRequest, step: SessionStep | undefined, timeMs: number): void {
    if (this.#pending.length >= MAX_PENDING) this.#pending.shift();
    this.#pending.push({ cseq: request.headers.get("cseq")?.trim(), request, step, timeMs });
  }

  /** The request that a response answers; it waits no more, unless the response is provisional. */
  match(message: RtspResponse, report: Report): PendingRequest | undefined {
    const pending = this.#pending;
    const cseq = message.headers.get("cseq")?.trim();
    const oldest = pending[0];
    if (this.#isLate && isEarlier(cseq, oldest?.cseq)) return undefined;
    if (oldest === undefined) {
      report("rtsp-reply-unsolicited", wholeHead(message));
      return undefined;
    }
    let index = pending.findIndex((waiting) => waiting.cseq !== undefined && waiting.cseq === cseq);
    if (index === -1) {
      index = 0;
      if (message.headers.size === 0) report("rtsp-status-alone", wholeHead(message));
      else if (oldest.cseq !== undefined) {
        if (cseq === undefined) report("rtsp-cseq-missing", fieldSeen(message, "CSeq"));
        else report("rtsp-cseq-reply-wrong", `CSeq: ${visible(cseq)} to CSeq: ${oldest.cseq}`);
      }
    }
    this.#isLate = false;
    const match = pending[index];
    // Replies come in the order of the requests (RFC 2326 section 9.1).
    for (const skipped of pending.slice(0, index)) {
      report("rtsp-reply-missing", `${firstLine(skipped.request)} was passed over`);
    }
    if (message.status >= 200) pending.splice(0, index + 1);
    return match;
  }
}

/** Whether a reply is to a request before all that wait. */
function isEarlier(cseq: string | undefined, oldest: string | undefined): boolean {
  return oldest === undefined || Number(cseq) < Number(oldest);
}
