/**
 * Replacing a file as one step, so that no reader ever sees half of it.
 *
 * @module
 */

/**
 * Writes `bytes` to a file beside `path` and renames it. When that fails nothing is left behind and
 * what was at `path` stays.
 *
 * @throws {Error} What the system says.
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const beside = `${path}.part`;
  try {
    Deno.writeFileSync(beside, bytes);
    Deno.renameSync(beside, path);
  } catch (error) {
    try {
      Deno.removeSync(beside);
    } catch {
      // It was never made.
    }
    throw error;
  }
}
