/**
 * What a SETUP reply says of the transport.
 *
 * @module
 */

import type { AudioTrack, VideoTrack } from "../media/presentation.ts";
import { formatEndpoint } from "../net/address.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import type { Negotiated } from "./connect.ts";
import type { Client } from "./context.ts";
import type { ServedSession } from "./session.ts";

/** The header fields of the reply, in the session's dialect and the request's version. */
export function setupHeaders(
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
