/**
 * `reel serve`.
 *
 * @module
 */

import { basename, join } from "@std/path";
import type { Arguments } from "../cli/arguments.ts";
import { openCapture } from "../cli/capture_flag.ts";
import { describeError, EXIT, Failure, UsageError } from "../cli/failure.ts";
import { Interrupt } from "../cli/interrupt.ts";
import { formatTable, print } from "../cli/terminal.ts";
import { formatClock } from "../cli/units.ts";
import { MediaLibrary } from "../media/library.ts";
import { formatEndpoint } from "../net/address.ts";
import type { PortRange } from "../net/udp_pair.ts";
import { wiresharkHint } from "../capture/session_capture.ts";
import { captureObserver } from "./capture.ts";
import { explainObserver } from "./explain.ts";
import { ServeLog } from "./log.ts";
import { combineObservers } from "./observers.ts";
import { ReelServer, type ServerOptions } from "./server.ts";

/** Reel's own media: in the checkout, or embedded in the executable. */
export const OWN_MEDIA: string = join(import.meta.dirname!, "..", "..", "media");

/** Runs the server until Ctrl-C. */
export async function serve(args: Arguments): Promise<number> {
  const library = openLibrary(args);
  if (args.has("list")) {
    listMedia(library, args.has("json"));
    return EXIT.done;
  }
  const options = readOptions(args);
  using interrupt = new Interrupt();
  const log = new ServeLog(args);
  using capture = openCapture(args, (message) => log.notice(message));
  await using server = listen(library, {
    ...options,
    onNotice: (message) => log.notice(message),
    observer: combineObservers([
      log.observer,
      ...(capture === undefined ? [] : [captureObserver(capture)]),
      ...(args.has("explain")
        ? [explainObserver((connection, findings) => log.explain(connection, findings))]
        : []),
    ]),
  });
  announce(server, library, options, log);
  const hint = capture === undefined ? undefined : wiresharkHint(server.address.port);
  if (hint !== undefined) log.notice(`Wireshark decodes the capture with ${hint}`);
  await new Promise((resolve) => interrupt.signal.addEventListener("abort", resolve));
  await server.close();
  log.end(server);
  return EXIT.interrupted;
}

function listen(library: MediaLibrary, options: ServerOptions): ReelServer {
  try {
    return ReelServer.listen(library, options);
  } catch (error) {
    const where = formatEndpoint(options.hostname ?? "*", options.port);
    const hint = error instanceof Deno.errors.AddrInUse
      ? "Choose another with --port, or end what uses it"
      : "Choose another with --host and --port";
    throw new Failure(`Cannot listen on TCP ${where}: ${describeError(error)}. ${hint}`, {
      cause: error,
    });
  }
}

function openLibrary(args: Arguments): MediaLibrary {
  const frameRate = args.number("fps", { min: 0.1, max: 240, integer: false })!;
  const [folder] = args.positionals;
  if (folder !== undefined) {
    let info: Deno.FileInfo;
    try {
      info = Deno.statSync(folder);
    } catch (error) {
      throw new Failure(`Cannot serve ${folder}: ${describeError(error)}. Name a folder of films`, {
        cause: error,
      });
    }
    if (!info.isDirectory) throw new UsageError(`${folder} is a file: name the folder it is in`);
    return new MediaLibrary(folder, { frameRate });
  }
  const here = new MediaLibrary(".", { frameRate });
  // Only what lies in the folder itself: a film somewhere below was hardly put there to be served.
  return here.list().some((name) => !name.includes("/"))
    ? here
    : new MediaLibrary(OWN_MEDIA, { frameRate });
}

function readOptions(args: Arguments): ServerOptions {
  const hostname = args.text("host");
  const rtpPorts = readRange(args.text("rtp-ports"));
  const labPacketBytes = args.number("lab-packet-size", { min: 64, max: 65_495 });
  return {
    ...(hostname === undefined ? undefined : { hostname: hostname.replace(/^\[(.*)\]$/, "$1") }),
    port: args.port("port")!,
    ...(rtpPorts === undefined ? undefined : { rtpPorts }),
    loop: args.has("loop"),
    burst: args.has("no-burst") ? 0 : 0.5,
    maxPayloadBytes: args.number("packet-size", { min: 64, max: 65_000 })!,
    ...(labPacketBytes === undefined ? undefined : { labPacketBytes }),
    chunkBytes: args.number("chunk-size", { min: 1, max: 60_000 })!,
    timeoutMs: args.duration("timeout", { min: 1000 })!,
    limits: {
      total: args.number("max-sessions", { min: 1, max: 1_000_000 })!,
      perClient: args.number("max-client-sessions", { min: 1, max: 1_000_000 })!,
    },
  };
}

function readRange(text: string | undefined): PortRange | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,5})-(\d{1,5})$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2]);
  if (match === null || first < 1024 || last > 65_535 || last - first - first % 2 < 1) {
    throw new UsageError(
      `--rtp-ports takes a range with an even port and the next one, such as 5000-5001, not ${
        JSON.stringify(text)
      }`,
    );
  }
  return { first, last };
}

/** What is in the folder, a line each. */
function listMedia(library: MediaLibrary, json: boolean): void {
  const entries: readonly FileDescription[] = [
    ...library.listAll().map((name) => describeFile(library, name)),
    ...library.listForeign().map(({ name, reason }) => ({ name, tracks: [], notes: [reason] })),
  ];
  if (json) {
    for (const entry of entries) print(JSON.stringify(entry));
    return;
  }
  if (!entries.some(isServed)) print(`There is nothing to serve in ${library.folder}`);
  const rows = entries.filter(isServed).map(({ name, duration, tracks }) => [
    name,
    duration === undefined ? "" : formatClock(duration),
    tracks.join(", "),
  ]);
  for (const line of formatTable(rows, ["left", "right", "left"])) print(line);
  for (const { name, notes } of entries) {
    for (const note of notes) print(`${name}: ${note}`);
  }
}

interface FileDescription {
  readonly name: string;
  readonly duration?: number;
  readonly tracks: readonly string[];
  readonly notes: readonly string[];
}

function isServed({ tracks }: { readonly tracks: readonly string[] }): boolean {
  return tracks.length > 0;
}

function describeFile(library: MediaLibrary, name: string): FileDescription {
  try {
    using presentation = library.open(name);
    if (presentation === undefined) return { name, tracks: [], notes: ["it is gone"] };
    const tracks = presentation.tracks.map((track) =>
      track.kind === "video"
        ? `JPEG ${track.width}x${track.height} ${track.frameCount} frames at ${track.frameRate} fps`
        : `${track.encoding} ${track.sampleRate} Hz ${track.channels} ch`
    );
    // The file's own notes begin with its name, which stands beside them here.
    const own = `${basename(name)}: `;
    const notes = presentation.notes.map((note) =>
      note.startsWith(own) ? note.slice(own.length) : note
    );
    return { name, duration: presentation.duration, tracks, notes };
  } catch (error) {
    return { name, tracks: [], notes: [`it is not served: ${describeError(error)}`] };
  }
}

function announce(
  server: ReelServer,
  library: MediaLibrary,
  options: ServerOptions,
  log: ServeLog,
): void {
  const { hostname = "127.0.0.1" } = options;
  const host = /^(::|0\.0\.0\.0)$/.test(hostname) ? "127.0.0.1" : hostname;
  const base = `rtsp://${formatEndpoint(host, server.address.port)}`;
  const entries = library.listAll().map((name) => describeFile(library, name));
  log.started(library.folder, base, entries);
}
