/**
 * Methods that lab programs have added to RTSP: CONNECT, GETLIST, CHANGE, SETTIME, FORWARD, BACKWARD.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import { parseTransports } from "../rtsp/transport.ts";
import { type Client, findSession, type ServerContext } from "./context.ts";
import { openResource } from "./library.ts";
import type { Reply } from "./reply.ts";

/** Seconds that FORWARD and BACKWARD go. */
const SKIP_SECONDS = 2;

/** Bytes of names in a list: the client reads 256 bytes, and status and headers take the rest. */
const MAX_LIST_BYTES = 160;

/** The labs' methods. */
export const LAB_METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "GETLIST",
  "CHANGE",
  "SETTIME",
  "FORWARD",
  "BACKWARD",
]);

/** Answers one of {@linkcode LAB_METHODS}; undefined where the client waits for no answer. */
export async function answerLabMethod(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): Promise<Reply | undefined> {
  switch (request.method) {
    case "CONNECT":
      return connect(context, client, request);
    case "GETLIST":
      return list(context, client);
    case "CHANGE":
      return await change(context, client, request);
    case "SETTIME":
      return setTime(context, client, request);
    default:
      return skip(context, client, request);
  }
}

/** The transport comes first, the film with a SETUP later. The identifier stays the same. */
function connect(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const [transport] = parseTransports(request.headers.get("transport") ?? "");
  if (transport?.clientPort === undefined) return { status: 461 };
  client.connectTransport = transport;
  client.dialect = "lab";
  client.connectId = context.sessions.newId("lab");
  return { status: 200, session: client.connectId };
}

function list(context: ServerContext, client: Client): Reply {
  const films = context.library.list().filter((name) => !name.toLowerCase().endsWith(".wav"));
  let body = encodeText(films.join("\n"));
  while (body.length > MAX_LIST_BYTES) {
    films.pop();
    body = encodeText(films.join("\n"));
  }
  return {
    status: 200,
    session: [...client.sessions].at(-1)?.id ?? client.connectId ?? "0",
    headers: [["NVideo", String(films.length)]],
    body,
  };
}

async function change(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): Promise<Reply> {
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  const { session } = found;
  const resource = await openResource(context.library, request.url);
  if (resource === undefined) return { status: 404, session: session.id };
  session.change(resource.presentation);
  return { status: 200, session: session.id };
}

function setTime(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  const { session } = found;
  const frame = Number(request.headers.get("frame"));
  const film = session.presentation.tracks.find((track) => track.kind === "video");
  if (film === undefined || !Number.isInteger(frame) || frame < 0) {
    return { status: 400, session: session.id };
  }
  session.seek(Math.max(0, frame - 1) / film.frameRate);
  return { status: 200, session: session.id };
}

/** The one program that sends these gets no answer from its own server, and waits for none. */
function skip(context: ServerContext, client: Client, request: RtspRequest): Reply | undefined {
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  found.session.skip(request.method === "FORWARD" ? SKIP_SECONDS : -SKIP_SECONDS);
  return undefined;
}
