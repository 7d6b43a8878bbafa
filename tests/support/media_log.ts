/**
 * What a receiver got: packets in the order of their arrival, and what is in them.
 *
 * @module
 */

/** An RTP packet, taken apart by hand. */
export interface LoggedRtp {
  /** Sequence number. */
  readonly seq: number;
  /** Timestamp. */
  readonly timestamp: number;
  /** Synchronization source. */
  readonly ssrc: number;
  /** Payload type. */
  readonly payloadType: number;
  /** M bit. */
  readonly marker: boolean;
  /** What is behind the header. */
  readonly payload: Uint8Array;
  /** When it came, in ms. */
  readonly arrivalMs: number;
}

/** The packets of one port or channel. */
export class MediaLog {
  /** As they came. */
  readonly datagrams: { readonly bytes: Uint8Array; readonly arrivalMs: number }[] = [];
  #waiting: (() => void)[] = [];

  /** Adds a packet, which nobody changes any more. */
  add(bytes: Uint8Array): void {
    this.datagrams.push({ bytes, arrivalMs: performance.now() });
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** The packets as RTP. */
  get rtp(): LoggedRtp[] {
    return this.datagrams.map(({ bytes, arrivalMs }) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return {
        marker: (bytes[1]! & 0x80) !== 0,
        payloadType: bytes[1]! & 0x7f,
        seq: view.getUint16(2),
        timestamp: view.getUint32(4),
        ssrc: view.getUint32(8),
        payload: bytes.subarray(12),
        arrivalMs,
      };
    });
  }

  /** Resolves when there are `count` packets. */
  async reach(count: number): Promise<void> {
    await this.until(() => this.datagrams.length >= count);
  }

  /** Resolves when `condition` holds; it is asked after each packet. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when an RTCP BYE has come. */
  async goodbye(): Promise<void> {
    await this.until(() => this.datagrams.some(({ bytes }) => rtcpTypes(bytes).includes(203)));
  }
}

/** Packet types of a compound RTCP packet. */
export function rtcpTypes(compound: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at + 4 <= compound.length;) {
    types.push(compound[at + 1]!);
    at += 4 + 4 * (compound[at + 2]! * 256 + compound[at + 3]!);
  }
  return types;
}

/** Indices in `frames` of the pictures that RFC 2435 packets hold; -1 for one that is not whole. */
export function pictureIndices(
  packets: readonly LoggedRtp[],
  frames: readonly Uint8Array[],
): number[] {
  const indices: number[] = [];
  let scan: Uint8Array[] = [];
  for (const { payload, marker } of packets) {
    const isFirst = (payload[1]! | payload[2]! | payload[3]!) === 0;
    const tables = isFirst && payload[5]! >= 128 ? 4 + payload[10]! * 256 + payload[11]! : 0;
    if (isFirst) scan = [];
    scan.push(payload.subarray(8 + tables));
    if (marker) indices.push(findPicture(scan, frames));
  }
  return indices;
}

function findPicture(scan: readonly Uint8Array[], frames: readonly Uint8Array[]): number {
  const data = scan.flatMap((piece) => [...piece]);
  return frames.findIndex((frame) => {
    // Behind the scan stands only the EOI marker.
    const from = frame.length - 2 - data.length;
    return from > 0 && frame[from - 1] === 0 && data.every((byte, i) => frame[from + i] === byte);
  });
}

/** The samples that packets hold, from big-endian to little-endian. */
export function littleEndianSamples(packets: readonly LoggedRtp[]): Uint8Array<ArrayBuffer> {
  const length = packets.reduce((sum, { payload }) => sum + payload.length, 0);
  const samples = new Uint8Array(length);
  let at = 0;
  for (const { payload } of packets) {
    for (let i = 0; i + 1 < payload.length; i += 2) {
      samples[at++] = payload[i + 1]!;
      samples[at++] = payload[i]!;
    }
  }
  return samples;
}

/** A pair of UDP ports that logs what comes. */
export class UdpReceiver implements Disposable {
  /** What came to the first port. */
  readonly rtp = new MediaLog();
  /** What came to the second port. */
  readonly rtcp = new MediaLog();
  /** The first port. */
  readonly port: number;
  readonly #sockets: readonly [Deno.DatagramConn, Deno.DatagramConn];

  /** Takes two neighbouring ports. */
  constructor(hostname = "127.0.0.1") {
    this.#sockets = bindPair(hostname);
    this.port = (this.#sockets[0].addr as Deno.NetAddr).port;
    this.#receive(this.#sockets[0], this.rtp);
    this.#receive(this.#sockets[1], this.rtcp);
  }

  /** `client_port` of a Transport header. */
  get ports(): string {
    return `${this.port}-${this.port + 1}`;
  }

  /** Sends from the RTCP port. */
  async sendRtcp(packet: Uint8Array, to: Deno.NetAddr): Promise<void> {
    await this.#sockets[1].send(packet, to);
  }

  /** Sends from the RTP port. */
  async sendRtp(packet: Uint8Array, to: Deno.NetAddr): Promise<void> {
    await this.#sockets[0].send(packet, to);
  }

  /** Closes the ports. */
  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.close();
  }

  async #receive(socket: Deno.DatagramConn, log: MediaLog): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const [datagram] = await socket.receive(buffer);
        log.add(datagram.slice());
      }
    } catch {
      // Closed.
    }
  }
}

function bindPair(hostname: string): [Deno.DatagramConn, Deno.DatagramConn] {
  for (;;) {
    const first = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    const { port } = first.addr as Deno.NetAddr;
    try {
      if (port % 2 === 1) throw new Deno.errors.AddrInUse("odd");
      return [first, Deno.listenDatagram({ transport: "udp", hostname, port: port + 1 })];
    } catch {
      first.close();
    }
  }
}
