/**
 * `reel record` as a process of its own.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";

const MAIN = fromFileUrl(new URL("../../main.ts", import.meta.url));

/** What a process left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `reel`. */
export class ReelProcess {
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Promise<string>;
  readonly #reading: Promise<void>;
  #stdout = "";
  #wake = Promise.withResolvers<void>();
  #done = false;

  /** Starts `reel` with these arguments in a folder. */
  constructor(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", MAIN, ...args],
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stderr = new Response(this.#child.stderr).text();
    this.#reading = this.#read();
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until standard output matches; gives the match. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#stdout);
      if (match !== null) return match;
      if (this.#done) {
        throw new Error(`never printed ${pattern}: ${this.#stdout}${await this.#stderr}`);
      }
      await this.#wake.promise;
    }
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async outcome(): Promise<Outcome> {
    const { code } = await this.#child.status;
    await this.#reading;
    return { code, stdout: this.#stdout, stderr: await this.#stderr };
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.#stdout += decoder.decode(chunk, { stream: true });
      this.#notify();
    }
    this.#done = true;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = Promise.withResolvers();
    wake.resolve();
  }
}

/** Starts a receiver on a free port and waits until it listens. */
export async function startReceiver(
  args: readonly string[],
  cwd: string,
): Promise<{ reel: ReelProcess; port: number }> {
  const reel = new ReelProcess(["record", "--listen", "0", "--host", "127.0.0.1", ...args], cwd);
  const [, port] = await reel.printed(/UDP port (\d+)/);
  return { reel, port: Number(port) };
}

/** A socket that sends to one port of this machine, slowly enough for any receiver. */
export class UdpSender implements Disposable {
  readonly #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly #to: Deno.NetAddr;
  #count = 0;

  /** Sends to this port. */
  constructor(port: number) {
    this.#to = { transport: "udp", hostname: "127.0.0.1", port };
  }

  /** Sends a datagram; every few of them the receiver gets time to read, however busy it is. */
  async send(datagram: Uint8Array, offset = 0): Promise<void> {
    const { hostname, port } = this.#to;
    await this.#socket.send(datagram, { transport: "udp", hostname, port: port + offset });
    if (++this.#count % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Runs a test in a folder that is removed afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A `reel serve` of its own on a free port. */
export async function startServer(
  folder: string,
  port = 0,
): Promise<{ reel: ReelProcess; port: number }> {
  const args = ["serve", folder, "--host", "127.0.0.1", "--port", String(port)];
  const reel = new ReelProcess(args, folder);
  const [, used] = await reel.printed(/rtsp:\/\/127\.0\.0\.1:(\d+)/);
  return { reel, port: Number(used) };
}

/**
 * Records until nothing was lost on the way, three times at most: on a busy machine the system may drop
 * datagrams, and that is not what a test of a clean network is about. The report is checked as well.
 */
export async function recordCleanly(
  cwd: string,
  args: readonly string[],
): Promise<{ outcome: Outcome; report: RecordReport }> {
  for (let attempt = 1;; attempt++) {
    const reel = new ReelProcess(["record", ...args, "--json", "--force"], cwd);
    const outcome = await reel.outcome();
    if (outcome.code !== 0) throw new Error(outcome.stderr);
    const report: RecordReport = JSON.parse(outcome.stdout);
    const tracks = report.recordings.flatMap((recording) => recording.tracks);
    if (attempt === 3 || tracks.every(({ packetsLost }) => packetsLost === 0)) {
      return { outcome, report };
    }
  }
}

/** What tests read of a report. */
export interface RecordReport {
  readonly recordings: readonly {
    readonly tracks: readonly { readonly packetsLost: number; readonly encoding: string }[];
  }[];
}

/** Fails when two byte arrays differ, and says where: a full comparison would take for ever. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array, what = "bytes"): void {
  const length = Math.min(actual.length, expected.length);
  for (let i = 0; i < length; i++) {
    if (actual[i] !== expected[i]) throw new Error(`${what} differ at ${i} of ${expected.length}`);
  }
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} instead of ${expected.length}`);
  }
}

/** Ends a process and waits for it. */
export async function stop(reel: ReelProcess): Promise<void> {
  reel.kill("SIGTERM");
  await reel.outcome();
}
