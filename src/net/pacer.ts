/**
 * One timer for everything that has to happen at a certain time.
 *
 * @module
 */

/** Something that is due again and again. */
export interface PacedTask {
  /** Does what is due at `nowMs` and gives the time of the next turn, or Infinity when there is none. */
  run(nowMs: number): number;
}

interface Entry {
  dueMs: number;
  task: PacedTask;
  /** Entries stay in the heap when their task is taken out; this tells. */
  live: boolean;
}

/** Turns of the timer are at least this far apart: what is due in between waits, in ms. */
const GRAIN_MS = 1;

/** After this long the turns that are left wait until requests have been read, in ms. */
const MOST_AT_ONCE_MS = 10;

/** Runs tasks when they are due, all that are due at one wake-up together. */
export class Pacer {
  /** A binary heap by due time. */
  readonly #heap: Entry[] = [];
  readonly #entries = new Map<PacedTask, Entry>();
  readonly #onError: (error: unknown) => void;
  readonly #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerDueMs = Infinity;
  readonly #wake = (): void => this.#run();

  /**
   * `now` is a monotonic clock in ms; `onError` is told of a task that throws, which gets no more
   * turns.
   */
  constructor(
    now: () => number = () => performance.now(),
    onError: (error: unknown) => void = (error) => {
      throw error;
    },
  ) {
    this.#now = now;
    this.#onError = onError;
  }

  /** The pacer's clock in ms. */
  now(): number {
    return this.#now();
  }

  /** Number of tasks that wait for their turn. */
  get size(): number {
    return this.#entries.size;
  }

  /** Gives `task` its next turn at `dueMs`, instead of the one that it may have. */
  schedule(task: PacedTask, dueMs: number): void {
    this.cancel(task);
    if (dueMs === Infinity) return;
    const entry = { dueMs, task, live: true };
    this.#entries.set(task, entry);
    this.#push(entry);
    this.#arm();
  }

  /** Takes away the turn of `task`. */
  cancel(task: PacedTask): void {
    const entry = this.#entries.get(task);
    if (entry === undefined) return;
    entry.live = false;
    this.#entries.delete(task);
    if (this.#entries.size === 0) this.#disarm();
  }

  #run(): void {
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
    const now = this.#now();
    for (let entry = this.#heap[0]; entry !== undefined; entry = this.#heap[0]) {
      if (entry.live && entry.dueMs > now) break;
      if (this.#now() - now > MOST_AT_ONCE_MS) {
        this.#timerDueMs = entry.dueMs;
        this.#timer = setTimeout(this.#wake, 0);
        return;
      }
      this.#pop();
      if (!entry.live) continue;
      this.#entries.delete(entry.task);
      const next = this.#runTask(entry.task, now);
      // The task may have scheduled itself while it ran.
      if (next !== Infinity && !this.#entries.has(entry.task)) {
        // A turn that is due at once would keep all others waiting.
        entry.dueMs = next > now ? next : now + GRAIN_MS;
        this.#entries.set(entry.task, entry);
        this.#push(entry);
      }
    }
    this.#arm();
  }

  /** One task that fails must not stop the others. */
  #runTask(task: PacedTask, now: number): number {
    try {
      return task.run(now);
    } catch (error) {
      this.#onError(error);
      return Infinity;
    }
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs >= this.#timerDueMs) return;
    this.#disarm();
    this.#timerDueMs = first.dueMs;
    const delay = Math.max(GRAIN_MS, Math.ceil(first.dueMs - this.#now()));
    this.#timer = setTimeout(this.#wake, delay);
  }

  #disarm(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDueMs = Infinity;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.dueMs <= entry.dueMs) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.dueMs < heap[child]!.dueMs) child++;
      if (heap[child]!.dueMs >= last.dueMs) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
