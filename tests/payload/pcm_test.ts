import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  framesPerPacket,
  PcmDepacketizer,
  type PcmFormat,
  swap16,
  toWavSamples,
  wavBitsPerSample,
} from "../../src/payload/pcm.ts";
import { packetsOf, payloadPacket } from "./jpegs.ts";

const ENCODINGS = ["L8", "L16", "L24", "PCMU", "PCMA"] as const;

const formats: fc.Arbitrary<PcmFormat> = fc.record({
  encoding: fc.constantFrom(...ENCODINGS),
  sampleRate: fc.constantFrom(8000, 11025, 44100, 48000, 192000),
  channels: fc.integer({ min: 1, max: 8 }),
});

Deno.test("packets hold whole sample frames, no more than 20 ms and no more than fits", () => {
  const rows: [PcmFormat, number, number][] = [
    [{ encoding: "L16", sampleRate: 44100, channels: 2 }, 1400, 350],
    [{ encoding: "L16", sampleRate: 44100, channels: 2 }, 65000, 882],
    [{ encoding: "PCMU", sampleRate: 8000, channels: 1 }, 1400, 160],
    [{ encoding: "L24", sampleRate: 48000, channels: 8 }, 1400, 58],
    [{ encoding: "L8", sampleRate: 11025, channels: 1 }, 1400, 220],
    [{ encoding: "L8", sampleRate: 30, channels: 1 }, 1400, 1],
  ];
  for (const [format, maxBytes, frames] of rows) {
    assertEquals(framesPerPacket(format, maxBytes), frames);
  }
  assertThrows(
    () => framesPerPacket({ encoding: "L24", sampleRate: 48000, channels: 8 }, 23),
    RangeError,
  );
});

Deno.test("samples come out as they went in", () => {
  fc.assert(
    fc.property(formats, fc.nat(3000), fc.integer({ min: 24, max: 4000 }), (format, count, max) => {
      const bytes = { L8: 1, L16: 2, L24: 3, PCMU: 1, PCMA: 1 }[format.encoding] * format.channels;
      const samples = Uint8Array.from({ length: count * bytes }, (_, i) => i * 7);
      const step = framesPerPacket(format, max) * bytes;
      assert(step <= max);
      const payloads = Array.from({ length: Math.ceil(samples.length / step) }, (_, i) => ({
        payload: samples.subarray(i * step, (i + 1) * step),
        marker: false,
      }));
      const depacketizer = new PcmDepacketizer(format);
      const frames = packetsOf(payloads, {}).flatMap((packet) => depacketizer.push(packet));
      assertEquals(frames.flatMap(({ data }) => [...data]), [...samples]);
      assertEquals(depacketizer.damagedFrames, 0);
    }),
    { seed: 3551, numRuns: 60 },
  );
});

Deno.test("a cut sample is left out and counted", () => {
  const depacketizer = new PcmDepacketizer({ encoding: "L16", sampleRate: 44100, channels: 2 });
  const [frame] = depacketizer.push(payloadPacket({ payload: new Uint8Array(7) }));
  assertEquals(frame!.data.length, 4);
  assertEquals(depacketizer.push(payloadPacket({ payload: new Uint8Array(3) })), []);
  assertEquals(depacketizer.damagedFrames, 2);
  assertEquals(depacketizer.lastDamage, "3 bytes, not a multiple of 4");
});

Deno.test("samples for a WAV file: little-endian, G.711 expanded", () => {
  assertEquals([...toWavSamples("L16", Uint8Array.of(1, 2, 3, 4, 5))], [2, 1, 4, 3]);
  assertEquals([...toWavSamples("L24", Uint8Array.of(1, 2, 3, 4))], [3, 2, 1]);
  assertEquals([...toWavSamples("L8", Uint8Array.of(1, 2))], [1, 2]);
  const sample = (encoding: "PCMU" | "PCMA", code: number): number =>
    new Int16Array(toWavSamples(encoding, Uint8Array.of(code)).slice().buffer)[0]!;
  // ITU-T G.711 tables 1 and 2, scaled to 16 bits.
  const rows: ["PCMU" | "PCMA", number, number][] = [
    ["PCMU", 0x00, -32124],
    ["PCMU", 0x80, 32124],
    ["PCMU", 0xff, 0],
    ["PCMU", 0x7f, 0],
    ["PCMU", 0xfe, 8],
    ["PCMA", 0xd5, 8],
    ["PCMA", 0x55, -8],
    ["PCMA", 0xaa, 32256],
    ["PCMA", 0x2a, -32256],
  ];
  for (const [encoding, code, value] of rows) assertEquals(sample(encoding, code), value);
  assertEquals(ENCODINGS.map(wavBitsPerSample), [8, 16, 24, 16, 16]);
  assertEquals([...swap16(swap16(Uint8Array.of(9, 8)))], [9, 8]);
});
