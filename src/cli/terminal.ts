/**
 * Writing to the terminal: text, colours that obey `NO_COLOR`, one status line that is rewritten.
 *
 * @module
 */

import { encodeText } from "../bytes/text.ts";

/** Why nothing more can be written to standard output or error, once that is so. */
const failures = new Map<object, unknown>();

/**
 * Why standard output could not be written to; undefined while it can. What is printed after that is
 * lost, and the program goes on: a log that is full must not end a server.
 */
export function outputFailure(): unknown {
  return failures.get(Deno.stdout);
}

/** Writes a text and a line ending to standard output. A reader that has gone away is no error. */
export function print(text: string): void {
  write(Deno.stdout, harmless(text.endsWith("\n") ? text : `${text}\n`));
}

/** Writes a text and a line ending to standard error. */
export function printError(text: string): void {
  write(Deno.stderr, harmless(text.endsWith("\n") ? text : `${text}\n`));
}

/** Control characters but for line endings and tabs, and for the styles that Reel itself writes. */
const CONTROLS =
  // deno-lint-ignore no-control-regex
  /\x1b(?!\[(?:0|1|2|3[1-6])m)|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]/g;

/**
 * Spells out control characters: much of what is printed comes from the network, and must not drive
 * the terminal.
 */
export function harmless(text: string): string {
  return text.replace(CONTROLS, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, "0");
    // Those above ASCII may stand in JSON, which knows this form only.
    return character < " " ? `\\x${code}` : `\\u00${code}`;
  });
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  if (failures.has(stream)) return;
  const bytes = encodeText(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    // `reel inspect … | head` closes the pipe.
    if (!(error instanceof Deno.errors.BrokenPipe)) failures.set(stream, error);
  }
}

/** A style of {@linkcode style}. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "cyan";

/** SGR codes by name. */
const STYLES: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  cyan: 36,
};

/** Whether colours are wanted on standard output: a terminal, and no `NO_COLOR` (no-color.org). */
export function wantsColor(): boolean {
  return Deno.stdout.isTerminal() && (Deno.env.get("NO_COLOR") ?? "") === "" &&
    Deno.env.get("TERM") !== "dumb";
}

/** `text` in a style, or as it is where colours are not wanted. */
export function style(text: string, name: Style, enabled: boolean = wantsColor()): string {
  return enabled ? `\x1b[${STYLES[name]}m${text}\x1b[0m` : text;
}

/** One line on standard error that is rewritten in place; silent when that is no terminal. */
export class StatusLine {
  readonly #enabled: boolean;
  #shown = false;

  /** `enabled` is normally whether standard error is a terminal. */
  constructor(enabled: boolean = Deno.stderr.isTerminal()) {
    this.#enabled = enabled;
  }

  /** Whether anybody sees it. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** Replaces the line. It is cut to the terminal's width, so that it stays one line. */
  update(text: string): void {
    if (!this.#enabled) return;
    write(Deno.stderr, `\r\x1b[K${harmless(text).slice(0, columns() - 1)}`);
    this.#shown = true;
  }

  /** Removes the line, so that something else can be printed. */
  clear(): void {
    if (this.#shown) write(Deno.stderr, "\r\x1b[K");
    this.#shown = false;
  }
}

function columns(): number {
  try {
    // A terminal that does not know its size says 0.
    return Deno.consoleSize().columns || 80;
  } catch {
    return 80;
  }
}

/** Lines of a table: columns padded to their widest cell, numbers to the right. */
export function formatTable(
  rows: readonly (readonly string[])[],
  align: readonly ("left" | "right")[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return rows.map((row) =>
    row.map((cell, i) => align[i] === "right" ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))
      .join("  ").trimEnd()
  );
}
