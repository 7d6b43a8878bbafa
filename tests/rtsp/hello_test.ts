import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import {
  encodeGo,
  encodeHello,
  encodeHelloReply,
  type HelloForm,
  isGo,
  parseHello,
  parseHelloReply,
} from "../../src/rtsp/hello.ts";
import { encodePickle } from "../../src/rtsp/pickle.ts";

const FORMS: readonly HelloForm[] = ["text", "pickle"];

Deno.test("hellos as people may write them", () => {
  const texts = [
    "movie.Mjpeg 25000\n",
    "movie.Mjpeg 25000\r\n",
    "movie.Mjpeg,25000\n",
    "movie.Mjpeg, 25000\n",
    "movie.Mjpeg;25000\n",
    "movie.Mjpeg:25000\n",
    "movie.Mjpeg\t25000\n",
    "('movie.Mjpeg', 25000)\n",
    '("movie.Mjpeg", "25000")\n',
    "  movie.Mjpeg   25000  \n",
  ];
  for (const text of texts) {
    const expected = { form: "text" as const, name: "movie.Mjpeg", port: 25_000 };
    assertEquals(parseHello(encodeText(text), false), expected, text);
    const bare = encodeText(text.trimEnd());
    assertEquals(parseHello(bare, false), "incomplete", text);
    assertEquals(parseHello(bare, true), expected, text);
  }
});

Deno.test("what is no hello", () => {
  for (
    const text of [
      "SETUP movie.Mjpeg RTSP/1.0\n",
      "SETUP movie.Mjpeg\n",
      "OPTIONS * RTSP/1.0\r\n",
      "movie.Mjpeg\n",
      "movie.Mjpeg 99999\n",
      "movie.Mjpeg 123456\n",
      "GET / HTTP/1.1\r\n",
      "\n",
      "x".repeat(1024),
    ]
  ) assertEquals(parseHello(encodeText(text), true), "other", text);
  assertEquals(parseHello(encodePickle("movie.Mjpeg"), true), "other");
  assertEquals(parseHello(encodePickle(["movie.Mjpeg", 70_000]), true), "other");
  assertEquals(parseHello(new Uint8Array(0), false), "incomplete");
});

Deno.test("a hello of either form is read back, and no part of a pickle is a hello", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_./-]{1,40}$/);
  fc.assert(
    fc.property(name, fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(...FORMS), (
      name,
      port,
      form,
    ) => {
      const bytes = encodeHello({ form, name, port });
      assertEquals(parseHello(bytes, false), { form, name, port });
      for (let length = 0; length < bytes.length; length++) {
        assertEquals(parseHello(bytes.subarray(0, length), false), "incomplete");
      }
    }),
    { seed: 3 },
  );
});

Deno.test("answers and go-aheads, in either form", () => {
  for (const form of FORMS) {
    for (const id of [-1, 0, 7, 300, 123_456_789]) {
      assertEquals(parseHelloReply(encodeHelloReply(form, id)), id);
    }
    assertEquals(isGo(encodeGo(form)), true);
  }
  assertEquals(parseHelloReply(encodeText("(42,)")), 42);
  assertEquals(parseHelloReply(encodeText("I42\n.")), 42);
  assertEquals(parseHelloReply(encodeText("K\x07.")), 7);
  assertEquals(parseHelloReply(concatBytes([encodePickle(42).slice(0, 8)])), undefined);
  assertEquals(parseHelloReply(encodeText("no")), undefined);
  assertEquals(isGo(encodeText("stop")), false);
});
