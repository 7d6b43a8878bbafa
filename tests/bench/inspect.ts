/**
 * `reel inspect` beside tshark and capinfos on the same captures: whole processes, best of three.
 *
 * @module
 */

import { join } from "@std/path";
import { formatTable, print } from "../../src/cli/terminal.ts";
import { hasProgram } from "../peers/peer.ts";
import { writeBenchCapture } from "./inspect_capture.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const PACKETS = 1_000_000;
const RUNS = 3;

interface Run {
  readonly seconds: number;
  /** Most memory that the process held, in MB; undefined where GNU time is missing. */
  readonly megabytes: number | undefined;
}

async function measure(program: string, args: readonly string[], runs = RUNS): Promise<Run> {
  let best: Run | undefined;
  for (let i = 0; i < runs; i++) {
    const timed = hasProgram("time");
    const begin = performance.now();
    const { code, stderr } = await new Deno.Command(timed ? "time" : program, {
      args: timed ? ["-f", "%M", program, ...args] : [...args],
      stdout: "null",
      stderr: "piped",
    }).output();
    const seconds = (performance.now() - begin) / 1000;
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    const kilobytes = Number(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
    const megabytes = timed ? kilobytes / 1000 : undefined;
    if (best === undefined || seconds < best.seconds) best = { seconds, megabytes };
  }
  return best!;
}

/** Runs the bench and prints a table. */
export async function bench(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const rows = [["capture", "reel", "memory", "tshark", "× tshark", "capinfos -c", "× capinfos"]];
  try {
    for (const payloadBytes of [160, 1400]) {
      for (const streams of [4, 1000]) {
        const file = join(folder, "bench.pcap");
        writeBenchCapture(file, { packets: PACKETS, payloadBytes, streams });
        rows.push(await row(`${streams} streams of ${payloadBytes} bytes`, file));
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  print(
    formatTable(rows, ["left", "right", "right", "right", "right", "right", "right"]).join("\n"),
  );
}

async function row(name: string, file: string): Promise<string[]> {
  const reel = await measure(Deno.execPath(), ["run", "-A", MAIN, "inspect", file]);
  const tshark = hasProgram("tshark")
    ? await measure("tshark", [
      "-n",
      "-q",
      "-r",
      file,
      "--enable-heuristic",
      "rtp_udp",
      "-z",
      "rtp,streams",
    ], 1)
    : undefined;
  const capinfos = hasProgram("capinfos") ? await measure("capinfos", ["-c", file]) : undefined;
  const seconds = (run: Run | undefined) => run === undefined ? "" : `${run.seconds.toFixed(2)} s`;
  return [
    name,
    seconds(reel),
    reel.megabytes === undefined ? "" : `${Math.round(reel.megabytes)} MB`,
    seconds(tshark),
    tshark === undefined ? "" : (tshark.seconds / reel.seconds).toFixed(1),
    seconds(capinfos),
    capinfos === undefined ? "" : (reel.seconds / capinfos.seconds).toFixed(2),
  ];
}
