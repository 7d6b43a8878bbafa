/**
 * One RTSP connection of a capture: its messages, and what they say about where RTP goes.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import type { InterleavedFrame, RtspMessage, RtspRequest, RtspResponse } from "../rtsp/message.ts";
import { RtspParser } from "../rtsp/parser.ts";
import { parseTransports, type Transport } from "../rtsp/transport.ts";
import { type DescribedMedia, parseDescription } from "./session_description.ts";
import type { SignalledEnd, Signalling } from "./signalling.ts";

/** Pieces of junk in a row after which a conversation is none. */
const MAX_JUNK = 2000;

/** Time in which the rest of a body comes, in ms. */
const BODY_PATIENCE_MS = 500;

/** Messages of a conversation that are kept for the ladder and the rules. */
const MAX_MESSAGES = 2000;

/** A message with its place in the capture. */
export interface LoggedMessage {
  /** The frame that completed it. */
  readonly frameNumber: number;
  /** Time since the first frame in ms. */
  readonly timeMs: number;
  /** Whether the client sent it. */
  readonly fromClient: boolean;
  /** What it is. */
  readonly message: Exclude<RtspMessage, InterleavedFrame>;
}

/** What an interleaved channel carries. */
export interface Channel {
  /** The RTP channel it belongs with; for RTP, itself. */
  readonly rtpChannel: number;
  /** What comes there. */
  readonly end: SignalledEnd;
}

/** Takes what arrives on interleaved channels; the payload is only valid during the call. */
export type InterleavedReceiver = (
  conversation: RtspConversation,
  channel: number,
  payload: Uint8Array,
  isForward: boolean,
) => void;

/** Takes messages as they come, each response with the request that it answers. */
export type MessageReceiver = (
  conversation: RtspConversation,
  logged: LoggedMessage,
  request: RtspRequest | undefined,
) => void;

/** Takes what a conversation carries. */
export interface ConversationListener {
  /** Takes interleaved packets. */
  readonly interleaved: InterleavedReceiver;
  /** Takes messages. */
  readonly message?: MessageReceiver;
}

/** A moment in the capture. */
export interface Moment {
  /** Number of the frame. */
  readonly frameNumber: number;
  /** Time since the first frame in ms. */
  readonly timeMs: number;
}

const NEVER: Moment = { frameNumber: 0, timeMs: 0 };

/** A connection's two ends, its messages and channels. */
export class RtspConversation {
  /** Number from 1. */
  readonly number: number;
  /** Addresses and ports in the direction that was seen first. */
  readonly ends: readonly [address: string, port: number, address: string, port: number];
  /** Messages in order, at most 2,000. */
  readonly messages: LoggedMessage[] = [];
  /** Messages that are no longer kept. */
  droppedMessages = 0;
  /** Interleaved frames that were seen. */
  interleavedFrames = 0;
  /** Channels that a SETUP named. */
  readonly channels: Map<number, Channel> = new Map();
  /** When PLAY was sent, each time. */
  readonly plays: Moment[] = [];
  /** When PLAY was answered with success, in ms. */
  readonly playAnswersMs: number[] = [];
  /** Frames before which bytes are missing; 0 when the beginning is. */
  readonly gaps: number[] = [];
  /** Whether segments of each direction came. */
  heard: readonly [forward: boolean, backward: boolean] = [false, false];
  /** When it was closed, in ms since the first frame. */
  closedMs: number | undefined;
  /**
   * Over what the streams come that SETUP named: RTP over datagrams or in the conversation, or
   * something else, or to somebody else.
   */
  readonly carried: Set<"udp" | "tcp" | "other"> = new Set();
  /** Media of the last description. */
  media: readonly DescribedMedia[] = [];
  readonly #signalling: Signalling;
  readonly #listener: ConversationListener;
  readonly #parsers: [forward: RtspParser, backward: RtspParser];
  /** When the last bytes of each direction came. */
  readonly #moments: [forward: Moment, backward: Moment] = [NEVER, NEVER];
  readonly #requests = new Map<string, RtspRequest>();
  #lastRequest: RtspRequest | undefined;
  #clientIsForward: boolean | undefined;
  #junk = 0;
  /** The SSRC that came last on each channel. */
  readonly #sources = new Map<number, number>();
  #isCut = false;
  /** Whether a client described what it is going to send. */
  #isAnnounced = false;

