import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { parseWavHead, type WavFormat } from "../../src/media/wav_header.ts";
import { WavWriter } from "../../src/media/wav_writer.ts";

const STEREO: WavFormat = { encoding: "pcm", sampleRate: 44_100, channels: 2, bitsPerSample: 16 };
const MONO8: WavFormat = { encoding: "pcm", sampleRate: 8000, channels: 1, bitsPerSample: 8 };

function inFolder(test: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    test(join(folder, "new.wav"));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a WAV file has the classic 44-byte head", () => {
  inFolder((path) => {
    const writer = WavWriter.open(path, STEREO);
    writer.write(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    assertEquals(writer.sampleCount, 2);
    writer.close();
    writer.close();
    const bytes = Deno.readFileSync(path);
    assertEquals(bytes.length, 52);
    assertEquals(parseWavHead(bytes), { format: STEREO, dataOffset: 44, dataBytes: 8 });
    assertEquals(new DataView(bytes.buffer).getUint32(4, true), 44);
    assertEquals(bytes.slice(44), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  });
});

Deno.test("every format is read back from its own head", () => {
  const formats: WavFormat[] = [
    MONO8,
    { encoding: "pcm", sampleRate: 48_000, channels: 1, bitsPerSample: 24 },
    { encoding: "pcm", sampleRate: 48_000, channels: 6, bitsPerSample: 16 },
    { encoding: "mulaw", sampleRate: 8000, channels: 1, bitsPerSample: 8 },
    { encoding: "alaw", sampleRate: 8000, channels: 2, bitsPerSample: 8 },
  ];
  for (const format of formats) {
    inFolder((path) => {
      const writer = WavWriter.open(path, format);
      writer.silence(10);
      writer.close();
      assertEquals(parseWavHead(Deno.readFileSync(path))?.format, format);
    });
  }
});

Deno.test("the file is valid and holds the samples before it is closed", () => {
  inFolder((path) => {
    const writer = WavWriter.open(path, STEREO);
    writer.write(new Uint8Array(400).fill(1));
    writer.flush();
    const bytes = Deno.readFileSync(path);
    assertEquals(parseWavHead(bytes)?.dataBytes, 400);
    assertEquals(bytes.length, 444);
    writer.close();
  });
});

Deno.test("samples go where they belong, gaps are silent", () => {
  inFolder((path) => {
    const writer = WavWriter.open(path, MONO8);
    writer.writeAt(2, Uint8Array.of(3, 4));
    writer.writeAt(6, Uint8Array.of(7));
    writer.writeAt(4, Uint8Array.of(5, 6, 9, 8));
    writer.writeAt(-1, Uint8Array.of(0, 1));
    writer.close();
    assertEquals(Deno.readFileSync(path).slice(44), Uint8Array.of(1, 0x80, 3, 4, 5, 6, 9, 8));
  });
});

Deno.test("an existing file is kept, begun anew or continued as asked", () => {
  inFolder((path) => {
    const first = WavWriter.open(path, MONO8);
    first.write(Uint8Array.of(1, 2, 3));
    first.close();
    assertThrows(() => WavWriter.open(path, MONO8), Deno.errors.AlreadyExists);

    const second = WavWriter.open(path, MONO8, { append: true });
    second.writeAt(0, Uint8Array.of(4, 5));
    assertEquals(second.sampleCount, 2);
    second.close();
    // The odd length had been padded: the padding is no sample.
    assertEquals(Deno.readFileSync(path).slice(44), Uint8Array.of(1, 2, 3, 4, 5, 0));
    assertEquals(parseWavHead(Deno.readFileSync(path))?.dataBytes, 5);

    assertThrows(
      () => WavWriter.open(path, STEREO, { append: true }),
      Error,
      "holds 8-bit PCM, 8000 Hz, 1 channel, and this is 16-bit PCM",
    );
    const third = WavWriter.open(path, MONO8, { force: true });
    third.close();
    assertEquals(Deno.statSync(path).size, 44);
  });
});

Deno.test("a file whose program was killed is continued after its last sample", () => {
  inFolder((path) => {
    const writer = WavWriter.open(path, STEREO);
    writer.write(new Uint8Array(40).fill(1));
    writer.flush();
    writer.close();
    // What a kill leaves: more samples than the head counts, the last of them cut.
    const file = Deno.openSync(path, { append: true });
    file.writeSync(new Uint8Array(7).fill(2));
    file.close();
    const next = WavWriter.open(path, STEREO, { append: true });
    next.write(new Uint8Array(4).fill(3));
    next.close();
    const bytes = Deno.readFileSync(path);
    assertEquals(parseWavHead(bytes)?.dataBytes, 48);
    assertEquals(bytes.slice(84), Uint8Array.of(2, 2, 2, 2, 3, 3, 3, 3));
  });
});

Deno.test("a file with chunks behind its samples, or no WAV file, is not continued", () => {
  inFolder((path) => {
    const writer = WavWriter.open(path, MONO8);
    writer.write(Uint8Array.of(1, 2));
    writer.close();
    const file = Deno.openSync(path, { append: true });
    file.writeSync(new TextEncoder().encode("LIST\x02\x00\x00\x00ab"));
    file.close();
    assertThrows(() => WavWriter.open(path, MONO8, { append: true }), Error, "other chunks follow");
    Deno.writeTextFileSync(path, "something else");
    assertThrows(() => WavWriter.open(path, MONO8, { append: true }), Error, "no WAV file");
    assertEquals(Deno.readTextFileSync(path), "something else");
  });
});

Deno.test("a WAV file does not grow beyond what its head can count", () => {
  inFolder((path) => {
    const writer = WavWriter.open(path, MONO8);
    assert(writer.room > 4_200_000_000);
    assertThrows(() => writer.silence(writer.room + 1), RangeError, "at most 4 GB");
    writer.close();
    assertEquals(Deno.statSync(path).size, 44);
  });
});
