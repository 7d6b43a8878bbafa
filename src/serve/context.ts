/**
 * What the methods of the server work with.
 *
 * @module
 */

import type { MediaLibrary } from "../media/library.ts";
import type { PacketPool, SendTap } from "../net/media_transport.ts";
import type { StreamWriter } from "../net/stream_writer.ts";
import type { UdpPair } from "../net/udp_pair.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import { parseSession } from "../rtsp/session_header.ts";
import type { Transport } from "../rtsp/transport.ts";
import type { Reply } from "./reply.ts";
import type { ServedSession } from "./session.ts";
import type { Dialect, SessionEnvironment } from "./session_types.ts";
import type { Sessions } from "./sessions.ts";

/** The server, as its methods see it. */
export interface ServerContext {
  /** The files. */
  readonly library: MediaLibrary;
  /** All sessions. */
  readonly sessions: Sessions;
  /** What sessions share. */
  readonly environment: SessionEnvironment;
  /** Where packets wait for the system. */
  readonly pool: PacketPool;
  /** The sockets for media to clients of an address family. */
  udpPair(family: "ipv4" | "ipv6"): UdpPair;
  /** Remembers who sends RTCP from an address. */
  expectRtcp(hostname: string, port: number, session: ServedSession): void;
  /** Sees the datagrams that are sent to a client's ports, for captures. */
  tap?(client: Client, ports: { rtp: number; rtcp: number }): SendTap;
  /** Session id of the server's descriptions (RFC 4566 section 5.2). */
  readonly originId: number;
  /** Name in RTCP. */
  readonly cname: string;
  /** A word for the operator: a frame too long for lab clients, a file that had to be converted. */
  notice(message: string): void;
}

/** A control connection, as the methods see it. */
export interface Client {
  /** Address of the peer, normalised. */
  readonly address: string;
  /** Address and port that the peer connected to. */
  readonly local: { readonly address: string; readonly port: number };
  /** Writes media to the peer, between what {@linkcode Client.send} sends. */
  readonly writer: StreamWriter;
  /** Whether the connection is over: nothing is to be set up for its peer any more. */
  readonly isClosed: boolean;
  /** Sessions that were set up on this connection. */
  readonly sessions: Set<ServedSession>;
  /** What the peer speaks, once it has set something up. */
  dialect: Dialect | undefined;
  /** Transport of a CONNECT, which one lab client sends before its SETUP. */
  connectTransport: Transport | undefined;
  /** Session identifier that the CONNECT was answered with. */
  connectId: string | undefined;
  /** Interleaved channels, by number. */
  readonly channels: Map<number, { readonly session: ServedSession; readonly track: number }>;
  /** Sessions by the identifier of their pipelined requests (RFC 7826 section 18.33). */
  readonly pipelines: Map<string, ServedSession>;
  /** Sends a reply, or a request of the server's own. */
  send(message: Uint8Array): void;
}

/** Either the session that a request means or the reply that says there is none. */
export type SessionResult = { readonly session: ServedSession } | { readonly reply: Reply };

/**
 * The session of a request. Lab clients leave the header out or write it wrong; they have one session
 * a connection, and that is meant.
 */
export function findSession(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): SessionResult {
  const header = request.headers.get("session");
  const id = header === undefined ? undefined : parseSession(header)?.id;
  const named = id === undefined ? undefined : context.sessions.find(id, client.address);
  const pipelined = header === undefined ? pipelineOf(request, client) : undefined;
  const session = named ?? pipelined ?? onlyLabSession(client);
  if (session === undefined) return { reply: { status: 454 } };
  session.lastSeenMs = context.environment.pacer.now();
  // A client may come back to its session on another connection.
  client.sessions.add(session);
  return { session };
}

/** The session that a request belongs to whose sender has not seen the session's identifier yet. */
export function pipelineOf(request: RtspRequest, client: Client): ServedSession | undefined {
  const id = request.headers.get("pipelined-requests");
  return id === undefined ? undefined : client.pipelines.get(id.trim());
}

/** Forgets what a connection holds of a session. */
export function release(
  client: Pick<Client, "sessions" | "channels" | "pipelines">,
  session: ServedSession,
): void {
  client.sessions.delete(session);
  for (const [channel, owner] of client.channels) {
    if (owner.session === session) client.channels.delete(channel);
  }
  for (const [id, owner] of client.pipelines) {
    if (owner === session) client.pipelines.delete(id);
  }
}

function onlyLabSession(client: Client): ServedSession | undefined {
  if (client.dialect === undefined || client.dialect === "standard") return undefined;
  return [...client.sessions].at(-1);
}
