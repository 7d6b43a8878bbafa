/**
 * SETUP (RFC 2326 section 10.4, RFC 7826 section 13.3).
 *
 * @module
 */

import type { AudioTrack, VideoTrack } from "../media/presentation.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import { parseTransports, type Transport } from "../rtsp/transport.ts";
import { readBlockSize } from "./block_size.ts";
import { connect, type Negotiated } from "./connect.ts";
import { type Client, findSession, pipelineOf, release, type ServerContext } from "./context.ts";
import { reasonAgainst } from "./describe.ts";
import { warnOfLongFrames } from "./long_frames.ts";
import { openDefaultSound, openResource, type Resource } from "./library.ts";
import { chooseOffer, dialectOf } from "./offers.ts";
import type { Reply } from "./reply.ts";
import { ServedSession } from "./session.ts";
import type { Dialect } from "./session_types.ts";
import { setupHeaders } from "./setup_headers.ts";

/** Answers a SETUP. */
export async function setUp(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): Promise<Reply> {
  const header = request.headers.get("transport");
  const offers = header === undefined
    ? client.connectTransport === undefined ? [] : [client.connectTransport]
    : parseTransports(header);
  if (offers.length === 0) return { status: header === undefined ? 400 : 461 };
  const transport = chooseOffer(context, client, request, offers);
  if (typeof transport === "number") return { status: transport };
  const dialect = dialectOf(transport, request);
  const resource = await findResource(context, request.url, dialect);
  if (resource === undefined) return { status: 404 };
  const reply = (client.isClosed ? { status: 400 } : undefined) ??
    refusalOf(context, request, dialect, resource) ??
    addStream(context, client, request, transport, dialect, resource);
  if (reply.status !== 200) resource.presentation[Symbol.dispose]();
  return reply;
}

/** What standard clients cannot have of what is there. */
function refusalOf(
  context: ServerContext,
  request: RtspRequest,
  dialect: Dialect,
  { presentation, track = 0 }: Resource,
): Reply | undefined {
  const media = presentation.tracks[track];
  if (dialect !== "standard" || media === undefined) return undefined;
  const reason = reasonAgainst(media);
  if (reason !== undefined) {
    context.notice(
      `Cannot send the pictures of ${presentation.name}: its frames have ${reason}, which RFC 2435 ` +
        "(RTP/AVP) cannot carry. Lab clients (RTP/UDP) get them whole",
    );
    return { status: 461 };
  }
  const size = readBlockSize(request, context.environment.maxPayloadBytes);
  return "reply" in size ? size.reply : undefined;
}

async function findResource(
  context: ServerContext,
  url: string,
  dialect: Dialect,
): Promise<Resource | undefined> {
  const resource = await openResource(context.library, url);
  if (resource !== undefined || dialect !== "audio-lab" || /[^/]\/[^/]/.test(url)) return resource;
  const presentation = await openDefaultSound(context.library);
  return presentation === undefined ? undefined : { presentation };
}

/** Chooses the track and adds its stream to the session, a new one if need be. */
function addStream(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
  transport: Transport,
  dialect: Dialect,
  resource: Resource,
): Reply {
  const { presentation } = resource;
  const { tracks } = presentation;
  const track = resource.track ?? defaultTrack(tracks, dialect);
  if (track === undefined) return { status: dialect === "standard" ? 459 : 404 };
  const media = tracks[track];
  if (media === undefined) return { status: 404 };

  const known = existingSession(context, client, request);
  if ("reply" in known) return known.reply;
  let { session } = known;
  if (session !== undefined && !session.allows("SETUP")) {
    return { status: 455, session: session.id, headers: [["Allow", "PLAY, PAUSE, TEARDOWN"]] };
  }
  if (session !== undefined && session.presentation.name !== presentation.name) {
    // A lab client sets up another film on its session; a standard one may not mix presentations.
    if (session.dialect === "standard") return { status: 459, session: session.id };
    forget(context, client, session);
    session = undefined;
  }
  if (session === undefined) {
    if (!context.sessions.hasRoomFor(client.address)) return { status: 503 };
    session = new ServedSession(
      { id: newId(context, client, dialect), dialect, clientAddress: client.address, presentation },
      context.environment,
    );
    context.sessions.add(session);
    client.sessions.add(session);
    const pipeline = request.headers.get("pipelined-requests");
    if (pipeline !== undefined) client.pipelines.set(pipeline.trim(), session);
    client.dialect = dialect;
  } else {
    disconnect(client, session, track);
    // The session holds the presentation already.
    presentation[Symbol.dispose]();
  }
  let negotiated: Negotiated;
  try {
    negotiated = connect(context, client, session, track, media, transport);
  } catch (error) {
    // No socket to send from.
    if (session.streams.size === 0) forget(context, client, session);
    throw error;
  }
  session.enter("SETUP");
  const size = readBlockSize(request, context.environment.maxPayloadBytes);
  if ("bytes" in size && size.bytes !== undefined) session.blockSizes.set(track, size.bytes);
  if (dialect === "lab" && transport.lower === "udp") {
    warnOfLongFrames(context, presentation.name, media);
  }
  return {
    status: 200,
    session: session.id,
    headers: setupHeaders(request, session, negotiated, media, client),
  };
}

/** A CONNECT was answered with the identifier already; it serves for one session. */
function newId(context: ServerContext, client: Client, dialect: Dialect): string {
  const { connectId } = client;
  return connectId !== undefined && context.sessions.find(connectId, client.address) === undefined
    ? connectId
    : context.sessions.newId(dialect);
}

/** A lab client means the film, or the sound where there is no film; a standard one has to say. */
function defaultTrack(
  tracks: readonly (VideoTrack | AudioTrack)[],
  dialect: Dialect,
): number | undefined {
  if (dialect === "audio-lab") {
    const sound = tracks.findIndex(({ kind }) => kind === "audio");
    return sound === -1 ? undefined : sound;
  }
  return dialect === "lab" || tracks.length === 1 ? 0 : undefined;
}

function existingSession(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): { session: ServedSession | undefined } | { reply: Reply } {
  const named = request.headers.has("session") ||
    pipelineOf(request, client) !== undefined;
  if (!named && (client.dialect === undefined || client.dialect === "standard")) {
    return { session: undefined };
  }
  const found = findSession(context, client, request);
  // A lab client that sets up anew, or names a session 0 that never was, gets a new one.
  if ("reply" in found) return named && isStandard(request) ? found : { session: undefined };
  return found;
}

function isStandard(request: RtspRequest): boolean {
  return request.wire.blankLine && request.wire.lineEnding === "\r\n";
}

/** Takes one track out of a session. */
export function disconnect(client: Client, session: ServedSession, track: number): void {
  session.removeStream(track);
  for (const [channel, owner] of client.channels) {
    if (owner.session === session && owner.track === track) client.channels.delete(channel);
  }
}

/** Ends a session that its client has done with. */
export function forget(context: ServerContext, client: Client, session: ServedSession): void {
  context.sessions.remove(session);
  release(client, session);
}
