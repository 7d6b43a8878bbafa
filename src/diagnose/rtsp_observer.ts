/**
 * Watches both directions of an RTSP conversation and names what one side, or either, does wrong.
 *
 * @module
 */

import { visible } from "../bytes/text.ts";
import type { RtspMessage, RtspRequest, RtspResponse } from "../rtsp/message.ts";
import type { SessionState } from "../rtsp/states.ts";
import type { Findings } from "./findings.ts";
import { type Meta, Reporter } from "./reporter.ts";
import { type PendingRequest, RequestQueue } from "./request_queue.ts";
import {
  checkMessage,
  fieldSeen,
  firstLine,
  hasLabForm,
  hasNames,
  intendedHeader,
  type Report,
  wholeHead,
} from "./rtsp_message_checks.ts";
import type { Dialect } from "./rule.ts";
import { checkSessionForm, sessionId } from "./session_checks.ts";
import { SessionStates, type SessionStep } from "./session_states.ts";
import { checkDescription } from "./sdp_checks.ts";
import { checkChosenTransport, checkRequestedTransport, dialectOf } from "./transport_checks.ts";

/** Who sent a message. */
export type Side = "client" | "server";

/** Options of {@linkcode RtspObserver}. */
export interface RtspObserverOptions {
  /** Whose mistakes count. A server blames its client, a client its server. */
  readonly peer: Side | "both";
  /** The dialect where it is known; otherwise the first Transport header decides. */
  readonly dialect?: Dialect;
  /** Name of the conversation, put before the side in findings. */
  readonly stream?: string;
}

