/**
 * Which dialect a server speaks: the standard one first, the lab's when it answers like a lab server
 * or not at all.
 *
 * @module
 */

import type { HelloForm } from "../rtsp/hello.ts";
import { AudioLabConversation } from "./audio_lab.ts";
import { type Conversation, ConversationError, type ConversationHost } from "./conversation.ts";
import { HelloConversation } from "./hello.ts";
import { LabConversation } from "./lab.ts";
import { LinkClosed, ReplyTimeout } from "./reply_waiters.ts";
import { StandardConversation } from "./standard.ts";

/** The dialects. */
export type Dialect = Conversation["dialect"];

/** Sees the hello lab's bytes, which are no RTSP. */
export interface HelloListener {
  /** Bytes in either direction. */
  hello(direction: "sent" | "received", bytes: Uint8Array): void;
}

/** What else is known of a server. */
export interface KnownServer {
  /** It is sure to speak this dialect, and may take its time. */
  readonly isCertain?: boolean;
  /** How the hello lab's messages are written. */
  readonly form?: HelloForm;
}

/** A conversation in a dialect. */
export function chooseConversation(
  host: ConversationHost,
  dialect: Dialect,
  transport: "udp" | "tcp",
  listener: HelloListener,
  { isCertain, form = host.options.helloForm ?? "text" }: KnownServer = {},
): Conversation {
  switch (dialect) {
    case "standard":
      return new StandardConversation(host, transport, isCertain);
    case "lab":
      return new LabConversation(host);
    case "audio-lab":
      return new AudioLabConversation(host);
    case "hello":
      return new HelloConversation(
        host,
        form,
        (direction, bytes) => listener.hello(direction, bytes),
      );
  }
}

/**
 * What to try after a SETUP that failed; undefined when the failure is the answer. `failed` are all
 * that were tried, the last one at the end.
 */
export function nextConversation(
  host: ConversationHost,
  failed: readonly Conversation[],
  error: unknown,
  listener: HelloListener,
): Conversation | undefined {
  const open = host.options.dialect === undefined;
  const last = failed.at(-1)!;
  const tried = (dialect: Dialect): boolean => failed.some((one) => one.dialect === dialect);
  const unanswered = error instanceof ReplyTimeout || error instanceof LinkClosed;
  if (open && last.dialect === "standard" && !tried("lab") && looksLikeLab(error, last)) {
    host.remark("the server does not answer as standard ones do; the lab's dialect it is");
    return chooseConversation(host, "lab", "udp", listener);
  }
  if (open && last.dialect === "lab") {
    const transport = host.options.transport ?? "udp";
    const standard = (): Conversation =>
      chooseConversation(host, "standard", transport, listener, { isCertain: true });
    // HOST PORT RTP_PORT FILE, but the server is a standard one.
    const refused = error instanceof ConversationError && error.status !== undefined &&
      [400, 405, 451, 454, 461, 501].includes(error.status);
    if (refused) {
      host.remark("the server does not take the lab's dialect; the standard one it is");
      return standard();
    }
    // A standard server waits for the rest of the lab's request, and may be slow at its own.
    if (
      unanswered &&
      failed.some((one) => one instanceof StandardConversation && one.manners.wasHurried)
    ) {
      host.remark("nor does it answer the lab's dialect; the standard one again, with more time");
      return standard();
    }
  }
  // The assignment does not say how its messages are written.
  if (last instanceof HelloConversation && last.form === "text" && unanswered) {
    if (host.options.helloForm !== undefined) return undefined;
    host.remark("the server does not answer text; a pickle it is");
    return chooseConversation(host, "hello", "udp", listener, { form: "pickle" });
  }
  return undefined;
}

function looksLikeLab(error: unknown, conversation: Conversation): boolean {
  if (!(conversation instanceof StandardConversation)) return false;
  const { answeredLikeLab, answeredWell } = conversation.manners;
  const unanswered = error instanceof ReplyTimeout || error instanceof LinkClosed;
  return answeredLikeLab || (unanswered && !answeredWell);
}
