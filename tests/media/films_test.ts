import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { openAvi } from "../../src/media/avi.ts";
import { type ByteSource, type Extent, memorySource } from "../../src/media/byte_source.ts";
import { type FrameIndex, MediaError } from "../../src/media/frame_index.ts";
import { indexLabMovie, isLabMovie } from "../../src/media/lab_movie.ts";
import { indexMjpeg, splitJpegs } from "../../src/media/mjpeg.ts";
import { segment } from "../../src/payload/jpeg_build.ts";
import { makeJpeg } from "../payload/jpegs.ts";
import { aviHeader, chunk, labMovie, list } from "./files.ts";

const FRAMES = [3, 1000, 77, 500].map((length, n) =>
  makeJpeg({ scan: Uint8Array.from({ length }, (_, i) => (i * 37 + n) & 0xff), restartInterval: n })
);

function contents(source: ByteSource, extents: readonly Extent[]): Uint8Array[] {
  return extents.map(({ offset, length }) => source.read(offset, length));
}

function framesOf(bytes: Uint8Array, index: (source: ByteSource) => FrameIndex): Uint8Array[] {
  const source = memorySource(bytes);
  return contents(source, index(source).frames);
}

Deno.test("lab film: each frame as it stands in the file", () => {
  const film = labMovie(FRAMES);
  assert(isLabMovie(film));
  assertEquals(framesOf(film, indexLabMovie), FRAMES);
  assertEquals(indexLabMovie(memorySource(film)).notes, []);
});

Deno.test("lab film: a cut last frame is left out and named", () => {
  const film = labMovie(FRAMES);
  const source = memorySource(film.subarray(0, film.length - 10));
  const { frames, notes } = indexLabMovie(source);
  assertEquals(contents(source, frames), FRAMES.slice(0, 3));
  assertEquals(notes.length, 1);
  assert(notes[0]!.startsWith("frame 4 is cut"));
});

Deno.test("lab film: behind a damaged place it goes on", () => {
  const film = concatBytes([
    labMovie(FRAMES.slice(0, 2)),
    encodeText("0x1F4rubbish\xff 12345"),
    labMovie(FRAMES.slice(2)),
    encodeText("\r\n"),
  ]);
  assertEquals(framesOf(film, indexLabMovie), FRAMES);
  const { notes } = indexLabMovie(memorySource(film));
  assertEquals(notes.length, 1);
  assert(notes[0]!.includes("behind frame 2"));
});

Deno.test("JPEGs in a row: previews inside them and bytes between them don't count", () => {
  const preview = segment(0xe1, encodeText("Exif"), FRAMES[0]!);
  const frames = [
    concatBytes([FRAMES[1]!.subarray(0, 2), preview, FRAMES[1]!.subarray(2)]),
    FRAMES[2]!,
    FRAMES[3]!,
  ];
  assertEquals(splitJpegs(concatBytes(frames)), frames);
  const between = encodeText("\r\n--boundary\r\nContent-Type: image/jpeg\r\n\r\n");
  const multipart = concatBytes(frames.flatMap((frame) => [between, frame]));
  assertEquals(framesOf(multipart, indexMjpeg), frames);
  assertEquals(indexMjpeg(memorySource(multipart)).notes, []);
});

Deno.test("JPEGs in a row: what is damaged is left out and named", () => {
  const bytes = concatBytes([FRAMES[0]!, FRAMES[1]!.subarray(0, -2), FRAMES[2]!]);
  assertEquals(splitJpegs(bytes), [FRAMES[0]!, FRAMES[2]!]);
  assertEquals(indexMjpeg(memorySource(bytes)).notes.length, 1);
  const cut = concatBytes([FRAMES[0]!, FRAMES[1]!.subarray(0, 400)]);
  assertEquals(splitJpegs(cut), [FRAMES[0]!]);
  assert(indexMjpeg(memorySource(cut)).notes[0]!.includes("cut by the end"));
});

/** Films of every kind with these frames. */
const CONTAINERS: Record<string, (frames: readonly Uint8Array[]) => Uint8Array> = {
  lab: labMovie,
  mjpeg: concatBytes,
  avi: (frames) =>
    list("RIFF", "AVI ", [
      aviHeader(),
      list("LIST", "movi", frames.map((frame) => chunk("00dc", frame))),
    ]),
};

const INDEXERS: Record<string, (source: ByteSource) => FrameIndex> = {
  lab: indexLabMovie,
  mjpeg: indexMjpeg,
  avi: openAvi,
};