  /** A connection of which nothing was read yet. */
  constructor(
    number: number,
    ends: readonly [string, number, string, number],
    signalling: Signalling,
    listener: ConversationListener,
    fromStart = true,
  ) {
    if (!fromStart) this.gaps.push(0);
    this.number = number;
    this.ends = ends;
    this.#signalling = signalling;
    this.#listener = listener;
    this.#parsers = [this.#newParser(), this.#newParser()];
  }

  /** Whether the client is the end that was seen first. */
  get clientIsForward(): boolean {
    return this.#clientIsForward ?? true;
  }

  /** "192.0.2.1:40000 → 192.0.2.2:554". */
  get title(): string {
    const [a, aPort, b, bPort] = this.ends;
    return this.clientIsForward ? `${a}:${aPort} → ${b}:${bPort}` : `${b}:${bPort} → ${a}:${aPort}`;
  }

  /** Whether there are any segments of the server's, with bytes or without. */
  get hasHeardServer(): boolean {
    return this.heard[this.clientIsForward ? 1 : 0];
  }

  /** The server's address. */
  get serverAddress(): string {
    return this.ends[this.clientIsForward ? 2 : 0];
  }

  /** The end of a segment was not captured: what waits for it will never be whole. */
  cut(isForward: boolean, frameNumber: number): void {
    this.#isCut = true;
    this.#parsers[isForward ? 0 : 1] = this.#newParser();
    if (this.gaps.length < MAX_MESSAGES) this.gaps.push(frameNumber);
  }

  /** One end closed the connection. */
  close(timeMs: number): void {
    this.closedMs ??= timeMs;
    this.finish();
  }

  /** Takes the next bytes of one direction. */
  push(isForward: boolean, bytes: Uint8Array, afterGap: boolean, moment: Moment): void {
    if (this.#junk > MAX_JUNK) return;
    const index = isForward ? 0 : 1;
    this.#moments[index] = moment;
    if (afterGap) {
      this.#parsers[index] = this.#newParser(true);
      if (this.gaps.length < MAX_MESSAGES) this.gaps.push(moment.frameNumber);
    }
    const messages = this.#parsers[index].push(bytes);
    this.#endOther(isForward, messages.find(isControl) ?? this.#parsers[index].pending(), moment);
    for (const message of messages) {
      if (message.kind !== "malformed") this.#junk = 0;
      else if (++this.#junk > MAX_JUNK) return;
      else if (message.fatal) this.#parsers[index] = this.#newParser();
      this.#take(message, isForward, moment);
    }
  }

  /** The connection is over: what waits is taken as it is. */
  finish(): void {
    this.#takePending(true);
    this.#takePending(false);
  }

  /**
   * Lab programs send messages without the blank line: what the other side says to it shows that one
   * had ended. Media on the way, and replies to what was asked before, show nothing.
   */
  #endOther(
    isForward: boolean,
    told: RtspRequest | RtspResponse | undefined,
    { timeMs }: Moment,
  ): void {
    const index = isForward ? 1 : 0;
    const pending = told === undefined ? undefined : this.#parsers[index].pending();
    if (told === undefined || pending === undefined || told.kind === pending.kind) return;
    const isWaiting = this.#parsers[index].awaitsBody &&
      timeMs - this.#moments[index].timeMs < BODY_PATIENCE_MS;
    const sequence = told.headers.get("CSeq")?.trim() ?? "";
    const isEarlier = told.kind === "response" && this.#requests.has(sequence) &&
      pending.headers.get("CSeq")?.trim() !== sequence;
    if (!isWaiting && !isEarlier) this.#takePending(!isForward);
  }

  #takePending(isForward: boolean): void {
    if (this.#isCut) return;
    const index = isForward ? 0 : 1;
    const message = this.#parsers[index].takePending();
    if (message !== undefined) this.#take(message, isForward, this.#moments[index]);
  }

  #newParser(isLost = false): RtspParser {
    return new RtspParser({
      isLost,
      isChannel: (channel) => this.#isChannel(channel),
      mayResume: (bytes) => this.#mayResume(bytes),
    });
  }

