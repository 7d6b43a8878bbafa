/**
 * Everything the session does, on its way to the tabs that are open.
 *
 * @module
 */

import { decodeLatin1 } from "../bytes/text.ts";
import type { Player, PlayerEvent } from "../client/player.ts";
import type { Finding } from "../diagnose/finding.ts";
import { History, SAMPLE_PERIOD_MS } from "./history.ts";
import { encodePicture, encodeSound, type ToPage, type WireMessage } from "./messages.ts";
import type { WirePacket } from "./messages.ts";
import { PacketWatch } from "./packet_watch.ts";
import { Recent } from "./recent.ts";
import type { Tab } from "./tab.ts";

/** Time between two snapshots in ms, while something changes. */
const SNAPSHOT_PERIOD_MS = 200;

/** RTSP messages a page that has just been opened still gets to see. */
const MESSAGES_KEPT = 300;

/** A picture as an event has it. */
type PictureEvent = Extract<PlayerEvent, { type: "picture" }>;

/** Listens to the player and tells the tabs; keeps what a tab needs that comes later. */
export class Feed implements Disposable {
  /** Tabs that are open. */
  readonly tabs: Set<Tab> = new Set();
  /** The numbers over time. */
  readonly history: History = new History();
  readonly #player: Player;
  readonly #onChange: () => void;
  #messages = new Recent<WireMessage>(MESSAGES_KEPT);
  #packets: PacketWatch;
  readonly #unsubscribe: () => void;
  readonly #timers: ReturnType<typeof setInterval>[];
  readonly #startedAt = performance.now();
  /** Time of the newest frame of each track, in ms since it began. */
  readonly #mediaMs = new Map<number, number>();
  #clockRates = new Map<number, number | undefined>();
  #messageCount = 0;
  #lastPicture: PictureEvent | undefined;
  #lastSnapshot = "";

  /** `onChange` is called when state, condition, tracks or description change. */
  constructor(player: Player, onChange: () => void) {
    this.#player = player;
    this.#packets = new PacketWatch(player);
    this.#onChange = onChange;
    this.#learnClockRates();
    this.#unsubscribe = player.subscribe((event) => this.#happened(event));
    this.#timers = [
      setInterval(() => this.#tick(), SNAPSHOT_PERIOD_MS),
      setInterval(() => this.#sample(), SAMPLE_PERIOD_MS),
    ];
  }

  /** Adds a tab and tells it all it has missed. */
  join(tab: Tab, asking: boolean): void {
    this.tabs.add(tab);
    this.#greet(tab, asking);
    if (this.#lastPicture !== undefined) tab.show(this.#encode(this.#lastPicture));
  }

  #greet(tab: Tab, asking: boolean): void {
    tab.tell({
      type: "hello",
      snapshot: this.#player.snapshot(),
      points: this.history.points(),
      messages: this.#messages.list(),
      packets: this.#packets.shown(),
      findings: this.#player.findings(),
      asking,
    });
  }

  /** Another presentation begins: tabs that are open learn of it as those that come. */
  #reset(): void {
    this.#messages = new Recent(MESSAGES_KEPT);
    this.#messageCount = 0;
    this.#packets = new PacketWatch(this.#player);
    this.#lastPicture = undefined;
    for (const tab of this.tabs) this.#greet(tab, false);
  }

  /** Tells all tabs. */
  tell(what: ToPage): void {
    if (this.tabs.size === 0) return;
    const text = JSON.stringify(what);
    for (const tab of this.tabs) tab.tellText(text);
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #happened(event: PlayerEvent): void {
    switch (event.type) {
      case "media":
        return this.#media(event);
      case "packet":
        return this.#packets.push(event);
      case "picture":
        return this.#picture(event);
      case "sound":
        return this.#sound(event);
      case "message":
        return this.#message(event);
      case "finding":
        return this.tell({
          type: "finding",
          finding: event.finding,
          ...packetOf(event.finding, this.#packets, this.#player.snapshot().tracks),
        });
      case "reset":
        return this.#reset();
      case "change":
        if (this.#player.snapshot().state === "Init") this.#lastPicture = undefined;
        this.#learnClockRates();
        this.#onChange();
        return this.#tick();
      default:
        return;
    }
  }

  #picture(event: PictureEvent): void {
    this.#lastPicture = event;
    if (this.tabs.size === 0) return;
    const picture = this.#encode(event);
    for (const tab of this.tabs) tab.show(picture);
  }

  #encode(event: PictureEvent): Uint8Array<ArrayBuffer> {
    return encodePicture(event, this.#mediaMs.get(event.track) ?? NaN);
  }

  #learnClockRates(): void {
    const { tracks } = this.#player.snapshot();
    this.#clockRates = new Map(tracks.map(({ index, clockRate }) => [index, clockRate]));
  }

  #media({ track, ticks }: Extract<PlayerEvent, { type: "media" }>): void {
    const clockRate = this.#clockRates.get(track);
    if (clockRate !== undefined) this.#mediaMs.set(track, ticks / clockRate * 1000);
  }

  #sound(event: Extract<PlayerEvent, { type: "sound" }>): void {
    let sound: Uint8Array<ArrayBuffer> | undefined;
    for (const tab of this.tabs) {
      if (tab.wantsSound) tab.sound(sound ??= encodeSound(event));
    }
  }

  #message(event: Extract<PlayerEvent, { type: "message" }>): void {
    const message: WireMessage = {
      number: ++this.#messageCount,
      timeMs: event.timeMs,
      direction: event.direction,
      text: decodeLatin1(event.bytes),
    };
    this.#messages.push(message);
    this.tell({ type: "message", message });
  }

  #tick(): void {
    const packets = this.#packets.take();
    if (this.tabs.size === 0) return;
    for (const packet of packets) this.tell({ type: "packet", packet });
    const snapshot = this.#player.snapshot();
    const text = JSON.stringify({ type: "snapshot", snapshot } satisfies ToPage);
    if (text === this.#lastSnapshot) return;
    this.#lastSnapshot = text;
    for (const tab of this.tabs) tab.tellText(text);
  }

  #sample(): void {
    const timeMs = Math.round(performance.now() - this.#startedAt);
    const point = this.history.add(timeMs, this.#player.snapshot());
    if (point !== undefined) this.tell({ type: "point", point });
  }
}

/** The packet a finding is about, if it is one and still known. */
function packetOf(
  { where }: Finding,
  packets: PacketWatch,
  tracks: readonly { readonly index: number; readonly kind: string }[],
): { packet?: WirePacket } {
  if (where.kind !== "packet" || where.number === undefined) return {};
  const track = tracks.find(({ kind }) => where.stream?.includes(kind))?.index ?? 0;
  const packet = packets.find(track, where.number);
  return packet === undefined ? {} : { packet };
}
