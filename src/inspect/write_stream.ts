/**
 * `--write` and `--rtpdump`: one stream in files of its own.
 *
 * @module
 */

import { describeError, Failure } from "../cli/failure.ts";
import { printError } from "../cli/terminal.ts";
import { readNamed } from "./capture_input.ts";
import type { PacketFilter } from "./packet_filter.ts";
import { FrameFile, RtpdumpFile } from "./packet_writers.ts";
import type { Stream } from "./stream.ts";
import { StreamPackets } from "./stream_packets.ts";

/** Names of the files; what is left out is not written. */
export interface StreamFiles {
  /** A capture. */
  readonly capture: string | undefined;
  /** An rtpdump file. */
  readonly dump: string | undefined;
}

/**
 * Writes the packets of a stream.
 *
 * @throws {Failure} When a file cannot be created.
 */
export async function writeStream(
  file: string,
  stream: Stream,
  { capture, dump }: StreamFiles,
  filter: PacketFilter,
): Promise<void> {
  using frames = capture === undefined ? undefined : create(capture, (path) => new FrameFile(path));
  using packets = dump === undefined ? undefined : create(dump, (path) => new RtpdumpFile(path));
  const walk = new StreamPackets(
    [stream],
    (packet) => {
      if (!filter.takes(packet.cursor)) return;
      if (stream.path.transport === "udp") frames?.add(packet);
      packets?.add(packet);
    },
    filter,
    (cursor) => {
      // Interleaved packets make no sense without the segments around them.
      if (stream.path.transport === "tcp" && filter.takes(cursor)) {
        frames?.add({ cursor, fragments: [] });
      }
    },
  );
  await readNamed(file, walk);
  if (frames !== undefined) printError(`reel: ${capture}: ${frames.count} frames`);
  if (packets !== undefined) printError(`reel: ${dump}: ${packets.count} packets`);
}

function create<T>(path: string, open: (path: string) => T): T {
  try {
    return open(path);
  } catch (error) {
    throw new Failure(`Cannot write ${path}: ${describeError(error)}`);
  }
}
