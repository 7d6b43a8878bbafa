/**
 * What `reel record` was asked to do, read from its command line once.
 *
 * @module
 */

import type { Arguments } from "../cli/arguments.ts";
import { describeError, Failure, UsageError } from "../cli/failure.ts";
import { SessionCapture } from "../capture/session_capture.ts";
import { expandName } from "./file_name.ts";
import type { FileSetOptions } from "./file_set.ts";
import type { OutputPlan } from "./output_plan.ts";
import { parseFormat, type StreamFormat } from "./stream_format.ts";

/** Everything that the flags say. Times are in ms, sizes in bytes. */
export interface RecordOptions {
  /** Name, pattern or folder. */
  readonly output?: string;
  /** How long. */
  readonly durationMs?: number;
  /** Length of one file. */
  readonly splitMs?: number;
  /** Go on at the end of files. */
  readonly append: boolean;
  /** Replace files. */
  readonly force: boolean;
  /** Where the packets go. */
  readonly pcap?: string;
  /** How long a capture file gets. */
  readonly pcapBytes?: number;
  /** Where the report goes. */
  readonly report?: string;
  /** Silence that ends it. */
  readonly idleMs?: number;
  /** Begin again when the server is gone. */
  readonly reconnect: boolean;
  /** What arrives, where nothing else says so. */
  readonly format?: StreamFormat | "labelled";
  /** Session description in a file. */
  readonly sdp?: string;
  /** Print one object instead of lines. */
  readonly json: boolean;
  /** Start no `aplay`. */
  readonly silent: boolean;
}

/**
 * Reads the flags.
 *
 * @throws {UsageError} When they make no sense, or not together.
 */
export function readOptions(args: Arguments): RecordOptions {
  const append = args.has("append");
  const force = args.has("force");
  if (append && force) throw new UsageError("--append and --force exclude each other");
  for (const name of ["output", "pcap", "report"]) {
    if (args.text(name) !== "-") continue;
    throw new UsageError(
      `--${name} takes the name of a file: reel record writes no media to standard output`,
    );
  }
  const splitMs = args.duration("split", { min: 1000, max: Infinity });
  const pcapBytes = args.size("pcap-size");
  if (pcapBytes !== undefined && pcapBytes < 1000) {
    throw new UsageError("--pcap-size takes at least 1k");
  }
  return {
    append,
    force,
    reconnect: args.has("reconnect"),
    json: args.has("json"),
    silent: args.has("no-audio"),
    ...named("output", args.text("output")),
    ...named("durationMs", args.duration("duration", { max: Infinity })),
    ...named("splitMs", splitMs),
    ...named("pcap", args.text("pcap")),
    ...named("pcapBytes", pcapBytes),
    ...named("report", args.text("report")),
    ...named("idleMs", args.duration("idle", { max: Infinity })),
    ...named("sdp", args.text("sdp")),
    ...named("format", readFormat(args.text("format"))),
  };
}

function readFormat(text: string | undefined): RecordOptions["format"] {
  if (text === undefined) return undefined;
  const format = text.toLowerCase() === "labelled" ? "labelled" : parseFormat(text);
  if (format !== undefined) return format;
  throw new UsageError(
    `--format takes labelled, lab, jpeg, h264, or samples such as L16/44100/2 or PCMU/8000, not ` +
      JSON.stringify(text),
  );
}

function named<K extends string, V>(name: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : { [name]: value } as { [key in K]?: V };
}

/** How the files of a recording that begins now are opened. */
export function fileOptions(
  { append, force, splitMs }: RecordOptions,
  firstPart = 1,
  limitMs?: number,
): Omit<FileSetOptions, "wavFormat" | "parameterSets"> {
  return {
    append,
    force,
    firstPart,
    now: () => new Date(),
    ...(splitMs === undefined ? undefined : { splitSeconds: splitMs / 1000 }),
    ...(limitMs === undefined ? undefined : { limitSeconds: limitMs / 1000 }),
  };
}

/** Whether a path is a folder that exists. */
export function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/**
 * The capture of a session. Where none was asked for, packets wait in memory until it is known whether
 * they have to be kept: see {@linkcode settleCapture}.
 *
 * @throws {Failure} When it cannot be written.
 */
export function openCapture(
  options: RecordOptions,
  onError: (words: string) => void,
): SessionCapture {
  const capture = new SessionCapture(undefined, {
    force: options.force,
    ...(options.pcapBytes === undefined ? undefined : { maxBytes: options.pcapBytes }),
    onError: (error) => onError(`The capture ends early: ${describeError(error)}`),
  });
  if (options.pcap !== undefined) begin(capture, options.pcap);
  return capture;
}

/**
 * Keeps the packets if a stream can be kept in no other way; else, unless a capture was asked for, they
 * are dropped.
 *
 * @throws {Failure} When it cannot be written, or nothing would be kept.
 */
export function settleCapture(capture: SessionCapture, plan: OutputPlan): void {
  if (capture.files.length > 0) return;
  if (plan.film === undefined && plan.sound === undefined && plan.capture === undefined) {
    const why = plan.notes[0] ?? "there is no media";
    throw new Failure(`Cannot record: ${why}. Nothing was written. Give another name with -o`);
  }
  if (plan.capture === undefined) capture.close();
  else begin(capture, plan.capture);
}

function begin(capture: SessionCapture, pattern: string): void {
  const path = expandName(pattern, new Date(), 1);
  try {
    capture.begin(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new Failure(
        `Cannot write ${path}: it is there already. Give another name, or --force to replace it`,
      );
    }
    throw new Failure(`Cannot write ${path}: ${describeError(error)}`, { cause: error });
  }
}

/**
 * Makes sure that a report can be written, before anything is recorded.
 *
 * @throws {Failure} When it is there already.
 */
export function checkReport({ report, force }: RecordOptions): void {
  if (report === undefined || force) return;
  try {
    Deno.lstatSync(report);
  } catch {
    return;
  }
  throw new Failure(
    `Cannot write ${report}: it is there already. Give another name, or --force to replace it`,
  );
}
