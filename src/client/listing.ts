/**
 * The presentations that a server lists when its root is described.
 *
 * @module
 */

import { parseList } from "../sdp/describe.ts";
import type { ConversationHost } from "./conversation.ts";
import { StandardConversation } from "./standard.ts";

/** Asks for the list on a connection of its own; empty when there is none. */
export async function listPresentations(host: ConversationHost): Promise<string[]> {
  const { target } = host;
  const root = target.url.replace(/^(rtsp[su]?:\/\/[^/]+)\/?.*$/i, "$1/");
  const conversation = new StandardConversation({
    ...host,
    target: { ...target, url: root, path: "" },
    learned: () => {},
    moved: () => {},
  }, "udp");
  try {
    return parseList(await conversation.describe());
  } catch {
    return [];
  } finally {
    conversation.close();
  }
}
