/** @module */
import type { Arguments } from "../cli/arguments.ts";
/** Not yet. */
export function demo(_args: Arguments): Promise<number> {
  return Promise.resolve(2);
}
