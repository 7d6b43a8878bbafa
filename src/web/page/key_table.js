// @ts-check
/// <reference lib="dom" />
/**
 * Which key does what.
 *
 * @module
 */

/** @import { Key } from "./keys.js" */
/** @import { ButtonCommand } from "./session_buttons.js" */
/** @import { View } from "./tabs.js" */
import { byId } from "./dom.js";

/** How far an arrow key goes, in s. */
const STEP_S = 5;

/**
 * What keys can do.
 *
 * @typedef {object} Actions
 * @property {(command: ButtonCommand) => void} press
 * @property {() => void} playOrPause
 * @property {(seconds: number) => void} seekBy
 * @property {() => void} toStart
 * @property {(mode: "3" | "4") => void} mode
 * @property {() => void} sound
 * @property {() => void} films
 * @property {(view: View) => void} view
 * @property {() => void} theme
 */

/** Full screen, and back. */
export function toggleFullScreen() {
  if (document.fullscreenElement !== null) document.exitFullscreen();
  else byId("stage").requestFullscreen().catch(() => {});
}

/** The list of keys. */
export function showHelp() {
  /** @type {HTMLDialogElement} */
  const help = byId("help");
  help.showModal();
}

/** Holds what the view in front goes on showing, or lets it go on. */
function hold() {
  byId(byId("view-wire").hidden ? "charts-pause" : "packet-follow").click();
}

/**
 * The keys, in the order of the help.
 *
 * @param {Actions} actions
 * @returns {Key[]}
 */
export function keyTable(actions) {
  const { press, playOrPause, seekBy, toStart, mode, sound, films, view, theme } = actions;
  /** @type {[string, string, () => void][]} */
  const rows = [
    ["S", "SETUP", () => press("setup")],
    ["P", "PLAY", () => press("play")],
    ["A", "PAUSE", () => press("pause")],
    ["T", "TEARDOWN or STOP", () => press("teardown")],
    ["Space", "PLAY or PAUSE", playOrPause],
    ["←", `Back ${STEP_S} seconds`, () => seekBy(-STEP_S)],
    ["→", `On ${STEP_S} seconds`, () => seekBy(STEP_S)],
    ["Home", "To the start", toStart],
    ["D", "DESCRIBE", () => press("describe")],
    ["O", "Other presentations", films],
    ["4", "Four buttons", () => mode("4")],
    ["3", "Three buttons", () => mode("3")],
    ["M", "Sound on or off", sound],
    ["F", "Full screen", toggleFullScreen],
    ["N", "Numbers", () => view("numbers")],
    ["C", "Charts", () => view("charts")],
    ["W", "Wire", () => view("wire")],
    ["E", "Description", () => view("description")],
    ["X", "Hold the charts or the packet, or let go", hold],
    ["L", "Light or dark", theme],
    ["?", "This help", showHelp],
  ];
  return rows.map(([shown, does, run]) => ({
    key: KEYS[shown] ?? shown.toLowerCase(),
    shown,
    does,
    run,
  }));
}

/** Keys whose name is not what is printed on them. */
/** @type {Readonly<Record<string, string>>} */
const KEYS = { Space: " ", "←": "ArrowLeft", "→": "ArrowRight", Home: "Home" };
