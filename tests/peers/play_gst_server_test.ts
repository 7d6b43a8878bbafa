/** The player against gst-rtsp-server. */

import { assert, assertEquals, assertGreater, assertMatch, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { concatBytes } from "../../src/bytes/text.ts";
import type { PlayerSessionInit } from "../../src/client/session.ts";
import { filmFrames, soundSamples } from "../support/short_media.ts";
import { hasProgram, runPeer } from "./peer.ts";
import { runCases, WatchedPlayer } from "../support/watched_player.ts";

const PYTHON = "/usr/bin/python3";

/** Serves each pipeline at its mount point; with a password behind /secret. */
const SERVER = `
import sys, json, gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
mounts = json.loads(sys.argv[1])
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
method = sys.argv[2]
if method:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "user")
    if method == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("ann", "s3cret"), token)
    else:
        auth.set_supported_methods(2)
        auth.add_digest("ann", "s3cret", token)
    server.set_auth(auth)
for path, launch in mounts.items():
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch("( " + launch + " )")
    if method:
        permissions = GstRtspServer.RTSPPermissions.new()
        permissions.add_role("user")
        permissions.add_permission_for_role("user", "media.factory.access", True)
        permissions.add_permission_for_role("user", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
`;

function hasGstServer(): boolean {
  try {
    const code = "import gi; gi.require_version('GstRtspServer', '1.0'); " +
      "from gi.repository import GstRtspServer";
    return new Deno.Command(PYTHON, { args: ["-c", code], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A running gst-rtsp-server. */
class GstServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  port = 0;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#output = child.stdout.getReader();
  }

  static async start(mounts: Record<string, string>, auth = ""): Promise<GstServer> {
    const child = new Deno.Command(PYTHON, {
      args: ["-c", SERVER, JSON.stringify(mounts), auth],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const server = new GstServer(child);
    const { value } = await server.#output.read();
    server.port = Number(new TextDecoder().decode(value));
    assertGreater(server.port, 0);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself; the test has failed for want of it.
    }
    await this.#child.status;
    await this.#output.cancel();
  }
}

function gstTest(name: string, fn: () => Promise<void>): void {
  const missing = !hasGstServer() || !hasProgram("ffmpeg");
  const ignore = missing && Deno.env.get("REEL_REQUIRE_PEERS") !== "1";
  Deno.test({
    name: ignore ? `${name} (skipped: no gst-rtsp-server or ffmpeg)` : name,
    ignore,
    fn,
  });
}

const SECONDS = 2;
const FRAMES = filmFrames().slice(0, 20 * SECONDS);
const SAMPLES = soundSamples("default.wav").slice(0, 44_100 * 4 * SECONDS);

/** The bytes between SOS's header and EOI. */
function entropyOf(jpeg: Uint8Array): Uint8Array {
  let at = 2;
  while (jpeg[at + 1] !== 0xda) at += 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!);
  return jpeg.subarray(at + 2 + ((jpeg[at + 2]! << 8) | jpeg[at + 3]!), jpeg.length - 2);
}

/** Writes the media and names the pipelines. */
async function writeMounts(folder: string): Promise<Record<string, string>> {
  Deno.writeFileSync(join(folder, "film.mjpeg"), concatBytes(FRAMES));
  const input = ["-f", "mjpeg", "-framerate", "20", "-i", join(folder, "film.mjpeg")];
  await runPeer("ffmpeg", ["-v", "error", ...input, "-c", "copy", join(folder, "film.avi")]);
  Deno.writeFileSync(join(folder, "sound.raw"), SAMPLES);
  const film = `filesrc location=${folder}/film.avi ! avidemux ! jpegparse`;
  const sound =
    `filesrc location=${folder}/sound.raw ! rawaudioparse format=pcm pcm-format=s16le ` +
    "sample-rate=44100 num-channels=2 ! audioconvert";
  const l16 = "audio/x-raw,format=S16BE ! rtpL16pay";
  return {
    "/film": `${film} ! rtpjpegpay name=pay0 pt=26`,
    "/l16": `${sound} ! ${l16} name=pay0 pt=96`,
    "/both": `${film} ! rtpjpegpay name=pay0 pt=26 ${sound} ! ${l16} name=pay1 pt=97`,
    "/pcmu": `audiotestsrc num-buffers=50 samplesperbuffer=160 ! ` +
      "audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay0 pt=0",
    "/h264": "videotestsrc num-buffers=40 ! video/x-raw,width=320,height=240,framerate=20/1 ! " +
      "openh264enc ! rtph264pay name=pay0 pt=96",
  };
}

async function withMounts(
  run: (mounts: Record<string, string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "reel-gst-" });
  try {
    await run(await writeMounts(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const TRANSPORTS = ["udp", "tcp"] as const;

gstTest("gst-rtsp-server: every picture and every sample, over UDP and TCP", async () => {
  await withMounts(async (mounts) => {
    await using server = await GstServer.start(mounts);
    const cases = TRANSPORTS.flatMap((transport) =>
      ["/film", "/l16", "/both"].map((mount) => ({
        name: `${mount} over ${transport}`,
        mount,
        transport,
      }))
    );
    await runCases(cases, async ({ mount, transport }) => {
      await using player = new WatchedPlayer({
        url: `rtsp://127.0.0.1:${server.port}${mount}`,
        transport,
        timeoutMs: 8000,
      });
      await player.session.play();
      await player.over();
      assertEquals(player.snapshot.condition, "ended");
      if (mount !== "/l16") {
        assertEquals(player.pictures.length, FRAMES.length);
        player.pictures.forEach((jpeg, i) => {
          assertEquals(entropyOf(jpeg), entropyOf(FRAMES[i]!), `frame ${i}`);
        });
      }
      if (mount !== "/film") {
        const heard = concatBytes(player.sound);
        assertEquals(heard.length, SAMPLES.length);
        assert(heard.every((byte, i) => byte === SAMPLES[i]), "every sample");
      }
      for (const { packetsLost, damagedFrames } of player.snapshot.statistics) {
        assertEquals([packetsLost, damagedFrames], [0, 0]);
      }
      const wrong = player.session.findings().filter(({ severity }) => severity === "error");
      assertEquals(wrong, []);
    });
  });
});

gstTest("gst-rtsp-server: PAUSE and PLAY go on with the next frame", async () => {
  await withMounts(async (mounts) => {
    await using server = await GstServer.start(mounts);
    await runCases(TRANSPORTS.map((transport) => ({ name: transport, transport })), async (one) => {
      await using player = new WatchedPlayer({
        url: `rtsp://127.0.0.1:${server.port}/l16`,
        transport: one.transport,
        timeoutMs: 8000,
      });
      await player.session.play();
      await player.until(() => player.sound.length > 40, "sound");
      await player.session.pause();
      await player.session.play();
      await player.over();
      assertEquals(player.snapshot.statistics[0]?.packetsLost, 0);
      await player.session.teardown();
      assertEquals(player.snapshot.state, "Init");
    });
  });
});

gstTest("gst-rtsp-server: PCMU is heard, H.264 is counted and explained", async () => {
  await withMounts(async (mounts) => {
    await using server = await GstServer.start(mounts);
    await using sound = new WatchedPlayer({
      url: `rtsp://127.0.0.1:${server.port}/pcmu`,
      timeoutMs: 8000,
    });
    await sound.session.play();
    await sound.over();
    assertEquals(sound.snapshot.tracks[0]?.encodingName, "PCMU");
    assertEquals(concatBytes(sound.sound).length, 50 * 160 * 2);
    await using film = new WatchedPlayer({
      url: `rtsp://127.0.0.1:${server.port}/h264`,
      timeoutMs: 8000,
    });
    await film.session.play();
    await film.over();
    const [statistics] = film.snapshot.statistics;
    assertEquals([statistics?.frames, statistics?.packetsLost], [40, 0]);
    assertEquals(film.pictures.length, 0);
    assertMatch(film.remarks.join("\n"), /track 1 is video in H264: it is received and counted/);
  });
});

gstTest("gst-rtsp-server: Basic and Digest by the URL's name and password", async () => {
  await withMounts(async (mounts) => {
    const methods = ["basic", "digest"];
    await runCases(methods.map((name) => ({ name })), async ({ name }) => {
      await using server = await GstServer.start(mounts, name);
      const url = (userInfo: string): PlayerSessionInit => ({
        url: `rtsp://${userInfo}127.0.0.1:${server.port}/film`,
        timeoutMs: 8000,
      });
      await using player = new WatchedPlayer(url("ann:s3cret@"));
      await player.session.play();
      await player.gotPictures(FRAMES.length);
      await using wrong = new WatchedPlayer(url("ann:wrong@"));
      await assertRejects(() => wrong.session.play(), Error, "refuses the name or the password");
      await using nobody = new WatchedPlayer(url(""));
      await assertRejects(() => nobody.session.play(), Error, "wants a name and a password");
    });
  });
});
