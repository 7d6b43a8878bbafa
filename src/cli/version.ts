/**
 * The program's version.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };

/** The version of `deno.json`. */
export const VERSION: string = manifest.version;
