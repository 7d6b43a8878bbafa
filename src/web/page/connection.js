// @ts-check
/// <reference lib="dom" />
/**
 * The WebSocket to Reel: opens it, opens it again when it breaks, takes messages apart.
 *
 * @module
 */

/** @import { FromPage, PageCommand, ToPage } from "../messages.ts" */

/**
 * @typedef {object} Picture
 * @property {number} track
 * @property {number} frame Number of the frame, from 1.
 * @property {number} timestamp RTP timestamp.
 * @property {number} mediaMs Its time in the track, pauses left out, in ms; NaN where unknown.
 * @property {Uint8Array<ArrayBuffer>} jpeg
 */

/**
 * @typedef {object} Sound
 * @property {number} track
 * @property {number} channels
 * @property {number} sampleRate
 * @property {number} firstSample Its place in the track, pauses left out.
 * @property {Int16Array} samples Interleaved.
 */

/**
 * @typedef {object} Listener
 * @property {(message: ToPage) => void} told
 * @property {(picture: Picture) => void} picture
 * @property {(sound: Sound) => void} sound
 * @property {(connected: boolean) => void} connected
 */

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 2000;
const HEADER_LENGTH = 24;

/** A connection that stays. */
export class Connection {
  /** @type {Listener} */
  #listener;
  /** @type {WebSocket | undefined} */
  #socket;
  #retryMs = FIRST_RETRY_MS;
  #lastId = 0;
  /** @type {Map<number, { resolve: (urls: readonly string[]) => void, reject: (why: Error) => void }>} */
  #waiting = new Map();

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#open();
  }

  /**
   * Has a command done. Rejects with the reason in words.
   *
   * @param {PageCommand} name
   * @param {{ position?: number, url?: string }} [more]
   * @returns {Promise<readonly string[]>} URLs, for "list".
   */
  command(name, more = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) {
      return Promise.reject(new Error("Reel does not answer"));
    }
    const id = ++this.#lastId;
    const done = Promise.withResolvers();
    this.#waiting.set(id, done);
    this.tell({ type: "command", id, name, ...more });
    return done.promise;
  }

  /** @param {FromPage} what */
  tell(what) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(what));
  }

  #open() {
    const url = new URL("socket", location.href);
    url.protocol = "ws:";
    const socket = this.#socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#retryMs = FIRST_RETRY_MS;
      this.#listener.connected(true);
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#told(JSON.parse(data));
      else this.#media(data);
    };
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Reel does not answer"));
      this.#waiting.clear();
      this.#listener.connected(false);
      setTimeout(() => this.#open(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 1.5, LAST_RETRY_MS);
    };
  }

  /** @param {ToPage} message */
  #told(message) {
    if (message.type !== "done") return this.#listener.told(message);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.urls ?? []);
    else waiting?.reject(new Error(message.error));
  }

  /** @param {ArrayBuffer} data */
  #media(data) {
    const view = new DataView(data);
    const track = view.getUint8(1);
    if (view.getUint8(0) === 1) {
      const jpeg = new Uint8Array(data, HEADER_LENGTH);
      const frame = view.getUint32(4);
      const timestamp = view.getUint32(8);
      const mediaMs = view.getFloat64(16);
      this.#listener.picture({ track, frame, timestamp, mediaMs, jpeg });
      this.tell({ type: "taken", pictures: 1 });
    } else {
      this.#listener.sound({
        track,
        channels: view.getUint8(2),
        sampleRate: view.getUint32(4),
        firstSample: view.getFloat64(8),
        samples: new Int16Array(data, HEADER_LENGTH, (data.byteLength - HEADER_LENGTH) >> 1),
      });
    }
  }
}
