/**
 * RTSP as Wireshark 4.0 reads it: on well-known ports only, and each segment by itself, unless a message
 * or frame goes on in the next. What begins with neither is passed over to the segment's end.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import { formatAddress } from "../capture/address.ts";
import { type Dissection, TCP_FLAG } from "../capture/dissection.ts";
import { type ConversationListener, RtspConversation } from "./rtsp_conversation.ts";
import type { Signalling } from "./signalling.ts";
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
const MAX_CONNECTIONS = 4096;

interface Connection {
  readonly key: string;
  readonly tcp: WiresharkConnection;
  readonly conversation: RtspConversation;
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
  readonly #signalling: Signalling;
  readonly #listener: ConversationListener;
  #count = 0;

  /** `listener` takes what comes on interleaved channels. */
  constructor(signalling: Signalling, listener: ConversationListener) {
    this.#signalling = signalling;
    this.#listener = listener;
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
    connection.tcp.segment(
      segment,
      payload,
      isForward,
      (bytes) => this.#dissect(connection.conversation, bytes, isForward, d.frameNumber),
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
    const ends = [
      formatAddress(d.sourceAddress()),
      d.sourcePort,
      formatAddress(d.destinationAddress()),
      d.destinationPort,
    ] as const;
    const connection = {
      key,
      tcp: new WiresharkConnection(),
      conversation: new RtspConversation(++this.#count, ends, this.#signalling, this.#listener),
      began: isSyn ? d.sequence : undefined,
    };
    this.#connections.delete(reverse);
    this.#connections.set(key, connection);
    return connection;
  }

  #dissect(
    conversation: RtspConversation,
    bytes: Uint8Array,
    isForward: boolean,
    frameNumber: number,
  ): Wanted | undefined {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      const step = rest[0] === DOLLAR ? frameBytes(rest) : messageBytes(rest);
      if (step.more !== undefined) return { offset: at, bytes: step.more };
      const unit = rest.subarray(0, step.length);
      if (rest[0] === DOLLAR) {
        const payload = unit.subarray(FRAME_HEADER_BYTES);
        this.#listener.interleaved(conversation, unit[1]!, payload, isForward);
      } else if (step.isMessage) {
        conversation.push(isForward, unit, true, { frameNumber, timeMs: 0 });
      }
      at += step.length;
    }
    return undefined;
  }
}

interface Step {
  /** Bytes of the unit, as far as they are there. */
  readonly length: number;
  /** What is missing. */
  readonly more?: number | "segment";
  /** Whether it is a request or a response. */
  readonly isMessage?: boolean;
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
  while (at < text.length && !isWhole) {
    const newline = text.indexOf("\n", at);
    const next = newline === -1 ? text.length : newline + 1;
    const line = text.slice(at, next).replace(/\r?\n$/, "");
    const isFirst = isMessage && at === 0;
    if (line === "") isWhole = newline !== -1;
    else if (!isFirst && !isMessage && !HEADER_LINE.test(line)) break;
    const length = /^content-length[ \t]*:[ \t]*(\d{1,9})/i.exec(line)?.[1];
    if (length !== undefined) contentLength = Number(length);
    at = next;
  }
  if (isMessage && !isWhole) return { length: 0, more: "segment" };
  if (!isMessage) return { length: bytes[at] === DOLLAR && at > 0 ? at : bytes.length };
  const length = at + (contentLength ?? 0);
  return length > bytes.length ? { length: 0, more: length - bytes.length } : { length, isMessage };
}
