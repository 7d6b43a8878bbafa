/**
 * Sockets and channels of a player: what comes in goes to its track, reports go back.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { isIpv6, normalizeAddress } from "../net/address.ts";
import { UdpPair } from "../net/udp_pair.ts";
import { isRtcp } from "../rtp/packet.ts";
import { ReportBuilder } from "../rtp/receiver_report.ts";
import { decodeRtcp, encodeRtcp, type RtcpPacket } from "../rtp/rtcp.ts";
import { LabelledReception } from "./labelled_reception.ts";
import type { RangeStart, Reception, TrackListener } from "./reception.ts";
import { type AnnouncedSource, SourceFilter } from "./source_filter.ts";
import { TrackReception, type TrackSetup } from "./track_reception.ts";

/** Sees what comes in. */
export interface MediaListener {
  /** A datagram that is RTP, or in the labs a part of a frame; the bytes stay as they are. */
  packet(track: number, datagram: Uint8Array, nowMs: number): void;
  /** A compound RTCP packet. */
  control(track: number, datagram: Uint8Array, nowMs: number): void;
  /** A datagram that is neither. */
  stray(track: number, datagram: Uint8Array, nowMs: number): void;
  /** A frame or samples of a track. */
  media: (track: number, ...unit: Parameters<TrackListener["media"]>) => void;
  /** The server named a track's SSRC. */
  announced?(track: number, ssrc: number): void;
  /** A datagram at a track's socket is somebody else's, and is left out. */
  foreign(track: number, from: { hostname: string; port: number }): void;
  /** A datagram as it went through a socket, for captures: they tell the times that count here. */
  wire?(
    direction: "sent" | "received",
    local: number,
    remote: { hostname: string; port: number },
    datagram: Uint8Array,
    nowMs: number,
  ): void;
}

/** Where a track's packets come from and its reports go to. */
interface Remote {
  readonly hostname: string;
  readonly rtcpPort: number;
}

interface ReceivedTrack {
  readonly reception: Reception;
  readonly reports: ReportBuilder;
  pair?: UdpPair;
  remote?: Remote;
  filter?: SourceFilter;
  rtcpChannel?: number;
  /** Whether its source said BYE; "doubtful" when that was before the reply to PLAY. */
  goodbye?: "said" | "doubtful";
}

/** Whether all tracks have said goodbye; "doubtful" when it may have been to what played before. */
export type Goodbyes = "none" | "some" | "doubtful" | "all";

/** Receives the tracks of a session. */
export class MediaReceiver implements Disposable {
  readonly #listener: MediaListener;
  readonly #now: () => number;
  readonly #packetsOnly: boolean;
  readonly #tracks: ReceivedTrack[] = [];
  readonly #receptions: Reception[] = [];
  readonly #channels = new Map<number, { track: number; rtcp: boolean }>();
  readonly #ssrc = crypto.getRandomValues(new Uint32Array(1))[0]!;
  readonly #cname = `reel-${crypto.randomUUID().slice(0, 8)}`;

  /**
   * Nothing is received yet. `now` is the session's clock in ms; with `packetsOnly` standard streams are
   * counted and passed on, but not put together.
   */
  constructor(listener: MediaListener, now: () => number, packetsOnly = false) {
    this.#listener = listener;
    this.#now = now;
    this.#packetsOnly = packetsOnly;
  }

  /** The tracks in order. */
  get receptions(): readonly Reception[] {
    return this.#receptions;
  }

