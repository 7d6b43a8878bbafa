/**
 * Replies, written the way the peer writes: by the RFCs, or as the labs' clients can read them.
 *
 * @module
 */

import { concatBytes, encodeText, visible } from "../bytes/text.ts";
import { VERSION } from "../cli/version.ts";
import { encodeResponse, type RtspRequest } from "../rtsp/message.ts";
import { SUPPORTED } from "./features.ts";
import { formatSession } from "../rtsp/session_header.ts";
import { reasonPhrase } from "../rtsp/status.ts";

/** What is answered, before it is put into words. */
export interface Reply {
  /** Status code. */
  readonly status: number;
  /** What is the matter, in words, which stand in the status line behind the status's own. */
  readonly reason?: string;
  /** Value of the Session header: the identifier, without parameters. */
  readonly session?: string;
  /** Further header fields in order. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Body. */
  readonly body?: Uint8Array;
}

/** How a reply is written. */
export type ReplyStyle = "standard" | "lab" | "audio-lab";

/** Bytes of a reply in a standard client's form; `timeout` is the session timeout in seconds. */
export function formatStandardReply(
  reply: Reply,
  request: Pick<RtspRequest, "method" | "version" | "headers">,
  timeout: number,
  now: Date,
): Uint8Array {
  const cseq = request.headers.get("cseq");
  const version = request.version === "1.0" ? "1.0" : "2.0";
  // RFC 7826 section 18.49 wants the timeout where the session begins, and nowhere else.
  const told = request.method === "SETUP" ? { timeout } : undefined;
  const headers: (readonly [string, string])[] = [
    ...(cseq === undefined ? [] : [["CSeq", cseq] as const]),
    ["Date", now.toUTCString()],
    ["Server", `Reel/${VERSION}`],
    ...(reply.session === undefined
      ? []
      : [["Session", formatSession({ id: reply.session, ...told })] as const]),
    ...repeatedHeaders(request),
    ...reply.headers ?? [],
  ];
  return encodeResponse({
    status: reply.status,
    ...(reply.reason === undefined
      ? undefined
      : { reason: `${reasonPhrase(reply.status)}: ${visible(reply.reason, 200)}` }),
    version,
    headers,
    ...(reply.body === undefined ? undefined : { body: reply.body }),
  });
}

/** What every reply has that is asked for it (RFC 2326 section 12.38, RFC 7826 sections 18.33, 18.51). */
function repeatedHeaders({ headers }: Pick<RtspRequest, "headers">): (readonly [string, string])[] {
  const repeated = ["Timestamp", "Pipelined-Requests"].flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return headers.has("supported") ? [...repeated, ["Supported", SUPPORTED]] : repeated;
}

/**
 * Bytes of a reply that lab clients survive: status, CSeq, Session and nothing between; the request's
 * line endings; a blank line only if the request had one; one write.
 */
export function formatLabReply(
  reply: Reply,
  request: Pick<RtspRequest, "version" | "headers" | "wire">,
): Uint8Array {
  return formatLines(reply, request, [
    `CSeq: ${cseqNumber(request)}`,
    ...(reply.session === "" ? [] : [`Session: ${reply.session ?? "0"}`]),
  ]);
}

/** Bytes of a reply in the audio lab's form: status, CSeq, Date, Transport. */
export function formatAudioLabReply(
  reply: Reply,
  request: Pick<RtspRequest, "version" | "headers" | "wire">,
  now: Date,
): Uint8Array {
  return formatLines(reply, request, [
    `CSeq: ${cseqNumber(request)}`,
    `Date: ${now.toUTCString()}`,
    ...(request.headers.has("session") && reply.session ? [`Session: ${reply.session}`] : []),
  ]);
}

/** The request's CSeq, or 0 where it is none: lab clients read the line as a number. */
function cseqNumber({ headers }: Pick<RtspRequest, "headers">): string {
  const cseq = headers.get("cseq")?.trim() ?? "";
  return /^\d{1,10}$/.test(cseq) ? cseq : "0";
}

function formatLines(
  reply: Reply,
  request: Pick<RtspRequest, "version" | "wire">,
  first: readonly string[],
): Uint8Array {
  const { lineEnding, blankLine } = request.wire;
  const { status, headers = [] } = reply;
  const lines = [
    `RTSP/${request.version.startsWith("1.") ? "1.0" : request.version} ${status} ${
      reasonPhrase(status)
    }`,
    ...first,
    // What is not 200 has no more lines: some clients read a fixed number of them.
    ...(status === 200 ? headers : []).map(([name, value]) => `${name}: ${value}`),
    // Without the blank line, a body could not be told from the head; only who sends none gets none.
    ...(blankLine ? [""] : []),
  ];
  const head = encodeText(lines.map((line) => line + lineEnding).join(""));
  return reply.body === undefined ? head : concatBytes([head, reply.body]);
}
