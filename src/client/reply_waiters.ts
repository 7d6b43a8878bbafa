/**
 * Who waits for which reply on a control connection.
 *
 * @module
 */

import type { RtspResponse } from "../rtsp/message.ts";

/** A request that was not answered in time. */
export class ReplyTimeout extends Error {
  /** `method` is the request's. */
  constructor(method: string, ms: number) {
    super(`no reply to ${method} in ${ms / 1000} s`);
    this.name = "ReplyTimeout";
  }
}

/** Nobody wants the reply any more. */
export class RequestStopped extends Error {
  /** `method` is the request's. */
  constructor(method: string) {
    super(`stopped before the server had answered ${method}`);
    this.name = "RequestStopped";
  }
}

/** The connection ended while a reply was awaited. */
export class LinkClosed extends Error {
  /** `method` is the request's. */
  constructor(method: string) {
    super(`the server closed the connection instead of answering ${method}`);
    this.name = "LinkClosed";
  }
}

interface Waiter {
  readonly method: string;
  readonly cseq: string | undefined;
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(response: RtspResponse): void;
  reject(error: Error): void;
}

/** The requests of one connection that are not answered yet. */
export class ReplyWaiters {
  readonly #waiters: Waiter[] = [];
  /** CSeqs of requests that nobody waits for any more; their replies may still come. */
  readonly #givenUp = new Set<string>();

  /** Method of the request that waits longest. */
  get nextMethod(): string | undefined {
    return this.#waiters[0]?.method;
  }

  /**
   * Waits for the reply to a request that goes out now.
   *
   * @throws {ReplyTimeout} When there is none in `timeoutMs`.
   * @throws {RequestStopped} When {@linkcode stop} comes first.
   * @throws {LinkClosed} When {@linkcode close} comes first.
   */
  wait(
    { method, cseq }: { readonly method: string; readonly cseq?: string },
    timeoutMs: number,
  ): Promise<RtspResponse> {
    return new Promise<RtspResponse>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#giveUp(waiter);
        reject(new ReplyTimeout(method, timeoutMs));
      }, timeoutMs);
      const waiter: Waiter = { method, cseq, timer, resolve, reject };
      this.#waiters.push(waiter);
    });
  }

  /**
   * Gives a reply to the request that it answers: by CSeq, else to the one that waits longest. A reply
   * that nobody waits for any more, once, is dropped.
   */
  answer(response: RtspResponse): void {
    if (response.status < 200) return;
    const cseq = response.headers.get("cseq")?.trim();
    const named = this.#waiters.find((one) => one.cseq !== undefined && one.cseq === cseq);
    if (named === undefined && cseq !== undefined && this.#givenUp.delete(cseq)) return;
    const waiter = named ?? this.#waiters[0];
    if (waiter === undefined) return;
    this.#forget(waiter);
    waiter.resolve(response);
  }

  /** Whoever waits is told to go on without a reply, but for TEARDOWN, which ends it all. */
  stop(): void {
    for (const waiter of this.#waiters.filter(({ method }) => method !== "TEARDOWN")) {
      this.#giveUp(waiter);
      waiter.reject(new RequestStopped(waiter.method));
    }
  }

  /** The connection is over: no reply will come. */
  close(): void {
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(new LinkClosed(waiter.method));
    }
  }

  #giveUp(waiter: Waiter): void {
    if (waiter.cseq !== undefined) this.#givenUp.add(waiter.cseq);
    this.#forget(waiter);
  }

  #forget(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    const at = this.#waiters.indexOf(waiter);
    if (at !== -1) this.#waiters.splice(at, 1);
  }
}
