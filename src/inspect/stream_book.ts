/**
 * The sources of a capture: undecided ones, until their packets agree or signalling vouches for them,
 * and the streams that are believed.
 *
 * @module
 */

import { formatAddress } from "../capture/address.ts";
import type { Dissection } from "../capture/dissection.ts";
import type { ClockOption } from "./clock_option.ts";
import { isConsistent, isWholeJpeg, MAX_PENDING } from "./consistency.ts";
import { FirstSights, type Sight } from "./first_sights.ts";
import { hashIpv6 } from "./ipv6_hash.ts";
import type { SignalledEnd } from "./signalling.ts";
import { type PacketNote, Stream, type StreamPath, type StreamWatcher } from "./stream.ts";
import { clockOf } from "./stream_format.ts";
import { StreamSeries } from "./stream_series.ts";
import { StreamTable } from "./stream_table.ts";

/** Streams after which sources that are new are not looked at; their packets are only counted. */
const MAX_STREAMS = 10_000;
/** Sources that may be undecided at a time; the older half is forgotten then. */
const MAX_CANDIDATES = 4096;
/** Bytes of packets that wait for that decision, likewise. */
const MAX_PENDING_BYTES = 8_000_000;
/** Bytes that are kept of the only packet of a source that nothing vouches for. */
const HEAD_BYTES = 64;

/** Options of {@linkcode StreamBook}. */
export interface StreamBookOptions {
  /** Meanings of payload types. */
  readonly clocks: ReadonlyMap<number, ClockOption>;
  /** Whether values over time are kept. */
  readonly series: boolean;
  /** Makes what looks at a stream's packets, once the stream is believed. */
  readonly watch?: (stream: Stream) => StreamWatcher | null;
  /** Makes what looks at packets of an end that are no stream; null when there is no time for it. */
  readonly watchEnd?: (end: SignalledEnd, path: StreamPath) => StreamWatcher | null;
}

/** Finds, tries and keeps streams. */
export class StreamBook {
  /** Streams that are believed, in the order in which that was decided. */
  readonly streams: Stream[] = [];
  /** Sources of UDP by the words of their headers. */
  readonly table: StreamTable = new StreamTable();
  readonly #options: StreamBookOptions;
  readonly #onBelieved: (stream: Stream) => void;
  /** Interleaved sources, and those of labs, whose ports may change. */
  readonly #others = new Map<string, Stream>();
  readonly #sights = new FirstSights();
  #uncounted = 0;
  readonly #bySsrc = new Map<number, Stream[]>();
  /** Watchers by the ends of RTSP sessions: of the latest stream there, or of none. */
  readonly #watchers = new Map<string, StreamWatcher | null>();
  /** Watchers of ends at which there was no stream. */
  readonly endWatchers: StreamWatcher[] = [];
  #candidates = 0;
  #pendingBytes = 0;

  /** `onBelieved` is told of each stream before its packets are counted. */
  constructor(options: StreamBookOptions, onBelieved: (stream: Stream) => void) {
    this.#options = options;
    this.#onBelieved = onBelieved;
  }

  /** Packets of sources that came when there were too many streams already. */
  get uncountedPackets(): number {
    return this.#uncounted;
  }

  /** Believed streams of a source. */
  withSsrc(ssrc: number): readonly Stream[] {
    return this.#bySsrc.get(ssrc) ?? [];
  }