  /** Not every SETUP need be in the capture; channels are numbered from 0 in practice. */
  #isChannel(channel: number): boolean {
    return channel < 32 || this.channels.has(channel);
  }

  /**
   * After a hole or junk, a frame is one of a source that is known, or one with RTP or RTCP in it that
   * another follows.
   */
  #mayResume(bytes: Uint8Array): boolean | undefined {
    if (bytes.length < 16) return undefined;
    const channel = bytes[1]!;
    const length = (bytes[2]! << 8) | bytes[3]!;
    if (!this.#isChannel(channel) || length < 8 || bytes[4]! >> 6 !== 2) return false;
    if (this.#sources.get(channel) === sourceOf(bytes.subarray(4))) return true;
    const next = bytes.subarray(4 + length);
    return next[0] === 0x24 && next[4] !== undefined && next[4] >> 6 === 2;
  }

  #take(message: RtspMessage, isForward: boolean, moment: Moment): void {
    if (message.kind === "interleaved") {
      this.interleavedFrames++;
      if (message.payload.length >= 12) {
        this.#sources.set(message.channel, sourceOf(message.payload));
      }
      this.#listener.interleaved(this, message.channel, message.payload, isForward);
      return;
    }
    if (message.kind === "request") this.#clientIsForward ??= isForward;
    else if (message.kind === "response") this.#clientIsForward ??= !isForward;
    const fromClient = isForward === this.clientIsForward;
    const logged = { ...moment, fromClient, message };
    if (this.messages.length < MAX_MESSAGES) this.messages.push(logged);
    else this.droppedMessages++;
    let request: RtspRequest | undefined;
    if (message.kind === "request") this.#onRequest(message, moment);
    else if (message.kind === "response") request = this.#onResponse(message, moment);
    this.#listener.message?.(this, logged, request);
  }

  #onRequest(request: RtspRequest, moment: Moment): void {
    this.#lastRequest = request;
    const sequence = request.headers.get("CSeq")?.trim();
    if (sequence !== undefined && this.#requests.size < MAX_MESSAGES) {
      this.#requests.set(sequence, request);
    }
    if (request.method === "PLAY") this.plays.push(moment);
    if (request.method === "ANNOUNCE") {
      this.#isAnnounced = true;
      this.#describe(request.body);
    }
  }

  #onResponse(response: RtspResponse, moment: Moment): RtspRequest | undefined {
    const sequence = response.headers.get("CSeq")?.trim() ?? "";
    const request = this.#requests.get(sequence) ?? this.#lastRequest;
    this.#requests.delete(sequence);
    if (request === undefined || response.status >= 300) return request;
    if (request.method === "DESCRIBE") this.#describe(response.body);
    if (request.method === "PLAY" && this.playAnswersMs.length < MAX_MESSAGES) {
      this.playAnswersMs.push(moment.timeMs);
    }
    if (request.method === "SETUP") this.#setup(request, response, moment);
    return request;
  }

  #describe(body: Uint8Array): void {
    const media = parseDescription(decodeLatin1(body));
    if (media.length > 0) this.media = media;
  }

  /** What the server answers counts; lab servers answer without a Transport: then what was asked. */
  #setup(request: RtspRequest, response: RtspResponse, moment: Moment): void {
    const answered = parseTransports(response.headers.get("Transport") ?? "")[0];
    const asked = parseTransports(request.headers.get("Transport") ?? "")[0];
    const transport = answered ?? asked;
    if (transport === undefined) return;
    const media = this.#mediaOf(request.url);
    const end: SignalledEnd = {
      kind: media?.kind ?? "",
      ...(media?.frameRate === undefined ? undefined : { frameRate: media.frameRate }),
      formats: media?.formats ?? new Map(),
      parameters: media?.parameters ?? new Map(),
      by: "RTSP",
      frameNumber: moment.frameNumber,
      carries: "rtp",
      isSecured: media?.hasKey === true || /^RTP\/SAVP/i.test(media?.protocol ?? ""),
      dialect: dialectOf(transport),
      conversation: this.number,
      url: request.url,
      payloadTypes: media?.payloadTypes ?? new Set(),
      ...(answered?.ssrc === undefined ? undefined : { ssrc: answered.ssrc }),
      sharesPort: media?.sharesPort === true || transport.parameters.has("rtcp-mux"),
    };
    const isRtp = transport.kind === "rtp-avp" || transport.kind === "lab-rtp";
    const client = this.ends[this.clientIsForward ? 0 : 2];
    const { destination = client } = transport;
    this.carried.add(
      !isRtp || destination !== client ? "other" : transport.lower === "tcp" ? "tcp" : "udp",
    );
    const channels = transport.interleaved;
    if (channels !== undefined) {
      const { first, second = first + 1 } = channels;
      this.channels.set(first, { rtpChannel: first, end });
      this.channels.set(second, { rtpChannel: first, end: { ...end, carries: "rtcp" } });
      return;
    }
    this.#addPorts(transport, asked, end);
    // Some programs send their RTP here, unasked.
    if (end.dialect === "lab") this.channels.set(0, { rtpChannel: 0, end });
  }

  #addPorts(transport: Transport, asked: Transport | undefined, end: SignalledEnd): void {
    const [a, , b] = this.ends;
    const [client, server] = this.clientIsForward ? [a, b] : [b, a];
    const clientPorts = transport.clientPort ?? asked?.clientPort;
    const isRecorded = this.#isAnnounced ||
      transport.parameters.get("mode")?.toUpperCase().includes("RECORD") === true;
    const ends = [
      [transport.destination ?? client, clientPorts, isRecorded],
      [transport.source ?? server, transport.serverPort, !isRecorded],
    ] as const;
    for (const [address, ports, sends] of ends) {
      if (ports === undefined) continue;
      this.#signalling.add(address, ports.first, { ...end, sends });
      const rtcpPort = ports.second ?? (end.dialect === "standard" ? ports.first + 1 : 0);
      if (rtcpPort !== ports.first) {
        this.#signalling.add(address, rtcpPort, { ...end, carries: "rtcp" });
      }
    }
  }

  /** The section whose control URL the SETUP names; the only one, if there is just one. */
  #mediaOf(url: string): DescribedMedia | undefined {
    const exact = this.media.find(({ control }) =>
      control !== "" && control !== "*" && (url === control || url.endsWith(`/${control}`))
    );
    return exact ?? (this.media.length === 1 ? this.media[0] : undefined);
  }
}

function isControl(message: RtspMessage): message is RtspRequest | RtspResponse {
  return message.kind === "request" || message.kind === "response";
}

/** The SSRC of an RTP packet, or the sender's in RTCP. */
function sourceOf(packet: Uint8Array): number {
  const at = packet[1]! >= 200 && packet[1]! <= 207 ? 4 : 8;
  return (packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!;
}

function dialectOf(transport: Transport): SignalledEnd["dialect"] {
  if (transport.kind === "lab-rtp") return "lab";
  return transport.kind === "labelled-udp" ? "labelled" : "standard";
}
