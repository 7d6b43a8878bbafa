// @ts-check
/// <reference lib="dom" />
/**
 * Keys for everything the page can do.
 *
 * @module
 */

import { byId, make, recall } from "./dom.js";

/**
 * @typedef {object} Key
 * @property {string} key As `KeyboardEvent.key` has it, letters in lower case.
 * @property {string} shown
 * @property {string} does
 * @property {() => void} run
 */

/**
 * Listens for the keys and lists them in the help.
 *
 * @param {readonly Key[]} keys
 */
export function listenForKeys(keys) {
  /** @type {HTMLInputElement} */
  const on = byId("keys-on");
  on.checked = recall("keys") !== "off";
  on.addEventListener("change", () => recall("keys", on.checked ? "on" : "off"));
  const list = byId("key-list");
  for (const { shown, does } of keys) {
    list.append(make("dt", {}, make("kbd", {}, shown)));
    list.append(make("dd", {}, does));
  }
  document.addEventListener("keydown", (event) => {
    if (!on.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = keys.find((entry) => entry.key === key);
    if (found === undefined || isMeantForElement(event.target, key)) return;
    event.preventDefault();
    found.run();
  });
}

/**
 * Whether the element that has the focus makes something of a key itself.
 *
 * @param {EventTarget | null} target
 * @param {string} key
 * @returns {boolean}
 */
function isMeantForElement(target, key) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && target.type === "text") return true;
  const moves = key.startsWith("Arrow") || key === "Home" || key === "End";
  if (target instanceof HTMLInputElement) return moves || key === " ";
  if (target.closest("[role=tablist], [role=listbox]") !== null && moves) return true;
  return key === " " && target.closest("button, a, summary") !== null;
}
