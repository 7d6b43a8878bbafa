/** RFC 2435 payloads exchanged with GStreamer and ffmpeg. */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { join } from "@std/path";
import { concatBytes } from "../../src/bytes/text.ts";
import { splitJpegs } from "../../src/media/mjpeg.ts";
import { MediaLibrary } from "../../src/media/library.ts";
import { JpegDepacketizer } from "../../src/payload/jpeg_depacketizer.ts";
import { parseJpeg } from "../../src/payload/jpeg_file.ts";
import { JpegPayloader } from "../../src/payload/jpeg_payloader.ts";
import type { ReceivedFrame } from "../../src/payload/payload_format.ts";
import { decodeRtpPacket, encodeRtpPacket, isRtcp } from "../../src/rtp/packet.ts";
import { peerTest } from "./peer.ts";

const FOLDER = join(import.meta.dirname!, "..", "..", "media");
const CAPS = "media=video,clock-rate=90000,encoding-name=JPEG,payload=26";

/** Runs a program with `input` on its standard input and gives its standard output. */
async function pipe(program: string, args: string, input: Uint8Array): Promise<Uint8Array> {
  const child = new Deno.Command(program, {
    args: args.split(/\s+/),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([new Uint8Array(input)]).stream().pipeTo(child.stdin),
  ]);
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return stdout;
}

/** Packets with 16-bit lengths before them (RFC 4571). */
function framed(packets: readonly Uint8Array[]): Uint8Array {
  return concatBytes(packets.flatMap((packet) => [
    Uint8Array.of(packet.length >> 8, packet.length),
    packet,
  ]));
}

function unframed(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = (bytes[at]! << 8) | bytes[at + 1]!;
    packets.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return packets;
}

function movieFrames(count: number): Uint8Array[] {
  using movie = new MediaLibrary(FOLDER).open("movie")!;
  const [video] = movie.tracks;
  assert(video?.kind === "video");
  return Array.from({ length: count }, (_, i) => video.carriableFrame(i));
}

function scans(frames: readonly Uint8Array[]): Uint8Array[] {
  return frames.map((frame) => parseJpeg(frame).scans[0]!.data);
}

function receive(packets: readonly Uint8Array[]): Uint8Array[] {
  const depacketizer = new JpegDepacketizer();
  const frames = packets.flatMap((packet): ReceivedFrame[] =>
    depacketizer.push(decodeRtpPacket(packet))
  );
  assertEquals(depacketizer.damagedFrames, 0, depacketizer.lastDamage);
  return frames.map(({ data }) => data);
}

peerTest("gst-launch-1.0", "GStreamer puts our frames together", async () => {
  const frames = movieFrames(30);
  let sequenceNumber = 65_500;
  const packets = frames.flatMap((frame, i) =>
    new JpegPayloader().payloads(frame, 1400).map(({ payload, marker }) =>
      encodeRtpPacket({
        payloadType: 26,
        sequenceNumber: sequenceNumber++ & 0xffff,
        timestamp: i * 4500,
        ssrc: 7,
        marker,
        payload,
      })
    )
  );
  const output = await pipe(
    "gst-launch-1.0",
    `-q fdsrc fd=0 ! application/x-rtp-stream,${CAPS} ! rtpstreamdepay ! rtpjpegdepay ! fdsink`,
    framed(packets),
  );
  assertEquals(scans(splitJpegs(output)), scans(frames));
});

peerTest("gst-launch-1.0", "frames that GStreamer sends are put together", async () => {
  const frames = movieFrames(30);
  const output = await pipe(
    "gst-launch-1.0",
    "-q fdsrc fd=0 ! image/jpeg,framerate=20/1,width=640,height=360 ! jpegparse ! " +
      "rtpjpegpay mtu=1400 ! rtpstreampay ! fdsink",
    concatBytes(frames),
  );
  assertEquals(scans(receive(unframed(output))), scans(frames));
});

peerTest("ffmpeg", "frames that ffmpeg sends are put together", async () => {
  const frames = movieFrames(20);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const child = new Deno.Command("ffmpeg", {
    args: `-v error -re -f mjpeg -framerate 20 -i - -c copy -f rtp rtp://127.0.0.1:${port}`
      .split(" "),
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const fed = new Blob([concatBytes(frames)]).stream().pipeTo(child.stdin);
  // One byte tells that nothing more comes.
  const ended = child.status.then(() => socket.send(new Uint8Array(1), socket.addr));
  const packets: Uint8Array[] = [];
  for await (const [datagram] of socket) {
    if (datagram.length === 1) break;
    if (!isRtcp(datagram)) packets.push(datagram);
  }
  await Promise.all([fed, ended]);
  socket.close();
  const received = receive(packets);
  assertGreater(packets.length, frames.length);
  assertEquals(scans(received), scans(frames));
});
