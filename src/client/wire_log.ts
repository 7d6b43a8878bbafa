/**
 * Everything that goes over the wire in a session, for the log, the mistake rules and the capture.
 *
 * @module
 */

import type { SessionCapture } from "../capture/session_capture.ts";
import { unixMs } from "../capture/unix_time.ts";
import type { Finding } from "../diagnose/finding.ts";
import { Findings } from "../diagnose/findings.ts";
import type { Meta } from "../diagnose/reporter.ts";
import { RtpObserver } from "../diagnose/rtp_observer.ts";
import { RtspObserver } from "../diagnose/rtsp_observer.ts";
import { normalizeAddress } from "../net/address.ts";
import type { Dialect } from "./dialects.ts";
import type { TrackInfo } from "./player.ts";
import type { LinkListener, RtspLink } from "./rtsp_link.ts";

/** Which way a message went. */
export type Direction = "sent" | "received";

/** What a {@linkcode WireLog} is made with. */
export interface WireLogInit {
  /** Where packets are written, if anywhere. */
  readonly capture?: SessionCapture;
  /** The session's clock in ms. */
  now(): number;
  /** Told of each message. */
  onMessage(direction: Direction, bytes: Uint8Array): void;
  /** Told of each mistake of the server's. */
  onFinding(finding: Finding): void;
}

/** Watches one session. */
export class WireLog {
  readonly #init: WireLogInit;
  /** Unix time when the session's clock was 0. */
  readonly #startUnixMs: number;
  #findings: Findings;
  #rtsp: RtspObserver | undefined;
  readonly #rtp = new Map<number, RtpObserver>();
  #messages = 0;
  #sessionSsrc: number | undefined;
  /** SSRCs that the server named, by track. */
  readonly #ssrcs = new Map<number, number>();
  #local = "127.0.0.1";
  /** What was on its way when the session ended belongs to nobody. */
  #ended = false;
  #overTcp = false;

  /** A session in which nothing has happened. */
  constructor(init: WireLogInit) {
    this.#init = init;
    this.#startUnixMs = unixMs() - init.now();
    this.#findings = new Findings({ onFinding: (finding) => init.onFinding(finding) });
  }

  /** All mistakes so far. */
  findings(): readonly Finding[] {
    return this.#findings.list();
  }

  /** Begins again, for another presentation. */
  reset(): void {
    this.#findings = new Findings({ onFinding: (finding) => this.#init.onFinding(finding) });
    this.#rtp.clear();
    this.#messages = 0;
  }

