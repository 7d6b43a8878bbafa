/**
 * Correct programs are not accused: ffmpeg and GStreamer as players of Reel's server, and as senders.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Finding } from "../../src/diagnose/finding.ts";
import { Findings } from "../../src/diagnose/findings.ts";
import { RtpObserver } from "../../src/diagnose/rtp_observer.ts";
import type { RtpObserverOptions } from "../../src/diagnose/stream_options.ts";
import { watchingProxy } from "../diagnose/watching_proxy.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { peerTest, runPeer } from "./peer.ts";

const PLAYERS: Readonly<Record<string, (url: string, transport: string) => string[]>> = {
  "ffmpeg": (url, transport) => [
    ...["-v", "error", "-rtsp_transport", transport, "-i", url],
    ...["-f", "null", "-"],
  ],
  "gst-launch-1.0": (url, transport) =>
    (`-q rtspsrc name=s location=${url} protocols=${transport} ` +
      "s. ! rtpjpegdepay ! fakesink " +
      "s. ! rtpL16depay ! fakesink").split(" "),
};

for (const [program, argumentsFor] of Object.entries(PLAYERS)) {
  peerTest(program, `${program} and Reel have no findings over TCP`, async () => {
    using media = makeShortMedia(3);
    await using serving = serveFolder(media.folder);
    const proxy = watchingProxy(serving.port);
    const url = `rtsp://127.0.0.1:${proxy.port}/film.Mjpeg`;
    const { code, errors } = await runPeer(program, argumentsFor(url, "tcp"));
    await proxy[Symbol.asyncDispose]();
    assertEquals(code, 0, errors);
    assertEquals(proxy.findings.list(), []);
    assert(proxy.counts.packets > 300, `${proxy.counts.packets} packets`);
  });

  peerTest(program, `${program} and Reel have no findings over UDP`, async () => {
    using media = makeShortMedia(3);
    await using serving = serveFolder(media.folder);
    const proxy = watchingProxy(serving.port);
    const url = `rtsp://127.0.0.1:${proxy.port}/film.Mjpeg`;
    const stdio = { stdin: "null", stdout: "null", stderr: "null" } as const;
    const player = new Deno.Command(program, { args: argumentsFor(url, "udp"), ...stdio }).spawn();
    await proxy.playing;
    player.kill("SIGINT");
    await player.status;
    await proxy[Symbol.asyncDispose]();
    // Interrupted, GStreamer may leave out the number of a PAUSE that it does not send: a note.
    assertEquals(accusations(proxy.findings), []);
    assert(proxy.counts.messages >= 10, `${proxy.counts.messages} messages`);
  });
}

/** Watches what a program sends for some seconds to a port of ours. */
async function watchSender(
  program: string,
  argumentsFor: (port: number) => string[],
  options: Omit<RtpObserverOptions, "stream">,
): Promise<{ found: Findings; packets: number }> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const found = new Findings();
  const observer = new RtpObserver(found, { stream: program, ...options });
  let packets = 0;
  const receiving = (async () => {
    for await (const [datagram] of socket) {
      observer.packet(datagram, { number: ++packets, timeMs: performance.now() });
    }
  })();
  const { code, errors } = await runPeer(program, argumentsFor((socket.addr as Deno.NetAddr).port));
  socket.close();
  await receiving;
  assertEquals(code, 0, errors);
  observer.end({ bye: false, timeMs: performance.now(), stopped: true });
  return { found, packets };
}

/** Errors and warnings: on a busy machine, notes about bursts are true. */
function accusations(findings: Findings): readonly Finding[] {
  return findings.list().filter(({ severity }) => severity !== "note");
}

const JPEG = { dialect: "standard", payloadType: 26, frameRate: 25 } as const;
const L16 = {
  dialect: "standard",
  payloadType: 97,
  encodingName: "L16",
  clockRate: 44_100,
  channels: 2,
} as const;

peerTest("ffmpeg", "JPEG that ffmpeg sends has no findings", async () => {
  const { found, packets } = await watchSender("ffmpeg", (port) => [
    ...["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=640x480:rate=25:duration=4"],
    ...["-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-huffman", "0", "-f", "rtp"],
    `rtp://127.0.0.1:${port}?rtcpport=9`,
  ], JPEG);
  assertEquals(accusations(found), []);
  assert(packets > 200, `${packets} packets`);
});

peerTest("gst-launch-1.0", "JPEG and L16 that GStreamer sends have no findings", async () => {
  const video = "-q videotestsrc num-buffers=90 is-live=true ! " +
    "video/x-raw,format=I420,width=640,height=480,framerate=25/1 ! jpegenc ! rtpjpegpay";
  const audio = "-q audiotestsrc num-buffers=150 is-live=true ! " +
    "audio/x-raw,rate=44100,channels=2 ! rtpL16pay pt=97";
  await Promise.all(([[video, JPEG], [audio, L16]] as const).map(async ([pipeline, options]) => {
    const { found, packets } = await watchSender(
      "gst-launch-1.0",
      (port) => `${pipeline} ! udpsink host=127.0.0.1 port=${port}`.split(" "),
      options,
    );
    assertEquals(accusations(found), []);
    assert(packets > 200, `${packets} packets`);
  }));
});
