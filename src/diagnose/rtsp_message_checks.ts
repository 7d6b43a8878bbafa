/**
 * What can be wrong with one RTSP message, whatever was said before it.
 *
 * @module
 */

import { decodeLatin1, visible } from "../bytes/text.ts";
import type { RtspRequest, RtspResponse } from "../rtsp/message.ts";
import type { Seen } from "./reporter.ts";
import type { RuleId } from "./rules/catalogue.ts";

/** Reports a finding about the message at hand. */
export type Report = (rule: RuleId, seen: Seen) => void;

/** The methods of RFC 2326 and RFC 7826. */
const METHODS: ReadonlySet<string> = new Set([
  "OPTIONS",
  "DESCRIBE",
  "ANNOUNCE",
  "SETUP",
  "PLAY",
  "PAUSE",
  "TEARDOWN",
  "GET_PARAMETER",
  "SET_PARAMETER",
  "REDIRECT",
  "RECORD",
  "PLAY_NOTIFY",
]);

/** Headers whose misspelling hurts. */
const IMPORTANT_HEADERS = [
  "Session",
  "Transport",
  "Content-Length",
  "Content-Type",
  "Content-Base",
];

/** The protocol's name, as some labs misspell it too. */
const PROTOCOL = /R(?:TS|ST)P\//i;

/** Checks line endings, start line, header lines and body. */
export function checkMessage(message: RtspRequest | RtspResponse, report: Report): void {
  checkLines(message, report);
  if (message.kind === "request") checkRequestLine(message, report);
  else if (message.reason === "") report("rtsp-reason-missing", firstLine(message));
  if (message.version !== "1.0" && message.version !== "2.0") {
    report("rtsp-version", firstLine(message));
  }
  checkHeaderLines(message, report);
  checkBody(message, report);
}

/** The start line as it was written, line ending included. */
export function firstLine(message: RtspRequest | RtspResponse): string {
  const { head } = message.wire;
  const newline = head.indexOf(0x0a);
  return visible(newline === -1 ? head : head.subarray(0, newline + 1), 160);
}

/** A header field as it was read, or that it is not there. */
export function fieldSeen(message: RtspRequest | RtspResponse, name: string): string {
  const value = message.headers.get(name);
  return value === undefined ? `no ${name} in ${wholeHead(message)}` : `${name}: ${visible(value)}`;
}

/** All of the head, as far as it is worth reading. */
export function wholeHead(message: RtspRequest | RtspResponse): string {
  return visible(message.wire.head, 240);
}

/** Whether a request is written as the lab has it: a file's name for a URL, and no blank line. */
export function hasLabForm({ url, version, wire }: RtspRequest): boolean {
  return version === "1.0" && !wire.blankLine && url !== "*" && !/^rtsp[su]?:/i.test(url);
}

/** Whether headers have their names: some labs go by the place of a value alone. */
export function hasNames(message: RtspRequest): boolean {
  return PROTOCOL.test(firstLine(message)) ||
    /^(?:Session|Transport)\s*:/im.test(decodeLatin1(message.wire.head));
}

/**
 * Session as it was meant: also from a misspelt name, so that one mistake is not reported as two.
 */
export function intendedHeader(
  message: RtspRequest | RtspResponse,
  name: string,
): string | undefined {
  const value = message.headers.get(name);
  if (value !== undefined) return value;
  for (const [written, other] of message.headers) if (isMisspelt(written, name)) return other;
  return undefined;
}

function checkLines(message: RtspRequest | RtspResponse, report: Report): void {
  const { wire } = message;
  const text = decodeLatin1(wire.head);
  const crlf = text.split("\r\n").length - 1;
  const lf = text.split("\n").length - 1 - crlf;
  const cr = text.split("\r").length - 1 - crlf;
  if ((crlf > 0 && lf + cr > 0) || cr > 0) report("rtsp-line-ending-mixed", wholeHead(message));
  else if (lf > 0) report("rtsp-line-ending-lf", wholeHead(message));
  if (!wire.finalNewline) report("rtsp-no-final-newline", `…${visible(wire.head.slice(-40))}`);
  else if (message.body.length > 0 && !wire.blankLine) {
    report("rtsp-body-no-blank-line", wholeHead(message));
  } else if (!wire.blankLine) {
    report("rtsp-no-blank-line", `…${visible(wire.head.slice(-40))}`);
  }
}

