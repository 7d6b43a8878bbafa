/**
 * Sound as it arrives, through `aplay`, as the audio lab's receiver does.
 *
 * @module
 */

import type { WavFormat } from "../media/wav_header.ts";

/** Bytes that may wait for `aplay`; what comes beyond is not played. */
const MAX_QUEUED_BYTES = 4_000_000;

/** `aplay` with samples on its standard input. Whatever goes wrong with it, recording goes on. */
export class Loudspeaker {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #queued = 0;
  #ended = false;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
  }

  /** Starts it; `onEnd` is told in words when there is no `aplay` or it gives up. */
  static start(format: WavFormat, onEnd: (why: string) => void): Loudspeaker | undefined {
    const sample = format.bitsPerSample === 8
      ? "U8"
      : format.bitsPerSample === 24
      ? "S24_3LE"
      : `S${format.bitsPerSample}_LE`;
    const args = ["-q", "-t", "raw", "-f", sample, "-r", String(format.sampleRate)];
    try {
      const process = new Deno.Command("aplay", {
        args: [...args, "-c", String(format.channels), "-"],
        stdin: "piped",
        stdout: "null",
        stderr: "null",
      }).spawn();
      const speaker = new Loudspeaker(process);
      process.status.then(({ code }) => {
        if (!speaker.#ended && code !== 0) onEnd("aplay cannot play here (is there a sound card?)");
        speaker.#ended = true;
      });
      return speaker;
    } catch {
      onEnd("there is no aplay");
      return undefined;
    }
  }

  /** Plays samples, if it still does. */
  write(samples: Uint8Array): void {
    if (this.#ended || this.#queued > MAX_QUEUED_BYTES) return;
    this.#queued += samples.length;
    this.#writer.write(samples.slice()).then(
      () => this.#queued -= samples.length,
      () => this.#ended = true,
    );
  }

  /** Stops it at once. */
  async close(): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      try {
        this.#process.kill();
      } catch {
        // It ended by itself a moment ago.
      }
    }
    await this.#writer.abort().catch(() => {});
    await this.#process.status;
  }
}
