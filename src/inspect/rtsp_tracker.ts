/**
 * Finds the RTSP connections among the TCP traffic of a capture, and other signalling over TCP.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { formatAddress } from "../capture/address.ts";
import { type Dissection, TCP_FLAG } from "../capture/dissection.ts";
import { type TcpPlace, TcpTable } from "../capture/tcp_table.ts";
import { beginsFramed, FramedPackets } from "./framed_rtp.ts";
import { type ConversationListener, RtspConversation } from "./rtsp_conversation.ts";
import type { Signalling } from "./signalling.ts";
import { readSkinny, SKINNY_PORT } from "./skinny.ts";
import { isSip, readDescriptions } from "./sip.ts";
import { SipStream } from "./sip_stream.ts";

/** Ports on which RTSP is taken for granted (IANA, and the alternative most servers use). */
const RTSP_PORTS: ReadonlySet<number> = new Set([554, 8554, 7236]);
const START_LINE =
  /^(?:RTSP\/\d|(?:OPTIONS|DESCRIBE|ANNOUNCE|SETUP|PLAY|PAUSE|TEARDOWN|RECORD|GET_PARAMETER|SET_PARAMETER|REDIRECT) \S)/i;
/** Chunks of a connection that are looked at before it is taken for something else. */
const MAX_LOOKS = 8;

/** Conversations that are followed. */
const MAX_CONVERSATIONS = 1000;

/** Options of {@linkcode RtspTracker}. */
export interface RtspTrackerOptions {
  /** No RTSP, which has a reader of its own then, and no waiting for late segments. */
  readonly likeWireshark?: boolean;
}

/** The ends of a direction of a connection. */
export interface FramedPath {
  /** Source address. */
  readonly source: string;
  /** Source port. */
  readonly sourcePort: number;
  /** Destination address. */
  readonly destination: string;
  /** Destination port. */
  readonly destinationPort: number;
}

/** Takes what connections carry. */
export interface TrackerListener extends ConversationListener {
  /** Takes RTP and RTCP of a connection without RTSP (RFC 4571), valid during the call. */
  readonly framed?: (path: FramedPath, packet: Uint8Array) => void;
}

interface State {
  looks: number;
  isFromStart: boolean;
  /** Whether segments of each direction came. */
  readonly heard: [forward: boolean, backward: boolean];
  conversation: RtspConversation | undefined;
  /** RTP behind lengths, by direction. */
  forward: FramedPackets | undefined;
  backward: FramedPackets | undefined;
  /** SIP messages that are not whole yet, by direction. */
  sipForward: SipStream | undefined;
  sipBackward: SipStream | undefined;
}

/** Takes TCP segments and keeps the RTSP conversations they belong to. */
export class RtspTracker {
  /** The conversations found so far. */
  readonly conversations: RtspConversation[] = [];
  readonly #table: TcpTable<State>;
  readonly #signalling: Signalling;
  readonly #listener: TrackerListener;
  readonly #likeWireshark: boolean;

  /** `listener` takes messages and what comes on interleaved channels. */
  constructor(
    signalling: Signalling,
    listener: TrackerListener,
    options: RtspTrackerOptions = {},
  ) {
    this.#signalling = signalling;
    this.#listener = listener;
    this.#likeWireshark = options.likeWireshark ?? false;
    this.#table = new TcpTable<State>(
      () => ({
        looks: 0,
        isFromStart: false,
        heard: [false, false],
        conversation: undefined,
        forward: undefined,
        backward: undefined,
        sipForward: undefined,
        sipBackward: undefined,
      }),
      { reorder: !this.#likeWireshark },
    );
  }

  /** Takes a segment; `timeMs` is its time since the first frame. */
  segment(d: Dissection, timeMs: number): void {
    const place = this.#table.find(d);
    const { connection, isForward } = place;
    const direction = isForward ? connection.forward : connection.backward;
    const opposite = isForward ? connection.backward : connection.forward;
    if ((d.flags & TCP_FLAG.syn) !== 0) {
      direction.begin(d.sequence);
      connection.state.isFromStart = true;
    }
    connection.state.heard[isForward ? 0 : 1] = true;
    if (isOther(connection.state)) return;
    const { frameNumber } = d;
    const receiver = (forward: boolean) => (bytes: Uint8Array, afterGap: boolean): void =>
      this.#bytes(place, d, forward, bytes, afterGap, timeMs, frameNumber);
    if (d.end > d.start) {
      const sequence = (d.flags & TCP_FLAG.syn) !== 0 ? d.sequence + 1 : d.sequence;
      direction.add(sequence, d.bytes.subarray(d.start, d.end), receiver(isForward));
    }
    if ((d.flags & TCP_FLAG.ack) !== 0) {
      opposite.acknowledged(d.acknowledgement, receiver(!isForward));
    }
    if ((d.flags & (TCP_FLAG.fin | TCP_FLAG.rst)) !== 0) {
      direction.finish(receiver(isForward));
      connection.state.conversation?.close(timeMs);
    }
    if (d.end < d.wireEnd) connection.state.conversation?.cut(isForward, frameNumber);
  }