function checkRequestLine(message: RtspRequest, report: Report): void {
  const line = firstLine(message);
  const method = /^[A-Za-z_-]*/.exec(line)?.[0] ?? "";
  if (method !== message.method) report("rtsp-method-case", line);
  if (!METHODS.has(message.method)) report("rtsp-method-unknown", line);
  if (/\sRSTP\//i.test(line)) report("rtsp-protocol-misspelt", line);
  const { url } = message;
  if (url === "") {
    report("rtsp-url-missing", line);
  } else if (/^rtsp[su]?:\/\//i.test(url)) {
    checkUrl(url, line, report);
  } else if (url !== "*") {
    const isOdd = /\s/.test(url) || /\SR(?:TS|ST)P\/\d/i.test(line);
    report(isOdd ? "rtsp-url-malformed" : "rtsp-url-relative", line);
  }
}

function checkUrl(url: string, line: string, report: Report): void {
  // URL takes any scheme, but knows the port's range and the host's form only for the web's.
  const asHttp = url.replace(/^rtsp[su]?:/i, "http:");
  if (/[\s"<>\\^`{|}]/.test(url) || !URL.canParse(asHttp)) {
    report("rtsp-url-malformed", line);
    return;
  }
  const { hostname, pathname } = new URL(asHttp);
  if (pathname === "/" && /\.(?:m?jpe?g|wav|avi|mp[34]|mpeg)$/i.test(hostname)) {
    report("rtsp-url-file-as-host", line);
  }
}

function checkHeaderLines(message: RtspRequest | RtspResponse, report: Report): void {
  const { oddLines, head } = message.wire;
  if (message.kind === "request" && !PROTOCOL.test(firstLine(message))) {
    report(hasNames(message) ? "rtsp-version" : "rtsp-no-header-names", visible(head));
    return;
  }
  for (const line of oddLines) report(oddLineRule(line), visible(line));
  for (const [name, value] of message.headers) {
    if (IMPORTANT_HEADERS.some((right) => isMisspelt(name, right))) {
      report("rtsp-header-misspelt", `${visible(name)}: ${visible(value)}`);
    }
  }
}

/** What is wrong with a line that is no header, or only meant to be one. */
function oddLineRule(line: string): RuleId {
  if (/^(?:CSeq|Session|Transport)=/i.test(line)) return "rtsp-header-equals";
  if (/^(?:CSeq|Session|Transport)\s+[^\s=]/i.test(line)) return "rtsp-header-no-colon";
  if (/^\s+(?:CSeq|Session|Transport)\s*:/i.test(line)) return "rtsp-header-indented";
  return /^[\w-]{0,40}seq[\w-]{0,40}\s*:/i.test(line) ? "rtsp-header-misspelt" : "rtsp-header-line";
}

/** Whether `written` is `right` with letters doubled, left out twice or swapped. */
function isMisspelt(written: string, right: string): boolean {
  const name = written.toLowerCase();
  const wanted = right.toLowerCase();
  if (name === wanted || Math.abs(name.length - wanted.length) > 2) return false;
  return collapse(name) === collapse(wanted) ||
    (name.length === wanted.length && sorted(name) === sorted(wanted));
}

/** Without hyphens, and with runs of one letter as one. */
function collapse(name: string): string {
  return name.replaceAll("-", "").replace(/(.)\1+/g, "$1");
}

function sorted(name: string): string {
  return [...name].sort().join("");
}

function checkBody(message: RtspRequest | RtspResponse, report: Report): void {
  const declared = message.headers.get("content-length");
  const { length } = message.body;
  if (declared === undefined) {
    if (length > 0) {
      report("rtsp-content-length-missing", `a body of ${length} bytes: ${visible(message.body)}`);
    }
  } else if (!/^\d+$/.test(declared) || Number(declared) !== length) {
    report(
      "rtsp-content-length-wrong",
      `Content-Length: ${visible(declared)}, but ${length} bytes: ${visible(message.body, 40)}`,
    );
  }
  if (length > 0 && !message.headers.has("content-type")) {
    report("rtsp-content-type-missing", `no Content-Type in ${wholeHead(message)}`);
  }
}
