/**
 * Requests of lab programs that write values without their names: `SETUP movie.Mjpeg`, `1`,
 * ` RTSP/1.0 RTP/UDP 25000`, and then `PLAY `, `2`. Their servers go by the place of a value.
 *
 * @module
 */

import { RtspHeaders } from "./headers.ts";
import type { RtspRequest, Wire } from "./message.ts";

/** `SETUP movie.Mjpeg`, or `PLAY `: the version stands two lines down, or nowhere. */
const COMMAND = /^([A-Za-z]+)(?: (?!\S*R(?:TS|ST)P\/\d)(\S+))? ?$/i;
const COMMAND_WITHOUT_FILE = /^(?:(?:PLAY|PAUSE|TEARDOWN) ?|[A-Z]{4,12} )$/i;
/** The number alone; behind it may stand the same request once more, sent twice. */
const NUMBER =
  /^\s*(?:[A-Za-z]{0,20}seq[A-Za-z]{0,20}\s*(?::\s*)?)?(\d{1,10})\s*(?:[A-Za-z]{4,} .*)?$/i;
/** Version and port; or version, session and port. */
const TAIL = /^\s*RTSP\/(\d+\.\d+)\s+(?:RTP\/UDP\s+(\d+)|(\d+)\s+(\d+))(?:\s|$)/i;
const NAMED = /^(Session|Transport)\s*:\s*(.*)$/i;

const NO_BYTES = new Uint8Array(0);

/** Whether a line, without its line ending, may begin such a request. */
export function mayBeUnnamed(line: string): boolean {
  return COMMAND_WITHOUT_FILE.test(line) || /^[A-Za-z]+ \S+ ?$/.test(line);
}

/** The request in these lines, with the names that its values should have; undefined if it is none. */
export function parseUnnamed(lines: readonly string[], wire: Wire): RtspRequest | undefined {
  const [start = "", number = "", tail = ""] = lines;
  const command = mayBeUnnamed(start) ? COMMAND.exec(start) : null;
  const cseq = NUMBER.exec(number)?.[1];
  if (command === null || cseq === undefined) return undefined;
  const method = command[1]!.toUpperCase();
  const values = TAIL.exec(tail);
  const fields: [string, string][] = [["CSeq", cseq]];
  if (values !== null) {
    const [, , onlyPort, session, port] = values;
    if (method === "SETUP") fields.push(["Transport", `RTP/UDP;client_port=${onlyPort ?? port}`]);
    else if (session !== undefined) fields.push(["Session", session]);
  } else {
    // Only the version is missing.
    for (const line of lines.slice(2)) {
      const [, name, value] = NAMED.exec(line) ?? [];
      if (name !== undefined) fields.push([name, value!.trim()]);
    }
    const isNamed = fields.some(([name]) => /^transport$/i.test(name));
    if (method === "SETUP" && !isNamed) return undefined;
  }
  return {
    kind: "request",
    method,
    url: command[2] ?? "",
    version: values?.[1] ?? "1.0",
    headers: new RtspHeaders(fields),
    body: NO_BYTES,
    wire: { ...wire, oddLines: lines.slice(1) },
  };
}
