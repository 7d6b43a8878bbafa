/**
 * Captures made for tests: raw IP, a packet after the other.
 */

import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import {
  encodeTcp,
  encodeUdp,
  type Endpoint,
  pathBetween,
  TCP_FLAG,
} from "../../src/capture/packet_builder.ts";
import { type CaptureFormat, CaptureWriter, LINK_TYPE } from "../../src/capture/pcap_writer.ts";
import { memorySource } from "../../src/capture/capture_reader.ts";
import { encodeRtpPacket, type RtpPacketInit } from "../../src/rtp/packet.ts";
import { analyse, type AnalyseOptions } from "../../src/inspect/analyse.ts";
import type { CaptureReport } from "../../src/inspect/capture_report.ts";

/** A client's address. */
export const CLIENT: Endpoint = { host: "192.0.2.10", port: 40_000 };
/** A server's address. */
export const SERVER: Endpoint = { host: "192.0.2.20", port: 554 };

/** When captures begin. */
const START_MS = 1_700_000_000_000;

/** Gathers packets. */
export class TestCapture {
  readonly #writer: CaptureWriter;
  readonly #parts: Uint8Array[];
  readonly #sequences = new Map<string, number>();
  #count = 0;

  constructor(format: CaptureFormat = {}) {
    this.#writer = new CaptureWriter({ linkType: LINK_TYPE.raw, ...format });
    this.#parts = [this.#writer.header()];
  }

  /** The file. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.#parts);
  }

  /** Adds a datagram. */
  udp(from: Endpoint, to: Endpoint, payload: Uint8Array, timeMs: number): void {
    this.#add(encodeUdp(pathBetween(from, to), payload, this.#count), timeMs);
  }

  /** Adds an RTP packet; what is left out is of PCMU's first packet. */
  rtp(from: Endpoint, to: Endpoint, packet: Partial<RtpPacketInit>, timeMs: number): void {
    this.udp(from, to, rtpBytes(packet), timeMs);
  }

  /** Adds a segment with the next bytes of a direction. */
  tcp(from: Endpoint, to: Endpoint, payload: Uint8Array | string, timeMs: number): void {
    const bytes = typeof payload === "string" ? encodeText(payload) : payload;
    this.#segment(from, to, TCP_FLAG.push, bytes, timeMs);
  }

  /** Adds the segment that opens a connection. */
  open(from: Endpoint, to: Endpoint, timeMs: number): void {
    this.#segment(from, to, TCP_FLAG.syn, new Uint8Array(), timeMs);
    this.skip(from, to, 1);
  }

  /** Adds the segment that closes one direction of a connection. */
  close(from: Endpoint, to: Endpoint, timeMs: number): void {
    this.#segment(from, to, TCP_FLAG.fin, new Uint8Array(), timeMs);
  }

  /** Leaves out the next bytes of a direction. */
  skip(from: Endpoint, to: Endpoint, count: number): void {
    this.#advance(from, to, count);
  }

  #segment(
    from: Endpoint,
    to: Endpoint,
    flags: number,
    payload: Uint8Array,
    timeMs: number,
  ): void {
    const sequence = this.#advance(from, to, payload.length);
    const segment = { sequence, acknowledgment: 0, flags, payload };
    this.#add(encodeTcp(pathBetween(from, to), segment, this.#count), timeMs);
  }

  /** The number of a direction's next byte; `count` more are on their way then. */
  #advance(from: Endpoint, to: Endpoint, count: number): number {
    const key = `${from.host}:${from.port}>${to.host}:${to.port}`;
    const sequence = this.#sequences.get(key) ?? 1000;
    this.#sequences.set(key, sequence + count);
    return sequence;
  }

  #add(packet: Uint8Array, timeMs: number): void {
    this.#parts.push(this.#writer.record(START_MS + timeMs, packet));
    this.#count++;
  }

  /** The analysis of the file. */
  analyse(options: AnalyseOptions = {}): Promise<CaptureReport> {
    return analyse(memorySource(this.bytes), { file: "test.pcap", ...options });
  }
}

/** An RTP packet; what is left out is of PCMU's first packet. */
export function rtpBytes(packet: Partial<RtpPacketInit>): Uint8Array<ArrayBuffer> {
  return encodeRtpPacket({
    payloadType: 0,
    sequenceNumber: 0,
    timestamp: 0,
    ssrc: 0x1234,
    payload: new Uint8Array(160).fill(0x55),
    ...packet,
  });
}

/** One request and its answer. */
export function exchange(
  capture: TestCapture,
  request: string,
  response: string,
  timeMs: number,
): void {
  capture.tcp(CLIENT, SERVER, request.replaceAll("\n", "\r\n"), timeMs);
  capture.tcp(SERVER, CLIENT, response.replaceAll("\n", "\r\n"), timeMs + 2);
}
