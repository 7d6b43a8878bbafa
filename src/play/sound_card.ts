/**
 * Sound through aplay.
 *
 * @module
 */

/** Sound that waits for aplay, in seconds; more is dropped, for late sound helps nobody. */
const MAX_QUEUED_SECONDS = 3;

/** What was given to aplay is played to the end, unless it takes longer than this, in ms. */
const MAX_FINISH_MS = 4000;

/** Feeds one aplay process. */
export class SoundCard {
  readonly #onNotice: (message: string) => void;
  readonly #maxQueuedBytes: number;
  #process: Deno.ChildProcess | undefined;
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined;
  #queuedBytes = 0;

  /** Starts aplay for 16-bit little-endian samples. What goes wrong is said once. */
  constructor(
    format: { sampleRate: number; channels: number },
    onNotice: (message: string) => void,
  ) {
    const { sampleRate, channels } = format;
    this.#onNotice = onNotice;
    this.#maxQueuedBytes = sampleRate * channels * 2 * MAX_QUEUED_SECONDS;
    const args = [
      "-q",
      "-t",
      "raw",
      "-f",
      "S16_LE",
      "-r",
      String(sampleRate),
      "-c",
      String(channels),
    ];
    try {
      const command = new Deno.Command("aplay", {
        args,
        stdin: "piped",
        stdout: "null",
        stderr: "piped",
      });
      this.#process = command.spawn();
    } catch {
      onNotice("there is no aplay to play the sound with; it goes to new.wav all the same");
      return;
    }
    this.#writer = this.#process.stdin.getWriter();
    this.#watch(this.#process);
  }

  /** Queues samples. */
  write(samples: Uint8Array): void {
    const writer = this.#writer;
    if (writer === undefined || this.#queuedBytes + samples.length > this.#maxQueuedBytes) return;
    this.#queuedBytes += samples.length;
    writer.write(samples).then(
      () => this.#queuedBytes -= samples.length,
      () => this.#writer = undefined,
    );
  }

  /** Lets it play what it was given, but not for long; resolves when it has. */
  async finish(): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    this.#writer?.close().catch(() => {});
    this.#writer = undefined;
    const timer = setTimeout(() => this.close(), MAX_FINISH_MS);
    await process.status;
    clearTimeout(timer);
  }

  /** Stops the sound at once. */
  close(): void {
    const process = this.#process;
    this.#process = undefined;
    this.#writer?.abort().catch(() => {});
    this.#writer = undefined;
    try {
      process?.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
  }

  async #watch(process: Deno.ChildProcess): Promise<void> {
    const errors = await new Response(process.stderr).text();
    const status = await process.status;
    // Ended by close().
    if (this.#process === undefined) return;
    this.#process = undefined;
    this.#writer = undefined;
    if (status.success) return;
    const [line = ""] = errors.trim().split("\n").slice(-1);
    const reason = line.replace(/^aplay: /, "") || `exit code ${status.code}`;
    this.#onNotice(`aplay cannot play the sound (${reason}); it goes to new.wav all the same`);
  }
}
