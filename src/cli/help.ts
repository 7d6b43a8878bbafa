/**
 * `reel --help` and `reel ROLE --help`.
 *
 * @module
 */

import type { Command, Flag } from "./command.ts";

const WIDTH = 88;
const HELP_FLAG: Flag = { name: "help", short: "h", help: "Show this" };

/** The text of `reel --help`. */
export function programHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    "Reel serves, plays, records and inspects RTSP/RTP media.",
    "",
    "Usage: reel ROLE [arguments] [flags]",
    "",
    "Roles:",
    ...table(rows),
    "",
    "Flags:",
    ...table([["-h, --help", "Show this, or with a role, its own help"], [
      "--version",
      "Show the version",
    ]]),
    "",
    "`reel ROLE --help` tells what a role takes.",
    "",
  ].join("\n");
}

/** The text of `reel ROLE --help`. */
export function commandHelp(command: Command): string {
  const usage = command.forms.map((form) =>
    `reel ${command.name} ${form} [flags]`.replace("  ", " ")
  );
  const examples = command.examples.flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`]);
  return [
    `${command.summary}.`,
    "",
    ...usage.map((line, i) => (i === 0 ? "Usage: " : "   or: ") + line),
    "",
    ...wrap(command.description, WIDTH),
    "",
    "Flags:",
    ...table([...command.flags, HELP_FLAG].map((flag) => [flagForm(flag), flagHelp(flag)])),
    ...(examples.length === 0 ? [] : ["", "Examples:", ...examples]),
    "",
  ].join("\n");
}

/** `-d, --duration TIME`. */
export function flagForm({ name, short, value }: Flag): string {
  const dashed = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return value === undefined ? dashed : `${dashed} ${value}`;
}

/** The help sentence with the default, as it stands in the help and in the README. */
export function flagHelp({ help, default: fallback, repeat }: Flag): string {
  const notes = [
    ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ...(repeat === true ? ["may be repeated"] : []),
  ];
  return notes.length === 0 ? help : `${help} (${notes.join("; ")})`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(30, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - width - 4);
    const first = left.length > width
      ? [`  ${left}`, `  ${" ".repeat(width)}  ${lines[0] ?? ""}`]
      : [`  ${left.padEnd(width)}  ${lines[0] ?? ""}`];
    return [...first, ...lines.slice(1).map((line) => `  ${" ".repeat(width)}  ${line}`)];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
