/**
 * A client's answers to a server that wants a name and a password.
 *
 * @module
 */

import {
  authorize,
  type Challenge,
  chooseChallenge,
  type Credentials,
  parseChallenges,
} from "../rtsp/authorization.ts";
import type { RtspResponse } from "../rtsp/message.ts";
import { ConversationError } from "./conversation.ts";

/** Remembers what one server asked for. */
export class Authentication {
  #challenge: Challenge | undefined;
  #nonceCount = 0;

  /** The value of Authorization for a request; undefined until the server has asked for it. */
  header(
    request: { readonly method: string; readonly url: string },
    credentials: Credentials | undefined,
  ): string | undefined {
    if (this.#challenge === undefined || credentials === undefined) return undefined;
    const client = { cnonce: crypto.randomUUID().slice(0, 16), nonceCount: ++this.#nonceCount };
    return authorize(this.#challenge, credentials, request, client);
  }

  /**
   * Takes a 401. A challenge that was met once is met again only when the server calls the answer
   * stale.
   *
   * @throws {ConversationError} When asking again is no use.
   */
  challenge({ headers }: RtspResponse, credentials: Credentials | undefined): void {
    if (credentials === undefined) {
      throw refusal(
        "the server wants a name and a password. Write them into the URL: rtsp://NAME:PASSWORD@…",
      );
    }
    const challenge = chooseChallenge(parseChallenges(headers.getAll("www-authenticate")));
    if (challenge === undefined) {
      throw refusal("the server wants a kind of password that Reel does not know");
    }
    const isStale = challenge.parameters.get("stale")?.toLowerCase() === "true";
    if (this.#challenge !== undefined && !isStale) {
      throw refusal("the server refuses the name or the password");
    }
    this.#challenge = challenge;
    this.#nonceCount = 0;
  }
}

function refusal(message: string): ConversationError {
  return new ConversationError(message, 401);
}
