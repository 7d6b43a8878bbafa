/**
 * A cache that forgets what was not asked for the longest.
 *
 * @module
 */

/** Keeps up to a number of values. */
export class LruCache<Key, Value> {
  readonly #values = new Map<Key, Value>();
  readonly #capacity: number;

  /** `capacity` is how many values are kept. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The value, made by `make` when it is not there. */
  get(key: Key, make: () => Value): Value {
    let value = this.#values.get(key);
    if (value === undefined) value = make();
    else this.#values.delete(key);
    // A Map keeps the order of insertion: the first key is the oldest.
    this.#values.set(key, value);
    if (this.#values.size > this.#capacity) {
      this.#values.delete(this.#values.keys().next().value as Key);
    }
    return value;
  }
}
