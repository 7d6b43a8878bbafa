/**
 * What standard servers' replies mean to a client.
 *
 * @module
 */

import type { RtspResponse } from "../rtsp/message.ts";
import { statusWords } from "../rtsp/status.ts";
import { ConversationError } from "./conversation.ts";

/**
 * Checks that a method succeeded.
 *
 * @throws {ConversationError} When it did not, with the server's words.
 */
export function expectSuccess(response: RtspResponse, method: string): void {
  if (response.status >= 200 && response.status < 300) return;
  const location = locationOf(response);
  const hint = location !== undefined
    ? ` (${location})`
    : isRedirection(response)
    ? " and does not say where: there is no Location"
    : response.status === 404
    ? ". Is the name right? reel serve --list FOLDER prints what a Reel server has"
    : "";
  throw new ConversationError(
    `the server answers ${statusWords(response)} to ${method}${hint}`,
    response.status,
  );
}

/** Where a response redirects to; undefined when it does not. */
export function locationOf(response: RtspResponse): string | undefined {
  return isRedirection(response) ? response.headers.get("location") : undefined;
}

function isRedirection({ status }: RtspResponse): boolean {
  return status >= 301 && status <= 303;
}
