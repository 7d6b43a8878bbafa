/**
 * Picture and sound of the film as they are served: the flash and the tick of each second, seen and
 * heard, fall together on the clock of the sender reports.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { unixMsFromNtp } from "../../src/rtp/ntp.ts";
import { decodeRtcp } from "../../src/rtp/rtcp.ts";
import { littleEndianSamples, pictureIndices } from "../support/media_log.ts";
import { serveFolder } from "../support/serving.ts";
import { makeShortMedia } from "../support/short_media.ts";
import { type PlayedTrack, StandardPlayer } from "../support/standard_player.ts";
import { peerTest, runPeer } from "./peer.ts";

const FRAME_RATE = 20;
const VIDEO_CLOCK = 90_000;
const SAMPLE_RATE = 44_100;

/** Where the film flashes: width, height, left and top of the panel. */
const FLASH_PANEL = [112, 63, 20, 20];

/** Brightness of the panel in each JPEG of a file. */
async function brightness(path: string): Promise<Uint8Array> {
  const { stdout } = await runPeer("ffmpeg", [
    ...["-v", "error", "-f", "mjpeg", "-i", path],
    ...["-vf", `crop=${FLASH_PANEL.join(":")},scale=1:1:flags=area,format=gray`],
    ...["-f", "rawvideo", "-"],
  ]);
  return stdout;
}

/** Loudness of each millisecond of 16-bit stereo. */
function loudness(samples: Uint8Array): number[] {
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  const levels: number[] = [];
  for (let ms = 0; (ms + 1) * SAMPLE_RATE / 1000 * 4 < samples.length; ms++) {
    let peak = 0;
    const [from, to] = [ms, ms + 1].map((ms) => Math.floor(ms * SAMPLE_RATE / 1000));
    for (let at = from!; at < to!; at++) {
      peak = Math.max(peak, Math.abs(view.getInt16(4 * at, true)));
    }
    levels.push(peak);
  }
  return levels;
}

peerTest("ffmpeg", "each flash falls on its tick within 20 ms", async () => {
  using media = makeShortMedia(3);
  await using serving = serveFolder(media.folder);
  using player = await StandardPlayer.open(serving);
  await player.play();
  await Promise.all(player.tracks.map(({ rtcp }) => rtcp.goodbye()));
  const [video, audio] = player.tracks as [PlayedTrack, PlayedTrack];
  const offsetMs = ({ rtcp }: PlayedTrack, timestamp: number, clock: number): number => {
    const [report] = decodeRtcp(rtcp.datagrams.at(-1)!.bytes);
    assert(report?.type === "SR");
    return unixMsFromNtp(report.ntp) + ((timestamp - report.rtpTimestamp) | 0) / clock * 1000;
  };

  const packets = video.rtp.rtp;
  assertEquals(pictureIndices(packets, media.frames).length, 3 * FRAME_RATE);
  const path = `${media.folder}/received.mjpeg`;
  Deno.writeFileSync(path, new Uint8Array(await new Blob([...media.frames]).arrayBuffer()));
  const light = await brightness(path);
  const timestamps = packets.filter(({ marker }) => marker).map(({ timestamp }) => timestamp);
  const flashes = [...light.keys()].filter((i) => light[i]! > (light[i - 1] ?? 0) + 40)
    .map((i) => offsetMs(video, timestamps[i]!, VIDEO_CLOCK));

  const levels = loudness(littleEndianSamples(audio.rtp.rtp));
  const quiet = Math.max(...levels) / 3;
  const first = audio.rtp.rtp[0]!.timestamp;
  const ticks = levels.flatMap((level, ms) => {
    const before = levels.slice(Math.max(0, ms - 100), ms);
    if (level <= quiet || before.some((level) => level > quiet)) return [];
    return [offsetMs(audio, first + Math.round(ms * SAMPLE_RATE / 1000), SAMPLE_RATE)];
  });
  assertEquals(flashes.length, 3);
  assertEquals(ticks.length, 3);
  for (const [i, flash] of flashes.entries()) {
    const apart = Math.abs(flash - ticks[i]!);
    assert(apart < 20, `flash and tick ${i} are ${apart.toFixed(1)} ms apart`);
  }
});
