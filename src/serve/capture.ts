/**
 * `reel serve --pcap`: the packets of all sessions.
 *
 * @module
 */

import type { CapturedConnection } from "../capture/captured_connection.ts";
import type { SessionCapture } from "../capture/session_capture.ts";
import { unixMs } from "../capture/unix_time.ts";
import { normalizeAddress } from "../net/address.ts";
import type { Connection } from "./connection.ts";
import type { ServerObserver } from "./server.ts";

/** Writes what a server sends and receives. */
export function captureObserver(capture: SessionCapture): Partial<ServerObserver> {
  const connections = new Map<Connection, CapturedConnection>();
  /** The address of ours that a client talks to. */
  const localHosts = new Map<string, string>();
  const here = (client: string, port: number): { host: string; port: number } => ({
    host: localHosts.get(client) ?? "127.0.0.1",
    port,
  });
  return {
    connected(connection) {
      const { address, port, local } = connection;
      localHosts.set(address, local.address);
      const captured = capture.connection(
        { host: address, port },
        { host: local.address, port: local.port },
      );
      captured.open(unixMs());
      connections.set(connection, captured);
    },
    stream(connection, direction, bytes) {
      const captured = connections.get(connection);
      if (direction === "received") captured?.toServer(bytes, unixMs());
      else captured?.toClient(bytes, unixMs());
    },
    closed(connection) {
      connections.get(connection)?.close(unixMs());
      connections.delete(connection);
    },
    datagramReceived(from, local, datagram) {
      const host = normalizeAddress(from.hostname);
      capture.udp({ host, port: from.port }, here(host, local), datagram, unixMs());
    },
    datagramSent({ hostname, port }, local, datagram) {
      capture.udp(here(hostname, local), { host: hostname, port }, datagram, unixMs());
    },
  };
}
