/**
 * A light receiver of many sessions for the serve bench, in a process of its own: counts packets,
 * losses by sequence number and gaps inside frames, and asks OPTIONS all the while.
 *
 * Arguments: URL, `udp` or `tcp`, sessions, seconds, control URLs of picture and sound. Prints
 * `{"event":"ready"}` once all sessions play, then what it counted.
 *
 * @module
 */

import { print } from "../../src/cli/terminal.ts";
import { RtspTestClient } from "../support/rtsp_client.ts";

/** What a receiver counted while all its sessions played. */
export interface Received {
  /** RTP packets. */
  readonly packets: number;
  /** Sequence numbers that never came. */
  readonly lost: number;
  /** The longest wait for a reply, in ms. */
  readonly replyMs: number;
  /** Median time between packets of a frame, in ms. */
  readonly gapMs: number;
  /** Seconds that were counted. */
  readonly seconds: number;
}

/** Sequence numbers of one stream. */
export class Stream {
  /** RTP packets. */
  packets = 0;
  /** Sequence numbers that never came. */
  lost = 0;
  /** Times between packets of a frame, in ms. */
  readonly gaps: number[] = [];
  #next = -1;
  #timestamp = -1;
  #arrivalMs = 0;

  add(bytes: Uint8Array, nowMs: number): void {
    const seq = bytes[2]! << 8 | bytes[3]!;
    const timestamp = bytes[4]! << 24 | bytes[5]! << 16 | bytes[6]! << 8 | bytes[7]!;
    if (this.#next !== -1) this.lost += ((seq - this.#next) << 16) >> 16;
    if (timestamp === this.#timestamp && this.gaps.length < 500) {
      this.gaps.push(nowMs - this.#arrivalMs);
    }
    this.#next = (seq + 1) & 0xffff;
    this.#timestamp = timestamp;
    this.#arrivalMs = nowMs;
    this.packets++;
  }

  reset(): void {
    this.packets = this.lost = 0;
    this.gaps.length = 0;
  }
}

/** The streams of all sessions. */
export const streams: Stream[] = [];

/** Two neighbouring UDP ports. */
export function bindPair(): [Deno.DatagramConn, Deno.DatagramConn] {
  const hostname = "127.0.0.1";
  for (;;) {
    const first = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    const { port } = first.addr as Deno.NetAddr;
    try {
      if (port % 2 === 1) throw new Deno.errors.AddrInUse("odd");
      return [first, Deno.listenDatagram({ transport: "udp", hostname, port: port + 1 })];
    } catch {
      first.close();
    }
  }
}

/** Counts what comes to a socket, until it is closed. */
export async function receive(socket: Deno.DatagramConn, stream: Stream): Promise<void> {
  const buffer = new Uint8Array(2048);
  try {
    for (;;) {
      const [datagram] = await socket.receive(buffer);
      stream.add(datagram, performance.now());
    }
  } catch {
    // Closed.
  }
}

/** A control connection that reads frames without keeping them. */
class InterleavedSession {
  readonly #conn: Deno.TcpConn;
  readonly #streams: readonly Stream[];
  #rest = new Uint8Array(0);
  #answer: (() => void) | undefined;
  session = "";
  #cseq = 0;

  constructor(conn: Deno.TcpConn, own: readonly Stream[]) {
    this.#conn = conn;
    this.#streams = own;
    this.#read();
  }

  async request(method: string, url: string, extra: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answer = resolve;
    const session = this.session === "" ? "" : `Session: ${this.session}\r\n`;
    const text = `${method} ${url} RTSP/1.0\r\nCSeq: ${++this.#cseq}\r\n${session}${extra}\r\n`;
    await this.#conn.write(new TextEncoder().encode(text));
    await promise;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(256 * 1024);
    for (;;) {
      const length = await this.#conn.read(buffer.subarray(this.#rest.length));
      if (length === null) return;
      buffer.set(this.#rest);
      const end = this.#rest.length + length;
      let at = 0;
      const nowMs = performance.now();
      while (at + 4 <= end) {
        if (buffer[at] === 0x24) {
          const size = buffer[at + 2]! << 8 | buffer[at + 3]!;
          if (at + 4 + size > end) break;
          const channel = buffer[at + 1]!;
          if (channel % 2 === 0) {
            this.#streams[channel >> 1]?.add(buffer.subarray(at + 4, at + 4 + size), nowMs);
          }
          at += 4 + size;
          continue;
        }
        const text = new TextDecoder("latin1").decode(buffer.subarray(at, end));
        const blank = text.indexOf("\r\n\r\n");
        if (blank === -1) break;
        this.session = /Session: *([^;\r]+)/i.exec(text.slice(0, blank))?.[1] ?? this.session;
        at += blank + 4;
        this.#answer?.();
      }
      this.#rest = buffer.slice(at, end);
    }
  }
}

/** Asks OPTIONS. */
export type Ask = () => Promise<void>;

/** Plays the film over UDP. */
export async function openUdp(url: string, port: number, tracks: readonly string[]): Promise<Ask> {
  const client = await RtspTestClient.connect(port);
  for (const track of tracks) {
    const [rtp] = bindPair();
    const stream = new Stream();
    streams.push(stream);
    receive(rtp, stream);
    const first = (rtp.addr as Deno.NetAddr).port;
    const headers = { Transport: `RTP/AVP;unicast;client_port=${first}-${first + 1}` };
    const reply = await client.request("SETUP", `${url}/${track}`, { headers });
    if (reply.status !== 200) throw new Error(`SETUP: ${reply.status}`);
  }
  await client.request("PLAY", `${url}/`, { headers: { Range: "npt=0-" } });
  return async () => void await client.request("OPTIONS", `${url}/`);
}

/** Plays the film over TCP. */
export async function openTcp(url: string, port: number, tracks: readonly string[]): Promise<Ask> {
  const own = [new Stream(), new Stream()];
  streams.push(...own);
  const session = new InterleavedSession(await Deno.connect({ hostname: "127.0.0.1", port }), own);
  for (const [i, track] of tracks.entries()) {
    const transport = `Transport: RTP/AVP/TCP;unicast;interleaved=${2 * i}-${2 * i + 1}\r\n`;
    await session.request("SETUP", `${url}/${track}`, transport);
  }
  await session.request("PLAY", `${url}/`, "Range: npt=0-\r\n");
  return () => session.request("OPTIONS", `${url}/`, "");
}

if (import.meta.main) {
  const [url = "", transport = "udp", sessions = "1", seconds = "5", ...tracks] = Deno.args;
  const port = Number(/:(\d+)\//.exec(url)![1]);
  const asks: Ask[] = [];
  for (let i = 0; i < Number(sessions); i++) {
    asks.push(
      await (transport === "udp" ? openUdp(url, port, tracks) : openTcp(url, port, tracks)),
    );
    // Sessions that begin together would be due together: a crowd does not come in step.
    await new Promise((resolve) => setTimeout(resolve, 7 + Math.random() * 6));
  }
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const stream of streams) stream.reset();
  print(JSON.stringify({ event: "ready" }));
  const startMs = performance.now();
  let replyMs = 0;
  while (performance.now() - startMs < Number(seconds) * 1000) {
    const askedMs = performance.now();
    await asks[Math.floor(Math.random() * asks.length)]!();
    replyMs = Math.max(replyMs, performance.now() - askedMs);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const gaps = streams.flatMap(({ gaps }) => gaps).sort((a, b) => a - b);
  const received: Received = {
    packets: streams.reduce((sum, { packets }) => sum + packets, 0),
    lost: streams.reduce((sum, { lost }) => sum + lost, 0),
    replyMs,
    gapMs: gaps[gaps.length >> 1] ?? 0,
    seconds: (performance.now() - startMs) / 1000,
  };
  print(JSON.stringify(received));
  Deno.exit(0);
}
