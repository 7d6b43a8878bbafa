/**
 * Methods that lab programs have added to RTSP: CONNECT, GETLIST, CHANGE, SETTIME, FORWARD, BACKWARD.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import type { Presentation } from "../media/presentation.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import { parseTransports } from "../rtsp/transport.ts";
import { type Client, findSession, type ServerContext } from "./context.ts";
import { payloadTypeOf } from "./describe.ts";
import { openResource } from "./library.ts";
import type { Reply } from "./reply.ts";
import type { ServedSession } from "./session.ts";

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

/** Answers one of {@linkcode LAB_METHODS}. */
export async function answerLabMethod(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): Promise<Reply> {
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
  const { presentation } = resource;
  if (![...session.streams.keys()].every((track) => isAlike(track, presentation, session))) {
    presentation[Symbol.dispose]();
    return { status: 404, session: session.id };
  }
  session.change(presentation);
  return { status: 200, session: session.id };
}

/** Whether a track of a presentation can go where the session's own goes now. */
function isAlike(track: number, { tracks }: Presentation, session: ServedSession): boolean {
  const [one, other] = [tracks[track], session.presentation.tracks[track]];
  return one !== undefined && other !== undefined && one.kind === other.kind &&
    payloadTypeOf(one) === payloadTypeOf(other);
}

function setTime(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  const { session } = found;
  const position = framePosition(session, request.headers.get("frame"));
  if (position === undefined) return { status: 400, session: session.id };
  session.seek(position);
  return { status: 200, session: session.id };
}

/** Some clients wait for the answer, and some say where to go: `Frame: 150`. */
function skip(context: ServerContext, client: Client, request: RtspRequest): Reply {
  const found = findSession(context, client, request);
  if ("reply" in found) return found.reply;
  const { session } = found;
  const position = framePosition(session, request.headers.get("frame"));
  if (position !== undefined) session.seek(position);
  else session.skip(request.method === "FORWARD" ? SKIP_SECONDS : -SKIP_SECONDS);
  return { status: 200, session: session.id };
}

/** Where a frame is in seconds, as the labs count: from 1. Undefined when that is no frame of a film. */
export function framePosition(
  session: ServedSession,
  frame: string | undefined,
): number | undefined {
  const film = session.presentation.tracks.find((track) => track.kind === "video");
  if (film === undefined || !/^\d+$/.test(frame?.trim() ?? "")) return undefined;
  return Math.max(0, Number(frame) - 1) / film.frameRate;
}