for (const [name, make] of Object.entries(CONTAINERS)) {
  Deno.test(`${name}: frames come out of any changed or cut file without an exception`, () => {
    const film = make(FRAMES);
    const index = (bytes: Uint8Array): void => {
      try {
        for (const { offset, length } of INDEXERS[name]!(memorySource(bytes)).frames) {
          assert(offset + length <= bytes.length);
        }
      } catch (error) {
        assert(error instanceof MediaError, String(error));
      }
    };
    for (let length = 0; length < film.length; length += 13) index(film.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(film.length - 1), fc.uint8Array({ maxLength: 5 }), (at, bytes) => {
        index(concatBytes([film.subarray(0, at), bytes, film.subarray(at + bytes.length)]));
      }),
      { seed: 20, numRuns: 500 },
    );
  });

  Deno.test(`${name}: a film of any frames gives them back`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1 }),
        (scans) => {
          const frames = scans.map((scan) => makeJpeg({ scan }));
          assertEquals(framesOf(make(frames), INDEXERS[name]!), frames);
        },
      ),
      { seed: 21, numRuns: 50 },
    );
  });
}

const SOUND = Uint8Array.from({ length: 400 }, (_, i) => i);

Deno.test("AVI: pictures and sound in turn, in rec lists, with JUNK and an index", () => {
  const movi = list("LIST", "movi", [
    chunk("00dc", FRAMES[0]!),
    chunk("01wb", SOUND.subarray(0, 99)),
    chunk("JUNK", new Uint8Array(5000)),
    chunk("ix00", new Uint8Array(24)),
    list("LIST", "rec ", [chunk("00db", FRAMES[1]!), chunk("01wb", SOUND.subarray(99, 301))]),
    chunk("00dc", new Uint8Array()),
    chunk("01wb", SOUND.subarray(301)),
  ]);
  const source = memorySource(list("RIFF", "AVI ", [
    aviHeader({ channels: 1 }),
    chunk("JUNK", new Uint8Array(100)),
    movi,
    chunk("idx1", new Uint8Array(48)),
  ]));
  const { frames, notes, frameRate, sound } = openAvi(source);
  // The empty chunk shows the frame before it once more.
  assertEquals(contents(source, frames), [FRAMES[0], FRAMES[1], FRAMES[1]]);
  assertEquals(frameRate, 25);
  assertEquals(notes, []);
  assertEquals(sound!.sampleCount, 200);
  const swapped = SOUND.map((_, i) => SOUND[i ^ 1]!);
  assertEquals(sound!.samples(0, 200), swapped);
  assertEquals(sound!.samples(40, 120), swapped.subarray(80, 320));
});

Deno.test("AVI: further RIFFs go on where the first ends", () => {
  const first = list("RIFF", "AVI ", [
    aviHeader({ channels: 1 }),
    list("LIST", "movi", [chunk("00dc", FRAMES[0]!), chunk("01wb", SOUND.subarray(0, 100))]),
  ]);
  const second = list("RIFF", "AVIX", [
    list("LIST", "movi", [chunk("00dc", FRAMES[1]!), chunk("01wb", SOUND.subarray(100))]),
  ]);
  const source = memorySource(concatBytes([first, second, second]));
  const { frames, sound } = openAvi(source);
  assertEquals(contents(source, frames), [FRAMES[0], FRAMES[1], FRAMES[1]]);
  assertEquals(sound!.sampleCount, 350);
});

Deno.test("AVI: a recording that was stopped has lengths of 0 and no index", () => {
  const movi = list("LIST", "movi", FRAMES.map((frame) => chunk("00dc", frame)), 0);
  const file = list("RIFF", "AVI ", [aviHeader(), movi], 0);
  const source = memorySource(file.subarray(0, file.length - 20));
  // The header list still says where it ends; the lists around the frames do not.
  const { frames, notes } = openAvi(source);
  assertEquals(contents(source, frames), FRAMES.slice(0, 3));
  assert(notes[0]!.includes("frame 4 is cut"));
});

Deno.test("AVI: other pictures are refused by name, other sound is left out", () => {
  const movi = list("LIST", "movi", [chunk("00dc", FRAMES[0]!), chunk("01wb", SOUND)]);
  const h264 = memorySource(list("RIFF", "AVI ", [aviHeader({}, "H264"), movi]));
  assertThrows(() => openAvi(h264), MediaError, "H264");
  const mp3 = memorySource(list("RIFF", "AVI ", [aviHeader({ code: 0x55 }), movi]));
  const { frames, sound, notes } = openAvi(mp3);
  assertEquals(frames.length, 1);
  assertEquals(sound, undefined);
  assert(notes[0]!.includes("MP3"));
});
