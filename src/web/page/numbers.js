// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The statistics: four large numbers, then all of them in the order the labs list them.
 *
 * @module
 */

/** @import { PlayerSnapshot, TrackInfo, TrackStatistics } from "../../client/player.ts" */
/** @import { Row } from "./number_rows.js" */
import { byId, make, setText } from "./dom.js";
import { count, fixed, milliseconds, percent, UNKNOWN } from "./format.js";
import { LAB_ROWS, MORE_ROWS } from "./number_rows.js";

/** What the page itself knows. */
/** @typedef {{ shownRate: number | undefined, dropped: number, bufferedMs: number | undefined, behindSoundMs: number | undefined }} OwnNumbers */

/** Numbers on the page. */
export class Numbers {
  #tiles = byId("tiles");
  #tables = byId("tables");
  #shape = "";
  /** @type {Map<string, HTMLElement>} */
  #cells = new Map();

  /**
   * @param {PlayerSnapshot} snapshot
   * @param {OwnNumbers} own
   */
  show(snapshot, own) {
    const tracks = snapshot.statistics;
    const shape = tracks.map(({ track, kind }) => `${track}${kind}`).join();
    if (shape !== this.#shape || this.#cells.size === 0) this.#build(snapshot);
    this.#shape = shape;
    const lead = tracks.find(({ kind }) => kind === "video") ?? tracks[0];
    this.#put("tile.frameRate", fixed(lead?.frameRateNow, 1));
    this.#put("tile.dataRate", fixed(lead && megabits(tracks), 2));
    this.#put("tile.loss", lead === undefined ? UNKNOWN : percent(overallLoss(tracks)));
    this.#put("tile.jitter", fixed(lead?.jitterMs, 2));
    for (const track of tracks) {
      for (const row of [...LAB_ROWS, ...MORE_ROWS]) {
        this.#put(`${track.track}.${row.key}`, hides(row, track) ? "" : row.read(track));
      }
    }
    this.#put("transport", snapshot.transport ?? UNKNOWN);
    this.#put("session", snapshot.sessionId ?? UNKNOWN);
    this.#put("dialect", snapshot.dialect ?? UNKNOWN);
    this.#put("tracks", snapshot.tracks.map(trackName).join(" · ") || UNKNOWN);
    this.#put("clock", tracks.length === 0 ? UNKNOWN : clockWords(tracks));
    this.#put("lead", milliseconds(snapshot.audioLeadMs, 0));
    this.#put("shown", own.shownRate === undefined ? UNKNOWN : `${own.shownRate.toFixed(1)} fps`);
    this.#put("dropped", count(own.dropped));
    this.#put("buffer", milliseconds(own.bufferedMs, 0));
    this.#put("behind", milliseconds(own.behindSoundMs, 0));
  }

  /**
   * @param {string} key
   * @param {string} text
   */
  #put(key, text) {
    const cell = this.#cells.get(key);
    if (cell !== undefined) setText(cell, text);
  }

