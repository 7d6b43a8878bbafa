/** @module */
import type { RecordOptions } from "./options.ts";
/** Not yet. */
export function recordUrl(_u: string, _o: RecordOptions, _c: unknown): Promise<number> {
  return Promise.resolve(2);
}
