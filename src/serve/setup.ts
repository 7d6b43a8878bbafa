/**
 * SETUP (RFC 2326 section 10.4, RFC 7826 section 13.3).
 *
 * @module
 */

import type { AudioTrack, VideoTrack } from "../media/presentation.ts";
import { formatEndpoint, isIpv6 } from "../net/address.ts";
import { InterleavedTransport, type MediaTransport, UdpTransport } from "../net/media_transport.ts";
import { RtpSender } from "../rtp/sender.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import { parseTransports, type Transport } from "../rtsp/transport.ts";
import type { Client, ServerContext } from "./context.ts";
import { findSession } from "./context.ts";
import { warnOfLongFrames } from "./long_frames.ts";
import { LabelledTransport } from "./labelled_transport.ts";
import { openDefaultSound, openResource, type Resource } from "./library.ts";
import { payloadTypeOf } from "./describe.ts";
import type { Reply } from "./reply.ts";
import { type Dialect, ServedSession } from "./session.ts";
import { TrackStream } from "./track_stream.ts";

/** Ports below belong to the system: media is never sent to them. */
const FIRST_USER_PORT = 1024;
const LAST_PORT = 65_535;

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
  const transport = offers.find((offer) =>
    isAcceptable(offer, client) && hasSockets(context, client, offer)
  );
  if (transport === undefined) {
    const elsewhere = offers.some((offer) => goesElsewhere(offer, client));
    return { status: elsewhere && request.version === "2.0" ? 463 : 461 };
  }
  const dialect = dialectOf(transport, request);
  const resource = await findResource(context, request.url, dialect);
  if (resource === undefined) return { status: 404 };
  const reply = addStream(context, client, request, transport, dialect, resource);
  if (reply.status !== 200) resource.presentation[Symbol.dispose]();
  return reply;
}

function isAcceptable(offer: Transport, client: Client): boolean {
  if (offer.kind === "other" || offer.cast === "multicast") return false;
  if (offer.mode !== undefined && offer.mode !== "PLAY") return false;
  if (goesElsewhere(offer, client)) return false;
  if (offer.lower === "tcp") {
    const { first = 0, second = first + 1 } = offer.interleaved ?? {};
    return first <= 255 && second <= 255;
  }
  if (offer.clientPort === undefined) return false;
  // The labs have no RTCP, and use for one port only.
  const { first, second = offer.kind === "rtp-avp" ? first + 1 : first } = offer.clientPort;
  return Math.min(first, second) >= FIRST_USER_PORT && Math.max(first, second) <= LAST_PORT;
}

/** Without a free pair of UDP ports, clients that can are left to fall back to TCP. */
function hasSockets(context: ServerContext, client: Client, offer: Transport): boolean {
  if (offer.lower === "tcp") return true;
  try {
    context.udpPair(isIpv6(client.address) ? "ipv6" : "ipv4");
    return true;
  } catch (error) {
    context.notice(`Cannot send over UDP: ${(error as Error).message}`);
    return false;
  }
}

/** Media goes to the address of the control connection and nowhere else. */
function goesElsewhere({ destination }: Transport, client: Client): boolean {
  if (destination === undefined || destination === "" || destination === client.address) {
    return false;
  }
  return !(isLoopback(client.address) && (isLoopback(destination) || destination === "localhost"));
}

function isLoopback(address: string): boolean {
  return /^127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}

/**
 * Where media goes. The audio lab's receiver listens on the machine's own name, which is 127.0.1.1 on
 * many, while the kernel has its controller come from 127.0.0.1.
 */
function mediaAddress(client: Client, transport: Transport, dialect: Dialect): string {
  const { address, local } = client;
  if (!isLoopback(address) || isIpv6(address)) return address;
  const { destination } = transport;
  if (destination !== undefined && isLoopback(destination) && !isIpv6(destination)) {
    return destination;
  }
  return dialect === "audio-lab" && isLoopback(local.address) ? local.address : address;
}

/**
 * The Transport header decides, but for clients that write RTP/AVP and mean the lab: a request of the
 * lab's shape (no blank line, LF) for a single port.
 */
