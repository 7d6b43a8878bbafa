/** Files for tests, built byte by byte. */

import { concatBytes, encodeText } from "../../src/bytes/text.ts";

/** A RIFF chunk; an odd one is padded. `length` replaces the right one. */
export function chunk(id: string, data: Uint8Array, length = data.length): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, length, true);
  return concatBytes([encodeText(id), size, data, new Uint8Array(data.length % 2)]);
}

/** A RIFF or LIST chunk. */
export function list(id: string, type: string, chunks: Uint8Array[], length?: number): Uint8Array {
  return chunk(id, concatBytes([encodeText(type), ...chunks]), length);
}

/** Little-endian numbers: 2 bytes each, or 4 where given as a list of one. */
export function numbers(...values: (number | readonly [number])[]): Uint8Array {
  return concatBytes(values.map((value) => {
    const wide = typeof value !== "number";
    const bytes = new Uint8Array(wide ? 4 : 2);
    const view = new DataView(bytes.buffer);
    if (wide) view.setUint32(0, value[0], true);
    else view.setUint16(0, value, true);
    return bytes;
  }));
}

/** What a `fmt ` chunk says. */
export interface TestFormat {
  code?: number;
  channels?: number;
  sampleRate?: number;
  bits?: number;
  extensible?: boolean;
}

/** The bytes of a `fmt ` chunk. */
export function waveFormat(format: TestFormat): Uint8Array {
  const { code = 1, channels = 2, sampleRate = 44100, bits = 16 } = format;
  const frameBytes = channels * Math.ceil(bits / 8);
  const base = numbers(
    format.extensible === true ? 0xfffe : code,
    channels,
    [sampleRate],
    [sampleRate * frameBytes],
    frameBytes,
    bits,
  );
  if (format.extensible !== true) return base;
  const guid = Uint8Array.of(0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71);
  return concatBytes([base, numbers(22, bits, [3], code), guid]);
}

/** A WAV file. */
export function wavFile(
  format: TestFormat,
  samples: Uint8Array,
  options: { before?: Uint8Array[]; behind?: Uint8Array[]; dataLength?: number } = {},
): Uint8Array {
  return list("RIFF", "WAVE", [
    ...(options.before ?? []),
    chunk("fmt ", waveFormat(format)),
    chunk("data", samples, options.dataLength),
    ...(options.behind ?? []),
  ]);
}

/** The header list of an AVI file with Motion JPEG at 25 frames a second, and sound. */
export function aviHeader(sound?: TestFormat, codec = "MJPG"): Uint8Array {
  const strh = (type: string, handler: string, scale: number, rate: number): Uint8Array =>
    concatBytes([
      encodeText(type),
      encodeText(handler),
      numbers([0], 0, 0, [0], [scale], [rate], [0], [0], [0], [0], [0]),
    ]);
  const bitmap = concatBytes([
    numbers([40], [64], [48], 1, 24),
    encodeText(codec),
    numbers([0], [0], [0], [0], [0]),
  ]);
  const video = list("LIST", "strl", [
    chunk("strh", strh("vids", codec, 1, 25)),
    chunk("strf", bitmap),
  ]);
  const audio = sound === undefined ? [] : [list("LIST", "strl", [
    chunk("strh", strh("auds", "\0\0\0\0", 1, 44100)),
    chunk("strf", waveFormat(sound)),
  ])];
  return list("LIST", "hdrl", [chunk("avih", new Uint8Array(56)), video, ...audio]);
}

/** A film in the lab's format. */
export function labMovie(frames: readonly Uint8Array[]): Uint8Array {
  return concatBytes(frames.flatMap((frame) => [
    encodeText(String(frame.length).padStart(5, "0")),
    frame,
  ]));
}

/** Runs `test` with a folder that holds files, and removes it. */
export function withFolder(
  files: Readonly<Record<string, Uint8Array>>,
  test: (folder: string) => void,
): void {
  const folder = Deno.makeTempDirSync({ prefix: "reel-test-" });
  try {
    for (const [name, bytes] of Object.entries(files)) {
      const slash = name.lastIndexOf("/");
      if (slash !== -1) Deno.mkdirSync(`${folder}/${name.slice(0, slash)}`, { recursive: true });
      Deno.writeFileSync(`${folder}/${name}`, bytes);
    }
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}
