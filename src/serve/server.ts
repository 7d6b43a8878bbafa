/**
 * The server: listens, accepts, keeps the sessions, forgets the dead ones.
 *
 * @module
 */

import { isIpv6 } from "../net/address.ts";
import { PacketPool } from "../net/media_transport.ts";
import { Pacer } from "../net/pacer.ts";
import type { PortRange } from "../net/udp_pair.ts";
import type { MediaLibrary } from "../media/library.ts";
import { Connection, type ConnectionObserver } from "./connection.ts";
import { type Client, release, type ServerContext } from "./context.ts";
import { RtcpSources } from "./rtcp_sources.ts";
import type { ServedSession } from "./session.ts";
import { type SessionLimits, Sessions } from "./sessions.ts";
import { FrameSplitter } from "./split_frames.ts";
import { Sweeper } from "./sweeper.ts";
import { UdpPairs } from "./udp_pairs.ts";

/** Settings of a {@linkcode ReelServer}. */
export interface ServerOptions {
  /** Address to listen on; all when absent. */
  readonly hostname?: string;
  /** TCP port; 0 for any. */
  readonly port: number;
  /** UDP ports to send from; any when absent. */
  readonly rtpPorts?: PortRange;
  /** Whether presentations begin again at their end. Default false. */
  readonly loop?: boolean;
  /** Seconds that standard clients get ahead of time. Default 0.5. */
  readonly burst?: number;
  /** Longest RTP payload in bytes. Default 1400. */
  readonly maxPayloadBytes?: number;
  /** Longest piece of a frame that lab clients get in one datagram; by default all that fits. */
  readonly labPacketBytes?: number;
  /** Bytes of sound in a labelled chunk. Default 1000. */
  readonly chunkBytes?: number;
  /** Session timeout in ms, at least a second and rounded up to whole ones. Default 60,000. */
  readonly timeoutMs?: number;
  /** How many sessions there may be. */
  readonly limits?: SessionLimits;
  /** A word for the operator. */
  readonly onNotice?: (message: string) => void;
  /** Sees what goes over the wire. */
  readonly observer?: Partial<ServerObserver>;
}

/** Sees what happens at a server. */
export interface ServerObserver extends ConnectionObserver {
  /** A connection was accepted. */
  connected(connection: Connection): void;
  /** A datagram came from a client. */
  datagramReceived(from: Deno.NetAddr, local: number, datagram: Uint8Array): void;
  /** A datagram goes to a client. */
  datagramSent(to: { hostname: string; port: number }, local: number, datagram: Uint8Array): void;
}

/**
 * Connections without a session, at most: beyond them the oldest is closed, so that those who say nothing
 * do not use up what the system allows.
 */
const MAX_SILENT_CONNECTIONS = 500;

/** How often the dead are looked for, in ms. */
const SWEEP_MS = 500;

