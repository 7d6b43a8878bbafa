/**
 * The standard dialect: RTSP 1.0 and 2.0 as the RFCs have them.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { VERSION } from "../cli/version.ts";
import { encodeRequest, type RtspResponse } from "../rtsp/message.ts";
import { formatNpt, parseNptRange } from "../rtsp/range.ts";
import { infoOfStreams, parseRtpInfo } from "../rtsp/rtp_info.ts";
import { DEFAULT_SESSION_TIMEOUT, parseSession } from "../rtsp/session_header.ts";
import { statusWords } from "../rtsp/status.ts";
import { parseTransports, type Transport } from "../rtsp/transport.ts";
import {
  controlUrls,
  parseSessionDescription,
  resolveUrl,
  type SdpSession,
  type SdpTrack,
} from "../sdp/tracks.ts";
import { Authentication } from "./authentication.ts";
import {
  type Conversation,
  ConversationError,
  type ConversationHost,
  DEFAULT_TIMEOUT_MS,
} from "./conversation.ts";
import type { RtspLink } from "./rtsp_link.ts";
import { parseTarget } from "./target.ts";
import { isPlayable } from "./track_reception.ts";
import type { RangeStart } from "./reception.ts";

type Header = readonly [name: string, value: string];

const MAX_REDIRECTS = 5;

/**
 * Most servers that answer a standard DESCRIBE at all do so within this time, in ms. After that the
 * labs' dialect is tried, and then this one again for as long as a reply may take.
 */
const STANDARD_PATIENCE_MS = 2500;

/** Where a SETUP of `url` was redirected to. */
class Redirection {
  constructor(readonly location: string, readonly url: string) {}
}

/** A track of the description and where it is controlled. */
interface ControlledTrack {
  readonly sdp: SdpTrack;
  readonly urls: readonly string[];
}

/** Speaks to one server. */
export class StandardConversation implements Conversation {
  readonly dialect = "standard";
  readonly #host: ConversationHost;
  #link: RtspLink | undefined;
  #url: string;
  #cseq = 0;
  #version: string;
  #authentication = new Authentication();
  #base = "";
  #aggregate = "";
  #description: SdpSession | undefined;
  #tracks: ControlledTrack[] = [];
  #sessionId: string | undefined;
  #timeoutSeconds = DEFAULT_SESSION_TIMEOUT;
  #transport: "udp" | "tcp";
  #takesSpeed = false;
  #keepAliveMethod = "OPTIONS";
  #answeredLikeLab = false;
  #answeredWell = false;
  #redirections = 0;
  readonly #patient: boolean;

  /** Nothing is sent before the first call. `patient` when it is known to be a standard server. */
  constructor(host: ConversationHost, transport: "udp" | "tcp", patient = false) {
    this.#host = host;
    this.#patient = patient || host.options.dialect === "standard";
    this.#url = host.target.url;
    this.#version = host.options.rtspVersion ?? "1.0";
    this.#transport = transport;
  }

  /** The connection. */
  get link(): RtspLink | undefined {
    return this.#link;
  }

  /** From the first reply that names one on. */
  get hasSession(): boolean {
    return this.#sessionId !== undefined && this.#link?.isClosed === false;
  }

  /** Whether the server's replies have the labs' form: bare LF, or no blank line. */
  get answeredLikeLab(): boolean {
    return this.#answeredLikeLab && !this.#answeredWell;
  }

  /** Whether the server has replied as the RFCs have it. */
  get answeredWell(): boolean {
    return this.#answeredWell;
  }

  /** Whether the server had less time for its first reply than replies have. */
  get wasHurried(): boolean {
    return !this.#patient && this.#timeoutMs > STANDARD_PATIENCE_MS;
  }

  get #timeoutMs(): number {
    return this.#host.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** How media comes. */
  get transport(): "udp" | "tcp" {
    return this.#transport;
  }

