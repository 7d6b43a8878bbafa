/**
 * What `reel record` takes.
 *
 * @module
 */

import type { Command } from "../cli/command.ts";
import { EXIT } from "../cli/failure.ts";
import { printError } from "../cli/terminal.ts";

/** The record role. */
export const RECORD: Command = {
  name: "record",
  summary: "Keep what an RTSP server sends in files",
  forms: ["URL"],
  positionals: [0, Infinity],
  description: "This role is not there yet: it comes with a later version.",
  flags: [],
  examples: [],
  run() {
    printError("reel record is not there yet: it comes with a later version.");
    return Promise.resolve(EXIT.usage);
  },
};
