/**
 * What a role takes on its command line. Parsing, help and the README's tables all come from it.
 *
 * @module
 */

import type { Arguments } from "./arguments.ts";

/** One flag. */
export interface Flag {
  /** Name without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for the value in the help ("PORT"); a flag without one is a switch. */
  readonly value?: string;
  /** The value when the flag is not given. */
  readonly default?: string;
  /** Whether it may be given more than once. */
  readonly repeat?: boolean;
  /** One sentence without a full stop. */
  readonly help: string;
}

/** One role, the program's first argument. */
export interface Command {
  /** The role ("serve"). */
  readonly name: string;
  /** One line for `reel --help`. */
  readonly summary: string;
  /** What may stand behind the role: one line a form ("URL", "HOST PORT RTP_PORT FILE"). */
  readonly forms: readonly string[];
  /** How many arguments that are no flags it takes, at least and at most. */
  readonly positionals: readonly [least: number, most: number];
  /** A paragraph for `reel ROLE --help`. */
  readonly description: string;
  /** Its flags, `--help` left out. */
  readonly flags: readonly Flag[];
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
  /** Does the work and gives the exit code. Loads its code only now: `--help` should be quick. */
  run(args: Arguments): Promise<number>;
}
