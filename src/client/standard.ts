/**
 * The standard dialect: RTSP 1.0 and 2.0 as the RFCs have them.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import type { RtspResponse } from "../rtsp/message.ts";
import { formatNpt, parseNptRange } from "../rtsp/range.ts";
import { infoOfStreams, parseRtpInfo } from "../rtsp/rtp_info.ts";
import { controlUrls, parseSessionDescription } from "../sdp/tracks.ts";
import { type Conversation, ConversationError, type ConversationHost } from "./conversation.ts";
import type { RangeStart } from "./reception.ts";
import { Redirection, Redirections } from "./redirections.ts";
import type { RtspLink } from "./rtsp_link.ts";
import { expectSuccess, locationOf } from "./standard_replies.ts";
import { type Header, StandardRequests } from "./standard_requests.ts";
import { type ControlledTrack, StandardSetup } from "./standard_setup.ts";

/** Speaks to one server. */
export class StandardConversation implements Conversation {
  readonly dialect = "standard";
  readonly #host: ConversationHost;
  readonly #requests: StandardRequests;
  readonly #setup: StandardSetup;
  readonly #redirections: Redirections;
  #url: string;
  #aggregate = "";
  #tracks: readonly ControlledTrack[] | undefined;
  #takesSpeed = false;
  #keepAliveMethod = "OPTIONS";

  /** Nothing is sent before the first call. `patient` when it is known to be a standard server. */
  constructor(host: ConversationHost, transport: "udp" | "tcp", patient = false) {
    this.#host = host;
    this.#url = host.target.url;
    this.#requests = new StandardRequests(host, patient);
    this.#setup = new StandardSetup(host, this.#requests, transport);
    this.#redirections = new Redirections(host, this.#requests);
  }

  /** The connection. */
  get link(): RtspLink | undefined {
    return this.#requests.link;
  }

  /** From the first reply that names one on. */
  get hasSession(): boolean {
    const { sessionId, link } = this.#requests;
    return sessionId !== undefined && link?.isClosed === false;
  }

  /** How the server replies, and how long it was waited for. */
  get manners(): Pick<StandardRequests, "answeredLikeLab" | "answeredWell" | "wasHurried"> {
    return this.#requests;
  }

  /** How media comes. */
  get transport(): "udp" | "tcp" {
    return this.#setup.transport;
  }

  /** Half the session timeout, and at most 30 s. */
  get keepAliveMs(): number {
    return Math.min(30, this.#setup.timeoutSeconds / 2) * 1000;
  }

  /** DESCRIBE, following redirections. */
  async describe(): Promise<string> {
    for (;;) {
      const accept = ["Accept", "application/sdp"] as const;
      const response = await this.#requests.send("DESCRIBE", this.#url, [accept]);
      const location = locationOf(response);
      if (location === undefined) {
        expectSuccess(response, "DESCRIBE");
        return this.#takeDescription(response);
      }
      this.#url = this.#redirections.follow(this.#url, location);
    }
  }

  #takeDescription(response: RtspResponse): string {
    const sdp = decodeLatin1(response.body);
    const { headers } = response;
    // What is no absolute URL is a mistake, and often one that leads nowhere.
    const base = ["content-base", "content-location"].map((name) => headers.get(name) ?? "")
      .find((url) => /^rtsp[su]?:\/\/[^/]/i.test(url)) ?? this.#url;
    this.#takesSpeed = /^Reel\//.test(headers.get("server") ?? "");
    if (/GET_PARAMETER/.test(headers.get("public") ?? "")) this.#keepAliveMethod = "GET_PARAMETER";
    const { control, duration, tracks } = parseSessionDescription(sdp);
    this.#aggregate = controlUrls(base, control)[0]!;
    this.#tracks = tracks.map((track) => ({ sdp: track, urls: controlUrls(base, track.control) }));
    this.#host.learned({ sdp, ...(duration === undefined ? undefined : { duration }) });
    return sdp;
  }

  /** SETUP of every track. */
  async setUp(): Promise<void> {
    if (this.#tracks === undefined) await this.describe();
    const tracks = this.#tracks!;
    if (tracks.length === 0) {
      throw new ConversationError("the description has no media. Name a presentation in the URL");
    }
    this.#setup.addTracks(tracks);
    let ready = 0;
    for (const [index, track] of tracks.entries()) {
      const outcome = await this.#setup.setUp(index, track, tracks.length === 1, this.#aggregate);
      if (outcome instanceof Redirection) return await this.#startOver(outcome);
      if (outcome) ready++;
    }
    if (ready === 0) throw new ConversationError("the server refuses every track", 461);
    const { sessionId } = this.#requests;
    this.#host.learned({
      transport: this.transport === "tcp" ? "TCP interleaved" : "UDP",
      ...(sessionId === undefined ? undefined : { sessionId }),
    });
  }

  /**
   * SETUP or PLAY was redirected: the presentation is another one, which is described and set up from
   * the beginning.
   */
  async #startOver(redirection: Redirection): Promise<void> {
    if (this.#requests.sessionId !== undefined) {
      await this.#requests.send("TEARDOWN", this.#aggregate).catch(() => {});
    }
    const location = redirection.locationOf(this.#aggregate);
    this.#url = this.#redirections.follow(this.#url, location);
    this.#tracks = this.#requests.sessionId = undefined;
    await this.setUp();
  }

  /** PLAY of the whole presentation. */
  async play(position: number | undefined): Promise<readonly RangeStart[]> {
    const headers: Header[] = [];
    if (position !== undefined) headers.push(["Range", `npt=${formatNpt(position)}-`]);
    // A speed that is asked for is kept: nothing is sent ahead of time, and the rates are the film's.
    if (this.#takesSpeed) headers.push(["Speed", "1.0"]);
    const response = await this.#requests.send("PLAY", this.#aggregate, headers);
    const location = locationOf(response);
    if (location !== undefined) {
      await this.#startOver(new Redirection(location, this.#aggregate));
      return await this.play(position);
    }
    expectSuccess(response, "PLAY");
    this.#redirections.forget();
    return this.#readRange(response);
  }

  #readRange(response: RtspResponse): RangeStart[] {
    const range = parseNptRange(response.headers.get("range") ?? "");
    const start = typeof range?.start === "number" ? range.start : undefined;
    const scale = Number(response.headers.get("scale") ?? 1) || 1;
    const infos = parseRtpInfo(response.headers.get("rtp-info") ?? "");
    return infoOfStreams(infos, (this.#tracks ?? []).map(({ urls }) => urls)).map((info) => ({
      scale,
      ...(start === undefined ? undefined : { position: start }),
      ...(info?.rtptime === undefined ? undefined : { rtptime: info.rtptime }),
    }));
  }

  /** PAUSE. */
  async pause(): Promise<void> {
    expectSuccess(await this.#requests.send("PAUSE", this.#aggregate), "PAUSE");
  }

  /** TEARDOWN. */
  async tearDown(): Promise<void> {
    const response = await this.#requests.send("TEARDOWN", this.#aggregate);
    this.#requests.sessionId = undefined;
    if (response.status !== 454) expectSuccess(response, "TEARDOWN");
  }

  /** GET_PARAMETER where the server has it, else OPTIONS. */
  async keepAlive(): Promise<void> {
    const response = await this.#requests.send(this.#keepAliveMethod, this.#aggregate);
    if (response.status === 454) {
      throw new ConversationError("the server has forgotten the session", 454);
    }
    if (response.status === 501 || response.status === 405) this.#keepAliveMethod = "OPTIONS";
  }

  /** Closes the connection. */
  close(): void {
    this.#requests.close();
  }
}