  /** Which tracks have said goodbye since PLAY went out. */
  get goodbyes(): Goodbyes {
    const said = this.#tracks.flatMap(({ goodbye }) => goodbye ?? []);
    if (said.length === 0) return "none";
    if (said.length < this.#tracks.length) return "some";
    return said.includes("doubtful") ? "doubtful" : "all";
  }

  /** Adds a track. */
  add(setup: TrackSetup): void {
    this.#add((listener) =>
      new TrackReception({ ...setup, packetsOnly: this.#packetsOnly }, listener)
    );
  }

  /** Adds the one track of the audio lab. */
  addLabelled(): void {
    this.#add((listener) => new LabelledReception(listener));
  }

  #add(create: (listener: TrackListener) => Reception): void {
    const track = this.#tracks.length;
    const reception = create({ media: (...unit) => this.#listener.media(track, ...unit) });
    this.#tracks.push({ reception, reports: new ReportBuilder() });
    this.#receptions.push(reception);
  }

  /**
   * Opens the sockets of a track.
   *
   * @throws {Deno.errors.AddrInUse} When the port is taken.
   */
  openUdp(
    track: number,
    serverHostname: string,
    port?: number,
  ): { rtp: number; rtcp: number } {
    const entry = this.#tracks[track]!;
    entry.pair?.close();
    const any = isIpv6(normalizeAddress(serverHostname)) ? "::" : "0.0.0.0";
    const pair = port === undefined ? UdpPair.bind(any) : UdpPair.bindFrom(any, port);
    entry.pair = pair;
    const listen =
      (local: number, isControl: boolean) => (datagram: Uint8Array, from: Deno.NetAddr): void => {
        const now = this.#now();
        this.#listener.wire?.("received", local, from, datagram, now);
        if (entry.filter?.accepts(datagram, from.hostname, now) === false) {
          this.#listener.foreign(track, from);
          return;
        }
        // The buffer is the socket's; the packet may have to wait for others.
        this.#take(track, datagram.slice(), isControl, now);
      };
    pair.growReceiveBuffer();
    pair.listen(listen(pair.rtpPort, false), listen(pair.rtcpPort, true));
    return { rtp: pair.rtpPort, rtcp: pair.rtcpPort };
  }

  /** Where the reports about a track go. */
  setRemote(track: number, hostname: string, rtcpPort: number): void {
    this.#tracks[track]!.remote = { hostname, rtcpPort };
  }

  /** A track comes from this source, as the server says. */
  announce(track: number, source: AnnouncedSource): void {
    this.#tracks[track]!.filter = new SourceFilter(source);
  }

  /** A track has this SSRC, as the server says. */
  announceSsrc(track: number, ssrc: number): void {
    this.#listener.announced?.(track, ssrc);
  }

  /** A track comes on these channels of the control connection. */
  bindChannels(track: number, rtp: number, rtcp: number): void {
    this.#channels.set(rtp, { track, rtcp: false });
    this.#channels.set(rtcp, { track, rtcp: true });
    this.#tracks[track]!.rtcpChannel = rtcp;
  }

  /** Takes an interleaved frame, which was read at `timeMs` of the session's clock. */
  frame(channel: number, payload: Uint8Array, timeMs: number): void {
    const target = this.#channels.get(channel);
    if (target === undefined) return;
    this.#take(target.track, payload.slice(), target.rtcp, timeMs);
  }

  #take(track: number, datagram: Uint8Array, isControl: boolean, now: number): void {
    const { reception } = this.#tracks[track]!;
    if (reception.isGoodbye(datagram)) {
      this.#tracks[track]!.goodbye = "said";
    } else if (isControl || (reception.takesRtcp && isRtcp(datagram))) {
      this.#takeControl(track, datagram, now);
    } else {
      const entry = this.#tracks[track]!;
      if (entry.goodbye === "doubtful") delete entry.goodbye;
      // Told first: what the packet leads to comes after it.
      this.#listener.packet(track, datagram, now);
      if (!reception.push(datagram, now)) this.#listener.stray(track, datagram, now);
    }
  }

  #takeControl(track: number, datagram: Uint8Array, now: number): void {
    this.#listener.control(track, datagram, now);
    let packets: RtcpPacket[];
    try {
      packets = decodeRtcp(datagram);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#listener.stray(track, datagram, now);
      return;
    }
    const entry = this.#tracks[track]!;
    for (const packet of packets) {
      if (packet.type === "SR") entry.reports.senderReport(packet, now);
      if (packet.type === "BYE") entry.goodbye = "said";
    }
  }

  /** PLAY goes out: whoever has said goodbye may come back. */
  playSent(nowMs: number): void {
    for (const entry of this.#tracks) {
      delete entry.goodbye;
      entry.filter?.forget();
      entry.reception.playSent(nowMs);
    }
  }

  /** PLAY was answered: who said BYE before may have meant what played until then. */
  playAnswered(ranges: readonly RangeStart[]): void {
    this.#tracks.forEach((entry, i) => {
      if (entry.goodbye !== undefined) entry.goodbye = "doubtful";
      const range = ranges[i];
      if (range !== undefined) entry.reception.playAnswered(range);
    });
  }

  /** Lets packets go that wait for others too long. */
  poll(nowMs: number): void {
    for (const { reception } of this.#tracks) reception.poll(nowMs);
  }

  /** When the last packet of any track came. */
  get lastArrivalMs(): number | undefined {
    const arrivals = this.#tracks.flatMap(({ reception }) => reception.lastArrivalMs ?? []);
    return arrivals.length === 0 ? undefined : Math.max(...arrivals);
  }

  /** Payload bytes a second of all tracks, on the whole. */
  get bytesPerSecond(): number {
    const now = this.#now();
    return this.#receptions.reduce(
      (sum, reception) => sum + (reception.statistics(now).dataRateMean ?? 0) / 8,
      0,
    );
  }

  /** RTP packets of all tracks. */
  get packetCount(): number {
    return this.#tracks.reduce((sum, { reception }) => sum + reception.packetCount, 0);
  }

  /** Sends a receiver report for each track, with a goodbye at the end. */
  report(
    goodbye: boolean,
    sendFrame: (channel: number, payload: Uint8Array) => void,
  ): void {
    const now = this.#now();
    for (const entry of this.#tracks) {
      const { reception, reports, pair, remote, rtcpChannel } = entry;
      const blocks = reception.ssrc === undefined
        ? []
        : [reports.block(reception.ssrc, reception.stats, now)];
      const compound: RtcpPacket[] = [
        { type: "RR", ssrc: this.#ssrc, reports: blocks },
        { type: "SDES", chunks: [{ ssrc: this.#ssrc, items: [{ type: 1, text: this.#cname }] }] },
        ...(goodbye ? [{ type: "BYE" as const, ssrcs: [this.#ssrc] }] : []),
      ];
      const datagram = encodeRtcp(compound);
      if (rtcpChannel !== undefined) sendFrame(rtcpChannel, datagram);
      else if (pair !== undefined && remote !== undefined && remote.rtcpPort > 0) {
        const to = { hostname: remote.hostname, port: remote.rtcpPort };
        pair.sendRtcp(datagram, { transport: "udp", ...to });
        this.#listener.wire?.("sent", pair.rtcpPort, to, datagram, this.#now());
      }
    }
  }

  /** Sound's lead over picture in ms by the sender's own clock; undefined before its reports. */
  get audioLeadMs(): number | undefined {
    const shown = (kind: string): number | undefined => {
      const entry = this.#tracks.find(({ reception }) => reception.info.kind === kind);
      const { lastTimestamp, info } = entry?.reception ?? {};
      if (lastTimestamp === undefined || info?.clockRate === undefined) return undefined;
      return entry!.reports.wallClock(lastTimestamp, info.clockRate);
    };
    const [sound, picture] = [shown("audio"), shown("video")];
    return sound === undefined || picture === undefined ? undefined : sound - picture;
  }

  /** Closes the sockets and forgets the tracks. */
  clear(): void {
    for (const { pair } of this.#tracks) pair?.close();
    this.#tracks.length = this.#receptions.length = 0;
    this.#channels.clear();
  }

  /** Closes the sockets but keeps the numbers. */
  closeSockets(): void {
    for (const { pair } of this.#tracks) pair?.close();
    this.#channels.clear();
  }

  /** Closes the sockets. */
  [Symbol.dispose](): void {
    this.closeSockets();
  }
}
