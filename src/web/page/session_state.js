// @ts-check
/// <reference lib="dom" />
/**
 * The session's state: in the bar, in the drawing, and for screen readers.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
import { byId, setText } from "./dom.js";
import { clock } from "./format.js";
import { StateDiagram } from "./state_diagram.js";

const NAMES = { Init: "INIT", Ready: "READY", Playing: "PLAYING" };

/** Wherever the state stands. */
export class SessionStateView {
  #diagram = new StateDiagram();
  #link = byId("link");
  #announced = "";

  /**
   * @param {PlayerSnapshot | undefined} snapshot
   * @param {boolean} connected
   * @param {3 | 4} mode
   */
  draw(snapshot, connected, mode) {
    this.#diagram.show(snapshot?.state ?? "Init", mode);
    const known = connected && snapshot !== undefined;
    this.#link.dataset["condition"] = known ? snapshot.condition : "gone";
    setText(byId("link-text"), known ? NAMES[snapshot.state] : "offline");
    if (known) this.#announce(snapshot);
    else if (snapshot !== undefined) this.#tell("offline", "Reel does not answer.");
  }

  /** @param {PlayerSnapshot} snapshot */
  #announce({ state, condition, position, reason = "" }) {
    const at = position === undefined ? "" : ` at ${clock(position)}`;
    this.#tell(`${state} ${condition}`, `${NAMES[state]}, ${condition}${at}. ${reason}`);
  }

  /**
   * @param {string} what
   * @param {string} words
   */
  #tell(what, words) {
    if (what === this.#announced) return;
    this.#announced = what;
    setText(byId("announce"), words);
  }
}
