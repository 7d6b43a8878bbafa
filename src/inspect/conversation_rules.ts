/**
 * The rules for RTSP, over the conversations of a capture.
 *
 * @module
 */

import type { Findings } from "../diagnose/findings.ts";
import { RtspObserver } from "../diagnose/rtsp_observer.ts";
import type { PacketIntake } from "./packet_intake.ts";
import type { RtspConversation } from "./rtsp_conversation.ts";

/** Time after which a reply will not come any more, in ms. */
const REPLY_PATIENCE_MS = 5000;
/** Time after PLAY's reply in which media have to begin, in ms. */
const MEDIA_PATIENCE_MS = 5000;

/** Looks at every message of every conversation of a capture that is `durationMs` long. */
export function observeConversations(
  intake: PacketIntake,
  durationMs: number,
  findings: Findings,
): void {
  const { conversations } = intake.rtsp;
  for (const conversation of conversations) {
    const observer = new RtspObserver(findings, {
      peer: "both",
      ...(conversations.length > 1 ? { stream: conversation.title } : undefined),
    });
    observeMessages(conversation, observer);
    const endMs = conversation.closedMs ?? durationMs;
    // What came later is not kept: it may well be a reply. And a filter may have left out all of them.
    if (conversation.droppedMessages === 0 && conversation.hasHeardServer) {
      observer.end(endMs, REPLY_PATIENCE_MS);
    }
    const silence = findSilence(conversation, intake, endMs);
    if (silence !== undefined) {
      observer.noMedia(Math.floor(silence.forMs / 1000), { number: 0, timeMs: silence.playMs });
    }
  }
}

function observeMessages(conversation: RtspConversation, observer: RtspObserver): void {
  const gaps = [...conversation.gaps];
  for (const { message, fromClient, frameNumber, timeMs } of conversation.messages) {
    while (gaps.length > 0 && gaps[0]! <= frameNumber) {
      observer.gap();
      gaps.shift();
    }
    observer.message(message, fromClient ? "client" : "server", { number: frameNumber, timeMs });
  }
}

/** The first PLAY that was granted, but brought nothing for as long as it lasted. */
function findSilence(
  conversation: RtspConversation,
  intake: PacketIntake,
  endMs: number,
): { playMs: number; forMs: number } | undefined {
  if (!mustShowMedia(conversation, intake)) return undefined;
  const stops = conversation.messages.filter(({ message }) =>
    message.kind === "request" && (message.method === "PAUSE" || message.method === "TEARDOWN")
  );
  for (const playMs of conversation.playAnswersMs) {
    const stopMs = stops.find(({ timeMs }) => timeMs >= playMs)?.timeMs ?? endMs;
    const forMs = stopMs - playMs;
    const hasMedia = intake.streams.some(({ path, startMs, endMs }) =>
      (path.conversation === conversation.number || path.source === conversation.serverAddress) &&
      endMs >= playMs && startMs <= playMs + MEDIA_PATIENCE_MS
    );
    if (forMs >= MEDIA_PATIENCE_MS && !hasMedia) return { playMs, forMs };
  }
  return undefined;
}

/** Whether a conversation's media would have been seen: nothing was filtered, lost or left over. */
function mustShowMedia(
  { carried, gaps, interleavedFrames }: RtspConversation,
  { hasDatagrams, malformed, uncountedPackets, labelled }: PacketIntake,
): boolean {
  if (carried.size === 0 || carried.has("other") || interleavedFrames > 0) return false;
  if (gaps.some((frame) => frame > 0) || (carried.has("udp") && !hasDatagrams)) return false;
  return malformed.size === 0 && uncountedPackets === 0 && labelled.length === 0;
}
