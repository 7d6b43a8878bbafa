/**
 * How much a second, now and on the whole.
 *
 * @module
 */

const BUCKET_MS = 100;
/** Ten whole ones make the last second; one more is being filled. */
const BUCKETS = 11;

/** Adds up amounts by the time they came, without the pauses. */
export class RateMeter {
  readonly #buckets = new Float64Array(BUCKETS);
  #bucket = -1;
  #total = 0;
  /** Time and amounts of the stretches that are over. */
  #doneMs = 0;
  #doneAmount = 0;
  #firstMs: number | undefined;
  #lastMs = 0;
  /** What came with the first arrival of the stretch: it took no time that was measured. */
  #firstAmount = 0;
  #stretchAmount = 0;

  /** All that was added. */
  get total(): number {
    return this.#total;
  }

  /** Adds `amount` at `nowMs`. */
  add(nowMs: number, amount: number): void {
    this.#turn(nowMs);
    this.#buckets[this.#bucket % BUCKETS]! += amount;
    this.#total += amount;
    this.#stretchAmount += amount;
    if (this.#firstMs === undefined) {
      this.#firstMs = nowMs;
      this.#firstAmount = amount;
    }
    this.#lastMs = nowMs;
  }

  /** A pause begins: the time until the next arrival does not count. */
  pause(): void {
    if (this.#firstMs === undefined) return;
    this.#doneMs += this.#lastMs - this.#firstMs;
    this.#doneAmount += this.#stretchAmount - this.#firstAmount;
    this.#firstMs = undefined;
    this.#stretchAmount = 0;
  }

  /** Amount a second over the last second. */
  now(nowMs: number): number {
    this.#turn(nowMs);
    const filling = this.#buckets[this.#bucket % BUCKETS]!;
    return this.#buckets.reduce((sum, amount) => sum + amount, 0) - filling;
  }

  /** Amount a second over all stretches; undefined until there are two arrivals. */
  mean(): number | undefined {
    const open = this.#firstMs === undefined ? 0 : this.#lastMs - this.#firstMs;
    const openAmount = this.#firstMs === undefined ? 0 : this.#stretchAmount - this.#firstAmount;
    const ms = this.#doneMs + open;
    return ms === 0 ? undefined : (this.#doneAmount + openAmount) * 1000 / ms;
  }

  /** Empties the buckets between the last arrival and now. */
  #turn(nowMs: number): void {
    const bucket = Math.max(this.#bucket, Math.floor(nowMs / BUCKET_MS));
    const passed = Math.min(BUCKETS, bucket - this.#bucket);
    for (let i = 0; i < passed; i++) this.#buckets[(bucket - i) % BUCKETS] = 0;
    this.#bucket = bucket;
  }
}
