/**
 * The clockwork of a playing session: looking at the time, signs of life, receiver reports.
 *
 * @module
 */

/** How often the session looks at the time while media comes, in ms. */
const POLL_MS = 20;

/** Timers that run while a session plays; {@linkcode SessionTimers.stop} ends all of them. */
export class SessionTimers implements Disposable {
  #poll: ReturnType<typeof setInterval> | undefined;
  #report: ReturnType<typeof setTimeout> | undefined;
  #keepAlive: ReturnType<typeof setTimeout> | undefined;

  /** Calls `look` many times a second. */
  poll(look: () => void): void {
    this.#poll ??= setInterval(look, POLL_MS);
  }

  /** Calls `send` again and again, each time after `intervalMs()`. */
  report(intervalMs: () => number, send: () => void): void {
    clearTimeout(this.#report);
    const timer = setTimeout(() => {
      send();
      // Sending may have stopped the timers.
      if (this.#report === timer) this.report(intervalMs, send);
    }, intervalMs());
    this.#report = timer;
  }

  /** Calls `ask` every `intervalMs`, counted from when the one before was answered. */
  keepAlive(intervalMs: () => number, ask: () => Promise<void>): void {
    clearTimeout(this.#keepAlive);
    const timer = setTimeout(() => {
      ask().then(() => {
        if (this.#keepAlive === timer) this.keepAlive(intervalMs, ask);
      }, () => {});
    }, intervalMs());
    this.#keepAlive = timer;
  }

  /** Media pauses: nothing is to be looked at or reported; signs of life go on. */
  pause(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    clearTimeout(this.#report);
    this.#report = undefined;
  }

  /** Stops all timers. */
  stop(): void {
    this.pause();
    clearTimeout(this.#keepAlive);
    this.#keepAlive = undefined;
  }

  /** Same as {@linkcode stop}. */
  [Symbol.dispose](): void {
    this.stop();
  }
}