  /** The listener of a new control connection. */
  connection(
    dialect: Dialect,
  ): Pick<LinkListener, "message" | "closed"> & {
    opened(link: RtspLink): void;
    wire(direction: Direction, bytes: Uint8Array, timeMs: number): void;
  } {
    const observer = new RtspObserver(this.#findings, { peer: "server", dialect });
    this.#rtsp = observer;
    const { capture } = this.#init;
    let captured: ReturnType<SessionCapture["connection"]> | undefined;
    return {
      opened: (link) => {
        const { localAddress, remoteAddress } = link;
        this.#local = normalizeAddress(localAddress.hostname);
        captured = capture?.connection(
          { host: this.#local, port: localAddress.port },
          { host: normalizeAddress(remoteAddress.hostname), port: remoteAddress.port },
        );
        captured?.open(unixMs());
      },
      wire: (direction, bytes, timeMs) => {
        const at = this.#startUnixMs + timeMs;
        if (direction === "sent") captured?.toServer(bytes, at);
        else captured?.toClient(bytes, at);
      },
      message: (direction, bytes, message) => {
        const sender = direction === "sent" ? "client" : "server";
        observer.message(message, sender, { number: ++this.#messages, timeMs: this.#init.now() });
        this.#init.onMessage(direction, bytes);
      },
      closed: () => captured?.close(unixMs()),
    };
  }

  /** The hello lab's messages. */
  hello(direction: Direction, bytes: Uint8Array): void {
    this.#init.onMessage(direction, bytes);
    const digits = /^\s*(\d{1,10})\s*$/.exec(new TextDecoder("latin1").decode(bytes))?.[1];
    // The session id is the SSRC of what follows.
    if (direction === "received" && digits !== undefined) this.#sessionSsrc = Number(digits);
  }

  /** A datagram at one of the player's UDP sockets. */
  datagram(
    direction: Direction,
    local: number,
    remote: { hostname: string; port: number },
    bytes: Uint8Array,
    timeMs: number,
  ): void {
    const here = { host: this.#local, port: local };
    const there = { host: normalizeAddress(remote.hostname), port: remote.port };
    const [from, to] = direction === "sent" ? [here, there] : [there, here];
    this.#init.capture?.udp(from, to, bytes, this.#startUnixMs + timeMs);
  }

  /** An RTP packet, or what came where one was expected; `meta` numbers those of the track. */
  packet(
    track: number,
    datagram: Uint8Array,
    meta: Meta,
    info: TrackInfo,
    dialect: Dialect,
  ): void {
    // The audio lab's chunks are no RTP.
    if (this.#ended || dialect === "audio-lab") return;
    this.#observer(track, info, dialect).packet(datagram, meta);
  }

  /** An RTCP packet; `meta` has the number of the RTP packet before it. */
  control(
    track: number,
    datagram: Uint8Array,
    meta: Meta,
    info: TrackInfo,
    dialect: Dialect,
  ): void {
    if (this.#ended) return;
    this.#observer(track, info, dialect).rtcp(datagram, meta);
  }

  #observer(track: number, info: TrackInfo, dialect: Dialect): RtpObserver {
    let observer = this.#rtp.get(track);
    if (observer === undefined) {
      const { kind, payloadType, payloadTypes, encodingName, clockRate, channels } = info;
      const standard = dialect === "standard";
      const ssrc = dialect === "hello" ? this.#sessionSsrc : this.#ssrcs.get(track);
      observer = new RtpObserver(this.#findings, {
        stream: kind,
        dialect,
        overTcp: this.#overTcp,
        overIpv6: this.#local.includes(":"),
        ...(payloadType === undefined ? undefined : { payloadType }),
        ...(payloadTypes === undefined ? undefined : { payloadTypes: new Set(payloadTypes) }),
        ...(encodingName === undefined || !standard ? undefined : { encodingName }),
        ...(clockRate === undefined || !standard ? undefined : { clockRate }),
        ...(channels === undefined ? undefined : { channels }),
        ...(ssrc === undefined ? undefined : { ssrc }),
      });
      this.#rtp.set(track, observer);
    }
    return observer;
  }

  /** Whether packets come on the control connection. */
  get isOverTcp(): boolean {
    return this.#overTcp;
  }

  /** SETUP: packets count again. Over TCP no packet is too long. */
  begin(overTcp: boolean): void {
    this.#ended = false;
    this.#overTcp = overTcp;
  }

  /** The server named a track's SSRC. */
  announced(track: number, ssrc: number): void {
    this.#ssrcs.set(track, ssrc);
  }

  /** PAUSE, or another range: what comes next need not follow what came before. */
  pause(): void {
    for (const observer of this.#rtp.values()) observer.pause();
  }

  /** A method got no reply in `ms`. */
  silence(method: string, ms: number): void {
    this.#rtsp?.silence(method, ms / 1000, { number: this.#messages, timeMs: this.#init.now() });
  }

  /** PLAY was answered, but nothing came. */
  noMedia(seconds: number): void {
    this.#rtsp?.noMedia(seconds, { number: this.#messages, timeMs: this.#init.now() });
  }

  /** The session ends; `stopped` tells that it was in the middle of playing. */
  end(bye: boolean, stopped: boolean): void {
    const timeMs = this.#init.now();
    for (const observer of this.#rtp.values()) observer.end({ bye, timeMs, stopped });
    this.#rtp.clear();
    this.#ssrcs.clear();
    this.#ended = true;
  }
}
