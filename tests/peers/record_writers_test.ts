import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { concatBytes } from "../../src/bytes/text.ts";
import { AviWriter } from "../../src/media/avi_writer.ts";
import type { WavFormat } from "../../src/media/wav_header.ts";
import { WavWriter } from "../../src/media/wav_writer.ts";
import { peerTest, runPeer } from "./peer.ts";

interface Probe {
  readonly streams: readonly Record<string, string>[];
  readonly format: Record<string, string>;
}

async function probe(path: string): Promise<Probe> {
  const { text, errors } = await runPeer("ffprobe", [
    ...["-v", "warning", "-count_frames", "-show_streams", "-show_format", "-of", "json", path],
  ]);
  assertEquals(errors, "");
  return JSON.parse(text);
}

async function testPictures(folder: string, count: number): Promise<Uint8Array[]> {
  const pattern = join(folder, "source-%03d.jpg");
  const source = `testsrc=size=160x120:rate=25:duration=${count / 25}`;
  await runPeer("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-q:v", "5", pattern]);
  return Array.from({ length: count }, (_, i) => {
    return Deno.readFileSync(join(folder, `source-${(i + 1).toString().padStart(3, "0")}.jpg`));
  });
}

function ramp(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

peerTest("ffprobe ffmpeg sox", "WAV files of every format open in ffprobe and sox", async () => {
  const folder = await Deno.makeTempDir();
  const formats: [WavFormat, string][] = [
    [{ encoding: "pcm", sampleRate: 44_100, channels: 2, bitsPerSample: 16 }, "pcm_s16le"],
    [{ encoding: "pcm", sampleRate: 8000, channels: 1, bitsPerSample: 8 }, "pcm_u8"],
    [{ encoding: "pcm", sampleRate: 48_000, channels: 2, bitsPerSample: 24 }, "pcm_s24le"],
    [{ encoding: "pcm", sampleRate: 48_000, channels: 6, bitsPerSample: 16 }, "pcm_s16le"],
    [{ encoding: "mulaw", sampleRate: 8000, channels: 1, bitsPerSample: 8 }, "pcm_mulaw"],
    [{ encoding: "alaw", sampleRate: 8000, channels: 2, bitsPerSample: 8 }, "pcm_alaw"],
  ];
  for (const [i, [format, codec]] of formats.entries()) {
    const path = join(folder, `${i}.wav`);
    const samples = ramp(format.sampleRate / 2 * format.channels * format.bitsPerSample / 8);
    const writer = WavWriter.open(path, format);
    writer.write(samples);
    writer.close();
    const { streams } = await probe(path);
    assertEquals(streams[0]?.codec_name, codec);
    assertEquals(Number(streams[0]?.sample_rate), format.sampleRate);
    assertEquals(Number(streams[0]?.channels), format.channels);
    assertAlmostEquals(Number(streams[0]?.duration), 0.5, 1e-6);
    const sox = await runPeer("sox", ["--i", "-s", path]);
    assertEquals([sox.text.trim(), sox.errors], [String(format.sampleRate / 2), ""]);
    const raw = await runPeer("ffmpeg", [
      ...["-v", "error", "-i", path, "-c", "copy", "-f", codec.slice(4), "-"],
    ]);
    assertEquals(raw.stdout, samples);
  }
  await Deno.remove(folder, { recursive: true });
});

peerTest(
  "ffprobe ffmpeg",
  "an AVI file has its pictures, samples and times in ffprobe",
  async () => {
    const folder = await Deno.makeTempDir();
    const pictures = await testPictures(folder, 50);
    const path = join(folder, "new.avi");
    const cut = join(folder, "cut.avi");
    const audio: WavFormat = {
      encoding: "pcm",
      sampleRate: 44_100,
      channels: 2,
      bitsPerSample: 16,
    };
    const samples = ramp(44_100 * 4 * 2);
    const writer = AviWriter.open(path, {
      video: { width: 160, height: 120, rate: { numerator: 25, denominator: 1 } },
      audio,
    });
    pictures.forEach((jpeg, i) => {
      writer.picture(jpeg);
      writer.sound(samples.subarray(i * 1764 * 4, (i + 1) * 1764 * 4));
      // What a kill leaves: no index, counts of a moment ago, a chunk that is cut.
      if (i === 45) writer.flush();
      if (i === 48) Deno.writeFileSync(cut, Deno.readFileSync(path).subarray(0, -1000));
    });
    writer.close();

    const { streams, format } = await probe(path);
    assertEquals(streams.map((stream) => stream.codec_name), ["mjpeg", "pcm_s16le"]);
    assertEquals(streams[0]?.nb_read_frames, "50");
    assertEquals(streams[0]?.r_frame_rate, "25/1");
    assertAlmostEquals(Number(format.duration), 2, 1e-3);
    const raw = await runPeer("ffmpeg", ["-v", "error", "-i", path, "-f", "s16le", "-"]);
    assertEquals(raw.stdout, samples);
    const film = await runPeer("ffmpeg", [
      ...["-v", "error", "-i", path, "-an", "-c", "copy", "-f", "mjpeg", "-"],
    ]);
    assertEquals(film.stdout, concatBytes(pictures));

    const killed = await runPeer("ffprobe", [
      ...["-v", "quiet", "-count_frames", "-show_streams", "-of", "json", cut],
    ]);
    const after: Probe = JSON.parse(killed.text);
    assertEquals(after.streams.length, 2);
    assert(Number(after.streams[0]?.nb_read_frames) >= 46);
    await Deno.remove(folder, { recursive: true });
  },
);
