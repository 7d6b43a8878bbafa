/**
 * DESCRIBE (RFC 2326 section 10.2, RFC 7826 section 13.2).
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";
import type { AudioTrack, Presentation, VideoTrack } from "../media/presentation.ts";
import { formatEndpoint } from "../net/address.ts";
import type { RtspRequest } from "../rtsp/message.ts";
import { encodePath, parseRequestUrl } from "../rtsp/request_url.ts";
import {
  type DescribedTrack,
  describeForLab,
  describeList,
  describePresentation,
} from "../sdp/describe.ts";
import type { Client, ServerContext } from "./context.ts";
import { openResource } from "./library.ts";
import type { Reply } from "./reply.ts";

/** Characters of a Content-Base for lab clients: with it, the reply stays within their 256 bytes. */
const MAX_BASE = 36;

/** RTP payload type of JPEG (RFC 3551 table 5). */
const JPEG_PAYLOAD_TYPE = 26;

/** Of sound without a static payload type. */
const DYNAMIC_PAYLOAD_TYPE = 97;

/** Answers a DESCRIBE of a standard client. */
export async function describe(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): Promise<Reply> {
  if (!acceptsSdp(request)) return { status: 406 };
  const { path } = parseRequestUrl(request.url);
  const origin = { address: client.local.address, id: context.originId };
  if (path === "" || path === "*") {
    const base = `rtsp://${formatEndpoint(client.local.address, client.local.port)}/`;
    const urls = context.library.list().map((name) => base + encodePath(name));
    return sdpReply(describeList(urls, origin), base);
  }
  const resource = await openResource(context.library, request.url);
  if (resource === undefined) return { status: 404 };
  using presentation = resource.presentation;
  const sdp = describePresentation({
    name: presentation.name,
    duration: presentation.duration,
    tracks: describedTracks(presentation),
  }, { ...origin, version: 1 });
  return sdpReply(sdp, `${presentationUrl(request, presentation, client)}/`);
}

function acceptsSdp({ headers }: RtspRequest): boolean {
  return /application\/(sdp|\*)|\*\/\*/i.test(headers.get("accept") ?? "*/*");
}

function sdpReply(sdp: string, base: string): Reply {
  return {
    status: 200,
    headers: [["Content-Base", base], ["Content-Type", "application/sdp"]],
    body: encodeText(sdp),
  };
}

/**
 * The presentation's URL as the client wrote it, or as it should have. With a slash behind it, its
 * control URLs are relative to it.
 */
export function presentationUrl(
  request: RtspRequest,
  presentation: Presentation,
  client: Client,
): string {
  const { authority, absolute } = parseRequestUrl(request.url);
  const host = absolute ? authority : formatEndpoint(client.local.address, client.local.port);
  return `rtsp://${host}/${encodePath(presentation.name)}`;
}

/** Pictures that RFC 2435 cannot carry are left out where there is sound to play without them. */
function describedTracks({ tracks }: Presentation): DescribedTrack[] {
  const all = tracks.map((track, index) => ({ track, index }));
  const playable = all.filter(({ track }) => reasonAgainst(track) === undefined);
  return (playable.length === 0 ? all : playable)
    .map(({ track, index }) => describedTrack(track, index));
}

/** Why a track cannot be sent to standard players, in words that follow "its frames have". */
export function reasonAgainst(track: VideoTrack | AudioTrack): string | undefined {
  return track.kind === "video" ? track.uncarriable : undefined;
}

function describedTrack(track: VideoTrack | AudioTrack, index: number): DescribedTrack {
  if (track.kind === "video") {
    return {
      index,
      kind: "video",
      payloadType: JPEG_PAYLOAD_TYPE,
      encodingName: "JPEG",
      clockRate: 90_000,
      frameRate: track.frameRate,
      dimensions: [track.width, track.height],
    };
  }
  return {
    index,
    kind: "audio",
    payloadType: payloadTypeOf(track),
    encodingName: track.encoding,
    clockRate: track.sampleRate,
    channels: track.channels,
  };
}

/** The payload type that a track is sent with: the static one where there is one. */
export function payloadTypeOf(track: VideoTrack | AudioTrack): number {
  if (track.kind === "video") return JPEG_PAYLOAD_TYPE;
  const { encoding, sampleRate, channels } = track;
  if (sampleRate === 8000 && channels === 1) {
    if (encoding === "PCMU") return 0;
    if (encoding === "PCMA") return 8;
  }
  if (encoding === "L16" && sampleRate === 44_100 && channels <= 2) return channels === 2 ? 10 : 11;
  return DYNAMIC_PAYLOAD_TYPE;
}

/**
 * Answers a DESCRIBE of a lab client: four lines, short enough for its buffer. A client that names no
 * session in it counts the lines of the reply, and wants no Session and no blank line.
 */
export async function describeToLab(
  context: ServerContext,
  client: Client,
  request: RtspRequest,
): Promise<Reply> {
  const session = [...client.sessions].at(-1);
  if (!acceptsSdp(request)) return { status: 406, session: session?.id ?? "0" };
  const resource = await openResource(context.library, request.url);
  if (resource === undefined && session === undefined) return { status: 404 };
  const opened = resource?.presentation;
  const presentation = opened ?? session!.presentation;
  const [media] = presentation.tracks;
  const { lineEnding } = request.wire;
  const isVideo = media?.kind === "video";
  const sdp = describeForLab(
    {
      kind: isVideo ? "video" : "audio",
      payloadType: media === undefined ? JPEG_PAYLOAD_TYPE : payloadTypeOf(media),
      mimeType: isVideo ? "video/MJPEG" : "audio/WAV",
    },
    client.local.port,
    session?.id ?? "0",
    lineEnding,
  );
  const base = parseRequestUrl(request.url).path || presentation.name;
  opened?.[Symbol.dispose]();
  const countsLines = !request.headers.has("session") && lineEnding === "\r\n";
  const body = countsLines || request.wire.blankLine ? sdp : lineEnding + sdp;
  return {
    status: 200,
    session: countsLines ? "" : session?.id ?? "0",
    headers: [
      ["Content-Base", base.slice(0, MAX_BASE)],
      ["Content-Type", "application/sdp"],
      ["Content-Length", String(sdp.length)],
    ],
    body: encodeText(body),
  };
}
