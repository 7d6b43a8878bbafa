/**
 * `reel play`.
 *
 * @module
 */

import { ensureDirSync } from "@std/fs";
import { hex, readable } from "../bytes/text.ts";
import type { Arguments } from "../cli/arguments.ts";
import { openCapture } from "../cli/capture_flag.ts";
import { describeError, EXIT, Failure, UsageError } from "../cli/failure.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { print, printError, StatusLine, style } from "../cli/terminal.ts";
import { farewell } from "../client/farewell.ts";
import type { PlayerEvent } from "../client/player.ts";
import { PlayerSession, type PlayerSessionInit } from "../client/session.ts";
import { isIpv6 } from "../net/address.ts";
import type { PageServer } from "../web/page_server.ts";
import { openPage, wantsPage } from "./page.ts";
import { type PromptOutcome, runPrompt } from "./prompt.ts";
import { resultObject, statisticsTable, statusLine } from "./report.ts";
import { PlaySinks } from "./sinks.ts";

/** How often the status line is drawn, in ms. */
const STATUS_MS = 250;

/** Plays until the end, Ctrl-C or the time given. */
export async function play(args: Arguments): Promise<number> {
  const init = readInit(args);
  const folder = args.text("out")!;
  makeFolder(folder);
  using capture = openCapture(args, (message) => printError(`reel: ${message}`));
  const quiet = isForPrograms(args);
  const status = new StatusLine(Deno.stderr.isTerminal() && !quiet && !args.has("prompt"));
  const notice = (message: string): void => {
    status.clear();
    printError(`reel: ${message}`);
  };
  using interrupt = new Interrupt();
  await using player = createPlayer({
    ...init,
    ...(capture === undefined ? undefined : { capture }),
    onRemark: notice,
  });
  const idle = new AbortController();
  await using page = await openPage(player, args, {
    wanted: wantsPage(args, init, quiet),
    onNotice: notice,
    onIdle: () => {
      notice("nobody came back to the page, so the session is torn down");
      idle.abort();
    },
  });
  using sinks = new PlaySinks(player, {
    folder,
    isAudible: () => !args.has("no-audio") && page?.isHeard !== true,
    onNotice: notice,
  });
  if (args.has("events")) player.subscribe(printEvent);
  else if (args.has("verbose")) player.subscribe((event) => printWire(event, status));
  const prompted = args.has("prompt") || init.controllerPort !== undefined;
  const { succeeded, told } = prompted
    ? await runPrompt(player, {
      controller: init.controllerPort !== undefined,
      signal: interrupt.signal,
    })
    : await playThrough(player, args, {
      signal: AbortSignal.any([interrupt.signal, idle.signal]),
      status,
      page,
    });
  const { condition, reason } = player.snapshot();
  await farewell(player).catch((error) => notice(`TEARDOWN: ${(error as Error).message}`));
  if (!interrupt.interrupted) await sinks.heard();
  status.clear();
  const soundPath = sinks.soundPath;
  await printResult(player, args, told, {
    ...(soundPath === undefined ? undefined : { sound: soundPath }),
    ...(capture === undefined ? undefined : { capture: capture.files }),
  });
  if (interrupt.interrupted) return EXIT.interrupted;
  // Whoever typed the command has read why it failed.
  if (condition === "failed" && reason !== told) notice(`Cannot go on playing: ${reason}`);
  return condition === "failed" || !succeeded ? EXIT.failed : EXIT.done;
}

function makeFolder(folder: string): void {
  try {
    ensureDirSync(folder);
  } catch (error) {
    throw new Failure(
      `Cannot use the folder ${folder}: ${describeError(error)}. Choose another with --out`,
    );
  }
}

function readInit(args: Arguments): PlayerSessionInit {
  const { positionals } = args;
  const options = {
    ...defined("dialect", args.choice("dialect", ["standard", "lab", "audio-lab", "hello"])),
    ...defined("transport", args.choice("transport", ["udp", "tcp"])),
    ...defined("rtspVersion", args.choice("rtsp-version", ["1.0", "2.0"])),
    ...defined("timeoutMs", args.duration("timeout")),
    ...defined("controllerPort", args.port("controller")),
    ...defined("rtpPort", args.port("rtp-port")),
  };
  // Read where they are used, but checked before anything is sent.
  args.duration("start", { max: Infinity });
  args.duration("duration");
  if (positionals.length === 1) return { ...options, url: positionals[0]! };
  if (positionals.length !== 4) {
    throw new UsageError(
      "reel play takes a URL, or HOST PORT RTP_PORT FILE as the labs' clients do",
    );
  }
  const [host, port, rtpPort, file] = positionals as [string, string, string, string];
  for (const [name, value] of [["PORT", port], ["RTP_PORT", rtpPort]] as const) {
    if (!/^\d{1,5}$/.test(value) || Number(value) < 1 || Number(value) > 65_535) {
      throw new UsageError(`${name} is a number from 1 to 65535, not ${JSON.stringify(value)}`);
    }
  }
  const authority = isIpv6(host) && !host.startsWith("[") ? `[${host}]` : host;
  const url = `rtsp://${authority}:${port}/${file}`;
  return { ...options, url, rtpPort: Number(rtpPort), labForm: true };
}

function defined<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : { [name]: value } as { [key in K]?: V };
}

