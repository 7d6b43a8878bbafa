/**
 * The folder that a file is to go into.
 *
 * @module
 */

import { dirname } from "@std/path";
import { describeError, Failure } from "../cli/failure.ts";

/**
 * Makes the folder of a file, and those above it, where they are not there yet.
 *
 * @throws {Failure} When it cannot be made.
 */
export function makeParent(path: string): void {
  const folder = dirname(path);
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Failure(`Cannot make the folder ${folder}: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/**
 * Checks, before anything is received, that nothing but a folder is where one has to be made.
 *
 * @throws {Failure} When a file is there.
 */
export function checkParent(path: string): void {
  for (let folder = dirname(path);; folder = dirname(folder)) {
    try {
      if (Deno.statSync(folder).isDirectory) return;
    } catch {
      if (dirname(folder) !== folder) continue;
      return;
    }
    throw new Failure(`Cannot record to ${path}: ${folder} is no folder. Give another name`);
  }
}