function dialectOf(transport: Transport, request: RtspRequest): Dialect {
  if (transport.kind === "lab-rtp") return "lab";
  if (transport.kind === "labelled-udp") return "audio-lab";
  const { blankLine, lineEnding } = request.wire;
  const labShape = !blankLine && lineEnding === "\n" && transport.lower === "udp";
  return labShape && transport.clientPort?.second === undefined ? "lab" : "standard";
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
    client.dialect = dialect;
  } else {
    session.removeStream(track);
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
  if (dialect === "lab") warnOfLongFrames(context, presentation.name, media);
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
  const named = request.headers.has("session");
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

/** Ends a session that its client has done with. */
export function forget(context: ServerContext, client: Client, session: ServedSession): void {
  context.sessions.remove(session);
  client.sessions.delete(session);
  for (const [channel, owner] of client.channels) {
    if (owner === session) client.channels.delete(channel);
  }
}

/** What the reply's Transport header says. */
interface Negotiated {
  readonly transport: Transport;
  readonly ssrc: number;
  readonly client: readonly [number, number];
  readonly server: readonly [number, number];
}

function connect(
  context: ServerContext,
  client: Client,
  session: ServedSession,
  track: number,
  media: VideoTrack | AudioTrack,
  transport: Transport,
): Negotiated {
  const { environment, cname } = context;
  const standard = session.dialect === "standard";
  const random = crypto.getRandomValues(new Uint32Array(3));
  const sender = new RtpSender({
    payloadType: payloadTypeOf(media),
    ssrc: random[0]!,
    // The labs count their packets from 1.
    sequenceNumber: standard ? random[1]! & 0xffff : 1,
    timestampOffset: standard ? random[2]! : 0,
  });
  const [first, second] = channelsOf(client, session, track, transport);
  let carrier: MediaTransport;
  let server: readonly [number, number] = [0, 0];
  if (transport.lower === "tcp") {
    carrier = new InterleavedTransport(client.writer, { rtp: first, rtcp: second });
    client.channels.set(first, session);
    client.channels.set(second, session);
  } else {
    const pair = context.udpPair(isIpv6(client.address) ? "ipv6" : "ipv4");
    const ports = { rtp: first, rtcp: second };
    const tap = context.tap?.(client, ports);
    const address = mediaAddress(client, transport, session.dialect);
    const udp = new UdpTransport(pair, context.ring, address, ports, tap);
    carrier = session.dialect === "audio-lab" ? new LabelledTransport(udp) : udp;
    server = [pair.rtpPort, pair.rtcpPort];
    context.expectRtcp(client.address, second, session);
    context.expectRtcp(client.address, first, session);
  }
  session.streams.set(
    track,
    new TrackStream({
      transport: carrier,
      sender,
      pacer: environment.pacer,
      ...(standard ? { cname } : undefined),
      onEnd: () => session.streamEnded(),
      onFailure: (error) => {
        const { name } = session.presentation;
        context.notice(`Cannot go on with ${name}: ${(error as Error).message}`);
        session.streamEnded();
      },
    }),
  );
  return { transport, ssrc: sender.ssrc, client: [first, second], server };
}

function channelsOf(
  client: Client,
  session: ServedSession,
  track: number,
  transport: Transport,
): readonly [number, number] {
  if (transport.lower === "udp") {
    const { first, second = first + 1 } = transport.clientPort!;
    return [first, second];
  }
  if (transport.interleaved !== undefined) {
    const { first, second = first + 1 } = transport.interleaved;
    return [first, second];
  }
  let first = 2 * track;
  while (client.channels.has(first) && client.channels.get(first) !== session) first += 2;
  return [first, first + 1];
}

function setupHeaders(
  request: RtspRequest,
  session: ServedSession,
  negotiated: Negotiated,
  media: VideoTrack | AudioTrack,
  client: Client,
): [string, string][] {
  if (session.dialect === "lab") return labExtras(request, media);
  if (session.dialect === "audio-lab") {
    const destination = request.headers.get("transport")?.includes(`":`) === true
      ? `:${negotiated.client[0]}`
      : formatEndpoint(client.address, negotiated.client[0]);
    const source = formatEndpoint(client.local.address, client.local.port);
    return [["Transport", `UDP;unicast;dest_addr="${destination}";src_addr="${source}"`]];
  }
  const headers: [string, string][] = [["Transport", formatTransport(negotiated, client)]];
  if (request.version === "2.0") {
    headers.push(["Accept-Ranges", "npt"], ["Media-Properties", mediaProperties(media)]);
  }
  return headers;
}

function mediaProperties(media: VideoTrack | AudioTrack): string {
  const properties = "Random-Access, Unlimited, Immutable";
  return media.kind === "video" ? `${properties}, Scales="-8:-0.25, 0.25:8"` : properties;
}

function formatTransport({ transport, ssrc, client, server }: Negotiated, peer: Client): string {
  const source = `ssrc=${ssrc.toString(16).toUpperCase().padStart(8, "0")};mode="PLAY"`;
  const cast = `${transport.specifier};unicast`;
  if (transport.lower === "tcp") return `${cast};interleaved=${client[0]}-${client[1]};${source}`;
  if (transport.addressed) {
    const ends = (host: string, [first, second]: readonly [number, number]): string =>
      `"${formatEndpoint(host, first)}"/"${formatEndpoint(host, second)}"`;
    const to = ends(peer.address, client);
    return `${cast};dest_addr=${to};src_addr=${ends(peer.local.address, server)};${source}`;
  }
  return `${cast};client_port=${client[0]}-${client[1]};server_port=${server[0]}-${
    server[1]
  };${source}`;
}

/** One lab client shows the length of the film, and writes its headers in a way that tells it. */
function labExtras(
  request: RtspRequest,
  media: VideoTrack | AudioTrack,
): [string, string][] {
  const wantsTotalTime = [...request.headers].some(([name, value]) =>
    name === "TRANSPORT" && /Client_port/.test(value)
  );
  if (!wantsTotalTime || media.kind !== "video") return [];
  return [["TotalTime", (media.frameCount / media.frameRate).toFixed(1)]];
}
