/**
 * The last so many of something.
 *
 * @module
 */

/** A list that forgets its oldest entries. */
export class Recent<T> {
  readonly #limit: number;
  readonly #items: T[] = [];
  #next = 0;

  /** Keeps `limit` entries. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds an entry. */
  push(item: T): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#limit;
  }

  /** The entries, oldest first. */
  list(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
  }

  /** The newest entry that `matches`. */
  findLast(matches: (item: T) => boolean): T | undefined {
    for (let i = 1; i <= this.#items.length; i++) {
      const item = this.#items[(this.#next - i + this.#limit) % this.#limit];
      if (item !== undefined && matches(item)) return item;
    }
    return undefined;
  }
}
