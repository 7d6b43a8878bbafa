import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes, decodeLatin1, encodeText } from "../../src/bytes/text.ts";
import { encodeInterleaved, type RtspMessage } from "../../src/rtsp/message.ts";
import { RtspParser, type RtspParserOptions } from "../../src/rtsp/parser.ts";

/** Messages as plain values; junk that came in several pieces is one. */
function summarize(messages: readonly RtspMessage[]): unknown[] {
  const summary: { kind: string; junk?: string; fatal?: boolean }[] = [];
  for (const message of messages) {
    const last = summary.at(-1);
    if (message.kind === "malformed") {
      const junk = decodeLatin1(message.bytes);
      if (last?.kind === "malformed" && !last.fatal && !message.fatal) last.junk += junk;
      else summary.push({ kind: "malformed", junk, fatal: message.fatal });
    } else if (message.kind === "interleaved") {
      const { kind, channel, payload } = message;
      summary.push({ kind, ...{ channel, payload: decodeLatin1(payload) } });
    } else {
      const { headers, body, wire, ...rest } = message;
      const lines = [...headers];
      summary.push({
        ...rest,
        ...{ lines, body: decodeLatin1(body), head: decodeLatin1(wire.head) },
      });
    }
  }
  return summary;
}

/** Pushes chunks and keeps each push's messages before the next. */
function parse(chunks: readonly Uint8Array[], options?: RtspParserOptions): unknown[] {
  const parser = new RtspParser(options);
  const all: RtspMessage[] = [];
  for (const chunk of chunks) {
    for (const message of parser.push(chunk)) {
      all.push(
        message.kind === "interleaved" ? { ...message, payload: message.payload.slice() } : message,
      );
    }
  }
  return summarize(all);
}

const token = fc.stringMatching(/^[A-Za-z0-9-]{1,12}$/);
const eol = fc.constantFrom("\r\n", "\n");
const startLine = fc.oneof(
  fc.tuple(token, token).map(([method, url]) => `${method} rtsp://h/${url} RTSP/1.0`),
  fc.constantFrom(
    "SETUP movie.Mjpeg rtsp/2.0",
    "CONNECT RTSP/1.0",
    "RTSP/1.0 200 OK",
    "RTSP/2.0 404",
  ),
);
const field = fc.tuple(token, fc.string({ maxLength: 20 })).map(([name, value]) =>
  `${name}: ${value.replace(/[\r\n]/g, "")}`
);
const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max });

const head = fc.tuple(startLine, fc.array(field, { maxLength: 4 }), eol).map((
  [start, fields, eol],
) => [start, ...fields].join(eol) + eol);
const withBody = fc.tuple(head, bytes(40)).map(([head, body]) =>
  concatBytes([encodeText(`${head}Content-Length: ${body.length}\r\n\r\n`), body])
);
const frame = fc.tuple(fc.integer({ min: 0, max: 255 }), bytes(60)).map(([channel, payload]) =>
  encodeInterleaved(channel, payload)
);
const labHead = fc.constantFrom(
  "SETUP movie.Mjpeg RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 25000\n",
  "PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2\nSession: 123456\n",
  "PLAY movie.Mjpeg\n2\n RTSP/1.0 123456 25000\n\n",
  "RTSP/1.0 200 OK\nCSeq: 2\nv=0\nm=video 0 RTP/AVP 26\n\n",
).map((text) => encodeText(text));
const junk = fc.oneof(
  bytes(20),
  fc.constantFrom(
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "\r\n\r\n",
    "what is this\n",
    "\0R",
    "\0RTSP",
    "\xff$",
  )
    .map((text) => encodeText(text)),
);
const conversation = fc.array(
  fc.oneof(head.map((text) => encodeText(`${text}\r\n`)), withBody, frame, labHead, junk),
  { maxLength: 8 },
).map(concatBytes);

