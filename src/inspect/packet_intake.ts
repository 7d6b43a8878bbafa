/**
 * Where the packets of a capture go: to the streams they belong to, to RTCP, to the signalling.
 *
 * @module
 */

import { readU32 } from "../bytes/words.ts";
import { formatAddress } from "../capture/address.ts";
import type { Dissection } from "../capture/dissection.ts";
import type { RecordCursor } from "../capture/record_cursor.ts";
import { isLabelledChunk } from "../payload/labelled_wav.ts";
import { beginsRtcp } from "../rtp/rtcp.ts";
import type { CaptureClock } from "./capture_clock.ts";
import { LabelledStream } from "./labelled_stream.ts";
import { streamsOfReport } from "./report_route.ts";
import { RtcpTracker } from "./rtcp_tracker.ts";
import { assumeEncrypted, assumeLabHeader, readRtpFields, RtpFields } from "./rtp_fields.ts";
import type { RtspConversation } from "./rtsp_conversation.ts";
import { type FramedPath, RtspTracker } from "./rtsp_tracker.ts";
import { SessionEvents } from "./session_events.ts";
import { type SignalledEnd, Signalling } from "./signalling.ts";
import { isGatewayPort, isSip, readDescriptions } from "./sip.ts";
import type { Stream, StreamPath, StreamWatcher } from "./stream.ts";
import { pathOf, StreamBook, type StreamBookOptions } from "./stream_book.ts";
import type { StreamTable } from "./stream_table.ts";
import { MAGIC_COOKIE, relayed } from "./turn.ts";

/** Options of {@linkcode PacketIntake}. */
export interface IntakeOptions extends StreamBookOptions {
  /** Ports on which every packet with an RTP header is RTP. */
  readonly rtpPorts: readonly number[];
}

/** Sorts packets. */
export class PacketIntake {
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
  /** Whether there are any datagrams: else a filter may have left them out. */
  hasDatagrams = false;
  /** RTP headers that ICMP errors quote. */
  quotedPackets = 0;
  readonly #book: StreamBook;
  readonly #table: StreamTable;
  readonly #signalling = new Signalling();
  readonly #events = new SessionEvents();
  readonly #labelledByEnd = new Map<string, LabelledStream>();
  readonly #fields = new RtpFields();
  #moment = { frameNumber: 0, timeMs: 0 };

