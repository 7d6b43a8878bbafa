/**
 * The head of an RTSP message: start line and header lines, as the RFCs write them (RFC 2326 section
 * 4, RFC 7826 section 5) and as lab programs do.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { decodeLatin1, encodeText, visible, withoutEnding } from "../bytes/text.ts";
import { RtspHeaders } from "./headers.ts";
import type { MalformedMessage, RtspRequest, RtspResponse, Wire } from "./message.ts";
import { parseUnnamed } from "./unnamed.ts";

const RESPONSE_LINE = /^RTSP\/(\S+)\s+(\d{3})(?:\s+(.*))?$/i;
/** What a request line ends in; some labs write RSTP. */
const PROTOCOL = /R(?:TS|ST)P\/(\d+\.\d+)$/i;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*(.*)$/;
const FIELD_WITH_EQUALS = /^([A-Za-z-]+)=\s*(.*)$/;
/** What lab servers find by its place in the message, whatever stands before it. */
const FIELD_WITHOUT_COLON = /^(CSeq|Session|Transport)\s+([^\s=].*)$/i;
/** A field that was indented along with the program's text, and continues no line. */
const INDENTED_FIELD = /^[ \t]+(?=(?:CSeq|Session|Transport)\s*:)/i;
/** `Csequenznumber: 1`: CSeq by another name. */
const OTHER_CSEQ = /^[\w-]{0,40}seq[\w-]{0,40}\s*:\s*(\d+)\s*$/i;
const SDP_LINE = /^v=\d+$/;
const NO_BYTES = new Uint8Array(0);

/** Whether a line, without its line ending, begins a request or a response. */
export function isStartLine(line: string): boolean {
  return RESPONSE_LINE.test(line) || parseRequestLine(line) !== undefined;
}

/**
 * Takes a request line apart. The URL may be missing (`CONNECT RTSP/1.0`), touch the version and,
 * against the RFCs, hold spaces. Not with one expression: a line of spaces would keep it busy.
 */
function parseRequestLine(
  line: string,
): { method: string; url: string; version: string } | undefined {
  const text = line.trimEnd();
  const protocol = PROTOCOL.exec(text);
  if (protocol === null) return undefined;
  const command = text.slice(0, protocol.index);
  const method = /^[A-Za-z_-]+(?=\s)/.exec(command)?.[0];
  if (method === undefined) return undefined;
  const url = command.slice(method.length).trim();
  return { method: method.toUpperCase(), url, version: protocol[1]! };
}

/**
 * Parses a head, with its blank line or without. A description that follows the header lines with no
 * blank line between (some lab servers write so) becomes the body.
 */
export function parseHead(
  head: Uint8Array,
  maxHeaders: number,
): RtspRequest | RtspResponse | MalformedMessage {
  const text = decodeLatin1(head);
  const lines = splitLines(text);
  // What follows the last newline is a line only if it holds something.
  const finalNewline = lines.at(-1) === "";
  if (finalNewline) lines.pop();
  const blankLine = lines.length > 1 && lines.at(-1) === "";
  if (blankLine) lines.pop();

  const fields: [string, string][] = [];
  const oddLines: string[] = [];
  const wire: Wire = {
    head,
    lineEnding: /\r\n/.test(text.slice(0, text.indexOf("\n") + 1)) ? "\r\n" : "\n",
    blankLine,
    finalNewline,
    oddLines,
  };
  const unnamed = parseUnnamed(lines, wire);
  if (unnamed !== undefined) return unnamed;

  let body = NO_BYTES;
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (SDP_LINE.test(line)) {
      body = encodeText(lines.slice(i).map((rest) => rest + wire.lineEnding).join(""));
      break;
    }
    parseFieldLine(line, fields, oddLines);
    if (fields.length > maxHeaders) {
      return malformedHead(head, `more than ${maxHeaders} header fields`, true);
    }
  }
  findOtherCSeq(lines, fields, wire, oddLines);
  const headers = new RtspHeaders(fields);
  const response = RESPONSE_LINE.exec(lines[0]!);
  if (response !== null) {
    const [, version = "", status = "", reason = ""] = response;
    return { kind: "response", version, status: Number(status), reason, headers, body, wire };
  }
  const request = parseRequestLine(lines[0]!);
  if (request === undefined) {
    return malformedHead(head, `${visible(lines[0]!, 60)} is no RTSP start line`, false);
  }
  return { kind: "request", ...request, headers, body, wire };
}

/** Lines without their endings. One lab client ends them with CR alone. */
function splitLines(text: string): string[] {
  // Programs in C may send the NUL that ends a string too.
  const written = withoutEnding(text, "\0");
  if (!written.includes("\n")) return written.split("\r");
  return written.split("\n").map((line) => withoutEnding(line, "\r"));
}

function parseFieldLine(line: string, fields: [string, string][], oddLines: string[]): void {
  const previous = fields.at(-1);
  if (INDENTED_FIELD.test(line)) {
    oddLines.push(line);
    const [, name, value] = FIELD.exec(line.trim())!;
    fields.push([name!, value!]);
    return;
  }
  if (/^[ \t]/.test(line) && previous !== undefined) {
    // A folded value (RFC 2326 section 15.1, LWS).
    previous[1] = `${previous[1]} ${line.trim()}`;
    return;
  }
  const field = FIELD.exec(line);
  if (field !== null) {
    fields.push([field[1]!, field[2]!.trimEnd()]);
    return;
  }
  oddLines.push(line);
  // `Session= 7700` and `Session 7700`, as some lab clients have it.
  const equals = FIELD_WITH_EQUALS.exec(line) ?? FIELD_WITHOUT_COLON.exec(line);
  if (equals !== null) fields.push([equals[1]!, equals[2]!.trimEnd()]);
}

/** The number of a request whose CSeq has another name: only the labs', which have no blank line. */
function findOtherCSeq(
  lines: readonly string[],
  fields: [string, string][],
  wire: Wire,
  oddLines: string[],
): void {
  if (wire.blankLine || fields.some(([name]) => name.toLowerCase() === "cseq")) return;
  const line = lines.find((line) => OTHER_CSEQ.test(line));
  if (line === undefined) return;
  oddLines.push(line);
  fields.push(["CSeq", OTHER_CSEQ.exec(line)![1]!]);
}

function malformedHead(bytes: Uint8Array, message: string, fatal: boolean): MalformedMessage {
  return { kind: "malformed", error: new DecodeError("RTSP", 0, message), bytes, fatal };
}
