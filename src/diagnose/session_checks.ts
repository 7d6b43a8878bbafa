/**
 * What can be wrong with a session identifier that a server gives.
 *
 * @module
 */

import { visible } from "../bytes/text.ts";
import { parseSession } from "../rtsp/session_header.ts";
import type { Report } from "./rtsp_message_checks.ts";
import type { Dialect } from "./rule.ts";

/** RFC 2326 section 3.4: at least eight octets. */
const SHORTEST = 8;

/** The identifier in a Session header, "" when there is none. */
export function sessionId(header: string): string {
  return parseSession(header)?.id ?? "";
}

/** Checks the form of the identifier. */
export function checkSessionForm(header: string, dialect: Dialect, report: Report): void {
  const seen = `Session: ${visible(header)}`;
  if (dialect === "lab") {
    if (!/^\d+$/.test(header.trim())) report("rtsp-session-not-digits", seen);
    return;
  }
  const id = sessionId(header);
  if (!/^[A-Za-z0-9$_.+-]+$/.test(id)) report("rtsp-session-characters", seen);
  if (id.length < SHORTEST) report("rtsp-session-short", seen);
}
