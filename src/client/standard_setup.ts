/**
 * SETUP of the tracks of a session description (RFC 2326 section 10.4, RFC 7826 section 13.3).
 *
 * @module
 */

import type { RtspResponse } from "../rtsp/message.ts";
import { DEFAULT_SESSION_TIMEOUT, parseSession } from "../rtsp/session_header.ts";
import { statusWords } from "../rtsp/status.ts";
import { parseTransports, type Transport } from "../rtsp/transport.ts";
import type { SdpTrack } from "../sdp/tracks.ts";
import type { ConversationHost } from "./conversation.ts";
import { Redirection } from "./redirections.ts";
import { expectSuccess, locationOf } from "./standard_replies.ts";
import type { StandardRequests } from "./standard_requests.ts";
import { isPlayable } from "./track_reception.ts";

/** A track of the description and where it is controlled. */
export interface ControlledTrack {
  /** What the description says of it. */
  readonly sdp: SdpTrack;
  /** Control URLs, the likeliest first. */
  readonly urls: readonly string[];
}

/** Sets tracks up, one after the other, in one session. */
export class StandardSetup {
  readonly #host: ConversationHost;
  readonly #requests: StandardRequests;
  #transport: "udp" | "tcp";
  #timeoutSeconds = DEFAULT_SESSION_TIMEOUT;

  /** Nothing is set up yet; `transport` is tried first. */
  constructor(host: ConversationHost, requests: StandardRequests, transport: "udp" | "tcp") {
    this.#host = host;
    this.#requests = requests;
    this.#transport = transport;
  }

  /** How media comes. */
  get transport(): "udp" | "tcp" {
    return this.#transport;
  }

  /** Seconds without a sign of life after which the server may forget the session. */
  get timeoutSeconds(): number {
    return this.#timeoutSeconds;
  }

  /** Makes room for the tracks, before they are set up. */
  addTracks(tracks: readonly ControlledTrack[]): void {
    const { media } = this.#host;
    media.clear();
    tracks.forEach(({ sdp }, index) => {
      const {
        kind,
        payloadType,
        payloadTypes,
        encodingName,
        clockRate,
        channels,
        frameRate,
        size,
      } = sdp;
      if (!isPlayable(encodingName) && this.#host.options.packetsOnly !== true) {
        const name = encodingName ?? `payload type ${payloadType ?? "unknown"}`;
        const what = `track ${index + 1} is ${kind} in ${name}`;
        this.#host.remark(`${what}: it is received and counted, not shown or played`);
      }
      media.add({
        info: {
          index,
          kind,
          ...(payloadType === undefined ? undefined : { payloadType, payloadTypes }),
          ...(encodingName === undefined ? undefined : { encodingName }),
          ...(clockRate === undefined ? undefined : { clockRate }),
          ...(channels === undefined ? undefined : { channels }),
          playable: isPlayable(encodingName),
        },
        form: "standard",
        ...(frameRate === undefined ? undefined : { frameRate }),
        ...(size === undefined ? undefined : { size }),
      });
    });
  }

  /**
   * SETUP of a track: tries its control URLs in turn, and TCP where the server will not have UDP. Gives
   * whether the server has it, or where it is.
   *
   * @throws {ConversationError} When the server refuses the `only` track; others are left out.
   */
  async setUp(
    index: number,
    track: ControlledTrack,
    only: boolean,
    aggregate: string,
  ): Promise<boolean | Redirection> {
    for (const url of track.urls) {
      const offer = ["Transport", this.#offer(index)] as const;
      const response = await this.#requests.send("SETUP", url, [offer]);
      const location = locationOf(response);
      if (location !== undefined) return new Redirection(location, url);
      if (response.status === 461 && this.#transport === "udp" && index === 0) {
        if (this.#host.options.transport === "udp") break;
        this.#host.remark("the server refuses UDP; TCP it is");
        this.#transport = "tcp";
        return await this.setUp(index, track, only, aggregate);
      }
      if ([400, 404, 451].includes(response.status) && url !== track.urls.at(-1)) continue;
      if (response.status === 459 && only && url === aggregate) continue;
      if (response.status !== 200) {
        if (only) expectSuccess(response, "SETUP");
        const { kind, encodingName = "unknown" } = track.sdp;
        const what = `track ${index + 1} (${kind} ${encodingName})`;
        this.#host.remark(`the server refuses ${what}: ${statusWords(response)}`);
        return false;
      }
      this.#takeSession(response);
      this.#takeTransport(index, response);
      return true;
    }
    return false;
  }

  #offer(index: number): string {
    const { media, options, target } = this.#host;
    if (this.#transport === "tcp") {
      return `RTP/AVP/TCP;unicast;interleaved=${2 * index}-${2 * index + 1}`;
    }
    const hostname = this.#requests.link?.remoteAddress.hostname ?? target.hostname;
    const port = options.rtpPort === undefined ? undefined : options.rtpPort + 2 * index;
    const ports = options.controllerPort === undefined
      ? media.openUdp(index, hostname, port)
      : { rtp: options.controllerPort, rtcp: options.controllerPort + 1 };
    return this.#requests.version === "2.0"
      ? `RTP/AVP/UDP;unicast;dest_addr=":${ports.rtp}"/":${ports.rtcp}"`
      : `RTP/AVP;unicast;client_port=${ports.rtp}-${ports.rtcp}`;
  }

  #takeSession(response: RtspResponse): void {
    const session = parseSession(response.headers.get("session") ?? "");
    if (session === undefined) return;
    this.#requests.sessionId = session.id;
    // No time at all would mean signs of life without a pause.
    this.#timeoutSeconds = session.timeout || DEFAULT_SESSION_TIMEOUT;
    // The views need it before anything arrives: the cache picture is named for it.
    this.#host.learned({ sessionId: session.id });
  }

  #takeTransport(index: number, response: RtspResponse): void {
    const { media } = this.#host;
    const [transport] = parseTransports(response.headers.get("transport") ?? "");
    // Some servers choose by themselves.
    if (transport?.interleaved !== undefined) this.#transport = "tcp";
    if (transport?.ssrc !== undefined) media.announceSsrc(index, transport.ssrc);
    if (this.#transport === "tcp") {
      const { first = 2 * index, second = first + 1 } = transport?.interleaved ?? {};
      media.bindChannels(index, first, second);
      this.#requests.link?.expectChannels([first, second]);
      return;
    }
    const { ssrc, serverPort: port } = transport ?? {};
    const hostname = this.#sourceOf(transport);
    media.announce(index, { hostname, ...(ssrc === undefined ? undefined : { ssrc }) });
    if (port !== undefined) media.setRemote(index, hostname, port.second ?? port.first + 1);
  }

  /** Reports go to the server that we talk to, unless it is another machine of its that sends. */
  #sourceOf(transport: Transport | undefined): string {
    const remote = this.#requests.link?.remoteAddress.hostname ?? this.#host.target.hostname;
    const source = transport?.source;
    return source !== undefined && /^[\d.]+$|:/.test(source) ? source : remote;
  }
}
