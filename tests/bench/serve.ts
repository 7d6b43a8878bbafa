/**
 * `reel serve` beside gst-rtsp-server: the same film, the same receivers, in the same run.
 *
 * `--quick` tries fewer sessions for a shorter time.
 *
 * @module
 */

import { formatTable, print } from "../../src/cli/terminal.ts";
import type { Received } from "./serve_receiver.ts";
import {
  type BenchServer,
  gstreamer,
  hasGstreamerServer,
  receiverDrops,
  REEL,
  type ServerKind,
} from "./serve_servers.ts";

const RECEIVER = new URL("./serve_receiver.ts", import.meta.url).pathname;

/** Runs the bench and prints its tables. */
export async function bench(): Promise<void> {
  const quick = Deno.args.includes("--quick");
  const sessions = quick ? [1, 60] : [1, 20, 60, 120, 240];
  const seconds = quick ? 3 : 6;
  const kinds = [REEL];
  if (await hasGstreamerServer()) kinds.push(gstreamer(false), gstreamer(true));
  else print("gst-rtsp-server or its Python bindings are missing: Reel alone");
  for (const transport of ["udp", "tcp"]) {
    const rows: string[][] = [];
    for (const count of sessions) {
      for (const kind of kinds) rows.push(await measure(kind, transport, count, seconds));
    }
    printTable([
      [`sessions over ${transport}`, "server", "CPU %", "CPU % a session", "CPU µs a packet"]
        .concat(
          "memory MB",
          "packets/s",
          "lost",
          "of it at receivers",
          "slowest reply ms",
          "gap in a frame ms",
        ),
      ...rows,
    ]);
  }
  const rows: string[][] = [];
  for (const kind of kinds) {
    await using server = await kind.start();
    const cells: string[] = [];
    for (const transport of ["udp", "tcp"]) cells.push(await firstPicture(server, transport));
    rows.push([kind.name, ...cells]);
  }
  printTable([["first picture in ffmpeg, s", "udp", "tcp"], ...rows]);
}

function printTable(rows: readonly (readonly string[])[]): void {
  const align = rows[0]!.map((_, i): "left" | "right" => i < 2 ? "left" : "right");
  for (const line of formatTable(rows, align)) print(line);
}

async function measure(
  kind: ServerKind,
  transport: string,
  sessions: number,
  seconds: number,
): Promise<string[]> {
  await using server = await kind.start();
  const receiver = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", RECEIVER, server.url, transport]
      .concat(String(sessions), String(seconds), server.tracks),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let cpu = 0;
  let memory = 0;
  let received: Received | undefined;
  const dropsBefore = receiverDrops();
  // A server that cannot keep up may never let the last session play.
  const limit = setTimeout(() => receiver.kill("SIGKILL"), (seconds + 30) * 1000);
  for await (const line of linesOf(receiver.stdout)) {
    if (line.includes('"ready"')) cpu = server.cpuSeconds();
    else {
      received = JSON.parse(line) as Received;
      cpu = server.cpuSeconds() - cpu;
      memory = server.memoryBytes();
    }
  }
  clearTimeout(limit);
  await receiver.status;
  if (received === undefined) return [String(sessions), kind.name, "did not keep up"];
  const load = cpu / received.seconds;
  return [
    String(sessions),
    kind.name,
    (100 * load).toFixed(1),
    (100 * load / sessions).toFixed(2),
    (1e6 * cpu / received.packets).toFixed(1),
    (memory / 1e6).toFixed(0),
    (received.packets / received.seconds).toFixed(0),
    String(received.lost),
    String(receiverDrops() - dropsBefore),
    received.replyMs.toFixed(1),
    received.gapMs.toFixed(2),
  ];
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncIterable<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Median seconds until ffmpeg has its first picture. */
async function firstPicture(server: BenchServer, transport: string): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const startMs = performance.now();
    await new Deno.Command("ffmpeg", {
      args: ["-v", "error", "-rtsp_transport", transport, "-i", server.url]
        .concat("-frames:v", "1", "-f", "null", "-"),
      stdin: "null",
    }).output();
    times.push((performance.now() - startMs) / 1000);
  }
  return times.sort((a, b) => a - b)[1]!.toFixed(2);
}
