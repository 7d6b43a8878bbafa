/**
 * What the server tells its operator.
 *
 * @module
 */

import { readable } from "../bytes/text.ts";
import type { Arguments } from "../cli/arguments.ts";
import { print, printError, style } from "../cli/terminal.ts";
import type { Finding } from "../diagnose/finding.ts";
import { formatEndpoint } from "../net/address.ts";
import { encodePath } from "../rtsp/request_url.ts";
import type { Connection } from "./connection.ts";
import type { ReelServer, ServerObserver } from "./server.ts";

/** Prints what happens, as text or as one JSON object a line. */
export class ServeLog {
  /** Sees the server's traffic. */
  readonly observer: Partial<ServerObserver>;
  readonly #json: boolean;
  readonly #startMs = performance.now();

  /** The log that the flags ask for. */
  constructor(args: Arguments) {
    this.#json = args.has("json");
    this.observer = {
      connected: (connection) => this.#event("connected", connection),
      closed: (connection) => this.#event("closed", connection),
      ...(args.has("verbose")
        ? {
          wire: (connection: Connection, direction: "received" | "sent", bytes: Uint8Array) =>
            this.#wire(connection, direction, bytes),
        }
        : undefined),
    };
  }

  /** What a client did wrong, when it leaves. */
  async explain(connection: Connection, findings: readonly Finding[]): Promise<void> {
    const peer = formatEndpoint(connection.address, connection.port);
    if (this.#json) {
      print(JSON.stringify({ event: "findings", connection: connection.id, peer, findings }));
      return;
    }
    const { formatFindings } = await import("../diagnose/format.ts");
    print(`#${connection.id} ${peer}: ${formatFindings(findings, { color: style })}`);
  }

  /** The server listens. */
  started(
    folder: string,
    base: string,
    all: readonly { name: string; tracks: readonly string[]; notes: readonly string[] }[],
  ): void {
    const entries = all.filter(({ tracks }) => tracks.length > 0);
    if (this.#json) {
      const files = entries.map(({ name }) => `${base}/${encodePath(name)}`);
      print(JSON.stringify({ event: "listening", url: `${base}/`, folder, files }));
      return;
    }
    print(`Serving ${folder} at ${style(`${base}/`, "bold")}`);
    for (const { name, notes } of entries) {
      print(`  ${base}/${encodePath(name)}`);
      for (const note of notes) print(`    ${note}`);
    }
    if (entries.length === 0) print("  There is nothing in it yet: put films or sounds there");
    for (const { name, notes } of all.filter(({ tracks }) => tracks.length === 0)) {
      print(`  ${name}: ${notes.join("; ")}`);
    }
    print("Ctrl-C ends it");
  }

  /** A word about something that went wrong or will. */
  notice(message: string): void {
    if (this.#json) print(JSON.stringify({ event: "notice", message }));
    else printError(`reel: ${message}`);
  }

  /** The server has ended. */
  end(server: ReelServer): void {
    const { sessionsServed } = server;
    if (this.#json) print(JSON.stringify({ event: "ended", sessions: sessionsServed }));
    else print(`Served ${sessionsServed} session${sessionsServed === 1 ? "" : "s"}`);
  }

  #event(event: "connected" | "closed", connection: Connection): void {
    const peer = formatEndpoint(connection.address, connection.port);
    if (this.#json) {
      print(JSON.stringify({ event, connection: connection.id, peer, timeMs: this.#timeMs() }));
    } else {
      print(style(`#${connection.id} ${event} ${peer}`, "dim"));
    }
  }

  #wire(connection: Connection, direction: "received" | "sent", bytes: Uint8Array): void {
    // Interleaved frames are no text.
    if (bytes[0] === 0x24) return;
    const text = readable(bytes);
    if (this.#json) {
      const { id } = connection;
      print(
        JSON.stringify({ event: "wire", connection: id, direction, text, timeMs: this.#timeMs() }),
      );
      return;
    }
    const arrow = direction === "received" ? "C → S" : "S → C";
    const color = direction === "received" ? "cyan" : "green";
    for (const line of text.split(/(?<=\n)/)) {
      const ending = /\r?\n$/.exec(line)?.[0] ?? "";
      const shown = ending.replace("\r", "\\r").replace("\n", "\\n");
      const content = line.slice(0, line.length - ending.length);
      print(`${style(`#${connection.id} ${arrow}`, color)}  ${content}${style(shown, "dim")}`);
    }
  }

  #timeMs(): number {
    return Math.round(performance.now() - this.#startMs);
  }
}