/** Watches one conversation. */
export class RtspObserver {
  readonly #reporters: Readonly<Record<Side, Reporter>>;
  readonly #blamed: Side | "both";
  readonly #requests: Readonly<Record<Side, RequestQueue>> = {
    client: new RequestQueue(),
    server: new RequestQueue(),
  };
  readonly #sessions = new SessionStates();
  /** The last message of each side, to which stray bytes may belong. */
  readonly #lastMessage: Partial<Record<Side, RtspResponse | RtspRequest>> = {};
  /** The reply whose body came without a length. */
  #strayBody: RtspResponse | undefined;
  #lastAnswered = "";
  #dialect: Dialect;

  /** A conversation of which nothing has been seen. */
  constructor(findings: Findings, options: RtspObserverOptions) {
    this.#blamed = options.peer;
    this.#dialect = options.dialect ?? "unknown";
    const name = options.stream === undefined ? "" : `${options.stream}, `;
    this.#reporters = {
      client: new Reporter(findings, "message", `${name}client`, this.#dialect),
      server: new Reporter(findings, "message", `${name}server`, this.#dialect),
    };
  }

  /** The dialect as far as it is known. */
  get dialect(): Dialect {
    return this.#dialect;
  }

  /** The state of the session that was spoken of last. */
  get state(): SessionState {
    return this.#sessions.state;
  }

  /** Takes the next message; `sender` is the side it came from. Never throws. */
  message(message: RtspMessage, sender: Side, meta: Meta): void {
    switch (message.kind) {
      case "interleaved":
        return;
      case "malformed":
        this.#strayBytes(message.bytes, sender, this.#reportFor(sender, meta));
        return;
      case "request":
        this.#request(message, sender, meta);
        break;
      case "response":
        this.#response(message, sender, this.#reportFor(sender, meta));
        break;
    }
    this.#lastMessage[sender] = message;
  }

  /** Messages were not seen, or the watching begins in the middle of a conversation. */
  gap(): void {
    this.#requests.client.gap();
    this.#requests.server.gap();
    this.#sessions.gap();
  }

  /**
   * The conversation is over, or the watching: names the client's requests that no reply came to in
   * `patienceMs`.
   */
  end(timeMs: number, patienceMs: number): void {
    for (const { request, timeMs: askedMs } of this.#requests.client.unanswered) {
      const waited = timeMs - askedMs;
      if (waited < patienceMs) continue;
      this.silence(request.method, Math.floor(waited / 1000), { number: 0, timeMs: askedMs });
    }
  }

  /** A request of `method` was not answered within `seconds`. */
  silence(method: string, seconds: number, meta: Meta): void {
    if (this.#blamed === "client") return;
    this.#reporters.server.reportSession(
      "rtsp-reply-missing",
      meta.timeMs,
      `no reply to ${method} within ${seconds} s`,
    );
  }

  /** PLAY was answered 200, but no RTP came within `seconds`. */
  noMedia(seconds: number, meta: Meta): void {
    if (this.#blamed === "client") return;
    this.#reporters.server.reportSession(
      "rtsp-media-missing",
      meta.timeMs,
      `200 to PLAY, then no RTP for ${seconds} s: the server may not have the file`,
    );
  }

  #reportFor(side: Side, meta: Meta): Report {
    if (this.#blamed !== "both" && this.#blamed !== side) return () => {};
    const reporter = this.#reporters[side];
    return (rule, seen) => reporter.report(rule, meta, seen);
  }

  #learnDialect(message: RtspRequest): void {
    if (this.#dialect !== "unknown") return;
    const transport = message.headers.get("transport");
    if (transport !== undefined) this.#dialect = dialectOf(transport) ?? "unknown";
    // What some labs ask before SETUP has the lab's form all the same: mild until Transport tells.
    const mild = this.#dialect === "unknown" && hasLabForm(message);
    const dialect = mild ? "lab" : this.#dialect;
    this.#reporters.client.dialect = this.#reporters.server.dialect = dialect;
  }

  #strayBytes(bytes: Uint8Array, sender: Side, report: Report): void {
    const before = this.#lastMessage[sender];
    const isReplyToDescribe = before?.kind === "response" && this.#lastAnswered === "DESCRIBE";
    if (isReplyToDescribe && before.body.length === 0 && !before.headers.has("content-length")) {
      report("rtsp-content-length-missing", `${wholeHead(before)} and then ${visible(bytes)}`);
      // The lines that follow belong to the same body.
      if (this.#strayBody !== before && !/^v=/.test(visible(bytes))) {
        report("sdp-not-sdp", visible(bytes));
      }
      this.#strayBody = before;
      return;
    }
    if (before !== undefined && before.body.length > 0) {
      report(
        "rtsp-content-length-wrong",
        `${fieldSeen(before, "Content-Length")}, but behind the body ${visible(bytes)}`,
      );
      return;
    }
    report("rtsp-no-message", visible(bytes, 160));
  }

  #request(message: RtspRequest, sender: Side, meta: Meta): void {
    const report = this.#reportFor(sender, meta);
    this.#learnDialect(message);
    checkMessage(message, report);
    const requests = this.#requests[sender];
    requests.checkCSeq(message, report);
    let step: SessionStep | undefined;
    if (sender === "client") {
      this.#checkRequestedSession(message, report);
      const transport = intendedHeader(message, "Transport");
      if (transport !== undefined) {
        // What has no name was not written the way that a check would show it.
        if (hasNames(message)) checkRequestedTransport(transport, report);
      } else if (message.method === "SETUP" && !this.#transportKnown()) {
        report("rtsp-transport-missing", wholeHead(message));
      }
      step = this.#sessions.request(message, this.#dialect, report);
    }
    if (message.method === "ANNOUNCE" && message.body.length > 0) {
      checkDescription(message.body, report);
    }
    requests.add(message, step, meta.timeMs);
  }

  /** One lab names its port when it connects, and not again at SETUP. */
  #transportKnown(): boolean {
    return this.#lastMessage.client !== undefined && this.#dialect === "lab";
  }

  #checkRequestedSession(message: RtspRequest, report: Report): void {
    const session = intendedHeader(message, "Session");
    const id = session === undefined ? undefined : sessionId(session);
    const needed = message.method === "PLAY" || message.method === "PAUSE" ||
      message.method === "TEARDOWN";
    if (id === undefined || id === "") {
      // Without a session there is none to be named: that is a matter of state.
      const isKnown = this.#sessions.ids.length > 0;
      if (needed && isKnown) report("rtsp-session-missing", wholeHead(message));
    } else if (this.#sessions.ids.length > 0 && !this.#sessions.has(id)) {
      const given = this.#sessions.ids.map((one) => visible(one)).join(", ");
      report(
        "rtsp-session-unknown",
        `Session: ${visible(session!)}, where the server gave ${given}`,
      );
    }
  }

  #response(message: RtspResponse, sender: Side, report: Report): void {
    checkMessage(message, report);
    const requests = this.#requests[sender === "server" ? "client" : "server"];
    const pending = requests.match(message, report);
    if (pending === undefined) return;
    this.#lastAnswered = pending.request.method;
    const { request } = pending;
    if (message.version !== request.version && message.status !== 505) {
      report("rtsp-reply-version", `${firstLine(message)} to ${firstLine(request)}`);
    }
    const ok = message.status >= 200 && message.status < 300;
    if (sender === "server") {
      if (message.status >= 300) pending.step?.undo();
      if (ok && pending.step?.valid === false) {
        report("rtsp-state-accepted", `${firstLine(message)} to ${firstLine(request)}`);
      }
      this.#checkGivenSession(message, pending, ok, report);
      if (ok) this.#checkSuccess(message, request, report);
    }
  }

  #checkGivenSession(
    message: RtspResponse,
    { request, step }: PendingRequest,
    ok: boolean,
    report: Report,
  ): void {
    const session = intendedHeader(message, "Session");
    if (session === undefined) {
      if (ok && request.method === "SETUP") {
        report("rtsp-session-missing-reply", fieldSeen(message, "Session"));
      }
      return;
    }
    if (!ok) return;
    checkSessionForm(session, this.#dialect, report);
    const id = sessionId(session);
    const asked = sessionId(intendedHeader(request, "Session") ?? "");
    const known = this.#sessions.has(id);
    if (!known && this.#sessions.has(asked)) {
      report("rtsp-session-changed", `Session: ${visible(id)} where it was ${visible(asked)}`);
    }
    step?.named(id);
  }

  #checkSuccess(message: RtspResponse, request: RtspRequest, report: Report): void {
    switch (request.method) {
      case "SETUP": {
        const transport = intendedHeader(message, "Transport");
        if (transport === undefined) {
          report("rtsp-transport-missing-reply", fieldSeen(message, "Transport"));
        } else checkChosenTransport(transport, request.headers.get("transport"), report);
        break;
      }
      case "OPTIONS":
        if (!message.headers.has("public")) {
          report("rtsp-public-missing", fieldSeen(message, "Public"));
        }
        break;
      case "DESCRIBE": {
        const base = message.headers.get("content-base");
        if (base !== undefined && !/^rtsp[su]?:\/\//i.test(base)) {
          report("rtsp-content-base-relative", fieldSeen(message, "Content-Base"));
        }
        if (message.body.length > 0) checkDescription(message.body, report);
        break;
      }
      default:
    }
  }
}
