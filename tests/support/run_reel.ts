/**
 * `reel` as a process of its own, with a pipe to its standard input.
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
export class RunningReel {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<[string, string]>;
  #text = "";
  #wake = Promise.withResolvers<void>();

  /** Starts it in a folder. */
  constructor(args: readonly string[], cwd: string, env: Record<string, string> = {}) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", MAIN, ...args],
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
  }

  /** Types something. */
  async type(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Ends the input. */
  async endInput(): Promise<void> {
    await this.#input.close().catch(() => {});
  }

  /** Waits until what it printed, on either stream, matches. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    const end = performance.now() + 20_000;
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match !== null) return match;
      if (performance.now() > end) throw new Error(`never printed ${pattern}: ${this.#text}`);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const tick = new Promise<void>((resolve) => timer = setTimeout(resolve, 100));
      await Promise.race([this.#wake.promise, tick]);
      clearTimeout(timer);
    }
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async outcome(): Promise<Outcome> {
    const { code } = await this.#child.status;
    await this.endInput();
    const [stdout, stderr] = await this.#reading;
    return { code, stdout, stderr };
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stream) {
      const piece = decoder.decode(chunk, { stream: true });
      text += piece;
      this.#text += piece;
      const wake = this.#wake;
      this.#wake = Promise.withResolvers();
      wake.resolve();
    }
    return text;
  }
}

/** Runs `reel` to its end, with `input` typed at it. */
export async function runReel(
  args: readonly string[],
  cwd: string,
  options: { readonly input?: string; readonly env?: Record<string, string> } = {},
): Promise<Outcome> {
  const reel = new RunningReel(args, cwd, options.env);
  if (options.input !== undefined) await reel.type(options.input).catch(() => {});
  await reel.endInput();
  return await reel.outcome();
}
