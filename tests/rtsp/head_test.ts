import { assert, assertEquals } from "@std/assert";
import { decodeLatin1, encodeText } from "../../src/bytes/text.ts";
import { isStartLine, parseHead } from "../../src/rtsp/head.ts";

// Expressions that try again and again would take hours for these.
Deno.test("lines as wide as they like are read in one go", () => {
  const wide = (text: string): string => text.repeat(400_000);
  const spaces = wide(" ");
  assert(!isStartLine(`A a${spaces}x`));
  assert(isStartLine(`PLAY${spaces}a${spaces}RTSP/1.0${spaces}`));
  const lines = [
    `PLAY a RTSP/1.0`,
    `${wide("seq")}`,
    `CSeq${spaces}x`,
    `x${wide("\r")}x`,
    wide("\0") + "x",
    `Session${spaces}:${spaces}1`,
  ];
  const parsed = parseHead(encodeText(lines.join("\n")), 128);
  assertEquals(parsed.kind === "request" && parsed.headers.get("session"), "1");
  const unnamed = parseHead(encodeText(`SETUP movie.Mjpeg\n ${wide("seq")}\nseq${spaces}x`), 128);
  assertEquals(unnamed.kind, "malformed");
});

interface Case {
  readonly name: string;
  readonly text: string;
  readonly method: string;
  readonly url: string;
  readonly version?: string;
  readonly fields: [string, string][];
  readonly lineEnding?: string;
  readonly blankLine?: boolean;
  readonly finalNewline?: boolean;
  readonly oddLines?: string[];
}

const REQUESTS: Case[] = [
  {
    name: "as the RFC writes it",
    text: "SETUP rtsp://h/f/track1 RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP\r\n\r\n",
    method: "SETUP",
    url: "rtsp://h/f/track1",
    fields: [["CSeq", "1"], ["Transport", "RTP/AVP"]],
    lineEnding: "\r\n",
    blankLine: true,
  },
  {
    name: "three lines of a lab client",
    text: "PLAY movie.Mjpeg RTSP/1.0\nCSeq: 2\nSession: 5",
    method: "PLAY",
    url: "movie.Mjpeg",
    fields: [["CSeq", "2"], ["Session", "5"]],
    finalNewline: false,
  },
  {
    name: "lower case, no spaces",
    text: "setup rtsp://localhost rtsp/2.0\r\ncseq:0\r\nsensor:*\r\n",
    method: "SETUP",
    url: "rtsp://localhost",
    version: "2.0",
    fields: [["cseq", "0"], ["sensor", "*"]],
    lineEnding: "\r\n",
  },
  {
    name: "no URL",
    text: "CONNECT RTSP/1.0\nCSeq: 1\n",
    method: "CONNECT",
    url: "",
    fields: [["CSeq", "1"]],
  },
  {
    name: "a URL with spaces",
    text: "PLAY my movie.Mjpeg RTSP/1.0\nCSeq: 1\n",
    method: "PLAY",
    url: "my movie.Mjpeg",
    fields: [["CSeq", "1"]],
  },
  {
    name: "an equals sign for a colon",
    text: "PLAY f RTSP/1.0\nCSeq: 2\nSession= 7700\n",
    method: "PLAY",
    url: "f",
    fields: [["CSeq", "2"], ["Session", "7700"]],
    oddLines: ["Session= 7700"],
  },
  {
    name: "lines that are no fields",
    text: "PLAY f RTSP/1.0\nwhat is this\nCSeq: 2\n: none\n",
    method: "PLAY",
    url: "f",
    fields: [["CSeq", "2"]],
    oddLines: ["what is this", ": none"],
  },
  {
    name: "a folded field, and spaces about",
    text: "PLAY f RTSP/1.0\r\nTransport : RTP/AVP;\r\n  unicast\r\nCSeq:\t3  \r\n\r\n",
    method: "PLAY",
    url: "f",
    fields: [["Transport", "RTP/AVP; unicast"], ["CSeq", "3"]],
    lineEnding: "\r\n",
    blankLine: true,
  },
  {
    name: "values without names, SETUP",
    text: "SETUP movie.Mjpeg\n1\n RTSP/1.0 0 25000",
    method: "SETUP",
    url: "movie.Mjpeg",
    fields: [["CSeq", "1"], ["Transport", "RTP/UDP;client_port=25000"]],
    finalNewline: false,
    oddLines: ["1", " RTSP/1.0 0 25000"],
  },
  {
    name: "values without names, only the port",
    text: "SETUP movie.Mjpeg\n 1 \n RTSP/1.0 RTP/UDP 25000 ",
    method: "SETUP",
    url: "movie.Mjpeg",
    fields: [["CSeq", "1"], ["Transport", "RTP/UDP;client_port=25000"]],
    finalNewline: false,
    oddLines: [" 1 ", " RTSP/1.0 RTP/UDP 25000 "],
  },
  {
    name: "nothing but a method and a number",
    text: "PLAY \nSeq: 2",
    method: "PLAY",
    url: "",
    fields: [["CSeq", "2"]],
    finalNewline: false,
    oddLines: ["Seq: 2"],
  },
  {
    name: "nothing but any method and a number",
    text: "SPEEDUP \nCseq: 2",
    method: "SPEEDUP",
    url: "",
    fields: [["CSeq", "2"]],
    finalNewline: false,
    oddLines: ["Cseq: 2"],
  },
  {
    name: "no version",
    text: "SETUP f\nCSeq: 1\nTransport: RTP/UDP; client_port= 25000",
    method: "SETUP",
    url: "f",
    fields: [["CSeq", "1"], ["Transport", "RTP/UDP; client_port= 25000"]],
    finalNewline: false,
    oddLines: ["CSeq: 1", "Transport: RTP/UDP; client_port= 25000"],
  },
  {
    name: "no space before the version",
    text: "PLAY rtsp://host/fRTSP/1.0\nCSeq: 2\n",
    method: "PLAY",
    url: "rtsp://host/f",
    fields: [["CSeq", "2"]],
  },
  {
    name: "a NUL at the end",
    text: "PLAY f RTSP/1.0\nCSeq: 2\nSession: 5\0",
    method: "PLAY",
    url: "f",
    fields: [["CSeq", "2"], ["Session", "5"]],
    finalNewline: false,
  },
  {
    name: "CR alone",
    text: "PLAY f RTSP/1.0\rCSeq: 2\rSession: 5\r",
    method: "PLAY",
    url: "f",
    fields: [["CSeq", "2"], ["Session", "5"]],
  },
  {
    name: "no colons",
    text: "PLAY f RTSP/1.0\nCSeq 2\nSession 5\nUser me",
    method: "PLAY",
    url: "f",
    fields: [["CSeq", "2"], ["Session", "5"]],
    finalNewline: false,
    oddLines: ["CSeq 2", "Session 5", "User me"],
  },
  {
    name: "an indented message",
    text: "PLAY f RTSP/1.0\n  CSeq: 2\n  Session: 5\n",
    method: "PLAY",
    url: "f",
    fields: [["CSeq", "2"], ["Session", "5"]],
    oddLines: ["  CSeq: 2", "  Session: 5"],
  },
  {
    name: "CSeq by another name",
    text: "PLAY f RTSP/1.0\nSeqNumber: 2\nSession: 5\n",
    method: "PLAY",
    url: "f",
    fields: [["SeqNumber", "2"], ["Session", "5"], ["CSeq", "2"]],
    oddLines: ["SeqNumber: 2"],
  },
  {
    name: "something like CSeq in a standard request",
    text: "PLAY f RTSP/1.0\r\nX-Seq: 2\r\n\r\n",
    method: "PLAY",
    url: "f",
    fields: [["X-Seq", "2"]],
    lineEnding: "\r\n",
    blankLine: true,
  },
  {
    name: "RSTP",
    text: "PLAY f RSTP/1.0\nCSeq: 2\n",
    method: "PLAY",
    url: "f",
    fields: [["CSeq", "2"]],
  },
  {
    name: "values without names, PAUSE",
    text: "PAUSE movie.Mjpeg\n3\n RTSP/1.0 892376 25000\n",
    method: "PAUSE",
    url: "movie.Mjpeg",
    fields: [["CSeq", "3"], ["Session", "892376"]],
    oddLines: ["3", " RTSP/1.0 892376 25000"],
  },
];

