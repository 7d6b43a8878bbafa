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
import { LinkClosed, ReplyTimeout } from "./rtsp_link.ts";
import { StandardConversation } from "./standard.ts";

/** The dialects. */
export type Dialect = Conversation["dialect"];

/** Sees the hello lab's bytes, which are no RTSP. */
export interface HelloListener {
  /** Bytes in either direction. */
  hello(direction: "sent" | "received", bytes: Uint8Array): void;
}

/** A conversation in a dialect. */
export function chooseConversation(
  host: ConversationHost,
  dialect: Dialect,
  transport: "udp" | "tcp",
  listener: HelloListener,
  form: HelloForm = host.options.helloForm ?? "text",
): Conversation {
  switch (dialect) {
    case "standard":
      return new StandardConversation(host, transport);
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

/** What to try after a SETUP that failed; undefined when the failure is the answer. */
export function nextConversation(
  host: ConversationHost,
  failed: Conversation,
  error: unknown,
  listener: HelloListener,
): Conversation | undefined {
  const open = host.options.dialect === undefined;
  if (open && failed.dialect === "standard" && looksLikeLab(error, failed)) {
    host.remark("the server does not answer as standard ones do; the lab's dialect it is");
    return chooseConversation(host, "lab", "udp", listener);
  }
  // HOST PORT RTP_PORT FILE, but the server is a standard one.
  const refused = error instanceof ConversationError && error.status !== undefined &&
    [400, 405, 451, 454, 461, 501].includes(error.status);
  if (open && failed.dialect === "lab" && refused) {
    host.remark("the server does not take the lab's dialect; the standard one it is");
    return chooseConversation(host, "standard", host.options.transport ?? "udp", listener);
  }
  // The assignment does not say how its messages are written.
  const unanswered = error instanceof ReplyTimeout || error instanceof LinkClosed;
  if (failed instanceof HelloConversation && failed.form === "text" && unanswered) {
    if (host.options.helloForm !== undefined) return undefined;
    host.remark("the server does not answer text; a pickle it is");
    return chooseConversation(host, "hello", "udp", listener, "pickle");
  }
  return undefined;
}

function looksLikeLab(error: unknown, conversation: Conversation): boolean {
  if (error instanceof ReplyTimeout || error instanceof LinkClosed) return true;
  return conversation instanceof StandardConversation && conversation.answeredLikeLab;
}
