/**
 * What `reel inspect` takes.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { EXIT } from "../cli/failure.ts";
import { printError } from "../cli/terminal.ts";

/** The inspect role. */
export const INSPECT: Command = {
  name: "inspect",
  summary: "Say what happened on the wire, from a capture",
  forms: ["FILE..."],
  positionals: [0, Infinity],
  description: "This role is not there yet: it comes with a later version.",
  flags: [],
  examples: [],
  run() {
    printError("reel inspect is not there yet: it comes with a later version.");
    return Promise.resolve(EXIT.usage);
  },
};
