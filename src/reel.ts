/**
 * The program: its roles, in the order of the help.
 *
 * @module
 */

import { dispatch } from "./cli/dispatch.ts";
import { VERSION } from "./cli/version.ts";
import { DEMO } from "./demo/command.ts";
import { INSPECT } from "./inspect/command.ts";
import { PLAY } from "./play/command.ts";
import { RECORD } from "./record/command.ts";
import { SERVE } from "./serve/command.ts";

/** The roles. */
export const COMMANDS = [DEMO, SERVE, PLAY, RECORD, INSPECT] as const;

/** Runs a command line (without the program's name) and gives its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  return await dispatch(COMMANDS, args, VERSION);
}
