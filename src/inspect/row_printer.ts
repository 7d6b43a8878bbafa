/**
 * Many lines to standard output, some thousands at a time.
 *
 * @module
 */

import { print } from "../cli/terminal.ts";

const LINES = 2000;

/** Gathers lines and prints them; the rest when disposed. */
export class RowPrinter implements Disposable {
  #lines: string[] = [];

  /** Adds a line. */
  add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= LINES) this.#flush();
  }

  #flush(): void {
    if (this.#lines.length > 0) print(this.#lines.join("\n"));
    this.#lines = [];
  }

  /** Prints what is left. */
  [Symbol.dispose](): void {
    this.#flush();
  }
}
