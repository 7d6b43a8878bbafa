/**
 * Headless Chromium, driven over the DevTools protocol.
 *
 * @module
 */

import { existsSync } from "@std/fs";

/** Parameters of a command, or what it answers. */
type Answer = Record<string, unknown>;

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-extensions",
  "--autoplay-policy=no-user-gesture-required",
  "--remote-debugging-port=0",
  "--window-size=1440,900",
];

/** A browser of its own, in a folder of its own. */
export class Chromium implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  readonly #listeners = new Set<(method: string, params: Answer, session?: string) => void>();
  #lastId = 0;

  private constructor(process: Deno.ChildProcess, folder: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(String(data)));
  }

  /** Starts it. */
  static async launch(): Promise<Chromium> {
    const folder = await Deno.makeTempDir({ prefix: "reel-chromium-" });
    const process = new Deno.Command("chromium", {
      args: [...FLAGS, `--user-data-dir=${folder}`, "about:blank"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const [port, path] = await devToolsAddress(folder);
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("Chromium does not answer"));
    });
    return new Chromium(process, folder, socket);
  }

  /** The process, for those who measure it. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Opens a tab. */
  async open(url: string): Promise<BrowserTab> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const tab = new BrowserTab(this, String(targetId), String(sessionId));
    await tab.start(url);
    return tab;
  }

  /** Sends a command. */
  send(method: string, params: Answer = {}, sessionId?: string): Promise<Answer> {
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    const session = sessionId === undefined ? {} : { sessionId };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return waiting.promise;
  }

  /** Calls `listener` for every event; gives a function that ends that. */
  listen(listener: (method: string, params: Answer, session?: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends it and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.send("Browser.close").catch(() => {});
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 4000);
    await Promise.all([closed, this.#process.status]);
    clearTimeout(timer);
    // Its children are still tidying up in there, and make the folder anew to do so.
    for (let left = 30; left > 0; left--) {
      await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 100));
      if (!existsSync(this.#folder)) return;
    }
  }

  #heard(message: Answer): void {
    const { id, method, params, sessionId, result, error } = message;
    if (typeof id === "number") {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error !== undefined) waiting?.reject(new Error(JSON.stringify(error)));
      else waiting?.resolve(result as Answer);
      return;
    }
    for (const listener of this.#listeners) {
      listener(String(method), params as Answer, sessionId as string | undefined);
    }
  }
}

/** One tab. */
export class BrowserTab {
  /** Everything the page complained about: exceptions, console errors, breaches of its policy. */
  readonly complaints: string[] = [];
  /** Hosts the page asked for something. */
  readonly hosts: Set<string> = new Set();
  readonly #browser: Chromium;
  readonly #target: string;
  readonly #session: string;
  #stopListening = () => {};

  /** Made by {@linkcode Chromium.open}. */
  constructor(browser: Chromium, target: string, session: string) {
    this.#browser = browser;
    this.#target = target;
    this.#session = session;
  }

  /** Goes to its first page. */
  async start(url: string): Promise<void> {
    this.#stopListening = this.#browser.listen((method, params, session) => {
      if (session === this.#session) this.#heard(method, params);
    });
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
    await this.go(url);
  }

  /** Goes to a page and waits until it has loaded. */
  async go(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      const stop = this.#browser.listen((method, _params, session) => {
        if (session !== this.#session || method !== "Page.loadEventFired") return;
        stop();
        resolve();
      });
    });
    await this.send("Page.navigate", { url });
    await loaded;
  }

  /** Sends a command for this tab. */
  send(method: string, params: Answer = {}): Promise<Answer> {
    return this.#browser.send(method, params, this.#session);
  }

  /** The value of an expression on the page, promises awaited. */
  async evaluate<T = unknown>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true. */
  async until(expression: string, timeoutMs = 20_000): Promise<void> {
    const value = await this.evaluate<boolean>(`new Promise((resolve) => {
      const end = performance.now() + ${timeoutMs};
      const look = () => {
        let seen = false;
        try { seen = Boolean(${expression}); } catch {}
        if (seen || performance.now() > end) resolve(seen);
        else setTimeout(look, 15);
      };
      look();
    })`);
    if (!value) throw new Error(`Waited ${timeoutMs} ms in vain for ${expression}`);
  }

  /** Clicks an element. */
  async click(selector: string): Promise<void> {
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /** Presses a key. */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", key, ...text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key });
  }

  /** An element's text. */
  text(selector: string): Promise<string> {
    return this.evaluate<string>(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  }

  /** Makes the window another size, and the system's colours light or dark. */
  async look(width: number, height: number, scheme: "light" | "dark"): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
  }

  /** A PNG of what can be seen. */
  async screenshot(): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Uint8Array.from(atob(String(data)), (character) => character.charCodeAt(0));
  }

  /** Closes the tab. */
  async close(): Promise<void> {
    this.#stopListening();
    await this.#browser.send("Target.closeTarget", { targetId: this.#target });
  }

  #heard(method: string, params: Answer): void {
    if (method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(params));
    if (method === "Log.entryAdded") {
      const { level, text } = params["entry"] as { level: string; text: string };
      if (level === "error") this.complaints.push(text);
    }
    if (method === "Network.requestWillBeSent") {
      const { url } = params["request"] as { url: string };
      this.hosts.add(new URL(url).host);
    }
    if (method === "Network.webSocketCreated") this.hosts.add(new URL(String(params["url"])).host);
  }
}

/** Where it listens: it writes that into its folder once it does. */
async function devToolsAddress(folder: string): Promise<[string, string]> {
  const end = performance.now() + 20_000;
  while (performance.now() < end) {
    try {
      const [port, path] = (await Deno.readTextFile(`${folder}/DevToolsActivePort`)).split("\n");
      if (port !== undefined && path !== undefined) return [port, path];
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error("Chromium does not start");
}