  /** Half the session timeout, and at most 30 s. */
  get keepAliveMs(): number {
    return Math.min(30, this.#timeoutSeconds / 2) * 1000;
  }

  /** DESCRIBE, following redirections. */
  async describe(): Promise<string> {
    for (;;) {
      const response = await this.#request("DESCRIBE", this.#url, [["Accept", "application/sdp"]]);
      const location = locationOf(response);
      if (location === undefined) {
        this.#expectSuccess(response, "DESCRIBE");
        return this.#takeDescription(response);
      }
      this.#redirect(location);
    }
  }

  #takeDescription(response: RtspResponse): string {
    const sdp = decodeLatin1(response.body);
    const { headers } = response;
    // What is no absolute URL is a mistake, and often one that leads nowhere.
    this.#base = ["content-base", "content-location"].map((name) => headers.get(name) ?? "")
      .find((url) => /^rtsp[su]?:\/\/[^/]/i.test(url)) ?? this.#url;
    this.#takesSpeed = /^Reel\//.test(headers.get("server") ?? "");
    if (/GET_PARAMETER/.test(headers.get("public") ?? "")) this.#keepAliveMethod = "GET_PARAMETER";
    const description = parseSessionDescription(sdp);
    this.#description = description;
    this.#aggregate = controlUrls(this.#base, description.control)[0]!;
    this.#tracks = description.tracks.map((track) => ({
      sdp: track,
      urls: controlUrls(this.#base, track.control),
    }));
    const { duration } = description;
    this.#host.learned({ sdp, ...(duration === undefined ? undefined : { duration }) });
    return sdp;
  }

  #redirect(location: string): void {
    if (++this.#redirections > MAX_REDIRECTS) {
      throw new ConversationError(`the server redirects more than ${MAX_REDIRECTS} times`);
    }
    this.#host.remark(`the server redirects to ${location}`);
    const { credentials, hostname } = this.#host.target;
    const target = parseTarget(resolveUrl(this.#url, location) ?? location);
    this.#url = target.url;
    // A name and a password are meant for one server only.
    const keep = credentials !== undefined && target.hostname === hostname;
    if (target.hostname !== hostname) this.#authentication = new Authentication();
    this.#host.moved({ ...(keep ? { credentials } : undefined), ...target });
    // The other server begins at CSeq 1, on a connection of its own.
    const link = this.#link;
    this.#link = undefined;
    link?.close();
    this.#cseq = 0;
  }

  /**
   * SETUP or PLAY of `url` was redirected: the presentation is another one, which is described and set
   * up from the beginning.
   */
  async #startOver(location: string, url: string): Promise<void> {
    if (this.#sessionId !== undefined) {
      await this.#request("TEARDOWN", this.#aggregate, []).catch(() => {});
    }
    // A track moves with its presentation.
    const track = url.startsWith(this.#aggregate) ? url.slice(this.#aggregate.length) : "";
    this.#redirect(
      track !== "" && location.endsWith(track) ? location.slice(0, -track.length) : location,
    );
    this.#description = this.#sessionId = undefined;
    await this.setUp();
  }

  /** SETUP of every track. */
  async setUp(): Promise<void> {
    if (this.#description === undefined) await this.describe();
    if (this.#tracks.length === 0) {
      throw new ConversationError("the description has no media. Name a presentation in the URL");
    }
    this.#addTracks();
    let ready = 0;
    for (const [index, track] of this.#tracks.entries()) {
      const outcome = await this.#setUpTrack(index, track);
      if (outcome instanceof Redirection) {
        return await this.#startOver(outcome.location, outcome.url);
      }
      if (outcome) ready++;
    }
    if (ready === 0) throw new ConversationError("the server refuses every track", 461);
    this.#host.learned({
      transport: this.#transport === "tcp" ? "TCP interleaved" : "UDP",
      ...(this.#sessionId === undefined ? undefined : { sessionId: this.#sessionId }),
    });
  }

  #addTracks(): void {
    const { media } = this.#host;
    media.clear();
    this.#tracks.forEach(({ sdp }, index) => {
      const { kind, payloadType, encodingName, clockRate, channels, frameRate, size } = sdp;
      if (!isPlayable(encodingName) && this.#host.options.packetsOnly !== true) {
        const name = encodingName ?? `payload type ${payloadType ?? "unknown"}`;
        this.#host.remark(
          `track ${
            index + 1
          } is ${kind} in ${name}: it is received and counted, not shown or played`,
        );
      }
      media.add({
        info: {
          index,
          kind,
          ...(payloadType === undefined ? undefined : { payloadType }),
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

  /** Tries the control URLs in turn, and TCP where the server will not have UDP. */
  async #setUpTrack(index: number, track: ControlledTrack): Promise<boolean | Redirection> {
    for (const url of track.urls) {
      const response = await this.#request("SETUP", url, [[
        "Transport",
        this.#offer(index),
      ]]);
      const location = locationOf(response);
      if (location !== undefined) return new Redirection(location, url);
      if (response.status === 461 && this.#transport === "udp" && index === 0) {
        if (this.#host.options.transport === "udp") break;
        this.#host.remark("the server refuses UDP; TCP it is");
        this.#transport = "tcp";
        return await this.#setUpTrack(index, track);
      }
      if ([400, 404, 451].includes(response.status) && url !== track.urls.at(-1)) continue;
      if (response.status === 459 && this.#tracks.length === 1 && url === this.#aggregate) continue;
      if (response.status !== 200) {
        if (index === 0 && this.#tracks.length === 1) this.#expectSuccess(response, "SETUP");
        const { kind, encodingName = "unknown" } = track.sdp;
        this.#host.remark(
          `the server refuses track ${index + 1} (${kind} ${encodingName}): ${
            statusWords(response)
          }`,
        );
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
    const hostname = this.#link?.remoteAddress.hostname ?? target.hostname;
    const port = options.rtpPort === undefined ? undefined : options.rtpPort + 2 * index;
    const ports = options.controllerPort === undefined
      ? media.openUdp(index, hostname, port)
      : { rtp: options.controllerPort, rtcp: options.controllerPort + 1 };
    return this.#version === "2.0"
      ? `RTP/AVP/UDP;unicast;dest_addr=":${ports.rtp}"/":${ports.rtcp}"`
      : `RTP/AVP;unicast;client_port=${ports.rtp}-${ports.rtcp}`;
  }

  #takeSession(response: RtspResponse): void {
    const session = parseSession(response.headers.get("session") ?? "");
    if (session === undefined) return;
    this.#sessionId = session.id;
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
    if (this.#transport === "tcp") {
      const { first = 2 * index, second = first + 1 } = transport?.interleaved ?? {};
      media.bindChannels(index, first, second);
      this.#link?.expectChannels([first, second]);
      return;
    }
    const { ssrc, serverPort: port } = transport ?? {};
    const hostname = this.#sourceOf(transport);
    media.announce(index, { hostname, ...(ssrc === undefined ? undefined : { ssrc }) });
    if (port !== undefined) media.setRemote(index, hostname, port.second ?? port.first + 1);
  }

  /** Reports go to the server that we talk to, unless it is another machine of its that sends. */
  #sourceOf(transport: Transport | undefined): string {
    const remote = this.#link?.remoteAddress.hostname ?? this.#host.target.hostname;
    const source = transport?.source;
    return source !== undefined && /^[\d.]+$|:/.test(source) ? source : remote;
  }

  /** PLAY of the whole presentation. */
  async play(position: number | undefined): Promise<readonly RangeStart[]> {
    const headers: Header[] = [];
    if (position !== undefined) headers.push(["Range", `npt=${formatNpt(position)}-`]);
    // A speed that is asked for is kept: nothing is sent ahead of time, and the rates are the film's.
    if (this.#takesSpeed) headers.push(["Speed", "1.0"]);
    const response = await this.#request("PLAY", this.#aggregate, headers);
    const location = locationOf(response);
    if (location !== undefined) {
      await this.#startOver(location, this.#aggregate);
      return await this.play(position);
    }
    this.#expectSuccess(response, "PLAY");
    this.#redirections = 0;
    return this.#readRange(response);
  }

  #readRange(response: RtspResponse): RangeStart[] {
    const range = parseNptRange(response.headers.get("range") ?? "");
    const start = typeof range?.start === "number" ? range.start : undefined;
    const scale = Number(response.headers.get("scale") ?? 1) || 1;
    const infos = parseRtpInfo(response.headers.get("rtp-info") ?? "");
    return infoOfStreams(infos, this.#tracks.map(({ urls }) => urls)).map((info) => ({
      scale,
      ...(start === undefined ? undefined : { position: start }),
      ...(info?.rtptime === undefined ? undefined : { rtptime: info.rtptime }),
    }));
  }

  /** PAUSE. */
  async pause(): Promise<void> {
    this.#expectSuccess(await this.#request("PAUSE", this.#aggregate, []), "PAUSE");
  }

  /** TEARDOWN. */
  async tearDown(): Promise<void> {
    const response = await this.#request("TEARDOWN", this.#aggregate, []);
    this.#sessionId = undefined;
    if (response.status !== 454) this.#expectSuccess(response, "TEARDOWN");
  }

  /** GET_PARAMETER where the server has it, else OPTIONS. */
  async keepAlive(): Promise<void> {
    const response = await this.#request(this.#keepAliveMethod, this.#aggregate, []);
    if (response.status === 454) {
      throw new ConversationError("the server has forgotten the session", 454);
    }
    if (response.status === 501 || response.status === 405) this.#keepAliveMethod = "OPTIONS";
  }

  /** OPTIONS, to learn what the server can do. */
  async options(): Promise<void> {
    const response = await this.#request("OPTIONS", this.#url, []);
    if (/GET_PARAMETER/.test(response.headers.get("public") ?? "")) {
      this.#keepAliveMethod = "GET_PARAMETER";
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#link?.close();
    this.#link = undefined;
    this.#sessionId = undefined;
  }

  async #request(method: string, url: string, headers: readonly Header[]): Promise<RtspResponse> {
    const response = await this.#send(method, url, headers);
    if (response.status === 505 && this.#version === "2.0") {
      this.#host.remark("the server does not speak RTSP 2.0; 1.0 it is");
      this.#version = "1.0";
      return await this.#request(method, url, headers);
    }
    if (response.status !== 401) return response;
    const { credentials } = this.#host.target;
    this.#authentication.challenge(response, credentials);
    const second = await this.#send(method, url, headers);
    if (second.status === 401) this.#authentication.challenge(second, credentials);
    return second;
  }

  async #send(method: string, url: string, headers: readonly Header[]): Promise<RtspResponse> {
    // Nothing is lost with a connection that had no session: many servers close idle ones.
    if (this.#link?.isClosed === true && this.#sessionId === undefined) this.#link = undefined;
    this.#link ??= await this.#host.connect();
    const cseq = String(++this.#cseq);
    // Servers that grew from the labs' look for Transport, or else Session, in the third line.
    const fields: Header[] = [["CSeq", cseq]];
    if (method === "SETUP") fields.push(...headers);
    if (this.#sessionId !== undefined) fields.push(["Session", this.#sessionId]);
    const authorization = this.#authentication.header(
      { method, url },
      this.#host.target.credentials,
    );
    if (authorization !== undefined) fields.push(["Authorization", authorization]);
    if (method !== "SETUP") fields.push(...headers);
    fields.push(["User-Agent", `Reel/${VERSION}`]);
    const bytes = encodeRequest({
      method,
      url,
      version: this.#version,
      headers: fields,
    });
    // The first request tells whether this is a standard server at all.
    const hurried = this.#cseq === 1 && this.wasHurried;
    const patienceMs = hurried ? STANDARD_PATIENCE_MS : this.#timeoutMs;
    const response = await this.#link.request({ bytes, method, cseq }, patienceMs);
    const { blankLine, lineEnding } = response.wire;
    if (!blankLine || lineEnding === "\n") this.#answeredLikeLab = true;
    else this.#answeredWell = true;
    return response;
  }

  #expectSuccess(response: RtspResponse, method: string): void {
    if (response.status >= 200 && response.status < 300) return;
    const location = locationOf(response);
    const hint = location !== undefined
      ? ` (${location})`
      : isRedirection(response)
      ? " and does not say where: there is no Location"
      : response.status === 404
      ? ". Is the name right? reel serve --list FOLDER prints what a Reel server has"
      : "";
    throw new ConversationError(
      `the server answers ${statusWords(response)} to ${method}${hint}`,
      response.status,
    );
  }
}

function isRedirection({ status }: RtspResponse): boolean {
  return status >= 301 && status <= 303;
}

/** Where a response redirects to; undefined when it does not. */
function locationOf(response: RtspResponse): string | undefined {
  return isRedirection(response) ? response.headers.get("location") : undefined;
}
