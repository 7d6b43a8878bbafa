/**
 * One frame on its way from the link layer to the transport. The layers are functions that move
 * offsets in a {@linkcode Dissection}; nothing is copied unless fragments have to be put together.
 *
 * @module
 */

import { FragmentStore } from "./fragments.ts";

/** Tunnels within tunnels that are followed. */
export const MAX_DEPTH = 12;

/** Takes what arrives at the transport layer. The dissection is only valid during the call. */
export interface TransportSink {
  /** A UDP datagram: addresses, ports and payload. */
  udp(packet: Dissection): void;
  /** A TCP segment. */
  tcp(packet: Dissection): void;
  /** A fragment of the IP datagram of that name; `isWhole` where it was the last that was missing. */
  fragment?(datagram: string, isWhole: boolean): void;
}

/** TCP flags. */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** Where things lie in the frame at hand. */
export class Dissection {
  /** The bytes all offsets point into. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The same bytes. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Number of the frame in its file, from 1. */
  frameNumber = 0;
  /** Bytes of the frame that were captured. */
  capturedLength = 0;
  /** Bytes of the frame on the wire. */
  originalLength = 0;
  /** Behind the last captured byte of the innermost layer. */
  end = 0;
  /** Where that layer would end had all of it been captured. */
  wireEnd = 0;
  /** IP version of the innermost addresses. */
  family: 4 | 6 = 4;
  /** Offset of the source address. */
  source = 0;
  /** Offset of the destination address. */
  destination = 0;
  /** Source port. */
  sourcePort = 0;
  /** Destination port. */
  destinationPort = 0;
  /** Offset of the transport's payload. */
  start = 0;
  /** Whether the packet is quoted in an ICMP error: then it is not traffic. */
  inIcmp = false;
  /** TCP sequence number. */
  sequence = 0;
  /** TCP acknowledgement number. */
  acknowledgement = 0;
  /** TCP flags. */
  flags = 0;
  /** TCP window as it stands in the header. */
  window = 0;
  /** Layers so far. */
  depth = 0;
  /** Fragments that wait for the others. */
  readonly fragments: FragmentStore = new FragmentStore();
  /** Frames by link types that are not understood. */
  readonly unknownLinkTypes: Map<number, number> = new Map();
  /** Takes datagrams and segments. */
  readonly sink: TransportSink;

  /** For a reader that gives frames one after the other. */
  constructor(sink: TransportSink) {
    this.sink = sink;
  }

  /** Begins with a frame that lies at `offset` and was captured up to `end`. */
  begin(
    bytes: Uint8Array,
    view: DataView,
    offset: number,
    end: number,
    originalLength: number,
    frameNumber: number,
  ): void {
    this.bytes = bytes;
    this.view = view;
    this.end = end;
    this.capturedLength = end - offset;
    // Some writers leave the original length 0.
    this.originalLength = originalLength;
    this.wireEnd = offset + Math.max(originalLength, this.capturedLength);
    this.frameNumber = frameNumber;
    this.inIcmp = false;
    this.depth = 0;
  }

  /** Ends the innermost layer at `wireEnd` if it ends earlier than the one around it. */
  limit(wireEnd: number): void {
    if (wireEnd < this.wireEnd) this.wireEnd = wireEnd;
    if (this.wireEnd < this.end) this.end = this.wireEnd;
  }

  /** Bytes of the source address; a view. */
  sourceAddress(): Uint8Array {
    return this.bytes.subarray(this.source, this.source + (this.family === 4 ? 4 : 16));
  }

  /** Bytes of the destination address; a view. */
  destinationAddress(): Uint8Array {
    return this.bytes.subarray(this.destination, this.destination + (this.family === 4 ? 4 : 16));
  }
}
