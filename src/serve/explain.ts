/**
 * `reel serve --explain`: the mistakes of each client, named when it leaves.
 *
 * @module
 */

import type { Finding } from "../diagnose/finding.ts";
import { Findings } from "../diagnose/findings.ts";
import { RtspObserver } from "../diagnose/rtsp_observer.ts";
import { RtspParser } from "../rtsp/parser.ts";
import type { RtspMessage } from "../rtsp/message.ts";
import type { Connection } from "./connection.ts";
import type { ServerObserver } from "./server.ts";

interface Watched {
  readonly findings: Findings;
  readonly observer: RtspObserver;
  readonly sinceMs: number;
  messages: number;
}

/** Watches all connections; `onLeave` is told what each did wrong. */
export function explainObserver(
  onLeave: (connection: Connection, findings: readonly Finding[]) => void,
): Partial<ServerObserver> {
  const watched = new Map<Connection, Watched>();
  const observe = (
    connection: Connection,
    message: RtspMessage,
    side: "client" | "server",
  ): void => {
    const entry = watched.get(connection);
    if (entry === undefined) return;
    const timeMs = performance.now() - entry.sinceMs;
    entry.observer.message(message, side, { number: ++entry.messages, timeMs });
  };
  return {
    connected(connection) {
      const findings = new Findings();
      const observer = new RtspObserver(findings, { peer: "client" });
      watched.set(connection, { findings, observer, sinceMs: performance.now(), messages: 0 });
    },
    request: (connection, request) => observe(connection, request, "client"),
    malformed: (connection, message) => observe(connection, message, "client"),
    wire(connection, direction, bytes) {
      if (direction === "received") return;
      // Our own reply, which tells how the conversation stands.
      const parser = new RtspParser();
      const reply = parser.push(bytes)[0] ?? parser.takePending();
      // The hello lab's is no RTSP.
      if (reply !== undefined && reply.kind !== "malformed") observe(connection, reply, "server");
    },
    closed(connection) {
      const entry = watched.get(connection);
      watched.delete(connection);
      if (entry !== undefined) onLeave(connection, entry.findings.list());
    },
  };
}
