/**
 * How RTP and RTCP reach a receiver: in datagrams, or interleaved with the control connection.
 *
 * @module
 */

import type { Payload } from "../payload/payload_format.ts";
import { RTP_HEADER_LENGTH } from "../rtp/packet.ts";
import type { RtpSender } from "../rtp/sender.ts";
import { encodeInterleaved } from "../rtsp/message.ts";
import { isIpv6 } from "./address.ts";
import { type BatchSender, encodeAddress, type SystemAddress } from "./batch_sender.ts";
import type { StreamWriter } from "./stream_writer.ts";
import type { UdpAddress, UdpPair } from "./udp_pair.ts";

/** One receiver of one stream. */
export interface MediaTransport {
  /** Whether the packets of a frame are better sent one after the other than all at once. */
  readonly spreads: boolean;
  /** RTP packets that were not sent because the receiver is slow. */
  readonly droppedPackets: number;
  /** A range begins, where the transport has to know. */
  begin?(): void;
  /** Stamps and sends the payloads from `from` up to `to`, which share a timestamp. */
  sendRtp(
    payloads: readonly Payload[],
    from: number,
    to: number,
    sender: RtpSender,
    timestamp: number,
  ): void;
  /** Sends a compound RTCP packet. */
  sendRtcp(compound: Uint8Array): void;
  /** Tells the receiver that nothing more comes, where that is not RTCP's business. */
  sayGoodbye?(): void;
}

/** Sees what is sent: for captures. */
export type SendTap = (datagram: Uint8Array, channel: "rtp" | "rtcp") => void;

/** Bytes before each packet on a connection. */
const FRAME_HEAD_BYTES = 4;

/** Bytes of a pooled buffer: any packet that fits an Ethernet frame. */
const BUFFER_BYTES = 1536;

/** Buffers that are kept for later; a burst may need more for a moment. */
const MAX_FREE_BUFFERS = 1024;

/**
 * Room for packets that are on their way. The system may take a datagram much later than it was given,
 * when the machine is busy: a buffer is used again only when its packet has gone.
 */
export class PacketPool {
  readonly #free: Uint8Array[] = [];

