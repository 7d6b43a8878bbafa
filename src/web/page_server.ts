/**
 * Serves the page that shows a session: to browsers on this machine, at an address nobody can guess.
 *
 * @module
 */

import type { Player } from "../client/player.ts";
import { ASSETS } from "./assets.ts";
import { toCsv, toJson } from "./export.ts";
import { Feed } from "./feed.ts";
import { isHostAllowed, isOriginAllowed, newToken, sameToken, securityHeaders } from "./guard.ts";
import type { FromPage } from "./messages.ts";
import { Presence } from "./presence.ts";
import { Tab } from "./tab.ts";

/** How the page is served. */
export interface PageOptions {
  /** Address to listen on. Default 127.0.0.1; anything but loopback lets others on the network in. */
  readonly host?: string;
  /** TCP port. Default 0: any that is free. */
  readonly port?: number;
  /** Token in the address. Default: a new one that cannot be guessed. */
  readonly token?: string;
  /** How long all pages may be gone before that counts as closed, in ms. Default 800. */
  readonly graceMs?: number;
  /** How long nobody may be there, once a page was closed, before TEARDOWN, in ms. Default 60,000;
   * Infinity where somebody else is. */
  readonly idleMs?: number;
  /** Called when nobody came back for so long, after that TEARDOWN. */
  readonly onIdle?: () => void;
}

/** A page that is being served. Disposing of it closes its tabs' connections; they try again. */
export interface PageServer extends AsyncDisposable {
  /** Its address, with the token. */
  readonly url: string;
  /** Whether the sound is being heard in some tab, so that it need not be elsewhere. */
  readonly isHeard: boolean;
  /** Waits until no page is open. */
  gone(): Promise<void>;
}

/**
 * Starts serving the page of `player`.
 *
 * @throws {Deno.errors.AddrInUse} When the port is taken.
 */
export function startPage(player: Player, options: PageOptions = {}): PageServer {
  const { host = "127.0.0.1", port = 0, token = newToken() } = options;
  const presence = new Presence(player, {
    graceMs: options.graceMs ?? 800,
    idleMs: options.idleMs ?? 60_000,
    onAsking: (asking) => feed.tell({ type: "asking", asking }),
    onIdle: () => options.onIdle?.(),
  });
  const feed = new Feed(player, () => presence.changed());
  const page = new Page(player, feed, presence, token);
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({
      hostname: host,
      port,
      onListen() {},
      onError: () => new Response("Cannot answer: Reel failed on this request.\n", { status: 500 }),
    }, (request) => page.answer(request, server.addr.port));
  } catch (error) {
    feed[Symbol.dispose]();
    throw error;
  }
  const shownHost = host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${shownHost}:${server.addr.port}/${token}/`,
    get isHeard() {
      return [...feed.tabs].some((tab) => tab.wantsSound);
    },
    gone: () => presence.gone(),
    async [Symbol.asyncDispose]() {
      presence.close();
      feed[Symbol.dispose]();
      for (const tab of feed.tabs) tab.close();
      feed.tabs.clear();
      await server.shutdown();
    },
  };
}

/** Tabs that may be open at the same time. */
const MAX_TABS = 32;

/** Commands of one tab that may wait for others. */
const MAX_COMMANDS = 100;

/** Answers requests. */
class Page {
  readonly #player: Player;
  readonly #feed: Feed;
  readonly #presence: Presence;
  readonly #token: string;
  readonly #commands = new Map<Tab, number>();

  constructor(player: Player, feed: Feed, presence: Presence, token: string) {
    this.#player = player;
    this.#feed = feed;
    this.#presence = presence;
    this.#token = token;
  }

  answer(request: Request, port: number): Response {
    const host = request.headers.get("host");
    if (host === null || !isHostAllowed(host, port)) return text("Wrong host.\n", 421, "");
    const [, token = "", name, ...rest] = new URL(request.url).pathname.split("/");
    if (!sameToken(token, this.#token) || rest.length > 0) return text("Not found.\n", 404, host);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text("Only GET.\n", 405, host);
    }
    if (name === undefined) {
      return new Response(null, {
        status: 308,
        headers: { ...securityHeaders(host), location: `/${token}/` },
      });
    }
    if (name === "socket") return this.#connect(request, host);
    return this.#file(name === "" ? "index.html" : name, host);
  }

  #file(name: string, host: string): Response {
    const asset = ASSETS.get(name);
    if (asset !== undefined) return text(asset.text, 200, host, asset.type);
    const download = { "content-disposition": `attachment; filename="${name}"` };
    switch (name) {
      case "numbers.csv":
        return text(toCsv(this.#feed.history.samples()), 200, host, "text/csv", download);
      case "numbers.json": {
        const json = toJson(this.#player.snapshot(), this.#feed.history.samples());
        return text(json, 200, host, "application/json", download);
      }
      case "session.sdp":
        return text(this.#player.snapshot().sdp ?? "", 200, host, "application/sdp", download);
      default:
        return text("Not found.\n", 404, host);
    }
  }

  #connect(request: Request, host: string): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return text("This is where WebSockets connect.\n", 426, host, undefined, {
        upgrade: "websocket",
      });
    }
    if (!isOriginAllowed(request.headers.get("origin"), host)) {
      return text("Wrong origin.\n", 403, host);
    }
    if (this.#feed.tabs.size >= MAX_TABS) return text("Too many pages are open.\n", 503, host);
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    const tab = new Tab(socket, (from, said) => this.#said(from, said));
    socket.addEventListener("open", () => {
      this.#presence.enter();
      this.#feed.join(tab, this.#presence.asking);
    });
    socket.addEventListener("close", () => {
      this.#commands.delete(tab);
      if (this.#feed.tabs.delete(tab)) this.#presence.leave();
    });
    // A tab that goes away without a word also ends in "close".
    socket.addEventListener("error", (event) => event.preventDefault());
    return response;
  }

  async #said(tab: Tab, said: FromPage): Promise<void> {
    if (said.type === "answer") {
      await this.#presence.answer(said.goOn).catch(() => {});
      return;
    }
    if (said.type !== "command") return;
    const { id } = said;
    const waiting = this.#commands.get(tab) ?? 0;
    if (waiting >= MAX_COMMANDS) {
      tab.tell({ type: "done", id, error: "Cannot do that now: too many commands wait" });
      return;
    }
    this.#commands.set(tab, waiting + 1);
    try {
      const urls = await this.#do(said);
      tab.tell({ type: "done", id, ...(urls === undefined ? undefined : { urls }) });
    } catch (error) {
      tab.tell({ type: "done", id, error: error instanceof Error ? error.message : String(error) });
    }
    const left = this.#commands.get(tab);
    // A tab that has gone is forgotten already.
    if (left !== undefined) this.#commands.set(tab, left - 1);
  }

  async #do(command: Extract<FromPage, { type: "command" }>): Promise<string[] | undefined> {
    switch (command.name) {
      case "setup":
        return void await this.#player.setup();
      case "play":
        if (command.position !== undefined) this.#feed.tell({ type: "leap" });
        return void await this.#player.play(command.position);
      case "pause":
        return void await this.#player.pause();
      case "teardown":
        return void await this.#player.teardown();
      case "describe":
        return void await this.#player.describe();
      case "list":
        return await this.#player.list();
      case "open":
        return void (command.url === undefined ? undefined : await this.#player.open(command.url));
    }
  }
}

function text(
  body: string,
  status: number,
  host: string,
  type = "text/plain",
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      ...securityHeaders(host),
      "content-type": `${type}; charset=utf-8`,
      ...headers,
    },
  });
}
