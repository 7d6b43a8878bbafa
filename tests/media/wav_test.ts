import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { memorySource } from "../../src/media/byte_source.ts";
import { MediaError } from "../../src/media/frame_index.ts";
import { isWav, openWav } from "../../src/media/wav.ts";
import { chunk, list, type TestFormat, wavFile } from "./files.ts";

const BYTES = Uint8Array.from({ length: 48 }, (_, i) => i + 1);

/** Groups of `size` bytes the other way round. */
function swapped(bytes: Uint8Array, size: number): number[] {
  return Array.from(
    { length: bytes.length / size },
    (_, i) => [...bytes.subarray(i * size, (i + 1) * size)].reverse(),
  ).flat();
}

const KINDS: (TestFormat & { name: string; encoding: string; wire?: number[]; note?: string })[] = [
  { name: "8 bits", bits: 8, channels: 1, encoding: "L8", wire: [...BYTES] },
  { name: "16 bits", bits: 16, channels: 2, encoding: "L16", wire: swapped(BYTES, 2) },
  { name: "12 bits in 16", bits: 12, channels: 1, encoding: "L16", wire: swapped(BYTES, 2) },
  { name: "24 bits", bits: 24, channels: 1, encoding: "L24", wire: swapped(BYTES, 3) },
  { name: "6 channels", bits: 16, channels: 6, encoding: "L16", wire: swapped(BYTES, 2) },
  { name: "8 channels", bits: 24, channels: 8, encoding: "L24", wire: swapped(BYTES, 3) },
  { name: "A-law", code: 6, bits: 8, channels: 1, encoding: "PCMA", wire: [...BYTES] },
  { name: "µ-law", code: 7, bits: 8, channels: 2, encoding: "PCMU", wire: [...BYTES] },
  {
    name: "32 bits",
    bits: 32,
    channels: 1,
    encoding: "L24",
    wire: swapped(BYTES, 4).filter((_, i) => i % 4 !== 3),
    note: "upper 24",
  },
  { name: "float", code: 3, bits: 32, channels: 2, encoding: "L24", note: "floating-point" },
  { name: "double", code: 3, bits: 64, channels: 1, encoding: "L24", note: "floating-point" },
];

for (const { name, encoding, wire, note, ...format } of KINDS) {
  for (const extensible of [false, true]) {
    Deno.test(`WAV: ${name}${extensible ? ", extensible" : ""}`, () => {
      const file = wavFile({ ...format, extensible }, BYTES);
      assert(isWav(file));
      const { track, notes } = openWav(memorySource(file));
      const frameBytes = Math.ceil(format.bits! / 8) * format.channels!;
      assertEquals(track.encoding, encoding);
      assertEquals(track.channels, format.channels);
      assertEquals(track.sampleRate, 44100);
      assertEquals(track.sampleCount, BYTES.length / frameBytes);
      const samples = track.samples(0, 1000);
      assertEquals(samples.length, track.sampleCount * track.bytesPerFrame);
      if (wire !== undefined) assertEquals([...samples], wire);
      assertEquals(notes.length, note === undefined ? 0 : 1);
      if (note !== undefined) assert(notes[0]!.includes(note));
    });
  }
}

Deno.test("WAV: float values become 24-bit integers, cut at full scale", () => {
  const floats = new Float32Array([0, 0.5, -0.5, 1, -1, 2, -2, NaN]);
  const file = wavFile({ code: 3, bits: 32, channels: 1 }, new Uint8Array(floats.buffer));
  const wire = openWav(memorySource(file)).track.samples(0, 8);
  const values = Array.from({ length: 8 }, (_, i) => {
    return ((wire[3 * i]! << 24) | (wire[3 * i + 1]! << 16) | (wire[3 * i + 2]! << 8)) >> 8;
  });
  assertEquals(values, [0, 0x400000, -0x400000, 0x7fffff, -0x800000, 0x7fffff, -0x800000, 0]);
});

