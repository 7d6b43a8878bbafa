import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { encodeText } from "../../src/bytes/text.ts";
import { AviWriter } from "../../src/media/avi_writer.ts";
import { JpegFolderWriter } from "../../src/media/jpeg_folder_writer.ts";
import { jpegSize } from "../../src/media/jpeg_size.ts";
import { LabMovieWriter } from "../../src/media/lab_movie_writer.ts";
import type { WavFormat } from "../../src/media/wav_header.ts";

const STEREO: WavFormat = { encoding: "pcm", sampleRate: 8000, channels: 2, bitsPerSample: 16 };
const RATE = { numerator: 20, denominator: 1 };

function inFolder(test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function picture(value: number, length = 6): Uint8Array {
  return new Uint8Array(length).fill(value);
}

function words(bytes: Uint8Array, id: string): number[] {
  const text = new TextDecoder("latin1").decode(bytes);
  const view = new DataView(bytes.buffer);
  const at = text.indexOf(id);
  assert(at >= 0, `${id} is missing`);
  return Array.from({ length: 16 }, (_, i) => {
    const offset = at + 4 + 4 * i;
    return offset + 4 <= bytes.length ? view.getUint32(offset, true) : 0;
  });
}

Deno.test("a lab movie holds five digits and a JPEG for each frame", () => {
  inFolder((folder) => {
    const path = join(folder, "new.Mjpeg");
    const writer = LabMovieWriter.open(path);
    writer.write(picture(65, 3));
    writer.write(picture(66, 12));
    assertEquals(writer.frameCount, 2);
    assertThrows(() => writer.write(new Uint8Array(100_000)), RangeError, "five digits");
    writer.close();
    assertEquals(Deno.readTextFileSync(path), "00003AAA00012BBBBBBBBBBBB");
    assertThrows(() => LabMovieWriter.open(path), Deno.errors.AlreadyExists);
  });
});

Deno.test("a lab movie goes on behind its last whole frame", () => {
  inFolder((folder) => {
    const path = join(folder, "new.Mjpeg");
    Deno.writeTextFileSync(path, "00003AAA00012BBBB");
    const writer = LabMovieWriter.open(path, { append: true });
    writer.write(picture(67, 2));
    writer.close();
    assertEquals(Deno.readTextFileSync(path), "00003AAA00002CC");
    Deno.writeTextFileSync(path, "no lab movie");
    assertThrows(() => LabMovieWriter.open(path, { append: true }), Error, "no length at byte 0");
  });
});

Deno.test("a folder of pictures is numbered on, kept or emptied as asked", () => {
  inFolder((folder) => {
    const path = join(folder, "pictures");
    const names = (): string[] => [...Deno.readDirSync(path)].map(({ name }) => name).sort();
    const first = JpegFolderWriter.open(path);
    first.write(picture(1));
    first.write(picture(2));
    assertEquals(names(), ["frame-000001.jpg", "frame-000002.jpg"]);
    assertThrows(() => JpegFolderWriter.open(path), Deno.errors.AlreadyExists);
    JpegFolderWriter.open(path, { append: true }).write(picture(3));
    assertEquals(names().at(-1), "frame-000003.jpg");
    Deno.writeTextFileSync(join(path, "notes.txt"), "mine");
    JpegFolderWriter.open(path, { force: true }).write(picture(4));
    assertEquals(names(), ["frame-000001.jpg", "notes.txt"]);
  });
});

Deno.test("an AVI file counts what is in it before and after it is closed", () => {
  inFolder((folder) => {
    const path = join(folder, "new.avi");
    const writer = AviWriter.open(path, {
      video: { width: 64, height: 48, rate: RATE },
      audio: STEREO,
    });
    writer.picture(picture(1, 7));
    writer.sound(new Uint8Array(1600));
    writer.picture(picture(2, 20));
    writer.flush();
    const open = Deno.readFileSync(path);
    assertEquals(words(open, "RIFF")[0], open.length - 8);
    assertEquals(words(open, "avih")[5], 2);
    assertEquals(words(open, "vidsMJPG").slice(4, 8), [1, 20, 0, 2]);
    assertEquals(words(open, "auds").slice(4, 8), [1, 8000, 0, 400]);
    writer.close();
    writer.close();
    const closed = Deno.readFileSync(path);
    assertEquals(words(closed, "RIFF")[0], closed.length - 8);
    assertEquals(words(closed, "idx1")[0], 48);
    const movi = new TextDecoder("latin1").decode(closed).indexOf("movi");
    const second = words(closed, "idx1").slice(5, 9);
    assertEquals(second, [0x62773130, 0x10, 4 + 8 + 8, 1600]);
    assertEquals(new TextDecoder().decode(closed.slice(movi + 20, movi + 24)), "01wb");
    assertThrows(() => AviWriter.open(path, {}), Deno.errors.AlreadyExists);
  });
});

Deno.test("late samples find their chunk in an AVI file", () => {
  inFolder((folder) => {
    const path = join(folder, "new.avi");
    const audio: WavFormat = { encoding: "pcm", sampleRate: 8000, channels: 1, bitsPerSample: 8 };
    const writer = AviWriter.open(path, { audio });
    writer.sound(Uint8Array.of(1, 2));
    writer.soundAt(4, Uint8Array.of(5, 6));
    writer.soundAt(1, Uint8Array.of(12, 13, 14, 15));
    writer.soundAt(5, Uint8Array.of(16, 17));
    writer.soundAt(-1, Uint8Array.of(99, 11));
    assertEquals(writer.sampleCount, 7);
    writer.close();
    const bytes = Deno.readFileSync(path);
    const text = new TextDecoder("latin1").decode(bytes);
    const samples: number[] = [];
    for (let at = text.indexOf("movi") + 4; text.slice(at, at + 4) === "00wb";) {
      const length = new DataView(bytes.buffer).getUint32(at + 4, true);
      samples.push(...bytes.slice(at + 8, at + 8 + length));
      at += 8 + length + length % 2;
    }
    assertEquals(samples, [11, 12, 13, 14, 15, 16, 17]);
  });
});

Deno.test("an AVI file goes on behind its last whole chunk, film and sound level", () => {
  inFolder((folder) => {
    const path = join(folder, "new.avi");
    const streams = { video: { width: 0, height: 0, rate: RATE }, audio: STEREO };
    const size = { width: 64, height: 48, rate: RATE };
    const first = AviWriter.open(path, streams);
    first.describeVideo(size);
    for (let i = 1; i <= 3; i++) first.picture(picture(i, 10 + i));
    first.sound(new Uint8Array(4 * 1600).fill(7));
    first.flush();
    // What a kill leaves: no index, and a chunk that is cut.
    const killed = Deno.readFileSync(path);
    first.close();
    Deno.writeFileSync(path, killed);
    const file = Deno.openSync(path, { append: true });
    file.writeSync(encodeText("00dc\x40\x00\x00\x00cut"));
    file.close();

    const second = AviWriter.open(path, streams, { append: true });
    assertThrows(() => second.describeVideo({ ...size, width: 32 }), Error, "holds 64x48 at 20/1");
    second.describeVideo(size);
    second.picture(picture(9, 20));
    second.soundAt(0, new Uint8Array(4 * 400).fill(9));
    assertEquals([second.frameCount, second.sampleCount], [1, 400]);
    second.close();
    const bytes = Deno.readFileSync(path);
    // 1,600 samples last four pictures: the third was shown twice.
    assertEquals([words(bytes, "avih")[5], words(bytes, "auds")[7]], [5, 2000]);
    assertEquals(words(bytes, "idx1")[0], 16 * 7);
    assertEquals(words(bytes, "RIFF")[0], bytes.length - 8);

    const other = { ...streams, audio: { ...STEREO, sampleRate: 44_100 } };
    assertThrows(() => AviWriter.open(path, other, { append: true }), Error, "another format");
    Deno.writeTextFileSync(path, "mine");
    assertThrows(() => AviWriter.open(path, streams, { append: true }), Error, "no AVI file");
    assertEquals(Deno.readTextFileSync(path), "mine");
  });
});

Deno.test("the size of a picture is found behind other segments, or not at all", () => {
  const head = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xff, 0xc0, 0, 11, 8, 1, 2, 3, 4, 1, 1];
  assertEquals(jpegSize(Uint8Array.from(head)), { width: 0x304, height: 0x102 });
  for (let length = 0; length < 18; length++) {
    assertEquals(jpegSize(Uint8Array.from(head.slice(0, length))), undefined);
  }
  assertEquals(jpegSize(Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 2, 0, 0, 0, 0, 0)), undefined);
});
