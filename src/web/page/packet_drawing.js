// @ts-check
/// <reference lib="dom" />
/**
 * An RTP packet's header as RFC 3550 draws it, each field in its colour, then what the fields say.
 *
 * @module
 */

/** @import { HeaderField } from "../../diagnose/header_bits.ts" */
/** @import { WirePacket } from "../messages.ts" */
import { make } from "./dom.js";

const MARKS = { ok: "✓", odd: "!" };
const VERDICTS = { ok: "as it should be", odd: "not as it should be" };

/** Letters of RFC 3550's drawing, in words. */
/** @type {Readonly<Record<string, string>>} */
const WORDS = {
  V: "version",
  P: "padding",
  X: "extension",
  CC: "CSRC count",
  M: "marker",
  PT: "payload type",
};

/**
 * The drawing, the bytes, what was found, and the fields one by one.
 *
 * @param {WirePacket} packet
 * @param {readonly HTMLElement[]} findings
 * @returns {HTMLElement[]}
 */
export function packetDrawing(packet, findings) {
  const { fields } = packet;
  if (fields.length === 0) {
    const short = make("p", { class: "empty" }, "Fewer than 12 bytes: no RTP header.");
    return [short, hexLine(packet), ...findings];
  }
  return [drawing(fields), hexLine(packet), ...findings, fieldTable(fields)];
}

/** @param {readonly HeaderField[]} fields */
function drawing(fields) {
  const grid = make("div", { class: "bits", "aria-hidden": "true" });
  for (let bit = 0; bit < 32; bit++) {
    const text = String(bit % 10 === 0 ? bit : bit % 10);
    // Where there is room for one number in eight only, it is the whole one.
    grid.append(make("span", { class: "ruler", "data-bit": String(bit) }, text));
  }
  for (const { name, bits, width } of fields) {
    const cell = make("div", {
      class: `field span-${width} hue-${hueOf(name)}`,
      "data-field": wordsFor(name),
    });
    const line = make("span", { class: "field-bits" });
    for (let i = 0; i < bits.length; i += 8) {
      line.append(make("span", {}, bits.slice(i, i + 8)));
    }
    cell.append(make("span", { class: "field-label" }, name), line);
    grid.append(cell);
  }
  return grid;
}

/** @param {WirePacket} packet */
function hexLine(packet) {
  const line = make("p", { class: "hex" });
  packet.head.forEach((byte, i) => {
    const field = packet.fields.find(({ bitOffset, width }) =>
      bitOffset + width > i * 8 && bitOffset < (i + 1) * 8
    );
    line.append(make(
      "span",
      field === undefined
        ? { class: "byte payload" }
        : { class: `byte hue-${hueOf(field.name)}`, "data-field": wordsFor(field.name) },
      byte.toString(16).padStart(2, "0"),
    ));
  });
  if (packet.length > packet.head.length) line.append("…");
  return line;
}

/** @param {readonly HeaderField[]} fields */
function fieldTable(fields) {
  const body = make("tbody");
  for (const { name, width, value, bits, meaning, expectation, verdict } of fields) {
    body.append(make(
      "tr",
      { "data-field": wordsFor(name), class: `verdict-${verdict}` },
      make(
        "th",
        { scope: "row" },
        make("span", { class: `swatch hue-${hueOf(name)}` }),
        wordsFor(name),
        make("small", {}, meaning),
      ),
      make("td", { class: "field-size" }, width === 1 ? "1 bit" : `${width} bits`),
      make("td", { class: "field-value", title: bits }, String(value)),
      make("td", { class: "field-expected" }, expectation),
      make(
        "td",
        { class: "field-verdict" },
        MARKS[verdict],
        make("span", { class: "visually-hidden" }, VERDICTS[verdict]),
      ),
    ));
  }
  return make(
    "table",
    { class: "fields" },
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        ...["Field", "Size", "Value", "Should be"].map((name) =>
          make("th", { scope: "col" }, name)
        ),
        make("td"),
      ),
    ),
    body,
  );
}

/** @param {string} field */
function hueOf(field) {
  return wordsFor(field).replaceAll(" ", "-").toLowerCase();
}

/** @param {string} field */
function wordsFor(field) {
  return WORDS[field] ?? field;
}
