/**
 * Following redirections (RFC 2326 section 11.3, RFC 7826 section 17.3).
 *
 * @module
 */

import { resolveUrl } from "../sdp/tracks.ts";
import { ConversationError, type ConversationHost } from "./conversation.ts";
import type { StandardRequests } from "./standard_requests.ts";
import { parseTarget } from "./target.ts";

const MAX_REDIRECTS = 5;

/** Where a request for `url` was redirected to. */
export class Redirection {
  /** `location` as the server has it. */
  constructor(readonly location: string, readonly url: string) {}

  /** Where the presentation went when its control URL is `aggregate`: a track moves with it. */
  locationOf(aggregate: string): string {
    const { location, url } = this;
    const track = url.startsWith(aggregate) ? url.slice(aggregate.length) : "";
    return track !== "" && location.endsWith(track) ? location.slice(0, -track.length) : location;
  }
}

/** Goes where a server says, but not for ever. */
export class Redirections {
  readonly #host: ConversationHost;
  readonly #requests: StandardRequests;
  #count = 0;

  /** Nothing was redirected yet. */
  constructor(host: ConversationHost, requests: StandardRequests) {
    this.#host = host;
    this.#requests = requests;
  }

  /**
   * Follows a redirection of `url`; gives the new URL.
   *
   * @throws {ConversationError} When there were too many, or it leads to no RTSP URL.
   */
  follow(url: string, location: string): string {
    if (++this.#count > MAX_REDIRECTS) {
      throw new ConversationError(`the server redirects more than ${MAX_REDIRECTS} times`);
    }
    this.#host.remark(`the server redirects to ${location}`);
    const { credentials, hostname } = this.#host.target;
    const target = parseTarget(resolveUrl(url, location) ?? location);
    // A name and a password are meant for one server only.
    const isOtherHost = target.hostname !== hostname;
    const keep = credentials !== undefined && !isOtherHost;
    this.#host.moved({ ...(keep ? { credentials } : undefined), ...target });
    this.#requests.leave(isOtherHost);
    return target.url;
  }

  /** What was asked for has begun: later redirections count anew. */
  forget(): void {
    this.#count = 0;
  }
}
