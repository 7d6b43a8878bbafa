/**
 * What RTSP messages mean for the streams of their session: PLAY begins them anew, PAUSE and TEARDOWN
 * stop them.
 *
 * @module
 */

import type { RtspRequest, RtspResponse } from "../rtsp/message.ts";
import type { LoggedMessage, RtspConversation } from "./rtsp_conversation.ts";
import type { Stream } from "./stream.ts";

/** Tells streams what is said about them. */
export class SessionEvents {
  readonly #answers = new Map<number, RtspResponse>();

  /** Takes a message; a response comes with the request that it answers. */
  message(
    { number }: RtspConversation,
    { message, timeMs }: LoggedMessage,
    request: RtspRequest | undefined,
    streams: readonly Stream[],
  ): void {
    if (message.kind === "malformed") return;
    const isRequest = message.kind === "request";
    const method = isRequest ? message.method : request?.method;
    if (method !== "PLAY" && method !== "PAUSE" && method !== "TEARDOWN") return;
    const answer = !isRequest && message.status < 300 ? message : undefined;
    if (method === "PLAY" && answer !== undefined) this.#answers.set(number, answer);
    // A player has stopped before it asks to end the session.
    const pauses = method === "PAUSE" ? answer !== undefined : method === "TEARDOWN" && isRequest;
    for (const stream of streams) {
      if (stream.path.conversation !== number) continue;
      const { watcher } = stream;
      if (pauses) watcher?.paused(timeMs);
      if (method !== "PLAY") continue;
      if (isRequest) {
        stream.stats.expectRestart();
        watcher?.playSent(timeMs);
      } else if (answer !== undefined) {
        watcher?.playAnswered(answer);
      }
    }
  }

  /** Tells what looks at a new stream what was said before its first packet. */
  catchUp({ path, watcher }: Stream, conversations: readonly RtspConversation[]): void {
    if (watcher === null || path.conversation === undefined) return;
    const play = conversations[path.conversation - 1]?.plays.at(-1);
    const answer = this.#answers.get(path.conversation);
    if (play !== undefined) watcher.playSent(play.timeMs);
    if (answer !== undefined) watcher.playAnswered(answer);
  }
}
