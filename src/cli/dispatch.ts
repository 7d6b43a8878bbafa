/**
 * From the command line to an exit code. Only here do errors become words and codes.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { describeError, EXIT, Failure, UsageError } from "./failure.ts";
import { commandHelp, programHelp } from "./help.ts";
import { nearest } from "./nearest.ts";
import { outputFailure, print, printError } from "./terminal.ts";

/** Runs the role that `args` name. Never throws. */
export async function dispatch(
  commands: readonly Command[],
  args: readonly string[],
  version: string,
): Promise<number> {
  try {
    const code = await runRole(commands, args, version);
    const failure = outputFailure();
    if (failure === undefined) return code;
    printError(
      `reel: Cannot write to standard output: ${describeError(failure)}. It is incomplete`,
    );
    return code === EXIT.done ? EXIT.failed : code;
  } catch (error) {
    return report(error);
  }
}

async function runRole(
  commands: readonly Command[],
  args: readonly string[],
  version: string,
): Promise<number> {
  const [role, ...rest] = args;
  if (role === undefined) {
    printError(programHelp(commands));
    return EXIT.usage;
  }
  if (role === "--help" || role === "-h" || role === "help") {
    const about = commands.find(({ name }) => name === rest[0]);
    print(about === undefined ? programHelp(commands) : commandHelp(about));
    return EXIT.done;
  }
  if (role === "--version" || role === "-V") {
    print(`reel ${version}`);
    return EXIT.done;
  }
  const command = commands.find(({ name }) => name === role);
  if (command === undefined) throw unknownRole(commands, role);
  if (wantsHelp(rest)) {
    print(commandHelp(command));
    return EXIT.done;
  }
  return await command.run(Arguments.parse(command, rest));
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
}

function unknownRole(commands: readonly Command[], role: string): UsageError {
  const names = commands.map(({ name }) => name);
  if (role.startsWith("-")) {
    return new UsageError(
      `reel has no flag ${role}. Flags stand behind a role: ${names.join(", ")}`,
    );
  }
  const guess = nearest(role, names);
  const hint = guess === undefined ? `Roles: ${names.join(", ")}` : `Did you mean ${guess}?`;
  return new UsageError(`reel has no role ${JSON.stringify(role)}. ${hint}`);
}

function report(error: unknown): number {
  if (error instanceof UsageError) {
    printError(`reel: ${error.message}`);
    return EXIT.usage;
  }
  const known = error instanceof Failure || error instanceof DecodeError;
  printError(known ? `reel: ${error.message}` : `reel: Cannot go on: ${describeError(error)}`);
  if (!known && error instanceof Error && Deno.env.get("REEL_DEBUG") !== undefined) {
    printError(error.stack ?? "");
  }
  return EXIT.failed;
}
