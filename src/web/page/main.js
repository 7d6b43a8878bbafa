// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/**
 * The page: what Reel tells goes to the parts that show it, what the user does goes to Reel.
 *
 * @module
 */

/** @import { PlayerSnapshot } from "../../client/player.ts" */
/** @import { PageCommand, ToPage } from "../messages.ts" */
/** @import { ButtonCommand } from "./session_buttons.js" */
import { Charts } from "./charts.js";
import { Connection } from "./connection.js";
import { Description } from "./description.js";
import { byId, radioGroup } from "./dom.js";
import { Films } from "./films.js";
import { keyTable, showHelp, toggleFullScreen } from "./key_table.js";
import { listenForKeys } from "./keys.js";
import { MediaOutput } from "./media_output.js";
import { Numbers } from "./numbers.js";
import { overlayText, showOverlay } from "./overlay.js";
import { Question } from "./question.js";
import { SeekBar } from "./seek_bar.js";
import { SessionButtons } from "./session_buttons.js";
import { SessionStateView } from "./session_state.js";
import { Tabs } from "./tabs.js";
import { Theme } from "./theme.js";
import { WireView } from "./wire_view.js";

class App {
  /** @type {PlayerSnapshot | undefined} */
  #snapshot;
  #connected = false;
  #busy = false;
  /** @type {3 | 4} */
  #mode = 4;
  #media = new MediaOutput(() => this.#want());
  #state = new SessionStateView();
  #buttons = new SessionButtons((command) => this.#press(command));
  #numbers = new Numbers();
  #charts = new Charts();
  #wire = new WireView();
  #description = new Description();
  #seekBar = new SeekBar((seconds) => this.#command("play", { position: seconds }));
  #question = new Question((goOn) => this.#connection.tell({ type: "answer", goOn }));
  #films = new Films(
    () => this.#connection.command("list"),
    (url) => this.#command("open", { url }),
  );
  #tabs = new Tabs((view) => {
    this.#charts.show(view === "charts");
    this.#wire.show(view === "wire");
  });
  #theme = new Theme(() => this.#charts.rebuild());
  #connection = new Connection({
    told: (message) => this.#told(message),
    picture: (picture) => this.#media.picture(picture),
    sound: (sound) => this.#media.sound(sound),
    connected: (connected) => this.#setConnected(connected),
  });
  #chooseMode = radioGroup("mode", (value) => {
    this.#mode = value === "3" ? 3 : 4;
    this.#draw();
  });

  constructor() {
    this.#tabs.start();
    for (const close of document.querySelectorAll("[data-close]")) {
      close.addEventListener("click", () => close.closest("dialog")?.close());
    }
    byId("fullscreen").addEventListener("click", toggleFullScreen);
    byId("stage").addEventListener("dblclick", toggleFullScreen);
    byId("help-button").addEventListener("click", showHelp);
    listenForKeys(keyTable({
      press: (command) => this.#buttons.press(command),
      playOrPause: () =>
        this.#buttons.press(this.#snapshot?.condition === "running" ? "pause" : "play"),
      seekBy: (seconds) => this.#seek(this.#seekBar.position + seconds),
      toStart: () => this.#seek(0),
      mode: (mode) => this.#chooseMode(mode),
      sound: () => this.#media.toggleSound(),
      films: () => this.#films.show(),
      view: (view) => this.#tabs.choose(view),
      theme: () => this.#theme.toggle(),
    }));
    // Numbers of the tab's own change though the session does not.
    setInterval(() => this.#draw(), 1000);
    this.#draw();
  }

  /** @param {boolean} connected */
  #setConnected(connected) {
    this.#connected = connected;
    if (connected) this.#want();
    else {
      this.#media.flush();
      this.#question.ask(false);
    }
    this.#draw();
  }

  /** @param {ToPage} message */
  #told(message) {
    switch (message.type) {
      case "hello":
        this.#media.flush();
        this.#wire.start(message);
        this.#charts.start(message.snapshot, message.points);
        this.#show(message.snapshot);
        return this.#question.ask(message.asking, message.snapshot.position);
      case "snapshot":
        return this.#show(message.snapshot);
      case "point":
        return this.#charts.add(message.point);
      case "message":
        return this.#wire.message(message.message);
      case "packet":
        return this.#wire.packet(message.packet);
      case "finding":
        return this.#wire.finding(message.finding, message.packet);
      case "asking":
        return this.#question.ask(message.asking, this.#snapshot?.position);
      case "leap":
        return this.#media.flush();
      default:
        return undefined;
    }
  }

  /** @param {PlayerSnapshot} snapshot */
  #show(snapshot) {
    const tracksBefore = this.#snapshot?.tracks.length;
    this.#snapshot = snapshot;
    this.#media.session(snapshot);
    this.#wire.session(snapshot);
    this.#charts.tracks(snapshot);
    this.#description.show(snapshot.sdp);
    this.#films.current(snapshot.url);
    this.#draw();
    if (tracksBefore !== snapshot.tracks.length) this.#want();
  }

  #draw() {
    const snapshot = this.#snapshot;
    const connected = this.#connected;
    const playsOut = snapshot?.condition === "ended" && connected && this.#media.busy;
    showOverlay(
      playsOut ? undefined : overlayText(snapshot, connected, this.#mode, this.#buttons.said),
    );
    this.#state.draw(snapshot, connected, this.#mode);
    const usable = connected && !this.#busy && snapshot !== undefined;
    this.#buttons.draw(snapshot, this.#mode, usable);
    if (snapshot === undefined) return;
    this.#seekBar.show(snapshot, usable && (snapshot.state !== "Init" || this.#mode === 3));
    this.#numbers.show(snapshot, this.#media.numbers);
  }

  /** Tells Reel what this tab has use for. */
  #want() {
    this.#connection.tell({ type: "want", ...this.#media.wanted });
  }

  /** @param {ButtonCommand} command */
  #press(command) {
    if (command === "describe") this.#tabs.choose("description");
    const again = command === "play" && this.#snapshot?.condition === "ended";
    this.#command(command, again ? { position: 0 } : {});
  }

  /** @param {number} seconds */
  #seek(seconds) {
    if (!this.#seekBar.enabled) return;
    const { duration = 0 } = this.#snapshot ?? {};
    this.#command("play", { position: Math.min(Math.max(seconds, 0), duration) });
  }

  /**
   * @param {PageCommand} name
   * @param {{ position?: number, url?: string }} [more]
   */
  async #command(name, more) {
    if (this.#busy) return;
    this.#busy = true;
    this.#buttons.trouble("");
    this.#draw();
    try {
      await this.#connection.command(name, more);
    } catch (error) {
      this.#buttons.trouble(error instanceof Error ? error.message : String(error));
    } finally {
      this.#busy = false;
      this.#draw();
    }
  }
}

new App();
