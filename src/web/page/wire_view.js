// @ts-check
/// <reference lib="dom" />
/**
 * The wire: the packet, the conversation and the findings, which point at each other.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
/** @import { Finding } from "../../diagnose/finding.ts" */
/** @import { ToPage, WireMessage, WirePacket } from "../messages.ts" */
import { byId, radioGroup } from "./dom.js";
import { Findings } from "./findings.js";
import { PacketView } from "./packet_view.js";
import { Talk } from "./talk.js";

const PARTS = ["packet", "talk", "findings"];

/** The three parts, one at a time. */
export class WireView {
  #packets = new PacketView();
  #talk = new Talk();
  #findings = new Findings((finding) => this.#reveal(finding));
  #choosePart = radioGroup("wire-part", (part) => {
    for (const name of PARTS) byId(`part-${name}`).hidden = name !== part;
  });

  /** @param {Extract<ToPage, { type: "hello" }>} hello */
  start({ snapshot, packets, messages, findings }) {
    this.#packets.session(snapshot);
    this.#packets.start(packets);
    this.#talk.start(messages);
    this.#findings.start(findings);
    this.#foundMore();
  }

  /** @param {boolean} visible */
  show(visible) {
    this.#packets.show(visible);
  }

  /** @param {PlayerSnapshot} snapshot */
  session(snapshot) {
    this.#packets.session(snapshot);
  }

  /** @param {WirePacket} packet */
  packet(packet) {
    this.#packets.add(packet);
  }

  /** @param {WireMessage} message */
  message(message) {
    this.#talk.add(message);
  }

  /**
   * @param {Finding} finding
   * @param {WirePacket | undefined} packet The packet it is about.
   */
  finding(finding, packet) {
    if (packet !== undefined) this.#packets.add(packet, false);
    this.#findings.add(finding);
    this.#foundMore();
  }

  /** @param {Finding} finding */
  #reveal(finding) {
    if (finding.where.kind === "message") {
      this.#choosePart("talk");
      this.#talk.reveal(finding);
    } else if (this.#packets.reveal(finding)) this.#choosePart("packet");
  }

  #foundMore() {
    const findings = this.#findings.list();
    this.#packets.findings(findings);
    this.#talk.findings(findings);
  }
}
