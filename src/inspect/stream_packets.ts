/**
 * The packets of streams that an analysis has found, in a second walk over the file.
 *
 * @module
 */

import { formatAddress } from "../capture/address.ts";
import { Dissection } from "../capture/dissection.ts";
import { dissectFrame } from "../capture/link.ts";
import type { RecordCursor } from "../capture/record_cursor.ts";
import type { BlockVisitor } from "./capture_input.ts";
import { isRtcp } from "../rtp/packet.ts";
import type { PacketFilter } from "./packet_filter.ts";
import { readRtpFields, RtpFields } from "./rtp_fields.ts";
import { RtspTracker } from "./rtsp_tracker.ts";
import { Signalling } from "./signalling.ts";
import type { Stream, StreamPath } from "./stream.ts";
import { relayed } from "./turn.ts";

/** A frame that is kept. */
export interface KeptFrame {
  /** Unix time, whole seconds. */
  readonly seconds: number;
  /** The rest of the time. */
  readonly nanoseconds: number;
  /** Length on the wire. */
  readonly originalLength: number;
  /** What was captured of it. */
  readonly bytes: Uint8Array;
}

/** One packet of a stream; valid during the call. */
export interface StreamPacket {
  /** The stream. */
  readonly stream: Stream;
  /** Header fields. */
  readonly fields: RtpFields;
  /** The RTP packet as it was captured. */
  readonly datagram: Uint8Array;
  /** Bytes of the RTP packet on the wire. */
  readonly length: number;
  /** The frames before this one that hold fragments of the same datagram. */
  readonly fragments: readonly KeptFrame[];
  /** The record it came in. */
  readonly cursor: RecordCursor;
  /** Source port of this packet; a lab's stream may have several. */
  readonly sourcePort: number;
}

/** Datagrams of which fragments are kept; the oldest is given up for a new one. */
const MAX_FRAGMENTED = 64;

/** Gives the packets of some streams. */
export class StreamPackets implements BlockVisitor {
  readonly #streams: readonly Stream[];
  readonly #receive: (packet: StreamPacket) => void;
  readonly #byKey = new Map<string, Stream>();
  readonly #dissection: Dissection;
  readonly #rtsp: RtspTracker;
  readonly #fields = new RtpFields();
  readonly #filter: PacketFilter;
  readonly #onSegment: ((cursor: RecordCursor) => void) | undefined;
  #cursor!: RecordCursor;
  /** Frames with fragments, by datagram. */
  readonly #kept = new Map<string, KeptFrame[]>();
  /** Those of the datagram that has become whole in this frame. */
  #fragments: readonly KeptFrame[] = [];

