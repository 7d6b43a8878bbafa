/**
 * The README's flag tables. Run this file to bring them up to date:
 * `deno run -A tests/support/readme_tables.ts`.
 *
 * @module
 */

import type { Command } from "../../src/cli/command.ts";
import { flagForm, flagHelp } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/reel.ts";

/** The table of a role's flags. */
export function flagTable(command: Command): string {
  const rows = command.flags.map((flag) =>
    `| \`${escape(flagForm(flag))}\` | ${escape(flagHelp(flag))} |`
  );
  return ["| flag | meaning |", "| --- | --- |", ...rows].join("\n");
}

function escape(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** The README with all tables as they should be. */
export function withTables(readme: string): string {
  return COMMANDS.reduce((text, command) => {
    const begin = `<!-- flags of ${command.name} -->`;
    const end = `<!-- end -->`;
    const from = text.indexOf(begin);
    if (from === -1) throw new Error(`the README has no table for ${command.name}`);
    const to = text.indexOf(end, from);
    return `${text.slice(0, from)}${begin}\n\n${flagTable(command)}\n\n${text.slice(to)}`;
  }, readme);
}

if (import.meta.main) {
  const path = new URL("../../README.md", import.meta.url);
  Deno.writeTextFileSync(path, withTables(Deno.readTextFileSync(path)));
}
