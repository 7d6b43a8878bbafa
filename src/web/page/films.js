// @ts-check
/// <reference lib="dom" />
/**
 * Choosing another presentation of the server.
 *
 * @module
 */

import { byId, make } from "./dom.js";

/** The dialog. */
export class Films {
  /** @type {HTMLDialogElement} */
  #dialog = byId("films");
  #list = byId("film-list");
  /** @type {HTMLInputElement} */
  #address = byId("film-url");
  #ask;
  #open;
  #current = "";

  /**
   * @param {() => Promise<readonly string[]>} ask Asks the server what it has.
   * @param {(url: string) => void} open
   */
  constructor(ask, open) {
    this.#ask = ask;
    this.#open = open;
    byId("film").addEventListener("click", () => this.show());
    byId("film-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#choose(this.#address.value.trim());
    });
  }

  /** @param {string} url What plays now. */
  current(url) {
    if (url === this.#current) return;
    this.#current = url;
    const { name, rest } = splitUrl(url);
    byId("film-name").textContent = name;
    byId("film-address").textContent = rest;
    document.title = `${name} · Reel`;
  }

  /** Opens the dialog and asks the server. */
  async show() {
    this.#address.value = this.#current;
    this.#say("Asking the server…");
    this.#dialog.showModal();
    try {
      const urls = await this.#ask();
      if (urls.length === 0) return this.#say("The server lists none.");
      this.#list.replaceChildren(...urls.map((url) => {
        const { name, rest } = splitUrl(url);
        const button = make(
          "button",
          { type: "button", "aria-current": String(url === this.#current) },
          make("span", { class: "film-name" }, name),
          make("span", { class: "film-address" }, rest),
        );
        button.addEventListener("click", () => this.#choose(url));
        return make("li", {}, button);
      }));
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} text */
  #say(text) {
    this.#list.replaceChildren(make("li", { class: "empty" }, text));
  }

  /** @param {string} url */
  #choose(url) {
    this.#dialog.close();
    if (url !== "" && url !== this.#current) this.#open(url);
  }
}

/**
 * A URL's last part, which is the film, and where it is.
 *
 * @param {string} url
 */
function splitUrl(url) {
  const at = url.replace(/\/+$/, "").lastIndexOf("/");
  const name = url.slice(at + 1).replace(/\/+$/, "") || url;
  return { name: decode(name), rest: url.slice(0, Math.max(at, 0)) };
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