  /**
   * `receive` is called for each packet, in the order of the file; `filter` is told of the first frame.
   * `onSegment` is called for each frame of the TCP connections that the streams came over.
   */
  constructor(
    streams: readonly Stream[],
    receive: (packet: StreamPacket) => void,
    filter: PacketFilter,
    onSegment?: (cursor: RecordCursor) => void,
  ) {
    this.#streams = streams;
    this.#receive = receive;
    this.#filter = filter;
    this.#onSegment = onSegment;
    for (const stream of streams) this.#byKey.set(keyOf(stream.path, stream.ssrc), stream);
    this.#dissection = new Dissection({
      udp: (d) => this.#udp(d),
      tcp: (d) => this.#tcp(d),
      fragment: (key, isWhole) => this.#fragment(key, isWhole),
    });
    this.#rtsp = new RtspTracker(new Signalling(), {
      interleaved: (conversation, channel, payload, isForward) => {
        const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
        if (!readRtpFields(this.#fields, view, 0, payload.length, payload.length)) return;
        const [a, aPort, b, bPort] = conversation.ends;
        const stream = this.#find(
          isForward
            ? { source: a, sourcePort: aPort, destination: b, destinationPort: bPort, channel }
            : { source: b, sourcePort: bPort, destination: a, destinationPort: aPort, channel },
        );
        if (stream === undefined) return;
        this.#give(stream, payload, payload.length, stream.path.sourcePort);
      },
      framed: (path, packet) => {
        const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
        if (!readRtpFields(this.#fields, view, 0, packet.length, packet.length)) return;
        const stream = this.#fields.fault === "" && !isRtcp(packet) ? this.#find(path) : undefined;
        if (stream !== undefined) this.#give(stream, packet, packet.length, path.sourcePort);
      },
    });
  }

  /** Takes all records that the cursor has. */
  block(cursor: RecordCursor): void {
    this.#cursor = cursor;
    while (cursor.next()) {
      this.#filter.begin(cursor);
      this.#fragments = [];
      const { buffer, offset, end, originalLength, frameNumber } = cursor;
      const d = this.#dissection;
      d.begin(buffer.bytes, buffer.view, offset, end, originalLength, frameNumber);
      dissectFrame(d, cursor.linkType, offset);
    }
  }

  #fragment(key: string, isWhole: boolean): void {
    const kept = this.#kept.get(key) ?? [];
    this.#kept.delete(key);
    if (isWhole) {
      this.#fragments = kept;
      return;
    }
    const { buffer, offset, end, seconds, nanoseconds, originalLength } = this.#cursor;
    kept.push({ seconds, nanoseconds, originalLength, bytes: buffer.bytes.slice(offset, end) });
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_FRAGMENTED && oldest !== undefined) this.#kept.delete(oldest);
  }

  #tcp(d: Dissection): void {
    if (d.inIcmp) return;
    if (this.#onSegment !== undefined && this.#isBetweenEnds(d)) this.#onSegment(this.#cursor);
    this.#rtsp.segment(d, 0);
  }

  #isBetweenEnds(d: Dissection): boolean {
    const ends = [
      `${formatAddress(d.sourceAddress())}|${d.sourcePort}`,
      `${formatAddress(d.destinationAddress())}|${d.destinationPort}`,
    ];
    return this.#streams.some(({ path }) =>
      ends.includes(`${path.source}|${path.sourcePort}`) &&
      ends.includes(`${path.destination}|${path.destinationPort}`)
    );
  }

  #udp(d: Dissection): void {
    if (d.inIcmp) return;
    const { view, bytes } = d;
    const { start, end, wireEnd } = relayed(d) ?? d;
    if (!readRtpFields(this.#fields, view, start, end, wireEnd) || this.#fields.fault !== "") {
      return;
    }
    if (isRtcp(bytes, start)) return;
    const stream = this.#find({
      source: formatAddress(d.sourceAddress()),
      sourcePort: d.sourcePort,
      destination: formatAddress(d.destinationAddress()),
      destinationPort: d.destinationPort,
    });
    if (stream === undefined) return;
    if (this.#fields.version !== 2 && stream.end?.dialect !== "lab") return;
    this.#give(stream, bytes.subarray(start, end), wireEnd - start, d.sourcePort);
  }

  #give(stream: Stream, datagram: Uint8Array, length: number, sourcePort: number): void {
    // Packets of before the stream was believed, and had been given up again, are not its own.
    if (this.#cursor.frameNumber < stream.firstFrame) return;
    const [fields, cursor, fragments] = [this.#fields, this.#cursor, this.#fragments];
    this.#receive({ stream, fields, datagram, length, cursor, sourcePort, fragments });
  }

  #find(path: Omit<StreamPath, "transport">): Stream | undefined {
    const { ssrc } = this.#fields;
    const exact = this.#byKey.get(keyOf(path, ssrc));
    return exact ??
      this.#streams.find((stream) =>
        stream.end?.dialect === "lab" && stream.ssrc === ssrc &&
        stream.path.source === path.source && stream.path.destination === path.destination &&
        stream.path.destinationPort === path.destinationPort
      );
  }
}

function keyOf(path: Omit<StreamPath, "transport">, ssrc: number): string {
  const { source, sourcePort, destination, destinationPort, channel = "" } = path;
  return `${source}|${sourcePort}|${destination}|${destinationPort}|${channel}|${ssrc}`;
}
