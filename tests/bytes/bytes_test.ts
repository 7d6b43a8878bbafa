import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ByteReader } from "../../src/bytes/byte_reader.ts";
import { DecodeError } from "../../src/bytes/decode_error.ts";
import { add32, difference16, difference32 } from "../../src/bytes/serial.ts";
import {
  concatBytes,
  decodeLatin1,
  encodeText,
  hex,
  readable,
  utf8FromLatin1,
  visible,
} from "../../src/bytes/text.ts";

const BYTES = Uint8Array.of(0x01, 0x82, 0x03, 0x84, 0x05, 0x86, 0x07, 0x88, 0x09);

Deno.test("numbers are read big-endian, or little where the name says so", () => {
  const values: [read: (reader: ByteReader) => unknown, value: unknown, length: number][] = [
    [(reader) => reader.u8(), 0x01, 1],
    [(reader) => reader.u16(), 0x0182, 2],
    [(reader) => reader.u24(), 0x018203, 3],
    [(reader) => reader.u32(), 0x01820384, 4],
    [(reader) => reader.u16le(), 0x8201, 2],
    [(reader) => reader.u32le(), 0x84038201, 4],
    [(reader) => reader.u64(), 0x0182038405860788n, 8],
    [(reader) => hex(reader.bytes(3)), "018203", 3],
  ];
  for (const [read, value, length] of values) {
    const reader = new ByteReader("test", BYTES);
    assertEquals([read(reader), reader.offset, reader.remaining], [value, length, 9 - length]);
    const short = new ByteReader("test", BYTES.subarray(0, length - 1));
    const error = assertThrows(() => read(short), DecodeError);
    assertEquals([error.protocol, error.offset], ["test", 0]);
  }
});

Deno.test("a reader of a view stays within it", () => {
  const reader = new ByteReader("test", BYTES.subarray(2, 5));
  reader.skip(1);
  assertEquals([reader.u16(), reader.remaining], [0x8405, 0]);
  assertThrows(
    () => reader.u8(),
    DecodeError,
    "Cannot decode test at byte 3: 1 bytes expected, 0 left",
  );
  assertThrows(() => new ByteReader("test", BYTES).skip(-1), DecodeError);
  const rest = new ByteReader("test", BYTES);
  rest.skip(7);
  assertEquals(hex(rest.rest()), "8809");
});

Deno.test("serial numbers wrap", () => {
  assertEquals([difference16(0, 65_535), difference16(65_535, 0)], [1, -1]);
  assertEquals([difference16(32_767, 0), difference16(32_768, 0)], [32_767, -32_768]);
  assertEquals([difference32(5, 0xffff_fffe), difference32(0x8000_0000, 0)], [7, -(2 ** 31)]);
  assertEquals([add32(0xffff_ffff, 1), add32(0, -1)], [0, 0xffff_ffff]);
  const near = fc.integer({ min: -32_768, max: 32_767 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), near, (from, by) => {
      assertEquals(difference16((from + by) & 0xffff, from), by);
    }),
    { seed: 10 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer(), (from, by) => {
      assertEquals(difference32(add32(from, by), from), by);
    }),
    { seed: 11 },
  );
});

Deno.test("bytes as text", () => {
  assertEquals(hex(Uint8Array.of(0, 15, 255)), "000fff");
  assertEquals(Array.from(decodeLatin1(Uint8Array.of(65, 10, 13)), (c) => c.charCodeAt(0)), [
    65,
    10,
    13,
  ]);
  assertEquals(visible("a\r\n\t\x00\x7f é"), "a\\r\\n\\t\\x00\\x7f \\xe9");
  assertEquals(visible(encodeText("abcdef"), 3), "abc…");
  assertEquals(visible("abc", 3), "abc");
  assertEquals(
    concatBytes([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)]).join(),
    "1,2,3",
  );
});

Deno.test("bytes for people are UTF-8, or one character each", () => {
  assertEquals(readable(encodeText("Việt\r\n")), "Việt\r\n");
  assertEquals(readable(Uint8Array.of(0x41, 0xe1)), "A\u00e1");
});

Deno.test("UTF-8 that was read byte by byte is text again", () => {
  const read = (bytes: Uint8Array): string => utf8FromLatin1(decodeLatin1(bytes));
  assertEquals(read(encodeText("Phim Việt.Mjpeg")), "Phim Việt.Mjpeg");
  assertEquals(read(Uint8Array.of(0x63, 0xe9)).length, 2);
  assertEquals([utf8FromLatin1("plain"), utf8FromLatin1("Việt")], ["plain", "Việt"]);
});

Deno.test("every byte has its own character", () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  assertEquals(Array.from(decodeLatin1(all), (character) => character.charCodeAt(0)), [...all]);
  const long = new Uint8Array(20_000).fill(0x9f);
  assertEquals(decodeLatin1(long), "\x9f".repeat(20_000));
});
