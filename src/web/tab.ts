/**
 * One tab that shows the page: what it is sent, and how much of it.
 *
 * @module
 */

import { type FromPage, parseFromPage, type ToPage } from "./messages.ts";

/** Pictures a tab may have been sent and not yet taken in. More would only be older when shown. */
const PICTURES_UNDER_WAY = 6;

/** Bytes waiting in the socket beyond which sound is dropped: seconds of it. */
const SOUND_BACKLOG = 1 << 20;

/** Bytes waiting in the socket beyond which the tab is given up: it does not read, and memory is not endless. */
const MOST_BACKLOG = 16 << 20;

/** Characters of what a tab says; nothing of the page's is nearly as long. */
const MOST_SAID = 1 << 16;

/** The other end of one WebSocket. */
export class Tab {
  readonly #socket: WebSocket;
  #underWay = 0;
  #waiting: Uint8Array<ArrayBuffer> | undefined;
  #wantsPictures = true;
  #wantsSound = false;

  /** `onSaid` hears what the tab says, save what it says about pictures under way. */
  constructor(socket: WebSocket, onSaid: (tab: Tab, said: FromPage) => void) {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      const isText = typeof event.data === "string" && event.data.length <= MOST_SAID;
      const said = isText ? parseFromPage(event.data) : undefined;
      if (said?.type === "taken") this.#taken(said.pictures);
      else if (said?.type === "want") this.#want(said.pictures, said.sound);
      else if (said !== undefined) onSaid(this, said);
    });
  }

  /** Sends JSON. */
  tell(what: ToPage): void {
    this.tellText(JSON.stringify(what));
  }

  /** Sends JSON that has been written once for all tabs. */
  tellText(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > MOST_BACKLOG) this.#socket.close(1013, "Too slow");
    else this.#socket.send(text);
  }

  /** Sends a picture now, or as soon as the tab has room for one, unless a newer one comes. */
  show(picture: Uint8Array<ArrayBuffer>): void {
    if (!this.#wantsPictures) return;
    if (this.#underWay < PICTURES_UNDER_WAY) return this.#send(picture);
    this.#waiting = picture;
  }

  /** Sends sound. */
  sound(sound: Uint8Array<ArrayBuffer>): void {
    if (!this.#wantsSound || this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount < SOUND_BACKLOG) this.#socket.send(sound);
  }

  /** Whether the tab has asked for sound. */
  get wantsSound(): boolean {
    return this.#wantsSound;
  }

  /** Says goodbye. */
  close(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1001, "Reel has ended");
  }

  #send(picture: Uint8Array<ArrayBuffer>): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#underWay++;
    this.#socket.send(picture);
  }

  #taken(pictures: number): void {
    this.#underWay = Math.max(0, this.#underWay - pictures);
    const waiting = this.#waiting;
    if (waiting === undefined || this.#underWay >= PICTURES_UNDER_WAY) return;
    this.#waiting = undefined;
    this.#send(waiting);
  }

  #want(pictures: boolean, sound: boolean): void {
    this.#wantsPictures = pictures;
    this.#wantsSound = sound;
    if (!pictures) this.#waiting = undefined;
  }
}
