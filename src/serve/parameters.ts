/**
 * GET_PARAMETER and SET_PARAMETER (RFC 2326 sections 10.8 and 10.9, RFC 7826 sections 13.8 and 13.9).
 *
 * @module
 */

import { decodeLatin1, encodeText } from "../bytes/text.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import { formatNpt } from "../rtsp/range.ts";
import { type Client, findSession, type ServerContext } from "./context.ts";
import type { Reply } from "./reply.ts";
import type { ServedSession } from "./session.ts";

/** What a client may ask for. */
const PARAMETERS: ReadonlyMap<string, (session: ServedSession) => string> = new Map([
  ["position", (session) => formatNpt(session.position)],
  ["duration", (session) => formatNpt(session.presentation.duration)],
  ["state", (session) => session.state],
]);

/** Answers a GET_PARAMETER; without a body it is a sign of life. */
export function getParameter(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const names = parameterNames(request);
  if (!request.headers.has("session") && names.length === 0) return { status: 200 };
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  const { session } = found;
  if (names.length === 0) return { status: 200, session: session.id };
  const unknown = names.filter((name) => !PARAMETERS.has(name));
  if (unknown.length > 0) return textReply(451, session, unknown);
  return textReply(200, session, names.map((name) => `${name}: ${PARAMETERS.get(name)!(session)}`));
}

/** Answers a SET_PARAMETER: there is nothing to set, but an empty one is a sign of life. */
export function setParameter(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const names = parameterNames(request);
  if (!request.headers.has("session") && names.length === 0) return { status: 200 };
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  const { session } = found;
  if (names.length === 0) return { status: 200, session: session.id };
  const readOnly = names.some((name) => PARAMETERS.has(name));
  return textReply(readOnly ? 458 : 451, session, names);
}

function parameterNames(request: RtspRequest): string[] {
  return decodeLatin1(request.body).split(/\r?\n/).map((line) => line.split(":", 1)[0]!.trim())
    .filter((name) => name !== "");
}

function textReply(status: number, session: ServedSession, lines: readonly string[]): Reply {
  return {
    status,
    session: session.id,
    headers: [["Content-Type", "text/parameters"]],
    body: encodeText(lines.map((line) => `${line}\r\n`).join("")),
  };
}
