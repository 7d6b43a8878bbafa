/**
 * What a player is told to play.
 *
 * @module
 */

import { ConversationError, type Target } from "./conversation.ts";

/** The port of RTSP when a URL names none. */
const DEFAULT_PORT = 554;

/**
 * Takes an RTSP URL apart.
 *
 * @throws {ConversationError} When it is none, or one of RTSP over TLS.
 */
export function parseTarget(url: string): Target {
  const match = /^(rtsp[su]?):\/\/(?:([^@/]*)@)?(\[[^\]]+\]|[^:/?#]*)(?::(\d+))?(.*)$/i.exec(url);
  if (match === null) {
    throw new ConversationError(`${url} is no RTSP URL. Write it as rtsp://HOST:PORT/NAME`);
  }
  const [, scheme = "", userInfo, host = "", portText, rest = ""] = match;
  if (scheme.toLowerCase() === "rtsps") {
    throw new ConversationError("RTSP over TLS (rtsps) is not supported. Use rtsp://");
  }
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if (host === "" || port < 1 || port > 65_535) {
    throw new ConversationError(`${url} names no server. Write it as rtsp://HOST:PORT/NAME`);
  }
  const path = encodeOdd(rest);
  const [username = "", ...password] = (userInfo ?? "").split(":");
  return {
    url: `rtsp://${host}${portText === undefined ? "" : `:${port}`}${path}`,
    hostname: host.replace(/^\[(.*)\]$/, "$1"),
    port,
    path: decode(rest.replace(/[?#].*$/, "").replace(/^\//, "")),
    ...(userInfo === undefined ? undefined : {
      credentials: { username: decode(username), password: decode(password.join(":")) },
    }),
  };
}

/** Escapes what must not stand in a URL as it is (RFC 3986 section 2): people write names as they are. */
function encodeOdd(text: string): string {
  return text.replace(/[^\x21-\x7e]|["<>\\^`{|}]/gu, encodeURIComponent);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
