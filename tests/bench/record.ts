/**
 * Many recordings at once: loss, and CPU beside `ffmpeg -c copy` and `gst-launch-1.0`, of the same
 * server in the same run.
 *
 * ```sh
 * deno run -A tests/bench/record.ts [STREAMS] [SECONDS]
 * ```
 *
 * @module
 */

import { join } from "@std/path";
import { formatTable, print } from "../../src/cli/terminal.ts";
import { hasProgram, runPeer } from "../peers/peer.ts";
import { startServer, stop } from "../record/process.ts";

/** Frames and packets a second of the project's film. */
const FRAME_RATE = 20;

/** Time between the starts of two recordings in ms. */
const START_INTERVAL_MS = 200;

/** Time that a program has to end when it should, in ms. */
const OVERDUE_MS = 20_000;

/** A program that records one stream. */
interface Recorder {
  readonly name: string;
  readonly program: string;
  /** Ending of its files: FFmpeg copies big-endian samples to Matroska, not to AVI. */
  readonly ending: string;
  args(url: string, output: string, seconds: number): string[];
}

/** What one program came to. */
interface Row {
  readonly name: string;
  /** CPU seconds in each second, of all its processes together, while all of them record. */
  readonly cpu: number;
  /** Frames in the poorest file. */
  readonly leastFrames: number;
  readonly note: string;
  readonly memory: number;
}

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

const RECORDERS: readonly Recorder[] = [
  {
    name: "reel record",
    program: Deno.execPath(),
    ending: "avi",
    args: (url, output, seconds) => {
      return ["run", "-A", "--quiet", MAIN, "record", url, "-o", output, "--json", "--force"]
        .concat("--transport", "udp", "--duration", String(seconds));
    },
  },
  {
    name: "ffmpeg -c copy",
    program: "ffmpeg",
    ending: "mkv",
    args: (url, output, seconds) => {
      return ["-v", "error", "-y", "-rtsp_transport", "udp", "-i", url, "-c", "copy"]
        .concat("-t", String(seconds), output);
    },
  },
  {
    name: "gst-launch-1.0",
    program: "gst-launch-1.0",
    ending: "avi",
    args: (url, output) => {
      return ["-q", "-e", "rtspsrc", `location=${url}`, "protocols=udp", "latency=200", "name=s"]
        .concat("avimux", "name=m", "!", "filesink", `location=${output}`)
        .concat("s.", "!", "application/x-rtp,media=video", "!", "rtpjpegdepay", "!")
        .concat("image/jpeg,framerate=20/1", "!", "queue", "!", "m.")
        .concat("s.", "!", "application/x-rtp,media=audio", "!", "rtpL16depay", "!")
        .concat("audioconvert", "!", "audio/x-raw,format=S16LE", "!", "queue", "!", "m.");
    },
  },
];

/** Runs the comparison and prints a table. */
export async function bench(streams = 20, seconds = 15): Promise<void> {
  const folder = await Deno.makeTempDir();
  const { reel, port } = await startServer(join(Deno.cwd(), "media"));
  try {
    const rows: Row[] = [];
    for (const recorder of RECORDERS) {
      if (recorder.program.includes("/") || hasProgram(recorder.program)) {
        rows.push(
          await measure(recorder, `rtsp://127.0.0.1:${port}/movie.Mjpeg`, {
            folder,
            streams,
            seconds,
          }),
        );
      }
    }
    const least = seconds * FRAME_RATE;
    print(`${streams} recordings at once of the film with its sound, ${seconds} s each`);
    print(
      formatTable([
        ["", "CPU s/s", "ms a stream", "memory a stream", "frames in the poorest file", ""],
        ...rows.map(({ name, cpu, leastFrames, note, memory }) => [
          name,
          cpu.toFixed(3),
          (cpu * 1000 / streams).toFixed(1),
          `${(memory / 1e6).toFixed(0)} MB`,
          `${leastFrames} of ${least}`,
          note,
        ]),
      ], ["left", "right", "right", "right", "right", "left"]).join("\n"),
    );
  } finally {
    await stop(reel);
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(
  recorder: Recorder,
  url: string,
  run: { folder: string; streams: number; seconds: number },
): Promise<Row> {
  const { folder, streams, seconds } = run;
  const outputs = Array.from(
    { length: streams },
    (_, i) => join(folder, `${i}.${recorder.ending}`),
  );
  const children: Deno.ChildProcess[] = [];
  for (const output of outputs) {
    const command = new Deno.Command(recorder.program, {
      args: recorder.args(url, output, seconds),
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
    children.push(command.spawn());
    // One after the other, as people start them.
    await sleep(START_INTERVAL_MS);
  }
  const texts = children.map((child) => new Response(child.stdout).text());
  // Starting up is not what is compared: the middle of the recording is.
  await sleep(1000);
  const before = cpuSeconds(children);
  const startedMs = performance.now();
  const memory = children.reduce((sum, { pid }) => sum + residentBytes(pid), 0) / streams;
  await sleep(seconds * 1000 - streams * START_INTERVAL_MS - 2000);
  const cpu = (cpuSeconds(children) - before) / ((performance.now() - startedMs) / 1000);
  if (recorder.program === "gst-launch-1.0") {
    // It has no limit of its own: it is stopped when all have had their time.
    await sleep(Math.max(0, seconds * 1000 - (performance.now() - startedMs)));
    for (const { pid } of children) Deno.kill(pid, "SIGINT");
  }
  // One that does not end by itself must not hold up the others.
  const overdue = setTimeout(() => children.forEach(kill), OVERDUE_MS);
  await Promise.all(children.map(({ status }) => status));
  clearTimeout(overdue);
  const frames: number[] = [];
  for (const output of outputs) frames.push(await countFrames(output));
  const reports = recorder.name === "reel record" ? await Promise.all(texts) : [];
  await Promise.all(texts);
  const lost = reports.reduce((sum, text) => sum + lostPackets(text), 0);
  return {
    name: recorder.name,
    cpu,
    memory,
    leastFrames: Math.min(...frames),
    note: reports.length === 0 ? "" : `${lost} packets lost in all`,
  };
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}

function lostPackets(report: string): number {
  const { recordings } = JSON.parse(report);
  return recordings[0].tracks.reduce(
    (sum: number, track: { packetsLost: number }) => sum + track.packetsLost,
    0,
  );
}

async function countFrames(output: string): Promise<number> {
  const { text } = await runPeer("ffprobe", [
    ...["-v", "quiet", "-count_packets", "-select_streams", "v:0", "-show_entries"],
    ...["stream=nb_read_packets", "-of", "csv=p=0", output],
  ]);
  return Number(text.trim());
}

/** CPU time of processes in seconds, from the kernel's accounts. */
function cpuSeconds(children: readonly Deno.ChildProcess[]): number {
  return children.reduce((sum, { pid }) => {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
    // utime and stime in ticks of 10 ms.
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(line?.[1] ?? 0) * 1024;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  await bench(Number(Deno.args[0] ?? 20), Number(Deno.args[1] ?? 15));
}
