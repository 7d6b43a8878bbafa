/**
 * A server for one test, on a free port of the loopback interface.
 *
 * @module
 */

import { MediaLibrary } from "../../src/media/library.ts";
import { ReelServer, type ServerOptions } from "../../src/serve/server.ts";

/** A running server and where it is. */
export interface Serving extends AsyncDisposable {
  /** The server. */
  readonly server: ReelServer;
  /** Its port. */
  readonly port: number;
  /** Its URL, without a slash at the end. */
  readonly url: string;
}

/** Serves a folder. */
export function serveFolder(folder: string, options: Partial<ServerOptions> = {}): Serving {
  const server = ReelServer.listen(new MediaLibrary(folder), {
    hostname: "127.0.0.1",
    port: 0,
    ...options,
  });
  const { hostname, port } = server.address;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    server,
    port,
    url: `rtsp://${host}:${port}`,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
