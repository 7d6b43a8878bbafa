/**
 * The rules for RTSP, over the conversations of a capture.
 *
 * @module
 */

import type { Findings } from "../diagnose/findings.ts";
import { RtspObserver } from "../diagnose/rtsp_observer.ts";
import type { RtspConversation } from "./rtsp_conversation.ts";

/** Looks at every message of every conversation. */
export function observeConversations(
  conversations: readonly RtspConversation[],
  findings: Findings,
): void {
  for (const conversation of conversations) {
    const observer = new RtspObserver(findings, {
      peer: "both",
      ...(conversations.length > 1 ? { stream: conversation.title } : undefined),
    });
    for (const { message, fromClient, frameNumber, timeMs } of conversation.messages) {
      observer.message(message, fromClient ? "client" : "server", { number: frameNumber, timeMs });
    }
  }
}
