/**
 * Where the packets of a capture go: to the streams they belong to, to RTCP, to the signalling.
 *
 * @module
 */

import { formatAddress } from "../capture/address.ts";
import type { Dissection } from "../capture/dissection.ts";
import type { RecordCursor } from "../capture/record_cursor.ts";
import { isLabelledChunk } from "../payload/labelled_wav.ts";
import type { CaptureClock } from "./capture_clock.ts";
import type { ClockOption } from "./clock_option.ts";
import { isConsistent, isWholeJpeg, MAX_PENDING } from "./consistency.ts";
import { hashIpv6 } from "./ipv6_hash.ts";
import { LabelledStream } from "./labelled_stream.ts";
import { RtcpTracker } from "./rtcp_tracker.ts";
import { RTCP_TYPE } from "../rtp/rtcp.ts";
import { readRtpFields, RtpFields } from "./rtp_fields.ts";
import type { LoggedMessage, RtspConversation } from "./rtsp_conversation.ts";
import type { RtspRequest, RtspResponse } from "../rtsp/message.ts";
import { RtspTracker } from "./rtsp_tracker.ts";
import { type SignalledEnd, Signalling } from "./signalling.ts";
import { isGatewayPort, isSip, readDescriptions } from "./sip.ts";
import { type PacketNote, Stream, type StreamPath, type StreamWatcher } from "./stream.ts";
import { StreamSeries } from "./stream_series.ts";
import { StreamTable } from "./stream_table.ts";
import { clockOf } from "./stream_format.ts";

/** Sources that may be undecided at a time; the older half is forgotten then. */
const MAX_CANDIDATES = 8192;
/** Bytes of packets that wait for that decision, likewise. */
const MAX_PENDING_BYTES = 16_000_000;
const STUN_PORT = 3478;
/** Extended reports (RFC 3611); above are formats that nobody sends first. */
const LAST_RTCP_TYPE = 207;

/** Options of {@linkcode PacketIntake}. */
export interface IntakeOptions {
  /** Meanings of payload types. */
  readonly clocks: ReadonlyMap<number, ClockOption>;
  /** Ports on which every packet with an RTP header is RTP. */
  readonly rtpPorts: readonly number[];
  /** Whether values over time are kept. */
  readonly series: boolean;
  /** Makes what looks at a stream's packets, once the stream is believed. */
  readonly watch?: (stream: Stream) => StreamWatcher | null;
}

/** Sorts packets. */
export class PacketIntake {
  /** Streams that are believed, in the order in which that was decided. */
  readonly streams: Stream[] = [];
  /** The audio lab's streams. */
  readonly labelled: LabelledStream[] = [];
  /** RTCP. */
  readonly rtcp: RtcpTracker = new RtcpTracker();
  /** RTSP. */
  readonly rtsp: RtspTracker;
  /** Datagrams that are no RTP although signalling says that RTP comes there, by destination. */
  readonly malformed: Map<string, number> = new Map();
  /** Times since the first frame. */
  readonly clock: CaptureClock;
  /** RTP headers that ICMP errors quote. */
  quotedPackets = 0;
  readonly #options: IntakeOptions;
  readonly #signalling = new Signalling();
  readonly #table = new StreamTable();
  readonly #others = new Map<string, Stream>();
  readonly #labelledByEnd = new Map<string, LabelledStream>();
  readonly #fields = new RtpFields();
  readonly #playAnswers = new Map<number, RtspResponse>();
  #candidates = 0;
  #pendingBytes = 0;
  #moment = { frameNumber: 0, timeMs: 0 };

  /** An intake that has seen nothing. */
  constructor(options: IntakeOptions, clock: CaptureClock) {
    this.#options = options;
    this.clock = clock;
    for (const port of options.rtpPorts) this.#signalling.add("*", port, GIVEN_END);
    this.rtsp = new RtspTracker(
      this.#signalling,
      {
        interleaved: (conversation, channel, payload, isForward) =>
          this.#interleaved(conversation, channel, payload, isForward),
        message: (conversation, logged, request) =>
          this.#rtspMessage(conversation, logged, request),
      },
    );
  }

