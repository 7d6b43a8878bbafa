// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * SETUP, PLAY, PAUSE, TEARDOWN and DESCRIBE; or PLAY, PAUSE and STOP.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
import { enabledButtons } from "./buttons.js";
import { byId, setText } from "./dom.js";

/** @typedef {"setup" | "play" | "pause" | "teardown" | "describe"} ButtonCommand */

/** @type {readonly ButtonCommand[]} */
const COMMANDS = ["setup", "play", "pause", "teardown", "describe"];

/** All buttons that are commands, and where it says why one failed. */
export class SessionButtons {
  /** @type {{ command: ButtonCommand, button: HTMLButtonElement }[]} */
  #buttons = [];
  #trouble = byId("trouble");

  /** @param {(command: ButtonCommand) => void} onPress */
  constructor(onPress) {
    for (const button of document.querySelectorAll("button")) {
      const command = COMMANDS.find((name) => name === button.dataset["command"]);
      if (command === undefined) continue;
      this.#buttons.push({ command, button });
      button.addEventListener("click", () => onPress(command));
    }
  }

  /**
   * @param {PlayerSnapshot | undefined} snapshot
   * @param {3 | 4} mode
   * @param {boolean} usable False while a command is under way or Reel is away.
   */
  draw(snapshot, mode, usable) {
    /** @type {Set<ButtonCommand>} */
    const enabled = snapshot === undefined
      ? new Set()
      : new Set(enabledButtons(snapshot.state, snapshot.condition, mode));
    const next = COMMANDS.find((command) => command !== "teardown" && enabled.has(command));
    enabled.add("describe");
    byId("controls").dataset["mode"] = String(mode);
    for (const { command, button } of this.#buttons) {
      button.hidden = button.dataset["modes"]?.includes(String(mode)) === false;
      button.disabled = !usable || !enabled.has(command);
      button.classList.toggle("next", command === next);
    }
  }

  /**
   * Presses a button as if with the mouse: what cannot be clicked has no key either.
   *
   * @param {ButtonCommand} command
   */
  press(command) {
    this.#buttons.find((entry) =>
      entry.command === command && !entry.button.hidden && !entry.button.disabled
    )?.button.click();
  }

  /** Why the last command failed; empty when it did not. */
  get said() {
    return this.#trouble.textContent ?? "";
  }

  /** @param {string} text Why a command failed; empty when it did not. */
  trouble(text) {
    this.#trouble.hidden = text === "";
    setText(this.#trouble, text);
  }
}