  /**
   * The source of the datagram at hand, of which `sight` tells; undefined when it is one too many, or
   * the first packet of a source that nothing vouches for: that is kept.
   */
  udp(d: Dissection, sight: Sight, signalled: SignalledEnd | undefined): Stream | undefined {
    const { view, source, destination } = d;
    const { ssrc } = sight.fields;
    const isIpv4 = d.family === 4;
    const sourceWord = isIpv4 ? view.getInt32(source) : hashIpv6(view, source);
    const destinationWord = isIpv4 ? view.getInt32(destination) : hashIpv6(view, destination);
    const ports = (d.sourcePort << 16) | d.destinationPort;
    const known = this.table.find(sourceWord, destinationWord, ports, ssrc | 0);
    if (known !== undefined) return known;
    if (this.#isFull()) return undefined;
    let first: PacketNote | undefined;
    if (signalled === undefined) {
      first = this.#sights.take(sourceWord, destinationWord, ports, sight);
      if (first === undefined) return undefined;
    }
    const path = pathOf(d, signalled?.conversation);
    // Lab servers take a new port at each PLAY: it is one stream nevertheless.
    const labKey = `${path.source}|${path.destination}|${path.destinationPort}|${ssrc}`;
    const earlier = signalled?.dialect === "lab" ? this.#others.get(labKey) : undefined;
    const stream = earlier ?? this.#create(path, ssrc, signalled);
    if (signalled?.dialect === "lab") this.#others.set(labKey, stream);
    this.table.add(sourceWord, destinationWord, ports, ssrc | 0, stream);
    if (first !== undefined) this.take(stream, first);
    return stream;
  }

  /**
   * A source on an interleaved channel, or a connection's own, of which `sight` tells then; undefined
   * when it is one too many, or the first packet of one that nothing vouches for.
   */
  interleaved(
    path: StreamPath,
    ssrc: number,
    end: SignalledEnd | undefined,
    sight?: Sight,
  ): Stream | undefined {
    const { conversation, channel, source, sourcePort, destination, destinationPort } = path;
    const key = `${conversation}|${channel}|${source}|${sourcePort}|${destination}|` +
      `${destinationPort}|${ssrc}`;
    const known = this.#others.get(key);
    if (known !== undefined) return known;
    if (this.#isFull()) return undefined;
    let first: PacketNote | undefined;
    if (sight !== undefined && end === undefined) {
      const ports = (sourcePort << 16) | destinationPort;
      first = this.#sights.take(hashText(source), hashText(destination), ports, sight);
      if (first === undefined) return undefined;
    }
    const stream = this.#create(path, ssrc, end);
    this.#others.set(key, stream);
    if (first !== undefined) this.take(stream, first);
    return stream;
  }

  /** Gives a source a packet, which is kept until the source is believed. */
  take(stream: Stream, note: PacketNote): void {
    const { pending } = stream;
    if (pending === null) {
      addTo(stream, note);
      return;
    }
    const isWhole = stream.end !== undefined || pending.length > 0;
    const datagram = isWhole ? note.datagram.slice() : note.datagram.slice(0, HEAD_BYTES);
    pending.push({ ...note, datagram, isWhole });
    this.#pendingBytes += datagram.length;
    const isSignalled = stream.end?.carries === "rtp" && pending.length > 1;
    if (isSignalled || isConsistent(pending, () => this.#hasSibling(stream))) {
      this.believe(stream);
      return;
    }
    if (pending.length > MAX_PENDING) {
      this.#pendingBytes -= bytesOf(pending.splice(0, MAX_PENDING / 2));
    }
    if (this.#pendingBytes > MAX_PENDING_BYTES) this.#forget();
  }

  /** Counts a source as a stream, and the packets of its that wait. */
  believe(stream: Stream): void {
    const { pending } = stream;
    if (pending === null || pending.length === 0) return;
    const watcher = this.#options.watch?.(stream) ?? null;
    this.#candidates--;
    this.#pendingBytes -= bytesOf(pending);
    stream.holdsWholeJpegs = pending.every(isWholeJpeg);
    stream.believe(clockOf(pending[0]!.payloadType, stream.end, this.#options.clocks));
    if (this.#options.series) stream.series = new StreamSeries();
    this.streams.push(stream);
    const alike = this.#bySsrc.get(stream.ssrc);
    if (alike === undefined) this.#bySsrc.set(stream.ssrc, [stream]);
    else alike.push(stream);
    stream.watcher = watcher;
    if (stream.end?.by === "RTSP") this.#watchers.set(endKey(stream.path), watcher);
    this.#onBelieved(stream);
    for (const note of pending) addTo(stream, note);
  }

  /** What looks at the latest stream of an RTSP session's end, or at the end itself; null if nothing does. */
  watcherAt(path: StreamPath, end: SignalledEnd): StreamWatcher | null {
    const key = endKey(path);
    let watcher = this.#watchers.get(key);
    if (watcher === undefined && this.#watchers.size < MAX_STREAMS) {
      watcher = this.#options.watchEnd?.(end, path) ?? null;
      this.#watchers.set(key, watcher);
      if (watcher !== null) this.endWatchers.push(watcher);
    }
    return watcher ?? null;
  }

  /** Sources that are undecided. */
  undecided(): Stream[] {
    return [...this.#all()].filter(({ pending }) => pending !== null);
  }

  /**
   * Whether the few packets of a source are all there is of a stream that signalling announced. A
   * header without payload only opens a way through a firewall, and a single packet beside a stream
   * of the same end is that stream's, damaged.
   */
  isLone({ end, pending, path }: Stream): boolean {
    if (end?.carries !== "rtp" || end.sends === true) return false;
    if (pending?.some(({ octets }) => octets > 0) !== true) return false;
    return !this.streams.some((other) => sharesEnd(other.path, path));
  }

  /** Whether there are too many streams for another; its packet is counted then. */
  #isFull(): boolean {
    if (this.streams.length < MAX_STREAMS) return false;
    this.#uncounted++;
    return true;
  }

  #create(path: StreamPath, ssrc: number, end: SignalledEnd | undefined): Stream {
    if (this.#candidates >= MAX_CANDIDATES) this.#forget();
    this.#candidates++;
    return new Stream(path, ssrc, end);
  }

  /** Whether another source between the same ends is believed. */
  #hasSibling({ path }: Stream): boolean {
    return this.streams.some((other) => sharesEnds(other.path, path));
  }

  #all(): Set<Stream> {
    return new Set([...this.table.values(), ...this.#others.values()]);
  }

  /** Forgets the older half of the undecided sources. */
  #forget(): void {
    const age = ({ pending }: Stream): number =>
      pending === null ? Infinity : pending.at(-1)?.frameNumber ?? 0;
    const ages = this.undecided().map(age).sort((a, b) => a - b);
    const middle = ages[ages.length >> 1] ?? 0;
    this.table.retain((stream) => age(stream) > middle);
    for (const [key, stream] of this.#others) {
      if (age(stream) <= middle) this.#others.delete(key);
    }
    const left = this.undecided();
    this.#candidates = left.length;
    this.#pendingBytes = left.reduce((sum, { pending }) => sum + bytesOf(pending ?? []), 0);
  }
}

/** The ends of the datagram at hand. */
export function pathOf(d: Dissection, conversation?: number): StreamPath {
  return {
    source: formatAddress(d.sourceAddress()),
    sourcePort: d.sourcePort,
    destination: formatAddress(d.destinationAddress()),
    destinationPort: d.destinationPort,
    transport: "udp",
    ...(conversation === undefined ? undefined : { conversation }),
  };
}

function endKey(
  { source, destination, destinationPort, channel, conversation }: StreamPath,
): string {
  return `${conversation}|${channel}|${source}|${destination}|${destinationPort}`;
}

/** A word for an address, to tell sources apart. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function addTo(stream: Stream, note: PacketNote): void {
  const { sequenceNumber, timestamp, timeMs, length, octets, marker, payloadType } = note;
  const { datagram, frameNumber } = note;
  stream.add(
    sequenceNumber,
    timestamp,
    timeMs,
    length,
    octets,
    marker,
    payloadType,
    frameNumber,
  );
  const { watcher } = stream;
  if (watcher === null || !note.isWhole) return;
  const isCut = length > datagram.length;
  if (!watcher.packet(datagram, frameNumber, timeMs, isCut)) stream.watcher = null;
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