/** Cuts bytes at the given places, taken modulo their length. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], end));
}

const OPTIONS: readonly RtspParserOptions[] = [
  {},
  { maxHeadBytes: 60 },
  { maxHeaders: 2, maxBodyBytes: 20 },
  { isChannel: (channel) => channel < 4 },
];

Deno.test("what comes out does not depend on how the bytes were cut", () => {
  fc.assert(
    fc.property(
      conversation,
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.constantFrom(...OPTIONS),
      (bytes, places, options) => {
        const whole = parse([bytes], options);
        assertEquals(parse(cut(bytes, places), options), whole);
      },
    ),
    { seed: 4, numRuns: 3000 },
  );
});

Deno.test("nor when they come one by one", () => {
  fc.assert(
    fc.property(conversation, fc.constantFrom(...OPTIONS), (bytes, options) => {
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
      assertEquals(parse(single, options), parse([bytes], options));
    }),
    { seed: 5, numRuns: 300 },
  );
});

Deno.test("arbitrary bytes never throw", () => {
  fc.assert(
    fc.property(fc.array(bytes(200), { maxLength: 10 }), (chunks) => {
      const parser = new RtspParser();
      for (const chunk of chunks) {
        parser.push(chunk);
        parser.pending();
      }
      parser.takePending();
    }),
    { seed: 6, numRuns: 2000 },
  );
});

Deno.test("requests, a body, a frame and a response in one piece", () => {
  const text = "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n" +
    "SET_PARAMETER x RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 4\r\n\r\na: b" +
    "$\x01\x00\x02hi" +
    "RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n";
  const messages = new RtspParser().push(encodeText(text));
  assertEquals(messages.map(({ kind }) => kind), ["request", "request", "interleaved", "response"]);
  const [, second, third] = messages;
  assert(second?.kind === "request" && third?.kind === "interleaved");
  assertEquals([second.method, decodeLatin1(second.body)], ["SET_PARAMETER", "a: b"]);
  assertEquals([third.channel, decodeLatin1(third.payload)], [1, "hi"]);
});

Deno.test("a head without blank line waits, can be taken, and ends at the next start line", () => {
  const parser = new RtspParser();
  const play = "PLAY f RTSP/1.0\nCSeq: 2\nSession: 5";
  assertEquals(parser.push(encodeText(play)), []);
  assertEquals(parser.pendingBytes, play.length);
  assertEquals(decodeLatin1(parser.peek(4)), "PLAY");
  const pending = parser.pending();
  assert(pending?.kind === "request");
  assertEquals([pending.method, pending.wire.blankLine, pending.wire.finalNewline], [
    "PLAY",
    false,
    false,
  ]);
  assertEquals(parser.takePending()?.kind, "request");
  assertEquals([parser.pendingBytes, parser.takePending()], [0, undefined]);
  const [first] = parser.push(encodeText(`${play}\nPAUSE f RTSP/1.0\nCSeq: 3\n`));
  assert(first?.kind === "request");
  assertEquals([first.headers.get("session"), first.wire.finalNewline], ["5", true]);
});

Deno.test("a body that does not come is known to be waited for", () => {
  const parser = new RtspParser();
  parser.push(encodeText("PLAY f RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 5\r\n\r\nab"));
  assertEquals([parser.awaitsBody, parser.pendingBytes], [true, 2]);
  const taken = parser.takePending();
  assertEquals(decodeLatin1(taken!.body), "ab");
  assertEquals(parser.awaitsBody, false);
});

Deno.test("limits: head, headers, body; nothing follows", () => {
  const cases: [RtspParserOptions, string][] = [
    [{ maxHeadBytes: 40 }, `OPTIONS * RTSP/1.0\r\nX: ${"y".repeat(40)}\r\n\r\n`],
    [{ maxHeadBytes: 40 }, "a".repeat(41)],
    [{ maxHeaders: 2 }, "OPTIONS * RTSP/1.0\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n"],
    [{ maxBodyBytes: 4 }, "OPTIONS * RTSP/1.0\r\nContent-Length: 5\r\n\r\n"],
    [{}, "OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n"],
    [{}, "OPTIONS * RTSP/1.0\r\nContent-Length: 1e3\r\n\r\n"],
  ];
  for (const [options, text] of cases) {
    const parser = new RtspParser(options);
    const messages = parser.push(encodeText(text));
    const last = messages.at(-1);
    assert(last?.kind === "malformed" && last.fatal, text);
    assertEquals(parser.push(encodeText("OPTIONS * RTSP/1.0\r\n\r\n")), []);
  }
});

Deno.test("a client finds its way back after junk between frames", () => {
  const parser = new RtspParser({ isChannel: (channel) => channel < 2 });
  const stream = concatBytes([
    encodeInterleaved(0, encodeText("one")),
    encodeText("\x01$\x09\x02\x00xx"),
    encodeInterleaved(1, encodeText("two")),
    encodeText("\x00\x00RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"),
  ]);
  const kinds = summarize(parser.push(stream)).map((message) => (message as { kind: string }).kind);
  assertEquals(kinds, ["interleaved", "malformed", "interleaved", "malformed", "response"]);
});

Deno.test("nothing is kept of what comes behind a fatal message", () => {
  const parser = new RtspParser({ maxHeadBytes: 64 });
  const [message] = parser.push(encodeText(`OPTIONS * RTSP/1.0\r\nA: ${"a".repeat(80)}`));
  assertEquals(message?.kind === "malformed" && message.fatal, true);
  for (let i = 0; i < 10; i++) {
    assertEquals(parser.push(encodeText("OPTIONS * RTSP/1.0\r\nCSeq: 1")), []);
  }
  assertEquals(parser.pendingBytes, 0);
  assertEquals(parser.pending(), undefined);
});

Deno.test("a body that waits is not copied each time it is looked at", () => {
  const parser = new RtspParser();
  parser.push(encodeText("OPTIONS * RTSP/1.0\r\nContent-Length: 9\r\n\r\nabc"));
  const [first, second] = [parser.pending(), parser.pending()];
  assertEquals(first?.body.buffer === second?.body.buffer, true);
  const taken = parser.takePending();
  parser.push(encodeText("xyz"));
  assertEquals(decodeLatin1(taken!.body), "abc");
});