/** A running server. */
export class ReelServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #options: ServerOptions;
  readonly #pacer: Pacer;
  readonly #sessions: Sessions;
  readonly #connections = new Set<Connection>();
  readonly #pairs: UdpPairs;
  readonly #rtcpSources = new RtcpSources();
  readonly #sweeper: Sweeper<ServedSession>;
  readonly #context: ServerContext;
  /** The session timeout: whole seconds, as replies name it. */
  readonly #timeoutSeconds: number;
  readonly #sweeping: ReturnType<typeof setInterval>;
  readonly #accepting: Promise<void>;
  #accepted = 0;
  #dropped = 0;
  #closed = false;

  private constructor(listener: Deno.TcpListener, library: MediaLibrary, options: ServerOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#pacer = new Pacer(undefined, (error) => {
      options.onNotice?.(`Cannot go on with a stream: ${(error as Error).message}`);
    });
    this.#timeoutSeconds = Math.max(1, Math.ceil((options.timeoutMs ?? 60_000) / 1000));
    this.#sessions = new Sessions(
      options.limits ?? { total: 1000, perClient: 250 },
      (session) => this.#sessionEnded(session),
      (mayEnd) => this.#sweeper.endForgotten(mayEnd),
    );
    this.#pairs = new UdpPairs(options, (...event) => this.#takeDatagram(...event));
    this.#sweeper = new Sweeper({
      sessions: this.#sessions,
      connections: this.#connections,
      timeoutMs: this.#timeoutSeconds * 1000,
      loop: options.loop ?? false,
      now: () => this.#pacer.now(),
      end: (session) => this.#end(session),
    });
    const maxPayloadBytes = options.maxPayloadBytes ?? 1400;
    const { observer } = options;
    this.#context = {
      library,
      sessions: this.#sessions,
      environment: {
        pacer: this.#pacer,
        splitter: new FrameSplitter(maxPayloadBytes, options.labPacketBytes),
        maxPayloadBytes,
        chunkBytes: options.chunkBytes ?? 1000,
        loop: options.loop ?? false,
        burst: options.burst ?? 0.5,
      },
      pool: new PacketPool(),
      udpPair: (family) => this.#pairs.get(family),
      expectRtcp: (...source) => this.#rtcpSources.expect(...source),
      originId: crypto.getRandomValues(new Uint32Array(1))[0]!,
      cname: `reel-${crypto.randomUUID().slice(0, 8)}`,
      notice: (message) => options.onNotice?.(message),
      ...(observer?.datagramSent === undefined ? undefined : {
        tap: (client: Client, ports: { rtp: number; rtcp: number }) => this.#tap(client, ports),
      }),
    };
    this.#sweeping = setInterval(() => this.#sweeper.sweep(), SWEEP_MS);
    this.#accepting = this.#accept();
  }

  /**
   * Starts to listen.
   *
   * @throws {Deno.errors.AddrInUse} When the port is taken.
   */
  static listen(library: MediaLibrary, options: ServerOptions): ReelServer {
    return new ReelServer(openListener(options), library, options);
  }

  /** Address and port that the server listens on. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Sessions now. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Sessions since the start. */
  get sessionsServed(): number {
    return this.#sessions.served;
  }

  /** Control connections now. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Streams that wait for their next packet. */
  get activeStreams(): number {
    return this.#pacer.size;
  }

  /** Packets that were not sent because clients read too slowly, since the start. */
  get droppedPackets(): number {
    let dropped = this.#dropped;
    for (const session of this.#sessions) dropped += session.droppedPackets;
    return dropped;
  }

  async #accept(): Promise<void> {
    for (;;) {
      let conn: Deno.TcpConn;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        if (error instanceof Deno.errors.Interrupted) return;
        // Too many open files, or a peer that was gone before it was accepted: the next may do.
        this.#context.notice(`Cannot accept a connection: ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      this.#takeOver(conn);
    }
  }

  #takeOver(conn: Deno.TcpConn): void {
    const { observer } = this.#options;
    const connection = new Connection(
      ++this.#accepted,
      conn,
      this.#context,
      {
        wire: (...event) => observer?.wire?.(...event),
        ...(observer?.stream === undefined ? undefined : { stream: observer.stream }),
        request: (...event) => observer?.request?.(...event),
        malformed: (...event) => observer?.malformed?.(...event),
        closed: (closed) => this.#connectionClosed(closed),
      },
      this.#timeoutSeconds,
    );
    this.#connections.add(connection);
    this.#closeSilent();
    observer?.connected?.(connection);
    connection.run();
  }

  #closeSilent(): void {
    if (this.#connections.size <= MAX_SILENT_CONNECTIONS) return;
    const silent = [...this.#connections].filter(({ sessions }) => sessions.size === 0);
    if (silent.length > MAX_SILENT_CONNECTIONS) silent[0]!.close();
  }

  /** Sessions over UDP outlive their connection, the labs' but for a moment; the others end with it. */
  #connectionClosed(connection: Connection): void {
    this.#connections.delete(connection);
    const interleaved = new Set([...connection.channels.values()].map(({ session }) => session));
    connection.endSessions((session) =>
      (session.dialect === "standard" && !interleaved.has(session)) ||
      (session.dialect === "hello" && connection.leftAfterGo)
    );
    for (const session of connection.sessions) {
      const lives = this.#sessions.find(session.id, session.clientAddress) === session;
      if (lives) this.#sweeper.orphan(session);
    }
    this.#options.observer?.closed?.(connection);
  }

  #takeDatagram(datagram: Uint8Array, from: Deno.NetAddr, local: number): void {
    this.#options.observer?.datagramReceived?.(from, local, datagram);
    const session = this.#rtcpSources.find(datagram, from);
    if (session !== undefined) session.lastSeenMs = this.#pacer.now();
  }

  #sessionEnded(session: ServedSession): void {
    const { droppedPackets, clientAddress, presentation } = session;
    this.#dropped += droppedPackets;
    if (droppedPackets > 0) {
      this.#context.notice(
        `${clientAddress} reads ${presentation.name} too slowly: ${droppedPackets} packets were left out`,
      );
    }
    this.#rtcpSources.forget(session);
    this.#sweeper.forget(session);
    // Another connection than the one that ends it may know it as well.
    for (const connection of this.#connections) release(connection, session);
  }

  #tap(
    client: Client,
    ports: { rtp: number; rtcp: number },
  ): (datagram: Uint8Array, channel: "rtp" | "rtcp") => void {
    const pair = this.#pairs.get(isIpv6(client.address) ? "ipv6" : "ipv4");
    const to = {
      rtp: { hostname: client.address, port: ports.rtp },
      rtcp: { hostname: client.address, port: ports.rtcp },
    };
    const from = { rtp: pair.rtpPort, rtcp: pair.rtcpPort };
    return (datagram, channel) => {
      this.#options.observer?.datagramSent?.(to[channel], from[channel], datagram);
    };
  }

  #end(session: ServedSession): void {
    const owners = [...this.#connections].filter(({ sessions }) => sessions.has(session));
    this.#sessions.remove(session);
    for (const connection of owners) {
      // Its peer has gone without a word, or will ask anew on another connection.
      if (connection.sessions.size === 0) connection.close();
    }
  }

  /** Says goodbye to everybody and closes all sockets. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sweeping);
    this.#listener.close();
    for (const session of [...this.#sessions]) this.#sessions.remove(session);
    await Promise.all([...this.#connections].map(async (connection) => {
      await connection.drain();
      connection.close();
    }));
    await this.#accepting;
    this.#pairs[Symbol.dispose]();
  }

  /** Says goodbye to everybody and closes all sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** All addresses: both families through one socket where the system has IPv6. */
function openListener(options: ServerOptions): Deno.TcpListener {
  const { hostname, port } = options;
  if (hostname !== undefined) return Deno.listen({ hostname, port });
  try {
    return Deno.listen({ hostname: "::", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw error;
    return Deno.listen({ hostname: "0.0.0.0", port });
  }
}
