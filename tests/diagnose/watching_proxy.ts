/**
 * A TCP proxy that shows an RTSP conversation, and what is interleaved with it, to the observers.
 *
 * @module
 */

import { Findings } from "../../src/diagnose/findings.ts";
import { RtpObserver } from "../../src/diagnose/rtp_observer.ts";
import { RtspObserver, type Side } from "../../src/diagnose/rtsp_observer.ts";
import { RtspParser } from "../../src/rtsp/parser.ts";

/** A proxy that is running. */
export interface WatchingProxy extends AsyncDisposable {
  /** Its port. */
  readonly port: number;
  /** Settles when PLAY has been answered. */
  readonly playing: Promise<void>;
  /** What was found. */
  readonly findings: Findings;
  /** Messages and interleaved RTP packets that went through. */
  readonly counts: { messages: number; packets: number };
}

/** Passes connections on to `port` and watches them. */
export function watchingProxy(port: number): WatchingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const findings = new Findings();
  const counts = { messages: 0, packets: 0 };
  const running: Promise<void>[] = [];
  const connections: Deno.Conn[] = [];
  const playing = Promise.withResolvers<void>();
  const accept = async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      connections.push(client, server);
      const watch = watchConnection(findings, counts, playing.resolve);
      running.push(pump(client, server, (chunk) => watch("client", chunk)));
      running.push(pump(server, client, (chunk) => watch("server", chunk)));
    }
  };
  running.push(accept().catch(() => {}));
  return {
    port: listener.addr.port,
    playing: playing.promise,
    findings,
    counts,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      connections.forEach(close);
      await Promise.all(running);
    },
  };
}

function watchConnection(
  findings: Findings,
  counts: { messages: number; packets: number },
  onPlaying: () => void,
): (side: Side, chunk: Uint8Array) => void {
  const observer = new RtspObserver(findings, { peer: "both" });
  const parsers = { client: new RtspParser(), server: new RtspParser() };
  const streams = new Map<number, RtpObserver>();
  return (side, chunk) => {
    for (const message of parsers[side].push(chunk)) {
      const meta = { number: ++counts.messages, timeMs: performance.now() };
      if (message.kind !== "interleaved") {
        observer.message(message, side, meta);
        if (side === "server" && observer.state === "Playing") onPlaying();
      } else if (side === "server") {
        const channel = message.channel & ~1;
        let stream = streams.get(channel);
        if (stream === undefined) {
          const options = {
            stream: `channel ${channel}`,
            dialect: "standard",
            overTcp: true,
          } as const;
          streams.set(channel, stream = new RtpObserver(findings, options));
        }
        if (message.channel === channel) {
          counts.packets++;
          stream.packet(message.payload, meta);
        } else stream.rtcp(message.payload, meta);
      }
    }
  };
}

async function pump(
  from: Deno.Conn,
  to: Deno.Conn,
  watch: (chunk: Uint8Array) => void,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (let length; (length = await from.read(buffer)) !== null;) {
      const chunk = buffer.subarray(0, length);
      watch(chunk);
      for (let at = 0; at < length;) at += await to.write(chunk.subarray(at));
    }
    await to.closeWrite();
  } catch {
    // One side has gone away; the other is told.
    close(from);
    close(to);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
