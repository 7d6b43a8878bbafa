/**
 * A command line, parsed by what its role takes.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import type { Command, Flag } from "./command.ts";
import { UsageError } from "./failure.ts";
import { nearest } from "./nearest.ts";
import { parseDuration, parseSize } from "./units.ts";

/** What `setTimeout` can wait; anything longer it takes for nothing. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Flags and positional arguments of one call. */
export class Arguments {
  /** Arguments that are no flags. */
  readonly positionals: readonly string[];
  readonly #command: Command;
  readonly #values: ReadonlyMap<string, unknown>;

  private constructor(
    command: Command,
    positionals: readonly string[],
    values: ReadonlyMap<string, unknown>,
  ) {
    this.#command = command;
    this.positionals = positionals;
    this.#values = values;
  }

  /**
   * Parses what follows the role.
   *
   * @throws {UsageError} When a flag is unknown or lacks its value, or arguments are missing or too many.
   */
  static parse(command: Command, args: readonly string[]): Arguments {
    const { flags } = command;
    const withValue = flags.filter(({ value }) => value !== undefined);
    const parsed = parseArgs(args, {
      boolean: flags.filter(({ value }) => value === undefined).map(({ name }) => name),
      string: ["_", ...withValue.map(({ name }) => name)],
      collect: flags.filter(({ repeat }) => repeat === true).map(({ name }) => name),
      alias: Object.fromEntries(
        flags.flatMap(({ name, short }) => short === undefined ? [] : [[short, name]]),
      ),
      unknown: (argument) => {
        if (/^-[^-]|^--./.test(argument) && !/^-\d/.test(argument)) {
          throw unknownFlag(command, argument);
        }
        return true;
      },
    });
    const values = new Map<string, unknown>();
    for (const flag of flags) {
      const value = parsed[flag.name];
      const given = isGiven(flag, value);
      if (given) values.set(flag.name, value);
      if (given && flag.value !== undefined && [value].flat().includes("")) {
        throw new UsageError(`--${flag.name} takes a value: --${flag.name} ${flag.value}`);
      }
    }
    const positionals = parsed._.map(String);
    const [least, most] = command.positionals;
    if (positionals.length < least) {
      const what = command.forms.map((form) => `reel ${command.name} ${form}`).join("\n   or: ");
      throw new UsageError(`Something is missing. Usage: ${what}`);
    }
    if (positionals.length > most) {
      throw new UsageError(`${JSON.stringify(positionals[most])} is one argument too many`);
    }
    return new Arguments(command, positionals, values);
  }

  /** Whether a switch was given. */
  has(name: string): boolean {
    return this.#values.has(this.#flag(name).name);
  }

  /** The text of a flag, its default, or undefined. */
  text(name: string): string | undefined {
    const flag = this.#flag(name);
    const value = this.#values.get(name);
    return typeof value === "string" ? value : flag.default;
  }

  /** All texts of a flag that may be repeated. */
  texts(name: string): string[] {
    const value = this.#values.get(this.#flag(name).name);
    return Array.isArray(value) ? value.map(String) : [];
  }

  /**
   * The number of a flag.
   *
   * @throws {UsageError} When it is no number or out of range.
   */
  number(name: string, range: { min: number; max: number; integer?: boolean }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    const { min, max, integer = true } = range;
    if (
      text.trim() === "" || !(value >= min && value <= max) || (integer && !Number.isInteger(value))
    ) {
      const kind = integer ? "a whole number" : "a number";
      throw new UsageError(
        `--${name} takes ${kind} from ${min} to ${max}, not ${JSON.stringify(text)}`,
      );
    }
    return value;
  }

  /**
   * A port, 0 to 65,535.
   *
   * @throws {UsageError} When it is no port.
   */
  port(name: string): number | undefined {
    return this.number(name, { min: 0, max: 65_535 });
  }

  /**
   * One of some words.
   *
   * @throws {UsageError} When it is another.
   */
  choice<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const choice = choices.find((one) => one === text);
    if (choice !== undefined) return choice;
    throw new UsageError(`--${name} takes ${choices.join(", ")}, not ${JSON.stringify(text)}`);
  }

  /**
   * A duration in ms ("10", "10s", "500ms", "1m30s"), from `min` to `max`. By default at most what a
   * timer can wait, which is not quite 25 days.
   *
   * @throws {UsageError} When it is no duration, or out of range.
   */
  duration(
    name: string,
    { min = 0, max = MAX_TIMER_MS }: { readonly min?: number; readonly max?: number } = {},
  ): number | undefined {
    const value = this.#unit(
      name,
      parseDuration,
      "a duration such as 10, 500ms, 10s, 1m30s or 1h",
    );
    if (value === undefined || (value >= min && value <= max)) return value;
    const limit = value < min ? `at least ${durationWords(min)}` : `at most ${durationWords(max)}`;
    throw new UsageError(`--${name} takes ${limit}, not ${JSON.stringify(this.text(name))}`);
  }

  /**
   * A size in bytes ("1000", "64k", "10M", "4G").
   *
   * @throws {UsageError} When it is no size.
   */
  size(name: string): number | undefined {
    return this.#unit(name, parseSize, "a size such as 1000, 64k, 10M or 4G");
  }

  #unit(
    name: string,
    parse: (text: string) => number | undefined,
    expected: string,
  ): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value !== undefined) return value;
    throw new UsageError(`--${name} takes ${expected}, not ${JSON.stringify(text)}`);
  }

  #flag(name: string): Flag {
    const flag = this.#command.flags.find((one) => one.name === name);
    if (flag === undefined) throw new TypeError(`${this.#command.name} declares no --${name}`);
    return flag;
  }
}

function isGiven(flag: Flag, value: unknown): boolean {
  if (value === undefined || value === false) return false;
  return !(flag.repeat === true && Array.isArray(value) && value.length === 0);
}

/** "500ms", "2s", "596h", rounded down. */
function durationWords(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  return ms < 3_600_000 ? `${Math.floor(ms / 1000)}s` : `${Math.floor(ms / 3_600_000)}h`;
}

function unknownFlag(command: Command, argument: string): UsageError {
  const name = argument.replace(/^-+/, "").replace(/=.*$/, "");
  const known = [...command.flags.map((flag) => flag.name), "help"];
  const guess = nearest(name, known);
  const hint = guess === undefined ? `See reel ${command.name} --help` : `Did you mean --${guess}?`;
  return new UsageError(
    `reel ${command.name} has no flag ${argument.replace(/=.*$/, "")}. ${hint}`,
  );
}
