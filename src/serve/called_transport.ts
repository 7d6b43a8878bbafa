/**
 * RTP over TCP connections that the server opens to the client's port, each packet behind its length in
 * four bytes: the form of a lab whose films are too large for datagrams.
 *
 * @module
 */

import { encodeFrames, type MediaTransport } from "../net/media_transport.ts";
import { StreamWriter } from "../net/stream_writer.ts";
import type { Payload } from "../payload/payload_format.ts";
import type { RtpSender } from "../rtp/sender.ts";

/** A client may begin to listen only after the reply to PLAY: it is called again for this long, in ms. */
const PATIENCE_MS = 2000;

/** Between two attempts, in ms. */
const RETRY_MS = 50;

/**
 * Calls the client at each PLAY, for some take a new connection each time. Others go on with their
 * first, and a call that nobody takes costs nothing: all that are open get everything.
 */
export class CalledTransport implements MediaTransport {
  readonly spreads = false;
  readonly #hostname: string;
  readonly #port: number;
  readonly #calls = new Set<Call>();
  #dropped = 0;

  /** Calls TCP port `port` of `hostname` when a range begins. */
  constructor(hostname: string, port: number) {
    this.#hostname = hostname;
    this.#port = port;
  }

  /** RTP packets that no connection had room for. */
  get droppedPackets(): number {
    return this.#dropped;
  }

  /** Calls. */
  begin(): void {
    const call: Call = new Call(this.#hostname, this.#port, () => this.#calls.delete(call));
    this.#calls.add(call);
  }

  /** Stamps the payloads and queues them as one piece; all go or none. */
  sendRtp(
    payloads: readonly Payload[],
    from: number,
    to: number,
    sender: RtpSender,
    timestamp: number,
  ): void {
    const bytes = encodeFrames(payloads, from, to, sender, timestamp, (length) => length);
    const taken = [...this.#calls].filter((call) => call.write(bytes));
    if (taken.length === 0) this.#dropped += to - from;
  }

  /** The lab has no RTCP. */
  sendRtcp(): void {}

  /** Hangs up. */
  sayGoodbye(): void {
    for (const call of [...this.#calls]) call.hangUp();
  }
}

/** One connection, or the attempt to have one. What is written before somebody answers waits. */
class Call {
  readonly #answer: Promise<Deno.TcpConn>;
  readonly #writer: StreamWriter;
  readonly #onEnd: () => void;
  #over = false;

  /** `onEnd` is called once, when nobody answers or the connection is over. */
  constructor(hostname: string, port: number, onEnd: () => void) {
    this.#onEnd = onEnd;
    this.#answer = this.#dial(hostname, port);
    this.#answer.catch(() => this.hangUp());
    const connection = {
      write: async (bytes: Uint8Array): Promise<number> => await (await this.#answer).write(bytes),
    };
    this.#writer = new StreamWriter(connection, () => this.hangUp());
  }

  /** Queues bytes; tells whether there was room. */
  write(bytes: Uint8Array): boolean {
    return this.#writer.writeMedia(bytes);
  }

  /** Ends the connection. */
  hangUp(): void {
    if (this.#over) return;
    this.#over = true;
    this.#answer.then((conn) => conn.close()).catch(() => {
      // Nobody has answered, or it is closed already.
    });
    this.#onEnd();
  }

  async #dial(hostname: string, port: number): Promise<Deno.TcpConn> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        const conn = await Deno.connect({ hostname, port });
        conn.setNoDelay(true);
        return conn;
      } catch (error) {
        if (this.#over || performance.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}
