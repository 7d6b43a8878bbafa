/**
 * The prompt: commands from a terminal, with history, or from a pipe, one answer each.
 *
 * @module
 */

import { createInterface } from "node:readline/promises";
import { stdin, stdout } from "node:process";
import { describeServerError } from "../client/explain.ts";
import type { Player } from "../client/player.ts";
import { print, printError } from "../cli/terminal.ts";
import { nearest } from "../cli/nearest.ts";
import { parseDuration } from "../cli/units.ts";
import { statisticsTable } from "./report.ts";

/** What the prompt takes. */
const COMMANDS: Readonly<Record<string, string>> = {
  setup: "connect and set the tracks up (SETUP)",
  play: "play, or play from a position in seconds (PLAY)",
  pause: "stop where it is (PAUSE)",
  teardown: "end the session; setup begins another (TEARDOWN)",
  describe: "show the session description (DESCRIBE)",
  stats: "show the numbers",
  help: "show this",
  quit: "tear down and leave",
};

/** What the audio lab's controller takes. */
const CONTROLLER_COMMANDS = ["setup", "play", "pause", "teardown", "help", "quit"];

/** Options of {@linkcode runPrompt}. */
export interface PromptOptions {
  /** Only the audio lab's four methods. */
  readonly controller: boolean;
  /** Ends the prompt. */
  readonly signal: AbortSignal;
}

/** What came of the commands. */
export interface PromptOutcome {
  /** Whether none failed. A word that is none of them, or a position that is none, does not count. */
  readonly succeeded: boolean;
  /** Why the last one that failed did: whoever typed it has been told. */
  readonly told?: string;
}

/** Takes commands until `quit`, the end of the input or the signal. */
export async function runPrompt(player: Player, options: PromptOptions): Promise<PromptOutcome> {
  const { signal, controller } = options;
  const terminal = Deno.stdin.isTerminal();
  const lines = createInterface({
    input: stdin,
    ...(terminal ? { output: stdout, prompt: "reel> ", terminal } : { terminal: false }),
  });
  const stopped = Promise.withResolvers<undefined>();
  const stop = (): void => {
    lines.close();
    stopped.resolve(undefined);
  };
  signal.addEventListener("abort", stop);
  // Raw mode takes Ctrl-C away from the process, which is to end as without a prompt.
  lines.on("SIGINT", () => Deno.kill(Deno.pid, "SIGINT"));
  let told: string | undefined;
  let commands = 0;
  if (terminal) lines.prompt();
  for await (const line of lines) {
    const [word = "", ...rest] = line.trim().split(/\s+/);
    if (word !== "") commands++;
    if (word.toLowerCase() === "quit" || word.toLowerCase() === "exit") break;
    if (word !== "") {
      const answered = answer(player, word.toLowerCase(), rest, controller);
      // A server that does not answer keeps nobody from leaving.
      told = await Promise.race([answered, stopped.promise]) ?? told;
    }
    if (signal.aborted) break;
    if (terminal) lines.prompt();
  }
  signal.removeEventListener("abort", stop);
  lines.close();
  if (commands === 0 && !terminal && !signal.aborted) {
    printError("reel: No command came from standard input. Write setup, play, ... to it");
  }
  return told === undefined ? { succeeded: true } : { succeeded: false, told };
}

/** Does what a line says and prints the answer. Gives why it could not be done. */
async function answer(
  player: Player,
  word: string,
  rest: readonly string[],
  controller: boolean,
): Promise<string | undefined> {
  const known = controller ? CONTROLLER_COMMANDS : Object.keys(COMMANDS);
  if (!known.includes(word)) {
    const guess = nearest(word, known);
    print(
      `${word}? ${
        guess === undefined ? `There are ${known.join(", ")}` : `Did you mean ${guess}?`
      }`,
    );
    return undefined;
  }
  const ms = rest[0] === undefined ? undefined : parseDuration(rest[0]);
  if (word === "play" && rest[0] !== undefined && ms === undefined) {
    print(`play: ${rest[0]} is no position: write seconds, such as 12.5`);
    return undefined;
  }
  try {
    print(await obey(player, word, ms, known));
    return undefined;
  } catch (error) {
    const reason = describeServerError(error);
    print(`${word}: ${reason}`);
    return reason;
  }
}

async function obey(
  player: Player,
  word: string,
  ms: number | undefined,
  known: readonly string[],
): Promise<string> {
  switch (word) {
    case "setup":
      await player.setup();
      return stateWords(player);
    case "play":
      await player.play(ms === undefined ? undefined : ms / 1000);
      return stateWords(player);
    case "pause":
      await player.pause();
      return stateWords(player);
    case "teardown":
      await player.teardown();
      return stateWords(player);
    case "describe":
      return (await player.describe()).trimEnd();
    case "stats": {
      const lines = statisticsTable(player.snapshot());
      return lines.length === 0 ? "nothing has come yet" : lines.join("\n");
    }
    default:
      return known.map((name) => `${name.padEnd(10)}${COMMANDS[name]}`).join("\n");
  }
}

function stateWords(player: Player): string {
  const { state, sessionId, transport } = player.snapshot();
  const details = state === "Init" ? [] : [
    ...(sessionId === undefined ? [] : [`session ${sessionId}`]),
    ...(transport === undefined ? [] : [transport]),
  ];
  return [state.toUpperCase(), ...details].join(", ");
}
