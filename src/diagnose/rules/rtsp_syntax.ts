/**
 * Rules about how one RTSP message is written.
 *
 * @module
 */

import type { RuleTable } from "../rule.ts";

/** Names of these rules. */
export type RtspSyntaxRule =
  | "rtsp-line-ending-lf"
  | "rtsp-line-ending-mixed"
  | "rtsp-no-blank-line"
  | "rtsp-no-final-newline"
  | "rtsp-no-message"
  | "rtsp-no-header-names"
  | "rtsp-header-line"
  | "rtsp-header-equals"
  | "rtsp-header-no-colon"
  | "rtsp-header-indented"
  | "rtsp-header-misspelt"
  | "rtsp-method-case"
  | "rtsp-method-unknown"
  | "rtsp-protocol-misspelt"
  | "rtsp-version"
  | "rtsp-url-missing"
  | "rtsp-url-relative"
  | "rtsp-url-malformed"
  | "rtsp-url-file-as-host"
  | "rtsp-reason-missing"
  | "rtsp-content-length-missing"
  | "rtsp-content-length-wrong"
  | "rtsp-content-type-missing"
  | "rtsp-body-no-blank-line";

const LAB_FORM = "The labs' three lines";

/** The rules. */
export const RTSP_SYNTAX_RULES: RuleTable<RtspSyntaxRule> = {
  "rtsp-line-ending-lf": {
    severity: "warning",
    message: "Lines end with LF alone.",
    expected: "\\r\\n at the end of each line",
    reference: "RFC 2326 section 4",
    remedy: 'Write "\\r\\n" where the program writes "\\n".',
    in: {
      "lab": {
        severity: "note",
        message: "Lines end with LF alone, as the lab's programs do; the RFC wants CR LF.",
        expected: "\\n in the lab, \\r\\n everywhere else",
        remedy: "Nothing to mend in the lab; a standard peer wants \\r\\n.",
        reference: `${LAB_FORM}; RFC 2326 section 4`,
      },
    },
  },
  "rtsp-line-ending-mixed": {
    severity: "warning",
    message: "The lines of one message do not all end alike, or end with CR alone.",
    expected: "the same line ending, \\r\\n, throughout",
    reference: "RFC 2326 section 4",
    remedy: 'End every line with "\\r\\n", the last header and the blank line included.',
  },
  "rtsp-no-blank-line": {
    severity: "error",
    message: "No blank line ends the headers, so the other side waits for more.",
    expected: "\\r\\n\\r\\n after the last header",
    reference: "RFC 2326 sections 4 and 6",
    remedy: 'Send one more "\\r\\n" after the last header line.',
    in: {
      "lab": {
        severity: "note",
        message: "No blank line ends the headers, as in the lab's programs; the RFC wants one.",
        expected: "three lines in the lab; everywhere else a blank line behind them",
        remedy: "Nothing to mend in the lab, where a blank line stops some programs.",
        reference: `${LAB_FORM}; RFC 2326 section 4`,
      },
      "audio-lab": { severity: "warning" },
    },
  },
  "rtsp-no-final-newline": {
    severity: "error",
    message: "The last header line has no line ending, so the other side waits for more.",
    expected: "\\r\\n after the last header and a blank line",
    reference: "RFC 2326 section 4",
    remedy: 'Send "\\r\\n\\r\\n" after the last header line.',
    in: {
      "lab": {
        severity: "note",
        message: "The last header line has no line ending, as in the lab's programs.",
        expected: "\\n at the least after the last header; the RFC wants \\r\\n and a blank line",
        remedy: "End the last line too: some lab programs wait for it. No blank line in the lab.",
        reference: `${LAB_FORM}; RFC 2326 section 4`,
      },
      "audio-lab": { severity: "warning" },
    },
  },
  "rtsp-no-message": {
    severity: "error",
    message: "These bytes are no RTSP message.",
    expected: "METHOD URL RTSP/1.0, or RTSP/1.0 STATUS REASON",
    reference: "RFC 2326 sections 6.1 and 7.1",
    remedy: "Send nothing on the control connection but messages, each ended by a blank line.",
  },
  "rtsp-no-header-names": {
    severity: "error",
    message: "The request has values, but no header names.",
    expected: "CSeq: 1 and Transport: … or Session: …, each on its own line",
    reference: "RFC 2326 section 4.2",
    remedy: "Write each value as Name: value.",
    in: { lab: { severity: "warning" } },
  },
  "rtsp-header-line": {
    severity: "warning",
    message: "A line among the headers is no header.",
    expected: "Name: value",
    reference: "RFC 2326 section 4.2",
    remedy: "Give it a name and a colon, or put it into a body behind a blank line.",
  },
  "rtsp-header-equals": {
    severity: "error",
    message: "A header is written with = in place of the colon.",
    expected: "Name: value",
    reference: "RFC 2326 section 4.2",
    remedy: 'Write ":" after the header\'s name.',
  },
  "rtsp-header-no-colon": {
    severity: "error",
    message: "No colon stands behind a header's name.",
    expected: "Name: value",
    reference: "RFC 2326 section 4.2",
    remedy: 'Write ":" after the header\'s name.',
  },
  "rtsp-header-indented": {
    severity: "error",
    message: "A header line begins with a space, which makes it a part of the line before.",
    expected: "Name: value from the first column on",
    reference: "RFC 2326 section 15.1 (LWS)",
    remedy: "Take the program's own indentation out of the text that it sends.",
  },
  "rtsp-header-misspelt": {
    severity: "error",
    message: "A header's name is misspelt, so that the other side does not see it.",
    expected: "the name as the RFC has it",
    reference: "RFC 2326 section 12",
    remedy: "Mend the spelling.",
  },
  "rtsp-method-case": {
    severity: "error",
    message: "The method is not in upper case; methods are case-sensitive.",
    expected: "SETUP, PLAY, PAUSE, TEARDOWN …",
    reference: "RFC 2326 section 10",
    remedy: "Send the method in upper case.",
    in: { "audio-lab": { severity: "warning" } },
  },
  "rtsp-method-unknown": {
    severity: "warning",
    message: "RTSP has no such method.",
    expected: "a method of the RFC, or one that the server lists in Public",
    reference: "RFC 2326 section 10",
    remedy: "Use a standard method, or a header or parameter (SET_PARAMETER) for what is added.",
    in: {
      lab: { severity: "note", message: "RTSP has no such method; it is an extension of a lab." },
    },
  },
  "rtsp-protocol-misspelt": {
    severity: "error",
    message: "The request line says RSTP; the protocol's name is RTSP.",
    expected: "METHOD URL RTSP/1.0",
    reference: "RFC 2326 section 6.1",
    remedy: "Write RTSP/1.0.",
  },
  "rtsp-version": {
    severity: "error",
    message: "There is no such version of RTSP.",
    expected: "RTSP/1.0 or RTSP/2.0",
    reference: "RFC 2326 section 3.1",
    remedy: "Write RTSP/1.0.",
  },
  "rtsp-url-missing": {
    severity: "error",
    message: "The request line has no URL.",
    expected: "METHOD URL RTSP/1.0",
    reference: "RFC 2326 section 6.1",
    remedy: "Name what is asked for between method and version, or * with OPTIONS.",
  },
  "rtsp-url-relative": {
    severity: "error",
    message: "The request URL is not absolute.",
    expected: "rtsp://host:port/path, or * with OPTIONS",
    reference: "RFC 2326 section 6.1",
    remedy: "Put rtsp://, the server's address and / before the name.",
    in: {
      lab: {
        severity: "note",
        message: "The request names a file, as in the lab; the RFC wants an absolute URL.",
        expected: "the file's name in the lab; everywhere else rtsp://host:port/path",
        remedy: "Nothing to mend in the lab.",
        reference: "The lab's example exchange; RFC 2326 section 6.1",
      },
    },
  },
  "rtsp-url-malformed": {
    severity: "error",
    message: "The request URL cannot be read.",
    expected: "rtsp://host:port/path, spaces written as %20",
    reference: "RFC 2326 section 3.2",
    remedy: "Escape what may not stand in a URL and check the port.",
    in: { lab: { severity: "warning" } },
  },
  "rtsp-url-file-as-host": {
    severity: "warning",
    message: "The URL has the file's name where the host belongs.",
    expected: "rtsp://host:port/file",
    reference: "RFC 2326 section 3.2",
    remedy: "Put the server's address between rtsp:// and the file's name.",
  },
  "rtsp-reason-missing": {
    severity: "note",
    message: "The status line has no reason phrase.",
    expected: "RTSP/1.0 200 OK",
    reference: "RFC 2326 section 7.1",
    remedy: "Write the words for the status behind it.",
  },
  "rtsp-content-length-missing": {
    severity: "error",
    message: "A body follows, but no Content-Length says how long it is.",
    expected: "Content-Length: the body's bytes",
    reference: "RFC 2326 sections 4.4 and 12.14",
    remedy: "Send Content-Length with the number of bytes behind the blank line.",
    in: { lab: { severity: "warning" } },
  },
  "rtsp-content-length-wrong": {
    severity: "error",
    message: "Content-Length is not the length of the body.",
    expected: "the number of bytes behind the blank line",
    reference: "RFC 2326 section 12.14",
    remedy: "Count the body's bytes as they are sent, line endings included.",
    in: { lab: { severity: "warning" } },
  },
  "rtsp-content-type-missing": {
    severity: "warning",
    message: "A body comes without Content-Type.",
    expected: "Content-Type: application/sdp",
    reference: "RFC 2326 section 12.16",
    remedy: "Name the body's type.",
    in: { lab: { severity: "note" } },
  },
  "rtsp-body-no-blank-line": {
    severity: "error",
    message: "The body follows the headers with no blank line between.",
    expected: "a blank line before the body",
    reference: "RFC 2326 section 4",
    remedy: 'Send one more "\\r\\n" between the last header and the body.',
    in: { lab: { severity: "warning" } },
  },
};
