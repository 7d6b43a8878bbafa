/**
 * RTSP messages and how they are written (RFC 2326 sections 4 to 7 and 10.12, RFC 7826 sections 5
 * to 8 and 14).
 *
 * @module
 */

import type { DecodeError } from "../bytes/decode_error.ts";
import { concatBytes, encodeText } from "../bytes/text.ts";
import type { RtspHeaders } from "./headers.ts";
import { reasonPhrase } from "./status.ts";

/** How a message was written, so that a reply can be written alike and mistakes can be named. */
export interface Wire {
  /** The bytes of the head as they came: start line, header lines and, if there was one, blank line. */
  readonly head: Uint8Array;
  /** The first line ending of the head; LF is what most lab programs send. */
  readonly lineEnding: "\r\n" | "\n";
  /** Whether a blank line ended the head. Without one it was ended by a pause or by the next message. */
  readonly blankLine: boolean;
  /** Whether the last line that is not blank had a line ending. */
  readonly finalNewline: boolean;
  /** Lines of the head that are no header fields. */
  readonly oddLines: readonly string[];
}

/** A request. */
export interface RtspRequest {
  /** Which message this is. */
  readonly kind: "request";
  /** The method in upper case. */
  readonly method: string;
  /** The request URL as it was written, or "" where a lab program left it out. */
  readonly url: string;
  /** "1.0" or "2.0"; anything else a peer may write. */
  readonly version: string;
  /** The header fields. */
  readonly headers: RtspHeaders;
  /** The body, of Content-Length bytes. */
  readonly body: Uint8Array;
  /** How it was written. */
  readonly wire: Wire;
}

/** A response. */
export interface RtspResponse {
  /** Which message this is. */
  readonly kind: "response";
  /** Three digits; those of the RFCs are 100 to 599. */
  readonly status: number;
  /** The words behind the status. */
  readonly reason: string;
  /** "1.0" or "2.0"; anything else a peer may write. */
  readonly version: string;
  /** The header fields. */
  readonly headers: RtspHeaders;
  /** The body, of Content-Length bytes. */
  readonly body: Uint8Array;
  /** How it was written. */
  readonly wire: Wire;
}

/** Binary data on the control connection (RFC 2326 section 10.12). */
export interface InterleavedFrame {
  /** Which message this is. */
  readonly kind: "interleaved";
  /** 0 to 255. */
  readonly channel: number;
  /** An RTP or RTCP packet; a view that is valid until the next push. */
  readonly payload: Uint8Array;
}

/** Bytes that are no message. */
export interface MalformedMessage {
  /** Which message this is. */
  readonly kind: "malformed";
  /** What is wrong. */
  readonly error: DecodeError;
  /** The bytes that were passed over. */
  readonly bytes: Uint8Array;
  /** Whether nothing after it can be trusted, so that the connection is best closed. */
  readonly fatal: boolean;
}

/** Anything that an RTSP connection carries. */
export type RtspMessage = RtspRequest | RtspResponse | InterleavedFrame | MalformedMessage;

/** Bytes of a request: start line, fields, Content-Length when there is a body, blank line. */
export function encodeRequest(
  request: {
    method: string;
    url: string;
    version?: string;
    headers: Iterable<readonly [string, string]>;
    body?: Uint8Array;
  },
): Uint8Array<ArrayBuffer> {
  const startLine = `${request.method} ${request.url} RTSP/${request.version ?? "1.0"}`;
  return encodeMessage(startLine, request.headers, request.body);
}

/** Bytes of a response. */
export function encodeResponse(
  response: {
    status: number;
    reason?: string;
    version?: string;
    headers: Iterable<readonly [string, string]>;
    body?: Uint8Array;
  },
): Uint8Array<ArrayBuffer> {
  const { status, reason = reasonPhrase(status), version = "1.0" } = response;
  return encodeMessage(`RTSP/${version} ${status} ${reason}`, response.headers, response.body);
}

function encodeMessage(
  startLine: string,
  headers: Iterable<readonly [string, string]>,
  body: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const fields = Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`);
  if (body !== undefined) fields.push(`Content-Length: ${body.length}\r\n`);
  const head = encodeText(`${startLine}\r\n${fields.join("")}\r\n`);
  return body === undefined ? head : concatBytes([head, body]);
}

/**
 * Bytes of an interleaved frame: `$`, channel, 16-bit length, packet.
 *
 * @throws {RangeError} When the packet is longer than 65,535 bytes.
 */
export function encodeInterleaved(channel: number, packet: Uint8Array): Uint8Array<ArrayBuffer> {
  if (packet.length > 0xffff) {
    throw new RangeError(`interleaved packet of ${packet.length} bytes, at most 65535`);
  }
  const bytes = new Uint8Array(4 + packet.length);
  bytes[0] = 0x24;
  bytes[1] = channel;
  bytes[2] = packet.length >> 8;
  bytes[3] = packet.length;
  bytes.set(packet, 4);
  return bytes;
}