  /** @param {PlayerSnapshot} snapshot */
  #build({ statistics }) {
    this.#cells.clear();
    this.#tiles.replaceChildren(
      this.#tile("tile.frameRate", "Frame rate", "fps"),
      this.#tile("tile.dataRate", "Data rate", "Mbit/s"),
      this.#tile("tile.loss", "Loss", ""),
      this.#tile("tile.jitter", "Jitter", "ms"),
    );
    const parts = [];
    if (statistics.length > 0) {
      parts.push(
        this.#table("As the labs list them", LAB_ROWS, statistics),
        this.#table("More about the packets", MORE_ROWS, statistics),
      );
    }
    parts.push(this.#list("Session", [
      ["tracks", "Tracks", ""],
      ["transport", "Transport", "how media come"],
      ["session", "Session", ""],
      ["dialect", "Dialect", "what the server speaks"],
      ["clock", "Clock", "of the timestamps"],
      ["lead", "Sound before picture", "by sender reports"],
    ]));
    parts.push(this.#list("This page", [
      ["shown", "Pictures drawn", "in this tab"],
      ["dropped", "Pictures dropped", "too late for this tab"],
      ["buffer", "Sound waiting", "before the loudspeaker"],
      ["behind", "Picture after sound", "as seen and heard here"],
    ]));
    this.#tables.replaceChildren(...parts);
  }

  /**
   * @param {string} key
   * @param {string} name
   * @param {string} unit
   */
  #tile(key, name, unit) {
    const value = make("span", { class: "tile-value" });
    this.#cells.set(key, value);
    return make(
      "div",
      { class: "tile" },
      make("span", { class: "tile-name" }, name),
      make(
        "span",
        { class: "tile-number" },
        value,
        ...(unit === "" ? [] : [make("span", { class: "tile-unit" }, ` ${unit}`)]),
      ),
    );
  }

  /**
   * @param {string} title
   * @param {readonly Row[]} rows
   * @param {readonly TrackStatistics[]} tracks
   */
  #table(title, rows, tracks) {
    const table = make("table", { class: "numbers" }, make("caption", {}, title));
    if (tracks.length > 1) {
      const head = make("tr", {}, make("td"));
      for (const { kind } of tracks) head.append(make("th", { scope: "col" }, kind));
      table.append(make("thead", {}, head));
    }
    const body = make("tbody");
    for (const row of rows) {
      if (tracks.every((track) => hides(row, track))) continue;
      const line = make("tr", {}, nameCell(row.name, row.meaning));
      for (const { track } of tracks) {
        const cell = make("td", { "data-number": row.key, "data-track": String(track) });
        this.#cells.set(`${track}.${row.key}`, cell);
        line.append(cell);
      }
      body.append(line);
    }
    table.append(body);
    return table;
  }

  /**
   * @param {string} title
   * @param {readonly (readonly [string, string, string])[]} rows
   */
  #list(title, rows) {
    const body = make("tbody");
    for (const [key, name, meaning] of rows) {
      const cell = make("td", { "data-number": key });
      this.#cells.set(key, cell);
      body.append(make("tr", {}, nameCell(name, meaning), cell));
    }
    return make("table", { class: "numbers words" }, make("caption", {}, title), body);
  }
}

/**
 * @param {string} name
 * @param {string} meaning
 */
function nameCell(name, meaning) {
  const more = meaning === "" ? [] : [make("small", {}, meaning)];
  return make("th", { scope: "row" }, name, ...more);
}

/**
 * @param {Row} row
 * @param {TrackStatistics} track
 */
function hides(row, track) {
  return row.only === "video" && track.kind !== "video";
}

/** @param {readonly TrackStatistics[]} tracks */
function clockWords(tracks) {
  const notes = tracks.map(({ clockNote }) => clockNote).filter((note) => note !== undefined);
  return notes.length === 0 ? "of the media, as RTP has it" : notes.join(", ");
}

/** @param {readonly TrackStatistics[]} tracks */
function megabits(tracks) {
  const known = tracks.filter(({ dataRateNow }) => dataRateNow !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((sum, { dataRateNow = 0 }) => sum + dataRateNow, 0) / 1e6;
}

/** @param {readonly TrackStatistics[]} tracks */
function overallLoss(tracks) {
  const expected = tracks.reduce((sum, track) => sum + track.packetsExpected, 0);
  if (expected === 0) return undefined;
  return tracks.reduce((sum, track) => sum + track.packetsLost, 0) / expected;
}

/** @param {TrackInfo} track */
function trackName({ kind, encodingName, payloadType, clockRate, channels, playable }) {
  const parts = [kind, encodingName];
  if (payloadType !== undefined) parts.push(`PT ${payloadType}`);
  if (clockRate !== undefined) parts.push(`${clockRate} Hz`);
  if (channels !== undefined) parts.push(channels === 1 ? "mono" : `${channels} channels`);
  if (!playable) parts.push("(cannot be played)");
  return parts.filter((part) => part !== undefined).join(" ");
}