  /** The capture is over: hands on what waits. */
  finish(frameNumber: number, timeMs: number): void {
    for (const { forward, backward, state } of this.#table.connections()) {
      const { conversation } = state;
      if (conversation === undefined) continue;
      const moment = { frameNumber, timeMs };
      forward.finish((bytes, gap) => conversation.push(true, bytes, gap, moment));
      backward.finish((bytes, gap) => conversation.push(false, bytes, gap, moment));
      conversation.finish();
    }
  }

  /** SIP, whose messages may be spread over segments. */
  #readSip(state: State, isForward: boolean, bytes: Uint8Array, frameNumber: number): boolean {
    const side = isForward ? "sipForward" : "sipBackward";
    if (state[side] === undefined && isSip(bytes, 0, bytes.length)) state[side] = new SipStream();
    const options = { likeWireshark: this.#likeWireshark };
    const isTaken = state[side]?.push(bytes, (message) => {
      readDescriptions(message, frameNumber, this.#signalling, options);
    });
    if (isTaken !== true) state[side] = undefined;
    return isTaken === true;
  }

  /** Signalling that is neither RTSP nor SIP; its messages are not put together over segments. */
  #readOther(d: Dissection, bytes: Uint8Array, frameNumber: number): boolean {
    if (d.sourcePort !== SKINNY_PORT && d.destinationPort !== SKINNY_PORT) return false;
    readSkinny(bytes, frameNumber, this.#signalling);
    return true;
  }

  #bytes(
    place: TcpPlace<State>,
    d: Dissection,
    isForward: boolean,
    bytes: Uint8Array,
    afterGap: boolean,
    timeMs: number,
    frameNumber: number,
  ): void {
    const { state } = place.connection;
    if (state.conversation === undefined) {
      if (this.#takeFramed(place, d, isForward, bytes, afterGap)) return;
      state.looks++;
      if (
        this.#readSip(state, isForward, bytes, frameNumber) ||
        this.#readOther(d, bytes, frameNumber)
      ) {
        state.looks = 0;
        return;
      }
      if (!this.#isRtsp(d, bytes)) return;
      state.conversation = this.#begin(d, place.isForward, state.isFromStart);
      state.conversation.heard = state.heard;
    }
    state.conversation.push(isForward, bytes, afterGap, { frameNumber, timeMs });
  }

  /** Whether the bytes are RTP behind lengths, as those before them were, or as they begin. */
  #takeFramed(
    { connection: { state }, isForward: isDirect }: TcpPlace<State>,
    d: Dissection,
    isForward: boolean,
    bytes: Uint8Array,
    afterGap: boolean,
  ): boolean {
    const { framed } = this.#listener;
    if (framed === undefined) return false;
    const side = isForward ? "forward" : "backward";
    if (afterGap) state[side] = undefined;
    if (state[side] === undefined && beginsFramed(bytes)) state[side] = new FramedPackets();
    const packets = state[side];
    if (packets === undefined) return false;
    const ends = [formatAddress(d.sourceAddress()), formatAddress(d.destinationAddress())] as const;
    const ports = [d.sourcePort, d.destinationPort] as const;
    const [from, to] = isForward === isDirect ? [0, 1] as const : [1, 0] as const;
    const path = {
      source: ends[from],
      sourcePort: ports[from],
      destination: ends[to],
      destinationPort: ports[to],
    };
    if (packets.push(bytes, (packet) => framed(path, packet))) return true;
    state[side] = undefined;
    return false;
  }

  #isRtsp(d: Dissection, bytes: Uint8Array): boolean {
    if (this.conversations.length >= MAX_CONVERSATIONS) return false;
    if (this.#likeWireshark) return false;
    const isKnownPort = RTSP_PORTS.has(d.sourcePort) || RTSP_PORTS.has(d.destinationPort);
    return START_LINE.test(decodeLatin1(bytes.subarray(0, 64))) ||
      hasInterleavedRtp(bytes, isKnownPort);
  }

  #begin(d: Dissection, isForward: boolean, fromStart: boolean): RtspConversation {
    const source = formatAddress(d.sourceAddress());
    const destination = formatAddress(d.destinationAddress());
    const ends: readonly [string, number, string, number] = isForward
      ? [source, d.sourcePort, destination, d.destinationPort]
      : [destination, d.destinationPort, source, d.sourcePort];
    const conversation = new RtspConversation(
      this.conversations.length + 1,
      ends,
      this.#signalling,
      this.#listener,
      fromStart,
    );
    this.conversations.push(conversation);
    return conversation;
  }
}

/** Whether a connection was looked at long enough and is nothing of interest. */
function isOther({ looks, conversation, forward, backward }: State): boolean {
  return looks > MAX_LOOKS && conversation === undefined && forward === undefined &&
    backward === undefined;
}

/**
 * Whether two interleaved frames with RTP or RTCP follow each other: a conversation joined late. On a
 * port of RTSP's, the head of one is enough.
 */
function hasInterleavedRtp(bytes: Uint8Array, isKnownPort: boolean): boolean {
  for (let at = bytes.indexOf(0x24); at !== -1; at = bytes.indexOf(0x24, at + 1)) {
    if (at + 8 > bytes.length) return false;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const next = at + 4 + length;
    if (bytes[at + 1]! > 31 || length < 8 || bytes[at + 4]! >> 6 !== 2) continue;
    if (isKnownPort || (next === bytes.length && at === 0)) return true;
    if (bytes[next] === 0x24 && (bytes[next + 4] ?? 0x80) >> 6 === 2) return true;
  }
  return false;
}
