/**
 * Captures by their names on the command line: files, `-` for standard input.
 *
 * @module
 */

import { DecodeError } from "../bytes/decode_error.ts";
import { type ByteSource, CaptureReader } from "../capture/capture_reader.ts";
import type { RecordCursor } from "../capture/record_cursor.ts";
import { describeError, Failure } from "../cli/failure.ts";
import { StatusLine } from "../cli/terminal.ts";
import { formatBytes } from "../cli/units.ts";

/** Time after which a progress bar is shown, in ms. */
const PROGRESS_AFTER_MS = 700;

/** What is called while a capture is read. */
export interface BlockVisitor {
  /** Takes all records that the cursor has by now. */
  block(cursor: RecordCursor): void;
}

/** How a capture ended. */
export interface ReadOutcome {
  /** The container ("pcap", "pcapng"). */
  readonly format: string;
  /** Frames that were read. */
  readonly frames: number;
  /** Why it ends early, in words; undefined when it is whole. */
  readonly damage: string | undefined;
}

/**
 * Reads a capture from its first record to its last.
 *
 * @throws {Failure} When it is no capture.
 */
export async function readCapture(
  source: ByteSource,
  visitor: BlockVisitor,
  name = "capture",
  progress?: (position: number) => void,
): Promise<ReadOutcome> {
  let reader: CaptureReader;
  try {
    reader = await CaptureReader.open(source);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new Failure(
      `Cannot read ${name}: ${error.message.replace(/^.*?: /, "")}. It takes pcap and pcapng files`,
    );
  }
  const { cursor } = reader;
  for (;;) {
    visitor.block(cursor);
    progress?.(cursor.buffer.position);
    const more = reader.more();
    if (!(typeof more === "boolean" ? more : await more)) break;
  }
  return { format: cursor.format, frames: cursor.frameNumber, damage: cursor.damage };
}

/**
 * Reads the file of that name, or standard input for `-`, with a progress bar when it takes long.
 * Standard input ends when `signal` is aborted.
 *
 * @throws {Failure} When it cannot be opened or is no capture.
 */
export async function readNamed(
  name: string,
  visitor: BlockVisitor,
  signal?: AbortSignal,
): Promise<ReadOutcome> {
  if (name === "-") return await readCapture(standardInput(signal), visitor, "standard input");
  using file = open(name);
  return await readCapture(file, visitor, name, progressBar(name, file));
}

function standardInput(signal: AbortSignal | undefined): ByteSource {
  const aborted = new Promise<null>((resolve) => {
    signal?.addEventListener("abort", () => resolve(null), { once: true });
  });
  // Only `read` is handed on: a pipe must not block the program.
  return { read: (into) => Promise.race([Deno.stdin.read(into), aborted]) };
}

function open(name: string): Deno.FsFile {
  try {
    const file = Deno.openSync(name);
    if (!file.statSync().isDirectory) return file;
    file.close();
  } catch (error) {
    throw new Failure(`Cannot open ${name}: ${describeError(error)}`);
  }
  throw new Failure(`Cannot read ${name}: it is a folder. Name a capture file in it`);
}

function progressBar(name: string, file: Deno.FsFile): ((position: number) => void) | undefined {
  const status = new StatusLine();
  if (!status.enabled) return undefined;
  const { size } = file.statSync();
  const begin = performance.now();
  return (position) => {
    if (position >= size) return status.clear();
    if (performance.now() - begin < PROGRESS_AFTER_MS) return;
    const share = Math.min(1, position / size);
    const bar = "#".repeat(Math.round(share * 30)).padEnd(30, ".");
    status.update(`${name} [${bar}] ${Math.round(share * 100)} % of ${formatBytes(size)}`);
  };
}
