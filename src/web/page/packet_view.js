// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * One RTP packet: its header as RFC 3550 draws it, each field in its colour, and the packets to
 * choose from.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
/** @import { Finding } from "../../diagnose/finding.ts" */
/** @import { WirePacket } from "../messages.ts" */
import { byId, make, setText } from "./dom.js";
import { findingItem } from "./findings.js";
import { count, moment } from "./format.js";
import { packetDrawing } from "./packet_drawing.js";

/** Packets in the list. */
const MOST_PACKETS = 48;

/** The packet and the list. */
export class PacketView {
  /** @type {WirePacket[]} Oldest first. */
  #packets = [];
  /** @type {WirePacket | undefined} */
  #chosen;
  /** @type {number | undefined} Track that somebody chose a packet of. */
  #track;
  #following = true;
  #visible = false;
  /** @type {PlayerSnapshot | undefined} */
  #snapshot;
  /** @type {readonly Finding[]} */
  #findings = [];
  #holder = byId("packet");
  #list = byId("packet-list");
  #note = byId("packet-note");
  #follow = byId("packet-follow");

  constructor() {
    this.#follow.addEventListener("click", () => this.#setFollowing(!this.#following));
    this.#list.addEventListener("click", ({ target }) => {
      const row = target instanceof Element ? target.closest("[data-index]") : null;
      if (row instanceof HTMLElement) this.#choose(Number(row.dataset["index"]));
    });
    this.#list.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (step === undefined || this.#chosen === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#choose(this.#packets.indexOf(this.#chosen) + step);
    });
    for (const name of /** @type {const} */ (["pointerover", "focusin"])) {
      this.#holder.addEventListener(name, ({ target }) => this.#light(target));
    }
    this.#holder.addEventListener("pointerleave", () => this.#light(null));
  }

  /** @param {readonly WirePacket[]} packets */
  start(packets) {
    this.#packets = packets.slice(-MOST_PACKETS);
    this.#chosen = undefined;
    this.#setFollowing(true);
  }

  /** @param {boolean} visible */
  show(visible) {
    this.#visible = visible;
    this.#draw();
  }

  /** @param {PlayerSnapshot} snapshot */
  session(snapshot) {
    this.#snapshot = snapshot;
  }

  /** @param {readonly Finding[]} findings */
  findings(findings) {
    this.#findings = findings;
    this.#draw();
  }

  /**
   * A packet to add to the list.
   *
   * @param {WirePacket} packet
   * @param {boolean} [inOrder] False when it is an older one that a finding is about.
   */
  add(packet, inOrder = true) {
    const known = this.#packets.some((old) =>
      old.number === packet.number && old.track === packet.track && old.timeMs === packet.timeMs
    );
    if (!known) {
      this.#packets.push(packet);
      if (!inOrder) this.#packets.sort((a, b) => a.timeMs - b.timeMs);
      if (this.#packets.length > MOST_PACKETS) this.#forget();
    }
    if (!this.#following) return this.#visible ? this.#drawList() : undefined;
    this.#chosen = this.#newest();
    this.#draw();
  }

  /**
   * Shows the packet a finding is about.
   *
   * @param {Finding} finding
   * @returns {boolean} False when it is not known any more.
   */
  reveal(finding) {
    const index = this.#packets.findLastIndex((packet) => this.#isAbout(finding, packet));
    if (index >= 0) this.#choose(index);
    return index >= 0;
  }

  /** The newest packet of the track that somebody chose; of the first one before that. */
  #newest() {
    const track = this.#track ?? Math.min(...this.#packets.map((packet) => packet.track));
    return this.#packets.findLast((packet) => packet.track === track);
  }

  /** Lets go of the oldest packet that nothing was found about. */
  #forget() {
    const plain = this.#packets.findIndex((packet) =>
      packet !== this.#chosen && this.#findingsOf(packet).length === 0
    );
    this.#packets.splice(Math.max(plain, 0), 1);
  }

  /** @param {boolean} following */
  #setFollowing(following) {
    this.#following = following;
    this.#follow.setAttribute("aria-pressed", String(following));
    if (following) this.#chosen = this.#newest();
    this.#draw();
  }

  /** @param {number} index */
  #choose(index) {
    const packet = this.#packets[index];
    if (packet === undefined) return;
    this.#chosen = packet;
    this.#track = packet.track;
    this.#setFollowing(false);
  }

  /**
   * @param {Finding} finding
   * @param {WirePacket} packet
   */
  #isAbout({ where }, packet) {
    if (where.kind !== "packet" || where.number !== packet.number) return false;
    const kind = this.#snapshot?.tracks.find(({ index }) => index === packet.track)?.kind;
    return where.stream === undefined || kind === undefined || where.stream.includes(kind) ||
      (this.#snapshot?.tracks.length ?? 0) < 2;
  }

  /** @param {WirePacket} packet */
  #findingsOf(packet) {
    return this.#findings.filter((finding) => this.#isAbout(finding, packet));
  }

  #draw() {
    if (!this.#visible) return;
    this.#drawPacket();
    this.#drawList();
  }

  #drawPacket() {
    const packet = this.#chosen;
    if (packet === undefined) {
      setText(this.#note, "");
      this.#holder.replaceChildren(
        make(
          "p",
          { class: "empty" },
          "No packet yet. PLAY, and the header of the current one is taken apart here.",
        ),
      );
      return;
    }
    const track = this.#snapshot?.tracks.find(({ index }) => index === packet.track);
    setText(
      this.#note,
      `${track?.kind ?? `track ${packet.track}`}, number ${count(packet.number)}, ` +
        `${count(packet.length)} bytes, at ${moment(packet.timeMs)}`,
    );
    const lit = this.#lit;
    const findings = this.#findingsOf(packet).map((finding) => findingItem(finding));
    this.#holder.replaceChildren(...packetDrawing(packet, findings));
    if (lit !== "") this.#light(this.#holder.querySelector(`[data-field="${lit}"]`));
  }

  #lit = "";

  /** @param {EventTarget | null} target Something that belongs to a field. */
  #light(target) {
    const part = target instanceof Element ? target.closest("[data-field]") : null;
    this.#lit = part instanceof HTMLElement ? part.dataset["field"] ?? "" : "";
    for (const element of this.#holder.querySelectorAll("[data-field]")) {
      if (!(element instanceof HTMLElement)) continue;
      element.classList.toggle("lit", element.dataset["field"] === this.#lit);
    }
  }

  #drawList() {
    const kinds = new Map(this.#snapshot?.tracks.map(({ index, kind }) => [index, kind]));
    const rows = this.#packets.map((packet, index) => {
      const found = this.#findingsOf(packet).length;
      const row = make(
        "div",
        {
          role: "option",
          class: "packet-row",
          "data-index": String(index),
          id: `packet-${packet.track}-${packet.number}`,
          "aria-selected": String(packet === this.#chosen),
        },
        make("span", { class: "when" }, moment(packet.timeMs)),
        make("span", {}, kinds.size > 1 ? kinds.get(packet.track) ?? "" : `#${packet.number}`),
        make("span", {}, `seq ${valueOf(packet, "sequence number")}`),
        make("span", {}, `ts ${valueOf(packet, "timestamp")}`),
        make("span", {}, valueOf(packet, "M") === 1 ? "M" : ""),
        make("span", { class: "right" }, `${count(packet.length)} B`),
      );
      if (found > 0) {
        row.append(
          make("span", { class: "flag" }, found === 1 ? "1 finding" : `${found} findings`),
        );
      }
      return row;
    });
    this.#list.replaceChildren(...rows.reverse());
    const chosen = this.#chosen;
    const id = chosen === undefined ? "" : `packet-${chosen.track}-${chosen.number}`;
    this.#list.setAttribute("aria-activedescendant", id);
  }
}

/**
 * @param {WirePacket} packet
 * @param {string} name
 */
function valueOf(packet, name) {
  return packet.fields.find((field) => field.name === name)?.value;
}
