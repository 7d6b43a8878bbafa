// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The RTSP conversation, every byte to be seen.
 *
 * @module
 */

/** @import { Finding } from "../../diagnose/finding.ts" */
/** @import { WireMessage } from "../messages.ts" */
import { byId, make } from "./dom.js";
import { findingItem } from "./findings.js";
import { moment } from "./format.js";

/** Messages on the page. */
const MOST_MESSAGES = 300;

/** The log. */
export class Talk {
  #list = byId("talk");
  /** @type {Map<number, HTMLElement>} */
  #items = new Map();
  /** @type {readonly Finding[]} */
  #findings = [];

  /** @param {readonly WireMessage[]} messages */
  start(messages) {
    this.#items.clear();
    this.#list.replaceChildren();
    for (const message of messages) this.add(message);
    if (messages.length === 0) {
      this.#list.append(
        make(
          "li",
          { class: "empty" },
          "Nothing said yet. SETUP, and requests and replies appear here.",
        ),
      );
    }
  }

  /** @param {WireMessage} message */
  add(message) {
    if (this.#items.size === 0) this.#list.replaceChildren();
    const item = messageItem(message);
    this.#items.set(message.number, item);
    this.#list.prepend(item); // Newest first: what has just happened is in sight.
    this.#mark(message.number);
    if (this.#items.size <= MOST_MESSAGES) return;
    const [oldest] = this.#items.keys();
    if (oldest === undefined) return;
    this.#items.get(oldest)?.remove();
    this.#items.delete(oldest);
  }

  /** @param {readonly Finding[]} findings */
  findings(findings) {
    this.#findings = findings.filter(({ where }) => where.kind === "message");
    for (const { where } of this.#findings) {
      if (where.number !== undefined) this.#mark(where.number);
    }
  }

  /**
   * Shows the message a finding is about.
   *
   * @param {Finding} finding
   */
  reveal({ where }) {
    const item = where.number === undefined ? undefined : this.#items.get(where.number);
    item?.scrollIntoView({ block: "center", behavior: "smooth" });
    item?.classList.add("pointed");
    setTimeout(() => item?.classList.remove("pointed"), 1500);
  }

  /** @param {number} number */
  #mark(number) {
    const item = this.#items.get(number);
    if (item === undefined) return;
    for (const old of item.querySelectorAll(".finding")) old.remove();
    item.append(
      ...this.#findings.filter(({ where }) => where.number === number).map((finding) =>
        findingItem(finding)
      ),
    );
  }
}

/** @param {WireMessage} message */
function messageItem({ number, timeMs, direction, text }) {
  return make(
    "li",
    { class: `message ${direction}`, "data-number": String(number) },
    make(
      "p",
      { class: "message-head" },
      make(
        "span",
        { class: "way" },
        direction === "sent" ? "→ Reel to server" : "← server to Reel",
      ),
      make("span", { class: "when" }, moment(timeMs)),
    ),
    make("pre", { class: "bytes" }, ...spell(text)),
  );
}

/**
 * A message with its line endings spelled out, and line by line after each.
 *
 * @param {string} text One character a byte.
 * @returns {Node[]}
 */
function spell(text) {
  /** @type {Node[]} */
  const nodes = [];
  for (const part of text.split(/(\r\n|\r|\n|[^\t\r\n -~]+)/)) {
    if (part === "") continue;
    if (/^[\r\n]+$/.test(part)) {
      const shown = part.replace("\r", "\\r").replace("\n", "\\n");
      nodes.push(make("span", { class: "eol" }, shown), document.createTextNode("\n"));
    } else if (/^[^\t -~]/.test(part)) {
      const shown = [...part].map((byte) =>
        `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`
      );
      nodes.push(make("span", { class: "eol" }, shown.join("")));
    } else {
      nodes.push(document.createTextNode(part));
    }
  }
  const first = nodes[0];
  if (first !== undefined) {
    nodes[0] = make("strong", {}, first.textContent ?? "");
  }
  return nodes;
}
