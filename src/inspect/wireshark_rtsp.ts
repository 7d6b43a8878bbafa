/**
 * RTSP as Wireshark 4.0 reads it: on well-known ports only, and each segment by itself, unless a message
 * or frame goes on in the next. What begins with neither is passed over to the segment's end.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { formatAddress } from "../capture/address.ts";
import { type Dissection, TCP_FLAG } from "../capture/dissection.ts";
import { type Wanted, WiresharkConnection } from "./wireshark_tcp.ts";

const PORTS: ReadonlySet<number> = new Set([554, 8554, 7236]);
const DOLLAR = 0x24;
const FRAME_HEADER_BYTES = 4;
/** Bytes in which the head of a message is looked for. */
const MAX_HEAD_BYTES = 65_536;
const START_LINE =
  /^(?:RTSP\/|(?:OPTIONS|DESCRIBE|ANNOUNCE|SETUP|PLAY|PAUSE|TEARDOWN|RECORD|GET_PARAMETER|SET_PARAMETER|REDIRECT)(?:[ \r\n]|$))/i;
const HEADER_LINE = /^[\w!#$%&'*+.^`|~-]+:/;
/** Connections that are followed; the older half is forgotten for new ones. */
const MAX_CONNECTIONS = 1000;
/** Ports of clients that are remembered. */
const MAX_CLIENTS = 20_000;

/** The ends of a direction. */
export interface RtspPath {
  /** Source address. */
  readonly source: string;
  /** Source port. */
  readonly sourcePort: number;
  /** Destination address. */
  readonly destination: string;
  /** Destination port. */
  readonly destinationPort: number;
}

/** What goes over a channel or to a port. */
export type Carried = "rtp" | "rtcp";

/** Takes what comes on interleaved channels, and what a Transport header says that it is. */
export type FrameReceiver = (
  path: RtspPath,
  carried: Carried | undefined,
  payload: Uint8Array,
) => void;

/** A port of a client's. */
interface ClientPort {
  readonly carried: Carried;
  /** The server's; 0 for any. */
  readonly serverPort: number;
}

interface Connection {
  readonly key: string;
  readonly tcp: WiresharkConnection;
  readonly channels: Map<number, Carried>;
  /** Sequence number of the SYN that began it. */
  readonly began: number | undefined;
}

/** Whether a segment goes to or comes from a port of RTSP's. */
export function isRtspPort({ sourcePort, destinationPort }: Dissection): boolean {
  return PORTS.has(sourcePort) || PORTS.has(destinationPort);
}

/** Takes segments of RTSP connections. */
export class WiresharkRtsp {
  readonly #connections = new Map<string, Connection>();
  readonly #clients = new Map<string, ClientPort>();
  readonly #receive: FrameReceiver;

  /** `receive` takes what comes on interleaved channels. */
  constructor(receive: FrameReceiver) {
    this.#receive = receive;
  }

  /** What a datagram carries, as far as servers have said. */
  carried({ source, sourcePort, destination, destinationPort }: RtspPath): Carried | undefined {
    if (this.#clients.size === 0) return undefined;
    const to = this.#clients.get(`${destination}|${destinationPort}`);
    if (to !== undefined && (to.serverPort === 0 || to.serverPort === sourcePort)) {
      return to.carried;
    }
    // What goes back is expected of RTCP, or where the server has named no port.
    const from = this.#clients.get(`${source}|${sourcePort}`);
    if (from === undefined) return undefined;
    const isBack = from.carried === "rtcp" && from.serverPort === destinationPort;
    return isBack || from.serverPort === 0 ? from.carried : undefined;
  }

  /** Takes a segment, captured at a time in ms. */
  segment(d: Dissection, timeMs: number): void {
    const source = `${formatAddress(d.sourceAddress())}|${d.sourcePort}`;
    const destination = `${formatAddress(d.destinationAddress())}|${d.destinationPort}`;
    const connection = this.#find(d, `${source}>${destination}`, `${destination}>${source}`);
    const isForward = connection.key.startsWith(`${source}>`);
    const segment = {
      sequence: d.sequence,
      acknowledgement: d.acknowledgement,
      flags: d.flags,
      window: d.window,
      length: d.wireEnd - d.start,
      timeMs,
    };
    const payload = d.bytes.subarray(d.start, d.end);
    const path = {
      source: formatAddress(d.sourceAddress()),
      sourcePort: d.sourcePort,
      destination: formatAddress(d.destinationAddress()),
      destinationPort: d.destinationPort,
    };
    connection.tcp.segment(
      segment,
      payload,
      isForward,
      (bytes) => this.#dissect(connection, bytes, path),
    );
  }

  #find(d: Dissection, key: string, reverse: string): Connection {
    const known = this.#connections.get(key) ?? this.#connections.get(reverse);
    const isSyn = (d.flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
    if (known !== undefined && !(isSyn && known.began !== d.sequence)) return known;
    if (this.#connections.size >= MAX_CONNECTIONS) {
      let count = MAX_CONNECTIONS / 2;
      for (const oldest of this.#connections.keys()) {
        if (count-- === 0) break;
        this.#connections.delete(oldest);
      }
    }
    const connection = {
      key,
      tcp: new WiresharkConnection(),
      channels: new Map<number, Carried>(),
      began: isSyn ? d.sequence : undefined,
    };
    this.#connections.delete(reverse);
    this.#connections.set(key, connection);
    return connection;
  }

  #dissect(connection: Connection, bytes: Uint8Array, path: RtspPath): Wanted | undefined {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      const step = rest[0] === DOLLAR ? frameBytes(rest) : messageBytes(rest);
      if (step.more !== undefined) return { offset: at, bytes: step.more };
      if (rest[0] === DOLLAR) {
        const payload = rest.subarray(FRAME_HEADER_BYTES, step.length);
        this.#receive(path, connection.channels.get(rest[1]!), payload);
      } else if (step.transport !== undefined) {
        this.#setUp(connection, step.transport, path.destination);
      }
      at += step.length;
    }
    return undefined;
  }

  /** What a server's Transport header says; whether anybody had asked does not matter. */
  #setUp({ channels }: Connection, transport: string, client: string): void {
    const interleaved = /interleaved=(\d{1,3})(?:-(\d{1,3}))?/i.exec(transport);
    if (interleaved !== null) {
      channels.set(Number(interleaved[1]), "rtp");
      if (interleaved[2] !== undefined) channels.set(Number(interleaved[2]), "rtcp");
      return;
    }
    const own = /client_port=(\d{1,5})(?:-(\d{1,5}))?/.exec(transport);
    if (own === null || this.#clients.size >= MAX_CLIENTS) return;
    const server = /server_port=(\d{1,5})(?:-(\d{1,5}))?/.exec(transport);
    this.#clients.set(`${client}|${Number(own[1])}`, {
      carried: "rtp",
      serverPort: Number(server?.[1] ?? 0),
    });
    if (own[2] === undefined) return;
    this.#clients.set(`${client}|${Number(own[2])}`, {
      carried: "rtcp",
      serverPort: Number(server?.[2] ?? 0),
    });
  }
}

