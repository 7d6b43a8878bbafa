/**
 * Commands of several views, one after the other.
 *
 * @module
 */

/** Runs commands in the order in which they were given. */
export class CommandQueue {
  readonly #onError: (error: Error) => void;
  #work: Promise<unknown> = Promise.resolve();

  /** `onError` is told what goes wrong before the caller is. */
  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** Runs a command when those before it are done. */
  run<T>(command: () => Promise<T>): Promise<T> {
    const result = this.#work.then(command);
    this.#work = result.catch((error) => this.#onError(error as Error));
    return result;
  }

  /** The same for something whose failure changes nothing for the views. */
  runQuietly<T>(command: () => Promise<T>): Promise<T> {
    const result = this.#work.then(command);
    this.#work = result.catch(() => {});
    return result;
  }
}
