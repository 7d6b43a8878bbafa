// @ts-check
/// <reference lib="dom" />
/**
 * The session description, readable or raw.
 *
 * @module
 */

import { byId, make, radioGroup } from "./dom.js";
import { explainSdp } from "./sdp_lines.js";

/** The view of the description. */
export class Description {
  #holder = byId("sdp");
  /** @type {string | undefined} */
  #sdp;
  #raw = false;

  constructor() {
    radioGroup("sdp-form", (form) => {
      this.#raw = form === "raw";
      this.#draw();
    });
  }

  /** @param {string | undefined} sdp */
  show(sdp) {
    if (sdp === this.#sdp && this.#holder.childElementCount > 0) return;
    this.#sdp = sdp;
    this.#draw();
  }

  #draw() {
    const sdp = this.#sdp;
    if (sdp === undefined) {
      this.#holder.replaceChildren(
        make("p", { class: "empty" }, "No description yet. DESCRIBE asks the server for it."),
      );
    } else if (this.#raw) {
      this.#holder.replaceChildren(
        make("pre", { class: "sdp-raw" }, sdp),
        make(
          "p",
          { class: "export" },
          make("a", { href: "session.sdp", download: "" }, "Take it along"),
        ),
      );
    } else {
      this.#holder.replaceChildren(...explainSdp(sdp).map(section));
    }
  }
}

/** @param {{ title: string, lines: readonly import("./sdp_lines.js").SdpLine[] }} section */
function section({ title, lines }) {
  const list = make("dl", { class: "sdp-lines" });
  for (const { line, name, meaning } of lines) {
    list.append(
      make("dt", {}, make("code", {}, line)),
      make("dd", {}, make("span", { class: "sdp-name" }, name), meaning),
    );
  }
  return make("section", { class: "block" }, make("h3", { class: "sdp-title" }, title), list);
}