  /**
   * Takes a UDP datagram at `udp` if it is RTP of a stream that is believed; false otherwise. The
   * caller's one call a packet.
   */
  plainRtp(
    cursor: RecordCursor,
    view: DataView,
    source: number,
    destination: number,
    udp: number,
    wireEnd: number,
  ): boolean {
    const at = udp + 8;
    const end = wireEnd < cursor.end ? wireEnd : cursor.end;
    if (at + 12 > end) return false;
    const first = view.getUint8(at);
    const second = view.getUint8(at + 1);
    // Version 2; payload types 64 to 95 with the marker are RTCP.
    if ((first & 0xc0) !== 0x80 || (second >= 192 && second <= 223)) return false;
    const stream = this.#table.find(
      source,
      destination,
      view.getInt32(udp),
      view.getInt32(at + 8),
    );
    if (stream === undefined || stream.pending !== null || stream.watcher !== null) return false;
    let octets = wireEnd - at - 12;
    if ((first & 0x3f) !== 0) {
      octets = this.#octets(view, at, end, wireEnd);
      if (octets < 0) return false;
    }
    stream.add(
      view.getUint16(at + 2),
      view.getInt32(at + 4),
      this.clock.timeMs(cursor),
      wireEnd - at,
      octets,
      second > 127,
      second & 0x7f,
      cursor.frameNumber,
    );
    return true;
  }

  /** Takes any UDP datagram. */
  udp(d: Dissection, timeMs: number): void {
    if (d.start >= d.end) return;
    this.#moment = { frameNumber: d.frameNumber, timeMs };
    const { bytes, view, start } = d;
    if (d.inIcmp) {
      if (bytes[start]! >> 6 === 2) this.quotedPackets++;
      return;
    }
    if (isSip(bytes, start, d.end) || isGatewayPort(d.sourcePort, d.destinationPort)) {
      readDescriptions(bytes.subarray(start, d.end), d.frameNumber, this.#signalling);
      return;
    }
    const first = bytes[start]!;
    let at = start;
    let { end, wireEnd } = d;
    if (first >= 0x40 && first < 0x80 && isStun(d) && at + 4 <= end) {
      // TURN channel data: channel number, length, packet.
      wireEnd = Math.min(wireEnd, at + 4 + view.getUint16(at + 2));
      end = Math.min(end, wireEnd);
      at += 4;
    }
    const signalled = this.#signalling.isEmpty ? undefined : this.#signalledEnd(d);
    if (signalled?.carries === "other") return;
    if (signalled?.dialect === "labelled" || (first <= 0x39 && isLabelled(d))) {
      return this.#labelledChunk(d, timeMs);
    }
    const isRtcp = isReport(bytes, at, end);
    if (isRtcp || signalled?.carries === "rtcp") {
      if (isRtcp) this.#report(bytes.subarray(at, end));
      return;
    }
    this.#datagram(d, at, end, wireEnd, signalled);
  }

  /** Takes a TCP segment. */
  tcp(d: Dissection, timeMs: number): void {
    if (d.inIcmp) return;
    this.#moment = { frameNumber: d.frameNumber, timeMs };
    this.rtsp.segment(d, timeMs);
  }

  /** The capture is over: decides about candidates with what is known by now. */
  finish(): void {
    this.rtsp.finish(this.#moment.frameNumber, this.#moment.timeMs);
    for (const stream of [...this.#table.values(), ...this.#others.values()]) {
      if (stream.pending === null) continue;
      const { source, sourcePort, destination, destinationPort } = stream.path;
      stream.end ??= this.#signalling.get(destination, destinationPort) ??
        this.#signalling.get(source, sourcePort);
      const isReported = this.rtcp.get(stream.ssrc) !== undefined && stream.pending.length > 1;
      if (isReported || this.#isLoneStream(stream, stream.pending)) this.#believe(stream);
    }
    this.streams.sort((a, b) => a.firstFrame - b.firstFrame);
  }

  /**
   * Whether the few packets of a source are all there is of a stream that signalling announced. A
   * header without payload only opens a way through a firewall, and a single packet beside a stream
   * between the same ends is that stream's, damaged.
   */
  #isLoneStream(stream: Stream, pending: readonly PacketNote[]): boolean {
    if (stream.end?.carries !== "rtp" || !pending.some(({ octets }) => octets > 0)) return false;
    return !this.streams.some(({ path }) => sharesEnd(path, stream.path));
  }

  #octets(view: DataView, at: number, end: number, wireEnd: number): number {
    const fields = this.#fields;
    readRtpFields(fields, view, at, end, wireEnd);
    if (fields.fault !== "") return -1;
    return fields.payloadLength + (fields.isCut ? wireEnd - end : 0);
  }

  #signalledEnd(d: Dissection): SignalledEnd | undefined {
    return this.#signalling.get(formatAddress(d.destinationAddress()), d.destinationPort) ??
      this.#signalling.get(formatAddress(d.sourceAddress()), d.sourcePort);
  }

  #datagram(
    d: Dissection,
    at: number,
    end: number,
    wireEnd: number,
    signalled: SignalledEnd | undefined,
  ): void {
    const fields = this.#fields;
    const isLab = signalled?.dialect === "lab";
    const isWhole = readRtpFields(fields, d.view, at, end, wireEnd) && fields.fault === "";
    if (!isWhole || (fields.version !== 2 && !isLab)) {
      if (signalled !== undefined) this.#countMalformed(d, at);
      return;
    }
    if (signalled === undefined && fields.payloadType >= 72 && fields.payloadType <= 76) return;
    const stream = this.#findUdp(d, signalled);
    this.#take(stream, d.bytes.subarray(at, end), wireEnd - at);
  }

  /** STUN, DTLS and what opens firewalls share ports with RTP and are no mistake. */
  #countMalformed(d: Dissection, at: number): void {
    const first = d.bytes[at]!;
    if (first < 64 || d.end - at <= 4) return;
    const key = `${formatAddress(d.destinationAddress())}|${d.destinationPort}`;
    this.malformed.set(key, (this.malformed.get(key) ?? 0) + 1);
  }

  #findUdp(d: Dissection, signalled: SignalledEnd | undefined): Stream {
    const { view, source, destination } = d;
    const isIpv4 = d.family === 4;
    const sourceWord = isIpv4 ? view.getInt32(source) : hashIpv6(view, source);
    const destinationWord = isIpv4 ? view.getInt32(destination) : hashIpv6(view, destination);
    const ports = (d.sourcePort << 16) | d.destinationPort;
    const { ssrc } = this.#fields;
    const known = this.#table.find(sourceWord, destinationWord, ports, ssrc | 0);
    if (known !== undefined) return known;
    const path: StreamPath = {
      source: formatAddress(d.sourceAddress()),
      sourcePort: d.sourcePort,
      destination: formatAddress(d.destinationAddress()),
      destinationPort: d.destinationPort,
      transport: "udp",
      ...(signalled?.conversation === undefined
        ? undefined
        : { conversation: signalled.conversation }),
    };
    // Lab servers take a new port at each PLAY: it is one stream nevertheless.
    const labKey = `${path.source}|${path.destination}|${path.destinationPort}|${ssrc}`;
    const earlier = signalled?.dialect === "lab" ? this.#others.get(labKey) : undefined;
    const stream = earlier ?? this.#newStream(path, ssrc, signalled);
    if (signalled?.dialect === "lab") this.#others.set(labKey, stream);
    this.#table.add(sourceWord, destinationWord, ports, ssrc | 0, stream);
    return stream;
  }

  #newStream(path: StreamPath, ssrc: number, end: SignalledEnd | undefined): Stream {
    if (this.#candidates >= MAX_CANDIDATES) this.#forgetCandidates();
    this.#candidates++;
    return new Stream(path, ssrc, end);
  }

  /** Forgets the older half of the sources that are undecided. */
  #forgetCandidates(): void {
    const undecided = (stream: Stream): number =>
      stream.pending === null ? Infinity : stream.pending.at(-1)?.frameNumber ?? 0;
    const streams = new Set([...this.#table.values(), ...this.#others.values()]);
    const frames = [...streams].map(undecided).filter((frame) => frame < Infinity)
      .sort((a, b) => a - b);
    const middle = frames[frames.length >> 1] ?? 0;
    this.#table.retain((stream) => undecided(stream) > middle);
    for (const [key, stream] of this.#others) {
      if (undecided(stream) <= middle) this.#others.delete(key);
    }
    this.#candidates = 0;
    this.#pendingBytes = 0;
    for (const { pending } of new Set([...this.#table.values(), ...this.#others.values()])) {
      if (pending === null) continue;
      this.#candidates++;
      this.#pendingBytes += bytesOf(pending);
    }
  }

  #interleaved(
    conversation: RtspConversation,
    channel: number,
    payload: Uint8Array,
    isForward: boolean,
  ): void {
    const known = conversation.channels.get(channel);
    const isRtcp = isReport(payload, 0, payload.length);
    if (isRtcp || known?.end.carries === "rtcp") {
      if (isRtcp) this.#report(payload);
      return;
    }
    const fields = this.#fields;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const isWhole = readRtpFields(fields, view, 0, payload.length, payload.length) &&
      fields.fault === "";
    const [a, aPort, b, bPort] = conversation.ends;
    const path: StreamPath = {
      source: isForward ? a : b,
      sourcePort: isForward ? aPort : bPort,
      destination: isForward ? b : a,
      destinationPort: isForward ? bPort : aPort,
      transport: "tcp",
      channel,
      conversation: conversation.number,
    };
    if (!isWhole || fields.version !== 2) {
      const key = `${path.destination}|${path.destinationPort}`;
      this.malformed.set(key, (this.malformed.get(key) ?? 0) + 1);
      return;
    }
    const key = `${conversation.number}|${channel}|${isForward}|${fields.ssrc}`;
    let stream = this.#others.get(key);
    if (stream === undefined) {
      stream = this.#newStream(path, fields.ssrc, known?.end);
      this.#others.set(key, stream);
    }
    this.#take(stream, payload, payload.length);
  }

  #report(compound: Uint8Array): void {
    const { frameNumber, timeMs } = this.#moment;
    this.rtcp.packet(compound, frameNumber, timeMs);
    // Reports by receivers and the like are not the stream's own.
    const isSender = compound[1] === RTCP_TYPE.senderReport ||
      compound[1] === RTCP_TYPE.goodbye;
    if (!isSender) return;
    const view = new DataView(compound.buffer, compound.byteOffset, compound.length);
    const ssrc = view.getUint32(4);
    for (const stream of this.streams) {
      if (stream.ssrc === ssrc) stream.watcher?.rtcp(compound, frameNumber, timeMs);
    }
  }

  #rtspMessage(
    { number }: RtspConversation,
    { message, timeMs }: LoggedMessage,
    request: RtspRequest | undefined,
  ): void {
    if (message.kind === "malformed") return;
    const method = message.kind === "request" ? message.method : request?.method;
    if (method !== "PLAY" && method !== "PAUSE" && method !== "TEARDOWN") return;
    const isRequest = message.kind === "request";
    const answered = message.kind === "response" && message.status < 300;
    if (method === "PLAY" && answered) this.#playAnswers.set(number, message);
    for (const stream of this.streams) {
      if (stream.path.conversation !== number) continue;
      const { watcher } = stream;
      // A player has stopped before it asks to end the session.
      const pauses = method === "PAUSE" ? answered : method === "TEARDOWN" && isRequest;
      if (pauses) watcher?.paused(timeMs);
      if (method !== "PLAY") continue;
      if (isRequest) {
        stream.stats.expectRestart();
        watcher?.playSent(timeMs);
      } else if (answered) {
        watcher?.playAnswered(message);
      }
    }
  }

  /** Gives a stream the packet that the fields describe, or keeps it until the stream is believed. */
  #take(stream: Stream, datagram: Uint8Array, length: number): void {
    const fields = this.#fields;
    const { frameNumber, timeMs } = this.#moment;
    const note = {
      sequenceNumber: fields.sequenceNumber,
      timestamp: fields.timestamp,
      timeMs,
      octets: fields.payloadLength + length - datagram.length,
      length,
      marker: fields.marker === 1,
      payloadType: fields.payloadType,
      frameNumber,
      datagram,
    };
    if (stream.pending === null) {
      addTo(stream, note);
      return;
    }
    stream.pending.push({ ...note, datagram: datagram.slice() });
    this.#pendingBytes += datagram.length;
    if (this.#pendingBytes > MAX_PENDING_BYTES) this.#forgetCandidates();
    const isSignalled = stream.end?.carries === "rtp" && stream.pending.length > 1;
    if (isSignalled || isConsistent(stream.pending, () => this.#hasSibling(stream))) {
      this.#believe(stream);
    } else if (stream.pending.length > MAX_PENDING) stream.pending.splice(0, MAX_PENDING / 2);
  }

  #believe(stream: Stream): void {
    const { pending } = stream;
    if (pending === null || pending.length === 0) return;
    const watcher = this.#options.watch?.(stream) ?? null;
    this.#candidates--;
    this.#pendingBytes -= bytesOf(pending);
    stream.holdsWholeJpegs = pending.every(isWholeJpeg);
    stream.believe(clockOf(pending[0]!.payloadType, stream.end, this.#options.clocks));
    if (this.#options.series) stream.series = new StreamSeries();
    this.streams.push(stream);
    stream.watcher = watcher;
    this.#catchUp(stream);
    for (const note of pending) addTo(stream, note);
  }

  /** Whether another source between the same ends is believed. */
  #hasSibling({ path }: Stream): boolean {
    return this.streams.some((other) => sharesEnds(other.path, path));
  }

  /** Tells what looks at a stream what was said before its first packet. */
  #catchUp({ path, watcher }: Stream): void {
    if (watcher === null || path.conversation === undefined) return;
    const play = this.rtsp.conversations[path.conversation - 1]?.plays.at(-1);
    const answer = this.#playAnswers.get(path.conversation);
    if (play !== undefined) watcher.playSent(play.timeMs);
    if (answer !== undefined) watcher.playAnswered(answer);
  }

  #labelledChunk(d: Dissection, timeMs: number): void {
    const path: StreamPath = {
      source: formatAddress(d.sourceAddress()),
      sourcePort: d.sourcePort,
      destination: formatAddress(d.destinationAddress()),
      destinationPort: d.destinationPort,
      transport: "udp",
    };
    const key = `${path.source}|${path.destination}|${path.destinationPort}`;
    let stream = this.#labelledByEnd.get(key);
    if (stream === undefined) {
      stream = new LabelledStream(path, d.frameNumber, timeMs);
      this.#labelledByEnd.set(key, stream);
      this.labelled.push(stream);
    }
    stream.add(d.bytes.subarray(d.start, d.end), d.frameNumber, timeMs);
  }
}