function createPlayer(init: PlayerSessionInit): PlayerSession {
  try {
    return new PlayerSession(init);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Plays at once, and until something ends it. */
async function playThrough(
  player: PlayerSession,
  args: Arguments,
  { signal, status, page }: {
    signal: AbortSignal;
    status: StatusLine;
    page: PageServer | undefined;
  },
): Promise<PromptOutcome> {
  const startMs = args.duration("start", { max: Infinity });
  const durationMs = args.duration("duration");
  const ended = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => ended.resolve());
  const isOver = (): boolean => ["ended", "failed"].includes(player.snapshot().condition);
  const unsubscribe = player.subscribe(async (event) => {
    if (event.type !== "change" || !isOver()) return;
    // Who has the page open can look at the numbers, or play it again.
    await page?.gone();
    if (isOver()) ended.resolve();
  });
  const drawing = setInterval(() => status.update(statusLine(player.snapshot())), STATUS_MS);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    if (!args.has("paused")) await startPlaying(player, startMs, signal);
    if (durationMs !== undefined) timer = setTimeout(() => ended.resolve(), durationMs);
    await ended.promise;
    return { succeeded: true };
  } catch (error) {
    const port = args.text("rtp-port") ?? args.positionals[2];
    const failure = playFailure(player.snapshot().url, error, port);
    if (isForPrograms(args)) printObject(player, args, {}, failure.message);
    throw failure;
  } finally {
    clearInterval(drawing);
    clearTimeout(timer);
    unsubscribe();
  }
}

/** PLAY, or until Ctrl-C. What goes wrong is thrown, rather than found in the snapshot. */
async function startPlaying(
  player: PlayerSession,
  startMs: number | undefined,
  interrupted: AbortSignal,
): Promise<void> {
  const playing = player.play(startMs === undefined ? undefined : startMs / 1000);
  playing.catch(() => {});
  const stopped = Promise.withResolvers<void>();
  interrupted.addEventListener("abort", () => stopped.resolve(), { once: true });
  await Promise.race([playing, stopped.promise]);
}

function playFailure(url: string, error: unknown, rtpPort: string | undefined): Failure {
  if (error instanceof Deno.errors.AddrInUse && rtpPort !== undefined) {
    return new Failure(
      `Cannot bind UDP port ${rtpPort}: address in use. Choose another with --rtp-port`,
      { cause: error },
    );
  }
  const hint = error instanceof Deno.errors.ConnectionRefused
    ? ". Is a server running there? reel serve starts one"
    : "";
  return new Failure(`Cannot play ${url}: ${describeError(error)}${hint}`, { cause: error });
}

/** Whether programs read what is printed. */
function isForPrograms(args: Arguments): boolean {
  return args.has("json") || args.has("events");
}

/** The result on one line, with the error that kept it from being one. */
function printObject(
  player: PlayerSession,
  args: Arguments,
  files: { sound?: string; capture?: readonly string[] },
  error?: string,
): void {
  const result = resultObject(player.snapshot(), player.findings(), files);
  print(JSON.stringify({
    ...(args.has("events") ? { type: "end" } : undefined),
    ...(error === undefined ? undefined : { error }),
    ...result,
  }));
}

async function printResult(
  player: PlayerSession,
  args: Arguments,
  told: string | undefined,
  files: { sound?: string; capture?: readonly string[] },
): Promise<void> {
  if (isForPrograms(args)) return printObject(player, args, files);
  const snapshot = player.snapshot();
  const findings = player.findings();
  for (const line of statisticsTable(snapshot)) print(line);
  if (files.sound !== undefined) print(`sound in ${files.sound}`);
  for (const file of files.capture ?? []) print(`packets in ${file}`);
  const { reason } = snapshot;
  if (reason !== undefined && reason !== told) print(`ended: ${reason}`);
  if (args.has("explain")) {
    const { formatFindings } = await import("../diagnose/format.ts");
    print(formatFindings(findings, { color: style }));
  } else {
    const errors = findings.filter(({ severity }) => severity !== "note").length;
    if (errors > 0) {
      print(`${errors} mistake${errors === 1 ? "" : "s"} of the server's: --explain names them`);
    }
  }
}

/** One JSON object a line; bytes as hex, messages as text. */
function printEvent(event: PlayerEvent): void {
  switch (event.type) {
    case "message":
      print(JSON.stringify({ ...event, bytes: undefined, text: readable(event.bytes) }));
      return;
    case "packet":
      print(JSON.stringify({
        ...event,
        datagram: undefined,
        length: event.datagram.length,
        header: hex(event.datagram.subarray(0, 12)),
      }));
      return;
    case "picture":
      print(JSON.stringify({ ...event, jpeg: undefined, length: event.jpeg.length }));
      return;
    case "finding":
    case "change":
    case "reset":
      print(JSON.stringify(event));
  }
}

/** A message with its direction and its line endings. */
function printWire(event: PlayerEvent, status: StatusLine): void {
  if (event.type !== "message") return;
  status.clear();
  const [arrow, color] = event.direction === "sent"
    ? ["C → S", "cyan"] as const
    : ["S → C", "green"] as const;
  for (const line of readable(event.bytes).split(/(?<=\n)/)) {
    const shown = line.replace("\r", style("\\r", "dim")).replace("\n", style("\\n", "dim"));
    print(`${style(arrow, color)}  ${shown}`);
  }
}
