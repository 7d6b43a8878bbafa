/**
 * The header fields of an RTSP message (RFC 2326 section 4.2, RFC 7826 section 5.2).
 *
 * @module
 */

/** Header fields in order, with names compared without regard to case. */
export class RtspHeaders {
  readonly #fields: [name: string, value: string][];

  /** Takes the fields as given; later ones of a name do not replace earlier ones. */
  constructor(fields: Iterable<readonly [name: string, value: string]> = []) {
    this.#fields = Array.from(fields, ([name, value]) => [name, value]);
  }

  /** Number of fields. */
  get size(): number {
    return this.#fields.length;
  }

  /** The first value of a name, or undefined. */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return this.#fields.find(([other]) => other.toLowerCase() === wanted)?.[1];
  }

  /** All values of a name, in order. */
  getAll(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#fields.filter(([other]) => other.toLowerCase() === wanted).map(([, value]) =>
      value
    );
  }

  /** Whether there is a field of that name. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Adds a field at the end. */
  append(name: string, value: string): void {
    this.#fields.push([name, value]);
  }

  /** The fields in order, names as they were written. */
  [Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    return this.#fields.values();
  }
}
