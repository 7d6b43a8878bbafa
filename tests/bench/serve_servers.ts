/**
 * The servers that the serve bench puts side by side, each in a process of its own.
 *
 * @module
 */

import { filmFrames, MEDIA } from "../support/short_media.ts";

/** A server that runs. */
export interface BenchServer extends AsyncDisposable {
  /** URL of the film. */
  readonly url: string;
  /** Control URLs of picture and sound, relative to it. */
  readonly tracks: readonly string[];
  /** CPU seconds that the process has used. */
  cpuSeconds(): number;
  /** Memory that the process holds now, in bytes. */
  memoryBytes(): number;
  /** Sockets and files that the process has open. */
  sockets(): number;
}

/** A kind of server. */
export interface ServerKind {
  /** As the table calls it. */
  readonly name: string;
  /** Starts it. */
  start(): Promise<BenchServer>;
}

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Clock ticks a second in /proc. */
const TICKS = 100;

function free(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function run(
  program: string,
  args: string[],
  port: number,
  film: { path: string; tracks: readonly string[] },
  cleanUp: () => void,
): Promise<BenchServer> {
  const process = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      break;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    url: `rtsp://127.0.0.1:${port}/${film.path}`,
    tracks: film.tracks,
    cpuSeconds: () => {
      const fields = Deno.readTextFileSync(`/proc/${process.pid}/stat`).replace(/^.*\) /, "")
        .split(" ");
      return (Number(fields[11]) + Number(fields[12])) / TICKS;
    },
    sockets: () => [...Deno.readDirSync(`/proc/${process.pid}/fd`)].length,
    memoryBytes: () => {
      const status = Deno.readTextFileSync(`/proc/${process.pid}/status`);
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    [Symbol.asyncDispose]: async () => {
      process.kill("SIGKILL");
      await process.status;
      cleanUp();
    },
  };
}

/** Reel, from its source. */
export const REEL: ServerKind = {
  name: "reel",
  start: () => {
    const port = free();
    const args = ["run", "-A", "--quiet", MAIN, "serve", MEDIA, "--loop", "--json"];
    const limits = ["--max-client-sessions", "1000", "--host", "127.0.0.1", "--port", String(port)];
    const film = { path: "movie.Mjpeg", tracks: ["track1", "track2"] };
    return run(Deno.execPath(), [...args, ...limits], port, film, () => {});
  },
};

/** The film, as RFC 2435 JPEG and L16, by gst-rtsp-server. */
const GSTREAMER_SCRIPT = `
import sys, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
folder, port, shared = sys.argv[1:4]
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( filesrc location=%s/film.avi ! avidemux name=d d.video_0 ! queue ! "
    "rtpjpegpay name=pay0 pt=26 mtu=1412 "
    "d.audio_0 ! queue ! audioconvert ! rtpL16pay name=pay1 pt=10 mtu=1412 )" % folder)
factory.set_shared(shared == "shared")
server.get_mount_points().add_factory("/film", factory)
server.attach(None)
GLib.MainLoop().run()
`;

/** gst-rtsp-server: one pipeline for everybody, or one for each client as Reel has it. */
export function gstreamer(shared: boolean): ServerKind {
  return {
    name: shared ? "gst-rtsp-server, one pipeline for all" : "gst-rtsp-server",
    start: async () => {
      const folder = Deno.makeTempDirSync({ prefix: "reel-bench-" });
      await writeFilm(folder);
      Deno.writeTextFileSync(`${folder}/server.py`, GSTREAMER_SCRIPT);
      const port = free();
      const film = { path: "film", tracks: ["stream=0", "stream=1"] };
      const args = [`${folder}/server.py`, folder, String(port), shared ? "shared" : "own"];
      const server = await run("/usr/bin/python3", args, port, film, () => {
        Deno.removeSync(folder, { recursive: true });
      });
      return server;
    },
  };
}

/** The film three times over, so that it lasts longer than a measurement. */
async function writeFilm(folder: string): Promise<void> {
  const frames = new Blob([...filmFrames()]).stream();
  await Deno.writeFile(`${folder}/film.mjpeg`, frames);
  const ffmpeg = async (...args: string[]): Promise<void> => {
    await new Deno.Command("ffmpeg", { args: ["-v", "error", ...args], cwd: folder }).output();
  };
  const sound = `${MEDIA}/movie.wav`;
  await ffmpeg("-framerate", "20", "-i", "film.mjpeg", "-i", sound, "-c", "copy", "once.avi");
  await ffmpeg("-stream_loop", "2", "-i", "once.avi", "-c", "copy", "film.avi");
}

/** Datagrams that this machine dropped because their receivers were too slow, since it started. */
export function receiverDrops(): number {
  const [names = "", values = ""] = Deno.readTextFileSync("/proc/net/snmp").split("\n")
    .filter((line) => line.startsWith("Udp:"));
  return Number(values.split(" ")[names.split(" ").indexOf("RcvbufErrors")]);
}

/** Whether gst-rtsp-server and its Python bindings are there. */
export async function hasGstreamerServer(): Promise<boolean> {
  const check = 'import gi; gi.require_version("GstRtspServer", "1.0")';
  try {
    const { code } = await new Deno.Command("/usr/bin/python3", {
      args: ["-c", check],
      stdout: "null",
      stderr: "null",
    }).output();
    return code === 0;
  } catch {
    return false;
  }
}
