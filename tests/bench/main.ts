/**
 * `deno task bench [name]`: runs the named benches, or all of them.
 *
 * @module
 */

import { print, printError } from "../../src/cli/terminal.ts";

/** Benches by name; each is loaded only when it runs. */
const BENCHES: Readonly<Record<string, () => Promise<{ bench(): Promise<void> }>>> = {
  inspect: () => import("./inspect.ts"),
  serve: () => import("./serve.ts"),
  record: () => import("./record.ts"),
};

const named = Deno.args.filter((arg) => !arg.startsWith("-"));
const names = named.length > 0 ? named : Object.keys(BENCHES);
for (const name of names) {
  const load = BENCHES[name];
  if (load === undefined) {
    printError(`There is no bench ${name}. There are: ${Object.keys(BENCHES).join(", ")}`);
    Deno.exit(2);
  }
  print(`${name}:`);
  await (await load()).bench();
}