interface Step {
  /** Bytes of the unit, as far as they are there. */
  readonly length: number;
  /** What is missing. */
  readonly more?: number | "segment";
  /** The Transport header of a response. */
  readonly transport?: string;
}

function frameBytes(bytes: Uint8Array): Step {
  if (bytes.length < FRAME_HEADER_BYTES) return { length: 0, more: "segment" };
  const length = FRAME_HEADER_BYTES + ((bytes[2]! << 8) | bytes[3]!);
  return length > bytes.length ? { length: 0, more: length - bytes.length } : { length };
}

function messageBytes(bytes: Uint8Array): Step {
  const text = decodeLatin1(bytes.subarray(0, MAX_HEAD_BYTES));
  const isMessage = START_LINE.test(text);
  let contentLength: number | undefined;
  let at = 0;
  let isWhole = false;
  let transport: string | undefined;
  while (at < text.length && !isWhole) {
    const newline = text.indexOf("\n", at);
    const next = newline === -1 ? text.length : newline + 1;
    const line = text.slice(at, next).replace(/\r?\n$/, "");
    const isFirst = isMessage && at === 0;
    if (line === "") isWhole = newline !== -1;
    else if (!isFirst && !isMessage && !HEADER_LINE.test(line)) break;
    const length = /^content-length[ \t]*:[ \t]*(\d{1,9})/i.exec(line)?.[1];
    if (length !== undefined) contentLength = Number(length);
    const value = /^transport[ \t]*:[ \t]*(rtp\/avp.*)/i.exec(line)?.[1];
    if (value !== undefined && text.startsWith("RTSP/")) transport = value;
    at = next;
  }
  if (isMessage && !isWhole) return { length: 0, more: "segment" };
  if (!isMessage) return { length: bytes[at] === DOLLAR && at > 0 ? at : bytes.length };
  const length = at + (contentLength ?? 0);
  return length > bytes.length
    ? { length: 0, more: length - bytes.length }
    : { length, ...(transport === undefined ? undefined : { transport }) };
}
