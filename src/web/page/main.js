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
import { enabledButtons } from "./buttons.js";
import { Charts } from "./charts.js";
import { Connection } from "./connection.js";
import { Description } from "./description.js";
import { byId, makeSvg, radioGroup, recall, setText } from "./dom.js";
import { Films } from "./films.js";
import { Findings } from "./findings.js";
import { clock } from "./format.js";
import { listenForKeys } from "./keys.js";
import { Numbers } from "./numbers.js";
import { overlayText, showOverlay } from "./overlay.js";
import { PacketView } from "./packet_view.js";
import { Screen } from "./picture.js";
import { PlayoutClock } from "./playout_clock.js";
import { SeekBar } from "./seek_bar.js";
import { SoundOutput } from "./sound.js";
import { StateDiagram } from "./state_diagram.js";
import { Tabs } from "./tabs.js";
import { Talk } from "./talk.js";
import { Theme } from "./theme.js";
import { Waveform } from "./waveform.js";

/** How far an arrow key goes, in s. */
const STEP_S = 5;

class App {
  /** @type {PlayerSnapshot | undefined} */
  #snapshot;
  #connected = false;
  /** @type {3 | 4} */
  #mode = 4;
  #busy = false;
  /** @type {HTMLCanvasElement} */
  #canvas = byId("picture");
  #sound = new SoundOutput(recall("muted") === "yes");
  #screen = new Screen(this.#canvas, new PlayoutClock(this.#sound, () => performance.now()));
  #waveform = new Waveform(this.#canvas);
  #diagram = new StateDiagram();
  #numbers = new Numbers();
  #packets = new PacketView();
  #talk = new Talk();
  #findings = new Findings((finding) => this.#reveal(finding));
  #choosePart = radioGroup("wire-part", (part) => {
    for (const name of ["packet", "talk", "findings"]) byId(`part-${name}`).hidden = name !== part;
  });
  #description = new Description();
  #charts = new Charts();
  #seekBar = new SeekBar((seconds) => this.#command("play", { position: seconds }));
  #tabs = new Tabs((view) => {
    this.#charts.show(view === "charts");
    this.#packets.show(view === "wire");
  });
  #theme = new Theme(() => this.#charts.rebuild());
  #films = new Films(
    () => this.#connection.command("list"),
    (url) => this.#command("open", { url }),
  );
  /** @type {HTMLDialogElement} */
  #asking = byId("asking");
  #shownBefore = { at: performance.now(), shown: 0 };
  /** @type {number | undefined} */
  #shownRate;
  #connection = new Connection({
    told: (message) => this.#told(message),
    picture: (picture) => this.#screen.push(picture),
    sound: (sound) => this.#sound.push(sound),
    connected: (connected) => this.#setConnected(connected),
  });

  constructor() {
    this.#tabs.start();
    this.#chooseMode = radioGroup("mode", (value) => {
      this.#mode = value === "3" ? 3 : 4;
      this.#draw();
    });
    for (const button of commandButtons()) {
      button.addEventListener("click", () => this.#press(button.dataset["command"]));
    }
    for (const close of document.querySelectorAll("[data-close]")) {
      close.addEventListener("click", () => close.closest("dialog")?.close());
    }
    byId("mute").addEventListener("click", () => this.#toggleMute());
    byId("hear").addEventListener("click", () => this.#sound.unlock());
    byId("fullscreen").addEventListener("click", () => this.#toggleFullScreen());
    byId("stage").addEventListener("dblclick", () => this.#toggleFullScreen());
    byId("help-button").addEventListener("click", () => this.#help());
    byId("asking-go").addEventListener("click", () => this.#answer(true));
    byId("asking-end").addEventListener("click", () => this.#answer(false));
    this.#asking.addEventListener("cancel", (event) => event.preventDefault());
    document.addEventListener("pointerdown", () => this.#sound.unlock());
    document.addEventListener("visibilitychange", () => this.#want());
    this.#sound.onChange = () => {
      this.#drawSound();
      this.#want();
    };
    this.#sound.onSamples = (sound) => {
      if (this.#isSoundOnly()) this.#waveform.push(sound);
    };
    this.#screen.onLeap = () => this.#sound.flush();
    setInterval(() => this.#countShown(), 1000);
    this.#listenForKeys();
    this.#draw();
  }

  /** @type {(mode: string) => void} */
  #chooseMode;

  /** @param {boolean} connected */
  #setConnected(connected) {
    this.#connected = connected;
    if (!connected) {
      this.#sound.flush();
      if (this.#asking.open) this.#asking.close();
    } else this.#want();
    this.#draw();
  }

  /** @param {ToPage} message */
  #told(message) {
    switch (message.type) {
      case "hello":
        this.#screen.flush();
        this.#packets.session(message.snapshot);
        this.#packets.start(message.packets);
        this.#talk.start(message.messages);
        this.#findings.start(message.findings);
        this.#foundMore();
        this.#charts.start(message.snapshot, message.points);
        this.#show(message.snapshot);
        return this.#ask(message.asking);
      case "snapshot":
        return this.#show(message.snapshot);
      case "point":
        return this.#charts.add(message.point);
      case "message":
        return this.#talk.add(message.message);
      case "packet":
        return this.#packets.add(message.packet);
      case "finding":
        if (message.packet !== undefined) this.#packets.add(message.packet, false);
        this.#findings.add(message.finding);
        return this.#foundMore();
      case "asking":
        return this.#ask(message.asking);
      case "leap":
        this.#sound.flush();
        return this.#screen.flush();
      default:
        return undefined;
    }
  }

  /** @param {import("../../diagnose/finding.ts").Finding} finding */
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

  /** @param {PlayerSnapshot} snapshot */
  #show(snapshot) {
    const before = this.#snapshot;
    this.#snapshot = snapshot;
    if (
      before?.condition === "running" && snapshot.condition !== "ended" &&
      snapshot.condition !== "running"
    ) {
      this.#sound.flush();
      this.#screen.settle();
    }
    if (snapshot.state === "Init" && before?.state !== "Init") this.#screen.clear();
    this.#packets.session(snapshot);
    this.#charts.tracks(snapshot);
    this.#description.show(snapshot.sdp);
    this.#films.current(snapshot.url);
    this.#announce(before, snapshot);
    const audible = snapshot.tracks.find(({ kind, playable }) => kind === "audio" && playable);
    if (audible?.clockRate !== undefined) this.#sound.prepare(audible.clockRate);
    this.#draw();
    if (before?.tracks.length !== snapshot.tracks.length) this.#want();
  }

  #draw() {
    const snapshot = this.#snapshot;
    const playsOut = snapshot?.condition === "ended" && this.#connected && this.#screen.busy;
    showOverlay(playsOut ? undefined : overlayText(snapshot, this.#connected, this.#mode));
    this.#drawLink();
    this.#drawSound();
    const state = snapshot?.state ?? "Init";
    const enabled = snapshot === undefined
      ? new Set()
      : enabledButtons(state, snapshot.condition, this.#mode);
    const usable = this.#connected && !this.#busy && snapshot !== undefined;
    const next = ["setup", "play", "pause"].find((command) => enabled.has(command));
    byId("controls").dataset["mode"] = String(this.#mode);
    for (const button of commandButtons()) {
      const command = button.dataset["command"];
      button.hidden = button.dataset["modes"]?.includes(String(this.#mode)) === false;
      button.disabled = !usable || (command !== "describe" && !enabled.has(command));
      button.classList.toggle("next", command === next);
    }
    this.#diagram.show(state, this.#mode);
    if (snapshot === undefined) return;
    const canSeek = usable && (state !== "Init" || this.#mode === 3);
    this.#seekBar.show(snapshot, canSeek);
    const { dropped, behindSoundMs } = this.#screen;
    const { bufferedMs } = this.#sound;
    this.#numbers.show(snapshot, {
      shownRate: this.#shownRate,
      dropped,
      bufferedMs,
      behindSoundMs,
    });
  }

  #drawLink() {
    const link = byId("link");
    const { condition, state } = this.#snapshot ?? { condition: "idle", state: "Init" };
    const names = { Init: "INIT", Ready: "READY", Playing: "PLAYING" };
    link.dataset["condition"] = this.#connected ? condition : "gone";
    const known = this.#connected && this.#snapshot !== undefined;
    setText(byId("link-text"), known ? names[state] : "offline");
  }

  #drawSound() {
    const tracks = this.#snapshot?.tracks ?? [];
    const audible = tracks.some(({ kind, playable }) => kind === "audio" && playable);
    const mute = byId("mute");
    const { muted } = this.#sound;
    mute.hidden = !audible;
    byId("hear").hidden = !(audible && this.#sound.locked);
    const name = muted ? "Sound on" : "Sound off";
    if (mute.getAttribute("aria-label") === name) return;
    mute.setAttribute("aria-label", name);
    mute.title = `${name} (M)`;
    const waves = muted
      ? "m15.5 9.5 5 5m0-5-5 5"
      : "M15.5 9a4 4 0 0 1 0 6M18 6.5a7.6 7.6 0 0 1 0 11";
    mute.replaceChildren(makeSvg(
      "svg",
      { viewBox: "0 0 24 24", "aria-hidden": "true" },
      makeSvg("path", { d: "M4 9.5v5h3.2L12 18.5v-13L7.2 9.5z" }),
      makeSvg("path", { d: waves }),
    ));
  }

  /**
   * @param {PlayerSnapshot | undefined} before
   * @param {PlayerSnapshot} now
   */
  #announce(before, now) {
    if (before?.state === now.state && before.condition === now.condition) return;
    const at = now.position === undefined ? "" : ` at ${clock(now.position)}`;
    setText(byId("announce"), `${now.state}, ${now.condition}${at}. ${now.reason ?? ""}`);
    if (now.condition === "running") this.#canvas.setAttribute("aria-label", "Picture, playing");
  }

  #countShown() {
    const now = performance.now();
    const { at, shown } = this.#shownBefore;
    this.#shownRate = this.#isSoundOnly()
      ? undefined
      : (this.#screen.shown - shown) / ((now - at) / 1000);
    this.#shownBefore = { at: now, shown: this.#screen.shown };
    this.#draw();
  }

  #isSoundOnly() {
    const tracks = this.#snapshot?.tracks ?? [];
    return tracks.length > 0 && tracks.every(({ kind }) => kind === "audio");
  }

  /** Tells Reel what this tab has use for. */
  #want() {
    const visible = document.visibilityState === "visible";
    const heard = !this.#sound.muted && !this.#sound.locked;
    const sound = heard || (visible && this.#isSoundOnly());
    this.#connection.tell({ type: "want", pictures: visible, sound });
  }

  /** @param {string | undefined} name */
  #press(name) {
    const command = COMMANDS.find((known) => known === name);
    if (command === undefined) return;
    if (command === "describe") this.#tabs.choose("description");
    const again = command === "play" && this.#snapshot?.condition === "ended";
    this.#command(command, again ? { position: 0 } : {});
  }

  /**
   * @param {PageCommand} name
   * @param {{ position?: number, url?: string }} [more]
   */
  async #command(name, more) {
    if (this.#busy) return;
    this.#busy = true;
    this.#trouble("");
    this.#draw();
    try {
      await this.#connection.command(name, more);
    } catch (error) {
      this.#trouble(error instanceof Error ? error.message : String(error));
    } finally {
      this.#busy = false;
      this.#draw();
    }
  }

  /** @param {string} text */
  #trouble(text) {
    const trouble = byId("trouble");
    trouble.hidden = text === "";
    setText(trouble, text);
  }

  /** @param {boolean} asking */
  #ask(asking) {
    if (!asking && this.#asking.open) this.#asking.close();
    if (!asking || this.#asking.open) return;
    const at = this.#snapshot?.position;
    const where = at === undefined ? "" : ` at ${clock(at)}`;
    byId("asking-text").textContent =
      `The session was paused${where}. Go on from there, or tear it down?`;
    this.#asking.showModal();
    byId("asking-go").focus();
  }

  /** @param {boolean} goOn */
  #answer(goOn) {
    this.#connection.tell({ type: "answer", goOn });
    this.#asking.close();
  }

  #toggleMute() {
    this.#sound.muted = !this.#sound.muted;
    recall("muted", this.#sound.muted ? "yes" : "no");
  }

  #toggleFullScreen() {
    if (document.fullscreenElement !== null) document.exitFullscreen();
    else byId("stage").requestFullscreen().catch(() => {});
  }

  #help() {
    /** @type {HTMLDialogElement} */
    const help = byId("help");
    help.showModal();
  }

  /** @param {number} seconds */
  #seek(seconds) {
    if (!this.#seekBar.enabled) return;
    const { duration = 0 } = this.#snapshot ?? {};
    this.#command("play", { position: Math.min(Math.max(seconds, 0), duration) });
  }

  /** Presses a button as if with the mouse: what cannot be clicked has no key either. */
  /** @param {PageCommand} command */
  #pressKey(command) {
    commandButtons().find((button) =>
      button.dataset["command"] === command && !button.hidden && !button.disabled
    )?.click();
  }

  #listenForKeys() {
    /** @param {PageCommand} command */
    const press = (command) => () => this.#pressKey(command);
    listenForKeys([
      { keys: ["s"], shown: "S", does: "SETUP", run: press("setup") },
      { keys: ["p"], shown: "P", does: "PLAY", run: press("play") },
      { keys: ["a"], shown: "A", does: "PAUSE", run: press("pause") },
      { keys: ["t"], shown: "T", does: "TEARDOWN or STOP", run: press("teardown") },
      {
        keys: [" ", "k"],
        shown: "Space",
        does: "PLAY or PAUSE",
        run: () => this.#pressKey(this.#snapshot?.condition === "running" ? "pause" : "play"),
      },
      {
        keys: ["ArrowLeft"],
        shown: "←",
        does: `Back ${STEP_S} seconds`,
        run: () => this.#seek(this.#seekBar.position - STEP_S),
      },
      {
        keys: ["ArrowRight"],
        shown: "→",
        does: `On ${STEP_S} seconds`,
        run: () => this.#seek(this.#seekBar.position + STEP_S),
      },
      { keys: ["Home"], shown: "Home", does: "To the start", run: () => this.#seek(0) },
      { keys: ["d"], shown: "D", does: "DESCRIBE", run: press("describe") },
      { keys: ["o"], shown: "O", does: "Other presentations", run: () => this.#films.show() },
      {
        keys: ["3", "4"],
        shown: "3 4",
        does: "Three buttons, or four",
        run: () => this.#chooseMode(this.#mode === 4 ? "3" : "4"),
      },
      { keys: ["m"], shown: "M", does: "Sound on or off", run: () => this.#toggleMute() },
      { keys: ["f"], shown: "F", does: "Full screen", run: () => this.#toggleFullScreen() },
      { keys: ["n"], shown: "N", does: "Numbers", run: () => this.#tabs.choose("numbers") },
      { keys: ["c"], shown: "C", does: "Charts", run: () => this.#tabs.choose("charts") },
      { keys: ["w"], shown: "W", does: "Wire", run: () => this.#tabs.choose("wire") },
      {
        keys: ["e"],
        shown: "E",
        does: "Description",
        run: () => this.#tabs.choose("description"),
      },
      {
        keys: ["x"],
        shown: "X",
        does: "Hold the charts and the packet, or let go",
        run: () => byId(byId("view-wire").hidden ? "charts-pause" : "packet-follow").click(),
      },
      { keys: ["l"], shown: "L", does: "Light or dark", run: () => this.#theme.toggle() },
      { keys: ["?", "h"], shown: "?", does: "This help", run: () => this.#help() },
    ]);
  }
}

/** @type {readonly PageCommand[]} */
const COMMANDS = ["setup", "play", "pause", "teardown", "describe"];

function commandButtons() {
  /** @type {HTMLButtonElement[]} */
  const buttons = [...document.querySelectorAll("button")];
  return buttons.filter((button) => button.dataset["command"] !== undefined);
}

new App();