Deno.test("requests, and how they were written", () => {
  for (const expected of REQUESTS) {
    const request = parseHead(encodeText(expected.text), 16);
    assert(request.kind === "request", expected.name);
    const { method, url, version, headers, wire } = request;
    assertEquals([method, url, version, [...headers]], [
      expected.method,
      expected.url,
      expected.version ?? "1.0",
      expected.fields,
    ], expected.name);
    assertEquals(
      [wire.lineEnding, wire.blankLine, wire.finalNewline, wire.oddLines],
      [
        expected.lineEnding ?? "\n",
        expected.blankLine ?? false,
        expected.finalNewline ?? true,
        expected.oddLines ?? [],
      ],
      expected.name,
    );
    assertEquals(decodeLatin1(wire.head), expected.text);
  }
});

Deno.test("responses, and a description without a blank line before it", () => {
  const response = parseHead(
    encodeText("RTSP/1.0 200 OK\nCSeq: 4\nContent-Length: 87\nv=0\nm=video 0 RTP/AVP 26\n"),
    16,
  );
  assert(response.kind === "response");
  assertEquals([response.status, response.reason], [200, "OK"]);
  assertEquals(decodeLatin1(response.body), "v=0\nm=video 0 RTP/AVP 26\n");
  const bare = parseHead(encodeText("RTSP/1.0 404"), 16);
  assert(bare.kind === "response");
  assertEquals([bare.status, bare.reason], [404, ""]);
});

Deno.test("heads that are none, or too long", () => {
  for (
    const text of [
      "GET / HTTP/1.1\n\n",
      "hello\n",
      "SETUP f\n1\n",
      "PLAY \nnow",
      "RTSP/1.0 20 OK\n",
      "\x01\x02\n",
    ]
  ) {
    const parsed = parseHead(encodeText(text), 16);
    assert(parsed.kind === "malformed" && !parsed.fatal, text);
  }
  const many = parseHead(encodeText(`PLAY f RTSP/1.0\n${"a: b\n".repeat(17)}`), 16);
  assert(many.kind === "malformed" && many.fatal);
});

Deno.test("start lines", () => {
  for (
    const line of ["PLAY f RTSP/1.0", "play f rtsp/2.0", "RTSP/1.0 200 OK", "CONNECT RTSP/1.0"]
  ) {
    assertEquals(isStartLine(line), true, line);
  }
  for (const line of ["CSeq: 1", "PLAY f", "GET / HTTP/1.1", "", "v=0"]) {
    assertEquals(isStartLine(line), false, line);
  }
});