Deno.test("WAV: other chunks are passed over, odd ones with their padding", () => {
  const before = [
    list("LIST", "INFO", [chunk("INAM", encodeText("odd"))]),
    chunk("junk", new Uint8Array(7)),
    chunk("bext", new Uint8Array(5001)),
  ];
  const file = wavFile({ channels: 1 }, BYTES, { before, behind: [chunk("LIST", BYTES)] });
  const { track, notes } = openWav(memorySource(file));
  assertEquals([...track.samples(0, 24)], swapped(BYTES, 2));
  assertEquals(track.sampleCount, 24);
  assertEquals(notes, []);
});

Deno.test("WAV: padding that a writer forgot is not missed", () => {
  const odd = chunk("junk", new Uint8Array(7)).subarray(0, -1);
  const { track } = openWav(memorySource(wavFile({ channels: 1 }, BYTES, { before: [odd] })));
  assertEquals([...track.samples(0, 24)], swapped(BYTES, 2));
});

Deno.test("WAV: lengths that are 0 or too long are taken up to the end of the file", () => {
  for (const dataLength of [0, 100_000, 0xffffffff]) {
    const { track, notes } = openWav(memorySource(wavFile({ channels: 1 }, BYTES, { dataLength })));
    assertEquals(track.sampleCount, 24);
    assertEquals([...track.samples(0, 24)], swapped(BYTES, 2));
    assertEquals(notes.length, 1);
  }
  const empty = wavFile({}, new Uint8Array(), { behind: [chunk("LIST", new Uint8Array(8))] });
  assertEquals(openWav(memorySource(empty)).track.sampleCount, 0);
});

Deno.test("WAV: a cut sample at the end is left out", () => {
  const { track } = openWav(memorySource(wavFile({ channels: 2 }, BYTES.subarray(0, 47))));
  assertEquals(track.sampleCount, 11);
  assertEquals([...track.samples(10, 5)], swapped(BYTES.subarray(40, 44), 2));
});

Deno.test("WAV: any run of samples is the same part of the whole", () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 31 + (i >> 8));
  const { track } = openWav(memorySource(wavFile({}, bytes)));
  const whole = swapped(bytes, 2);
  fc.assert(
    fc.property(fc.nat(25_100), fc.nat(20_000), (first, count) => {
      assertEquals([...track.samples(first, count)], whole.slice(first * 4, (first + count) * 4));
    }),
    { seed: 44100, numRuns: 50 },
  );
});

Deno.test("WAV: what cannot be sent is named", () => {
  const rows: [Uint8Array, string][] = [
    [wavFile({ code: 0x55 }, BYTES), "MP3"],
    [wavFile({ code: 0x11, bits: 4 }, BYTES), "IMA ADPCM"],
    [wavFile({ code: 0x1234 }, BYTES), "0x1234"],
    [wavFile({ bits: 40 }, BYTES), "PCM of 40 bits"],
    [wavFile({ channels: 9 }, BYTES), "9 channels"],
    [wavFile({ channels: 0 }, BYTES), "0 channels"],
    [wavFile({ sampleRate: 0 }, BYTES), "0 samples a second"],
    [list("RIFF", "WAVE", [chunk("data", BYTES)]), "before their format"],
    [list("RIFF", "WAVE", [chunk("fmt ", BYTES.subarray(0, 8)), chunk("data", BYTES)]), "cut"],
    [list("RIFF", "WAVE", []), "no samples"],
  ];
  for (const [file, reason] of rows) {
    assertThrows(() => openWav(memorySource(file)), MediaError, reason);
  }
});

Deno.test("WAV: a changed or cut file is opened or refused, nothing else", () => {
  const file = wavFile({ extensible: true }, BYTES, { before: [chunk("junk", BYTES)] });
  const open = (bytes: Uint8Array): void => {
    try {
      openWav(memorySource(bytes)).track.samples(0, 100);
    } catch (error) {
      assert(error instanceof MediaError || error instanceof DecodeError, String(error));
    }
  };
  for (let length = 0; length < file.length; length++) open(file.subarray(0, length));
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.uint8Array({ maxLength: 6 }), (at, bytes) => {
      open(concatBytes([file.subarray(0, at), bytes, file.subarray(at + bytes.length)]));
    }),
    { seed: 8, numRuns: 1000 },
  );
});