const GIVEN_END: SignalledEnd = {
  kind: "",
  formats: new Map(),
  parameters: new Map(),
  by: "option",
  frameNumber: 0,
  carries: "rtp",
  isSecured: false,
  dialect: "standard",
};

function addTo(
  stream: Stream,
  note: PacketNote,
): void {
  stream.add(
    note.sequenceNumber,
    note.timestamp,
    note.timeMs,
    note.length,
    note.octets,
    note.marker,
    note.payloadType,
    note.frameNumber,
  );
  const { watcher } = stream;
  if (watcher === null || watcher.packet(note.datagram, note.frameNumber, note.timeMs)) return;
  stream.watcher = null;
}

function bytesOf(packets: readonly PacketNote[]): number {
  return packets.reduce((sum, { datagram }) => sum + datagram.length, 0);
}

function sharesEnd(a: StreamPath, b: StreamPath): boolean {
  return (a.destination === b.destination && a.destinationPort === b.destinationPort) ||
    (a.source === b.source && a.sourcePort === b.sourcePort);
}

/** Whether two paths lie between the same ends, in either direction. */
function sharesEnds(a: StreamPath, b: StreamPath): boolean {
  const isSame = a.source === b.source && a.sourcePort === b.sourcePort &&
    a.destination === b.destination && a.destinationPort === b.destinationPort;
  return isSame || (a.source === b.destination && a.sourcePort === b.destinationPort &&
    a.destination === b.source && a.destinationPort === b.sourcePort);
}

/** Whether a datagram begins with a packet of RTCP that fits in it (RFC 3550 section A.2). */
function isReport(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 8 > end || bytes[at]! >> 6 !== 2) return false;
  const type = bytes[at + 1]!;
  if (type < RTCP_TYPE.senderReport || type > LAST_RTCP_TYPE) return false;
  return at + 4 + 4 * ((bytes[at + 2]! << 8) | bytes[at + 3]!) <= end;
}

function isStun(d: Dissection): boolean {
  return d.sourcePort === STUN_PORT || d.destinationPort === STUN_PORT;
}

function isLabelled(d: Dissection): boolean {
  return isLabelledChunk(d.bytes.subarray(d.start, d.end));
}
