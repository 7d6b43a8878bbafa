// @ts-check
/// <reference lib="dom" />
/**
 * The mistakes that were found, each with what was seen, what was expected, and the remedy.
 *
 * @module
 */

/** @import { Finding } from "../../diagnose/finding.ts" */
import { byId, make, setText } from "./dom.js";
import { count } from "./format.js";

const ORDER = { error: 0, warning: 1, note: 2 };

/** All findings, worst first. */
export class Findings {
  /** @type {Map<string, Finding>} */
  #findings = new Map();
  #list = byId("findings");
  #note = byId("findings-note");
  #count = byId("finding-count");
  #reveal;

  /** @param {(finding: Finding) => void} reveal Shows what a finding is about. */
  constructor(reveal) {
    this.#reveal = reveal;
  }

  /** @param {readonly Finding[]} findings */
  start(findings) {
    this.#findings = new Map(findings.map((finding) => [keyOf(finding), finding]));
    this.#draw();
  }

  /** @param {Finding} finding New, or an old one that was seen again. */
  add(finding) {
    this.#findings.set(keyOf(finding), finding);
    this.#draw();
  }

  /** All of them. */
  list() {
    return [...this.#findings.values()];
  }

  #draw() {
    const findings = this.list().sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
    this.#list.replaceChildren(
      ...findings.map((finding) => make("li", {}, findingItem(finding, this.#reveal))),
    );
    setText(this.#note, findings.length === 0 ? "none: no mistake seen" : "");
    setText(this.#count, String(findings.length));
    this.#count.hidden = findings.length === 0;
    this.#count.className = `count ${findings[0]?.severity ?? ""}`;
    this.#count.setAttribute("aria-label", `${findings.length} findings`);
  }
}

/** @param {Finding} finding */
function keyOf({ rule, where }) {
  return `${rule} ${where.kind} ${where.stream ?? ""}`;
}

/**
 * One finding as it stands beside what it is about.
 *
 * @param {Finding} finding
 * @param {(finding: Finding) => void} [reveal]
 * @returns {HTMLElement}
 */
export function findingItem(finding, reveal) {
  const { severity, message, seen, expected, remedy, reference, rule, where } = finding;
  const box = make(
    "div",
    { class: `finding ${severity}`, "data-rule": rule },
    make(
      "p",
      { class: "finding-head" },
      make("span", { class: "severity" }, severity),
      make("strong", {}, message),
      ...(finding.count > 1 ? [make("span", { class: "times" }, `${count(finding.count)}×`)] : []),
    ),
    make(
      "dl",
      {},
      make("dt", {}, "seen"),
      make("dd", { class: "mono" }, seen),
      make("dt", {}, "expected"),
      make("dd", { class: "mono" }, expected),
      make("dt", {}, "remedy"),
      make("dd", {}, remedy),
    ),
  );
  const number = where.number === undefined ? "" : ` ${where.number}`;
  const stream = where.stream === undefined || where.kind !== "packet" ? "" : ` of ${where.stream}`;
  const place = `${where.kind}${number}${stream}`;
  const foot = make("p", { class: "finding-foot" }, `${reference} · ${rule} · `);
  if (reveal !== undefined && where.kind !== "session") {
    const button = make("button", { type: "button", class: "inline" }, `show ${place}`);
    button.addEventListener("click", () => reveal(finding));
    foot.append(button);
  } else foot.append(place);
  box.append(foot);
  return box;
}