  /** A buffer of `length` bytes with undefined contents. */
  take(length: number): Uint8Array {
    if (length > BUFFER_BYTES) return new Uint8Array(length);
    return (this.#free.pop() ?? new Uint8Array(BUFFER_BYTES)).subarray(0, length);
  }

  /** Takes back a buffer whose packet has gone. */
  give(packet: Uint8Array): void {
    if (packet.buffer.byteLength !== BUFFER_BYTES) return;
    if (this.#free.length < MAX_FREE_BUFFERS) this.#free.push(new Uint8Array(packet.buffer));
  }
}

/** Datagrams to one receiver. */
export class UdpTransport implements MediaTransport {
  readonly spreads = true;
  readonly droppedPackets = 0;
  readonly #pair: UdpPair;
  readonly #pool: PacketPool;
  readonly #rtpAddress: UdpAddress;
  readonly #rtcpAddress: UdpAddress;
  readonly #tap: SendTap | undefined;
  readonly #batch: BatchSender | undefined;
  readonly #systemAddress: SystemAddress;

  /** Sends from `pair` to the two ports of `hostname`; `pool` is shared by all of a server's streams. */
  constructor(
    pair: UdpPair,
    pool: PacketPool,
    hostname: string,
    ports: { rtp: number; rtcp: number },
    tap?: SendTap,
  ) {
    this.#pair = pair;
    this.#pool = pool;
    this.#rtpAddress = { transport: "udp", hostname, port: ports.rtp };
    this.#rtcpAddress = { transport: "udp", hostname, port: ports.rtcp };
    this.#tap = tap;
    this.#batch = pair.batchSender(isIpv6(hostname) ? "ipv6" : "ipv4");
    this.#systemAddress = encodeAddress(this.#rtpAddress);
  }

  /** Stamps and sends each payload as a datagram. */
  sendRtp(
    payloads: readonly Payload[],
    from: number,
    to: number,
    sender: RtpSender,
    timestamp: number,
  ): void {
    for (let i = from; i < to; i++) {
      const { payload, marker } = payloads[i]!;
      const length = RTP_HEADER_LENGTH + payload.length;
      const slot = this.#batch?.take(length);
      const packet = slot ?? this.#pool.take(length);
      packet.set(payload, RTP_HEADER_LENGTH);
      sender.stamp(packet, marker, timestamp);
      this.#tap?.(packet, "rtp");
      if (slot !== undefined) this.#batch!.commit(length, this.#rtpAddress, this.#systemAddress);
      else this.#pair.sendRtp(packet, this.#rtpAddress, () => this.#pool.give(packet));
    }
  }

  /** Sends a datagram that is no RTP packet to the RTP port. */
  sendRaw(datagram: Uint8Array): void {
    this.#pair.sendRtp(datagram, this.#rtpAddress);
    this.#tap?.(datagram, "rtp");
  }

  /** Sends to the RTCP port. */
  sendRtcp(compound: Uint8Array): void {
    this.#pair.sendRtcp(compound, this.#rtcpAddress);
    this.#tap?.(compound, "rtcp");
  }
}

/**
 * Stamps the payloads from `from` up to `to` and puts them in one piece for a connection, each packet
 * behind four bytes that `head` makes of its length. Packets that are dropped later keep their numbers,
 * so that the receiver sees the loss.
 */
export function encodeFrames(
  payloads: readonly Payload[],
  from: number,
  to: number,
  sender: RtpSender,
  timestamp: number,
  head: (length: number) => number,
): Uint8Array<ArrayBuffer> {
  const overhead = FRAME_HEAD_BYTES + RTP_HEADER_LENGTH;
  let total = 0;
  for (let i = from; i < to; i++) total += overhead + payloads[i]!.payload.length;
  const frames = new Uint8Array(total);
  const view = new DataView(frames.buffer);
  let at = 0;
  for (let i = from; i < to; i++) {
    const { payload, marker } = payloads[i]!;
    const length = RTP_HEADER_LENGTH + payload.length;
    view.setUint32(at, head(length));
    at += FRAME_HEAD_BYTES;
    const packet = frames.subarray(at, at + length);
    packet.set(payload, RTP_HEADER_LENGTH);
    sender.stamp(packet, marker, timestamp);
    at += length;
  }
  return frames;
}

/** Interleaved frames on a control connection (RFC 2326 section 10.12). */
export class InterleavedTransport implements MediaTransport {
  readonly spreads = false;
  readonly #writer: StreamWriter;
  readonly #rtpChannel: number;
  readonly #rtcpChannel: number;
  #dropped = 0;

  /** Sends through `writer` on two channels. */
  constructor(writer: StreamWriter, channels: { rtp: number; rtcp: number }) {
    this.#writer = writer;
    this.#rtpChannel = channels.rtp;
    this.#rtcpChannel = channels.rtcp;
  }

  /** RTP packets that were not sent because the connection was full. */
  get droppedPackets(): number {
    return this.#dropped;
  }

  /** Stamps the payloads and queues them as one piece; all go or none. */
  sendRtp(
    payloads: readonly Payload[],
    from: number,
    to: number,
    sender: RtpSender,
    timestamp: number,
  ): void {
    // "$", the channel, and a length of 16 bits.
    const frames = encodeFrames(
      payloads,
      from,
      to,
      sender,
      timestamp,
      (length) => 0x24000000 | this.#rtpChannel << 16 | length & 0xffff,
    );
    if (!this.#writer.writeMedia(frames)) this.#dropped += to - from;
  }

  /** Queues one frame. */
  sendRtcp(compound: Uint8Array): void {
    this.#writer.write(encodeInterleaved(this.#rtcpChannel, compound));
  }
}
