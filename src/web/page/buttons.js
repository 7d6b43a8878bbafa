// @ts-check
/**
 * Which buttons can be pressed when.
 *
 * @module
 */

/** @import { PlayerCondition } from "../../client/player.ts" */
/** @import { SessionState } from "../../rtsp/states.ts" */
/** @typedef {"setup" | "play" | "pause" | "teardown"} Button */

/**
 * The buttons that lead to another state.
 *
 * @type {Readonly<Record<SessionState, readonly Button[]>>}
 */
const LEADING_ON = {
  Init: ["setup"],
  Ready: ["play", "teardown"],
  Playing: ["pause", "teardown"],
};

/**
 * The buttons that can be pressed. With three buttons, PLAY also works in Init, where it sets up by
 * itself; a film that has ended can be played again.
 *
 * @param {SessionState} state
 * @param {PlayerCondition} condition
 * @param {3 | 4} mode How many buttons there are.
 * @returns {Set<Button>}
 */
export function enabledButtons(state, condition, mode) {
  const enabled = new Set(LEADING_ON[state]);
  if (mode === 3) {
    enabled.delete("setup");
    if (state === "Init") enabled.add("play");
  }
  if (state === "Playing" && condition === "ended") {
    enabled.add("play");
    enabled.delete("pause");
  }
  return enabled;
}
