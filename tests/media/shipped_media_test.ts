import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { join } from "@std/path";
import { MediaLibrary } from "../../src/media/library.ts";
import { toSamples } from "../../src/media/jpeg/dct.ts";
import { decodeCoefficients } from "../../src/media/jpeg/decode.ts";
import { Canvas } from "../../src/media/make/canvas.ts";
import {
  DURATION,
  FLASH_PANEL,
  FRAME_RATE,
  HEIGHT,
  paintFrame,
  PERFORATIONS,
  WIDTH,
} from "../../src/media/make/scene.ts";
import { filmSound, SAMPLE_RATE, tune, wavFile } from "../../src/media/make/sound.ts";
import type { AudioTrack, VideoTrack } from "../../src/media/presentation.ts";
import { uncarriable } from "../../src/payload/jpeg_carriage.ts";
import { JpegDepacketizer } from "../../src/payload/jpeg_depacketizer.ts";
import { parseJpeg } from "../../src/payload/jpeg_file.ts";
import { JpegPayloader } from "../../src/payload/jpeg_payloader.ts";
import { packetsOf } from "../payload/jpegs.ts";

const FOLDER = join(import.meta.dirname!, "..", "..", "media");

function withMovie(test: (video: VideoTrack, audio: AudioTrack) => void): void {
  using movie = new MediaLibrary(FOLDER).open("movie")!;
  const [video, audio] = movie.tracks;
  assert(video?.kind === "video" && audio?.kind === "audio");
  assertEquals(movie.notes, []);
  test(video, audio);
}

/** Luma of a frame's pixel. */
function lumaAt(frame: Uint8Array): (x: number, y: number) => number {
  const { samples, width } = toSamples(decodeCoefficients(parseJpeg(frame))[0]!);
  return (x, y) => samples[y * width + x]!;
}

Deno.test("the film is what the labs and RFC 2435 take", () => {
  withMovie((video, audio) => {
    assertEquals([video.width, video.height, video.frameRate], [640, 360, 20]);
    assertEquals(video.frameCount, 600);
    assertLess(video.maxFrameBytes, 20_000);
    assertEquals([audio.encoding, audio.sampleRate, audio.channels], ["L16", 44_100, 2]);
    assertEquals(audio.sampleCount / audio.sampleRate, video.frameCount / video.frameRate);
    const tables = parseJpeg(video.frame(0)).quantTables;
    for (let i = 0; i < video.frameCount; i++) {
      const image = parseJpeg(video.frame(i));
      assertEquals(uncarriable(image), undefined);
      assertEquals(image.quantTables, tables);
      assertEquals(image.end, video.frame(i).length);
    }
  });
});

Deno.test("each frame shows its number, and a flash at each full second", () => {
  withMovie((video) => {
    for (const index of [0, 1, 19, 20, 21, 300, 341, 580, 599]) {
      const luma = lumaAt(video.frame(index));
      let number = 0;
      for (let bit = 0; bit < PERFORATIONS.count; bit++) {
        const lit = luma(PERFORATIONS.x + bit * PERFORATIONS.step, PERFORATIONS.y) > 128;
        number = number * 2 + (lit ? 1 : 0);
      }
      assertEquals(number, index);
      const [left, top] = FLASH_PANEL;
      assertEquals(luma(left + 8, top + 30) > 220, index % FRAME_RATE === 0, `frame ${index}`);
    }
  });
});

Deno.test("the sound ticks at each full second", () => {
  withMovie((_, audio) => {
    for (let second = 0; second < DURATION; second++) {
      const at = second * audio.sampleRate;
      assertGreater(loudest(audio, at, 10), 20_000);
      assertLess(loudest(audio, at + audio.sampleRate / 2, 20_000), 6_000);
    }
  });
});

function loudest(audio: AudioTrack, first: number, count: number): number {
  const bytes = audio.samples(first, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let most = 0;
  for (let at = 0; at < bytes.length; at += 2) most = Math.max(most, Math.abs(view.getInt16(at)));
  return most;
}

Deno.test("every frame arrives with its scan data as it is", () => {
  withMovie((video) => {
    const payloader = new JpegPayloader();
    const depacketizer = new JpegDepacketizer();
    for (let i = 0; i < video.frameCount; i++) {
      const payloads = payloader.payloads(video.carriableFrame(i), 1400);
      const [frame] = packetsOf(payloads, { timestamp: i }).flatMap((packet) =>
        depacketizer.push(packet)
      );
      const sent = parseJpeg(video.frame(i)).scans[0]!.data;
      assertEquals(parseJpeg(frame!.data).scans[0]!.data, sent);
    }
    assertEquals(depacketizer.damagedFrames, 0);
  });
});

Deno.test("the sounds in the folder are those that are made", () => {
  assertEquals(Deno.readFileSync(`${FOLDER}/movie.wav`), wavFile(filmSound(DURATION)));
  const made = wavFile(tune(5));
  assertEquals(Deno.readFileSync(`${FOLDER}/default.wav`), made);
  assertLess(made.length, 1_000_000);
  assertEquals(made.length, 44 + 5 * SAMPLE_RATE * 4);
});

Deno.test("the film in the folder is the one that is painted", () => {
  withMovie((video) => {
    const canvas = new Canvas(WIDTH, HEIGHT);
    for (const index of [0, 147, 450]) {
      paintFrame(canvas, index);
      const luma = lumaAt(video.frame(index));
      let sum = 0;
      for (let y = 0; y < HEIGHT; y++) {
        for (let x = 0; x < WIDTH; x++) {
          const at = (y * WIDTH + x) * 3;
          const [red, green, blue] = canvas.pixels.subarray(at, at + 3);
          sum += (luma(x, y) - (0.299 * red! + 0.587 * green! + 0.114 * blue!)) ** 2;
        }
      }
      assertGreater(10 * Math.log10(255 * 255 / (sum / (WIDTH * HEIGHT))), 35);
    }
  });
});