  /** An intake that has seen nothing. */
  constructor(options: IntakeOptions, clock: CaptureClock) {
    this.clock = clock;
    this.#book = new StreamBook(options, (stream) => {
      this.#events.catchUp(stream, this.rtsp.conversations);
    });
    this.#table = this.#book.table;
    for (const port of options.rtpPorts) this.#signalling.add("*", port, GIVEN_END);
    this.rtsp = new RtspTracker(
      this.#signalling,
      {
        interleaved: (conversation, channel, payload, isForward) =>
          this.#interleaved(conversation, channel, payload, isForward),
        framed: (path, packet) => this.#framed(path, packet),
        message: (conversation, logged, request) =>
          this.#events.message(conversation, logged, request, this.streams),
      },
    );
  }

  /** Streams that are believed, in the order in which that was decided. */
  get streams(): Stream[] {
    return this.#book.streams;
  }

  /** What looked at ends where packets came that are no stream. */
  get endWatchers(): readonly StreamWatcher[] {
    return this.#book.endWatchers;
  }

  /** Packets of sources that came when there were too many streams already. */
  get uncountedPackets(): number {
    return this.#book.uncountedPackets;
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
    this.hasDatagrams = true;
    const { bytes, start } = d;
    if (d.inIcmp) {
      if (bytes[start]! >> 6 === 2) this.quotedPackets++;
      return;
    }
    if (isSip(bytes, start, d.end) || isGatewayPort(d.sourcePort, d.destinationPort)) {
      readDescriptions(bytes.subarray(start, d.end), d.frameNumber, this.#signalling);
      return;
    }
    const first = bytes[start]!;
    const { start: at, end, wireEnd } = relayed(d) ?? d;
    const signalled = this.#signalling.isEmpty ? undefined : this.#signalledEnd(d);
    if (signalled?.carries === "other") return;
    if (signalled?.dialect === "labelled" || (first >= 0x30 && first <= 0x39 && isLabelled(d))) {
      return this.#labelledChunk(d, timeMs);
    }
    const isRtcp = isReport(bytes, at, end);
    if (isRtcp || signalled?.carries === "rtcp") {
      if (isRtcp) this.#report(bytes.subarray(at, end), pathOf(d, signalled?.conversation));
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
    for (const stream of this.#book.undecided()) {
      const { source, sourcePort, destination, destinationPort } = stream.path;
      stream.end ??= this.#signalling.get(destination, destinationPort) ??
        this.#signalling.get(source, sourcePort);
      const isReported = this.rtcp.get(stream.ssrc) !== undefined &&
        (stream.pending?.length ?? 0) > 1;
      if (isReported || this.#book.isLone(stream)) this.#book.believe(stream);
    }
    this.streams.sort((a, b) => a.firstFrame - b.firstFrame);
  }

  #octets(view: DataView, at: number, end: number, wireEnd: number): number {
    const fields = this.#fields;
    readRtpFields(fields, view, at, end, wireEnd);
    if (fields.fault !== "") return -1;
    return fields.payloadLength + (fields.isCut ? wireEnd - end : 0);
  }

  #signalledEnd(d: Dissection): SignalledEnd | undefined {
    const to = this.#signalling.get(formatAddress(d.destinationAddress()), d.destinationPort);
    // What comes where media go out from opens a firewall, and is none.
    if (to?.sends === true) return undefined;
    return to ?? this.#signalling.get(formatAddress(d.sourceAddress()), d.sourcePort);
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
    const isRead = readRtpFields(fields, d.view, at, end, wireEnd);
    if (isRead && isLab) assumeLabHeader(fields, at, end);
    if (isRead && signalled?.isSecured === true) assumeEncrypted(fields, end);
    const isWhole = isRead && fields.fault === "";
    if (!isWhole || (fields.version !== 2 && !isLab)) {
      if (signalled === undefined) return;
      const bytes = d.bytes.subarray(at, end);
      const destination = this.#signalling.get(
        formatAddress(d.destinationAddress()),
        d.destinationPort,
      );
      this.#malformed(bytes, pathOf(d, signalled.conversation), destination, end === wireEnd);
      return;
    }
    if (signalled === undefined && fields.payloadType >= 72 && fields.payloadType <= 76) return;
    const datagram = d.bytes.subarray(at, end);
    const length = wireEnd - at;
    const stream = this.#book.udp(d, { ...this.#moment, fields, datagram, length }, signalled);
    this.#take(stream, datagram, length);
  }

  /**
   * Takes what should be RTP and cannot be read. STUN, DTLS and what opens firewalls share ports with
   * RTP and are no mistake, but not in the labs; what a sender of media sends to whom it should is the sender's.
   */
  #malformed(
    bytes: Uint8Array,
    path: StreamPath,
    end: SignalledEnd | undefined,
    isWhole: boolean,
  ): void {
    const isRtp = end?.by === "RTSP" && end.sends !== true && mayBeMeant(bytes, end);
    const isLab = end?.dialect === "lab";
    if (!isLab && (bytes.length <= 4 || (bytes[0]! < 64 && !isRtp))) return;
    const key = `${path.destination}|${path.destinationPort}`;
    this.malformed.set(key, (this.malformed.get(key) ?? 0) + 1);
    if (!isRtp || !isWhole || end.isSecured) return;
    const { frameNumber, timeMs } = this.#moment;
    this.#book.watcherAt(path, end)?.malformed(bytes, frameNumber, timeMs);
  }

  #interleaved(
    conversation: RtspConversation,
    channel: number,
    payload: Uint8Array,
    isForward: boolean,
  ): void {
    const known = conversation.channels.get(channel);
    const [a, aPort, b, bPort] = conversation.ends;
    const path: StreamPath = {
      source: isForward ? a : b,
      sourcePort: isForward ? aPort : bPort,
      destination: isForward ? b : a,
      destinationPort: isForward ? bPort : aPort,
      transport: "tcp",
      channel: known?.rtpChannel ?? channel,
      conversation: conversation.number,
    };
    const isRtcp = isReport(payload, 0, payload.length);
    if (isRtcp || known?.end.carries === "rtcp") {
      if (isRtcp) this.#report(payload, path, known?.end.carries === "rtp");
      return;
    }
    const fields = this.#fields;
    const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const isLab = known?.end.dialect === "lab";
    const isRead = readRtpFields(fields, view, 0, payload.length, payload.length);
    if (isRead && isLab) assumeLabHeader(fields, 0, payload.length);
    if (isRead && known?.end.isSecured === true) assumeEncrypted(fields, payload.length);
    const isWhole = isRead && fields.fault === "";
    if (!isWhole || (fields.version !== 2 && !isLab)) {
      return this.#malformed(payload, path, known?.end, true);
    }
    const stream = this.#book.interleaved(path, fields.ssrc, known?.end);
    this.#take(stream, payload, payload.length);
  }

  /** Takes a packet of a TCP connection that carries nothing else. */
  #framed(path: FramedPath, packet: Uint8Array): void {
    if (isReport(packet, 0, packet.length)) {
      return this.#report(packet, { ...path, transport: "tcp" });
    }
    const fields = this.#fields;
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    if (!readRtpFields(fields, view, 0, packet.length, packet.length)) return;
    const { fault, version, payloadType } = fields;
    if (fault !== "" || version !== 2 || (payloadType >= 72 && payloadType <= 76)) return;
    const { destination, destinationPort, source, sourcePort } = path;
    const end = this.#signalling.getTcp(destination, destinationPort) ??
      this.#signalling.getTcp(source, sourcePort);
    const sight = { ...this.#moment, fields, datagram: packet, length: packet.length };
    const stream = this.#book.interleaved({ ...path, transport: "tcp" }, fields.ssrc, end, sight);
    this.#take(stream, packet, packet.length);
  }

  #report(compound: Uint8Array, path: StreamPath, onRtpChannel = false): void {
    const { frameNumber, timeMs } = this.#moment;
    this.rtcp.packet(compound, frameNumber, timeMs);
    for (const stream of streamsOfReport(this.#book, compound, path)) {
      const onRtpPort = onRtpChannel || (stream.end?.by === "RTSP" &&
        path.channel === undefined && path.destinationPort === stream.path.destinationPort);
      stream.watcher?.rtcp(
        compound,
        frameNumber,
        timeMs,
        onRtpPort && stream.end?.sharesPort !== true,
      );
    }
  }

  /** Gives a source the packet that the fields describe. */
  #take(stream: Stream | undefined, datagram: Uint8Array, length: number): void {
    if (stream === undefined) return;
    const fields = this.#fields;
    this.#book.take(stream, {
      sequenceNumber: fields.sequenceNumber,
      timestamp: fields.timestamp,
      timeMs: this.#moment.timeMs,
      octets: fields.payloadLength + length - datagram.length,
      length,
      marker: fields.marker === 1,
      payloadType: fields.payloadType,
      frameNumber: this.#moment.frameNumber,
      datagram,
      isWhole: true,
    });
  }

  #labelledChunk(d: Dissection, timeMs: number): void {
    const path = pathOf(d);
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

/** Whether RTP is meant though its version is another: a payload type that was announced, and no STUN. */
function mayBeMeant(bytes: Uint8Array, { payloadTypes }: SignalledEnd): boolean {
  if (bytes[0]! >> 6 === 2) return true;
  return bytes.length >= 12 && payloadTypes?.has(bytes[1]! & 0x7f) === true &&
    readU32(bytes, 4) !== MAGIC_COOKIE;
}

/** Whether a datagram begins with a packet of RTCP that says who sends it. */
function isReport(bytes: Uint8Array, at: number, end: number): boolean {
  return at + 8 <= end && beginsRtcp(bytes, at, end);
}

function isLabelled(d: Dissection): boolean {
  return isLabelledChunk(d.bytes.subarray(d.start, d.end));
}
