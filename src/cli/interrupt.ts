/**
 * Ctrl-C as an abort signal.
 *
 * @module
 */

/** Listens for SIGINT and SIGTERM until disposed. A second Ctrl-C ends the process at once. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  readonly #handler = (): void => {
    if (this.#controller.signal.aborted) Deno.exit(130);
    this.#controller.abort(new DOMException("interrupted", "AbortError"));
  };

  /** Starts to listen. */
  constructor() {
    Deno.addSignalListener("SIGINT", this.#handler);
    if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", this.#handler);
  }

  /** Aborted once Ctrl-C was pressed. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether Ctrl-C was pressed. */
  get interrupted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#handler);
    if (Deno.build.os !== "windows") Deno.removeSignalListener("SIGTERM", this.#handler);
  }
}
