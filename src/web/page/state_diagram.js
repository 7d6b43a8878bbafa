// @ts-check
/// <reference lib="dom" />
/**
 * The session's states and what leads from one to the other, with the current one lit.
 *
 * @module
 */

/** @import { SessionState } from "../../rtsp/states.ts" */
import { byId, makeSvg, setText } from "./dom.js";

/** @type {readonly { state: SessionState, x: number, name: string }[]} */
const NODES = [
  { state: "Init", x: 60, name: "INIT" },
  { state: "Ready", x: 280, name: "READY" },
  { state: "Playing", x: 500, name: "PLAYING" },
];

/**
 * Arrows: path, where the label stands, and the label with four buttons and with three.
 *
 * @type {readonly { from: SessionState, to: SessionState, path: string, x: number, y: number, names: readonly [string, string] }[]}
 */
const ARROWS = [
  {
    from: "Init",
    to: "Ready",
    path: "M112 62 H226",
    x: 170,
    y: 53,
    names: ["SETUP", "PLAY sets up"],
  },
  { from: "Ready", to: "Playing", path: "M332 62 H446", x: 390, y: 53, names: ["PLAY", "PLAY"] },
  { from: "Playing", to: "Ready", path: "M448 82 H334", x: 390, y: 99, names: ["PAUSE", "PAUSE"] },
  { from: "Ready", to: "Init", path: "M228 82 H114", x: 170, y: 99, names: ["TEARDOWN", "STOP"] },
  {
    from: "Playing",
    to: "Init",
    path: "M500 96 C500 136 440 136 400 136 H160 C100 136 60 130 60 98",
    x: 280,
    y: 129,
    names: ["TEARDOWN", "STOP"],
  },
];

/** The drawing. */
export class StateDiagram {
  #caption = byId("machine-caption");
  /** @type {Map<SessionState, Element>} */
  #nodes = new Map();
  /** @type {{ from: SessionState, to: SessionState, names: readonly [string, string], group: Element, label: Element }[]} */
  #arrows = [];
  /** @type {SessionState | undefined} */
  #state;
  #mode = 0;

  constructor() {
    const drawing = makeSvg("svg", { viewBox: "0 28 560 116", "aria-hidden": "true" });
    const tip = makeSvg("path", { d: "M0 0 8 4 0 8z", class: "tip" });
    drawing.append(makeSvg(
      "defs",
      {},
      makeSvg("marker", {
        id: "tip",
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 8,
        markerHeight: 8,
        orient: "auto",
        markerUnits: "userSpaceOnUse",
      }, tip),
    ));
    for (const { from, to, path, x, y, names } of ARROWS) {
      const label = makeSvg("text", { x, y, class: "arrow-name" });
      const line = makeSvg("path", { d: path, class: "arrow-line", "marker-end": "url(#tip)" });
      const group = makeSvg("g", { class: "arrow" }, line, label);
      this.#arrows.push({ from, to, names, group, label });
      drawing.append(group);
    }
    for (const { state, x, name } of NODES) {
      const box = makeSvg("rect", { x: x - 52, y: 48, width: 104, height: 48, rx: 24 });
      const text = makeSvg("text", { x, y: 77, class: "state-name" }, name);
      const group = makeSvg("g", { class: "state" }, box, text);
      this.#nodes.set(state, group);
      drawing.append(group);
    }
    byId("machine").append(drawing);
  }

  /**
   * @param {SessionState} state
   * @param {3 | 4} mode
   */
  show(state, mode) {
    if (state === this.#state && mode === this.#mode) return;
    const before = this.#state;
    this.#state = state;
    this.#mode = mode;
    for (const [name, node] of this.#nodes) node.classList.toggle("current", name === state);
    for (const { from, to, names, group, label } of this.#arrows) {
      setText(label, names[mode === 4 ? 0 : 1]);
      group.classList.toggle("open", from === state);
      group.classList.toggle("taken", from === before && to === state);
    }
    const name = NODES.find((node) => node.state === state)?.name ?? state;
    setText(this.#caption, `The session's state is ${name} (of INIT, READY and PLAYING).`);
  }
}
