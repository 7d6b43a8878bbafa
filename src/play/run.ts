/** @module */
import type { Arguments } from "../cli/arguments.ts";
/** Not yet. */
export function play(_args: Arguments): Promise<number> {
  return Promise.resolve(2);
}
