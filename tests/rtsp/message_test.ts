import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeLatin1, encodeText } from "../../src/bytes/text.ts";
import { RtspHeaders } from "../../src/rtsp/headers.ts";
import { encodeInterleaved, encodeRequest, encodeResponse } from "../../src/rtsp/message.ts";
import { RtspParser } from "../../src/rtsp/parser.ts";
import { reasonPhrase } from "../../src/rtsp/status.ts";

Deno.test("a request is written, and read back", () => {
  const body = encodeText("position\r\n");
  const bytes = encodeRequest({
    method: "GET_PARAMETER",
    url: "rtsp://h/f",
    headers: [["CSeq", "3"], ["Session", "5"]],
    body,
  });
  assertEquals(
    decodeLatin1(bytes),
    "GET_PARAMETER rtsp://h/f RTSP/1.0\r\nCSeq: 3\r\nSession: 5\r\nContent-Length: 10\r\n\r\nposition\r\n",
  );
  const [request] = new RtspParser().push(bytes);
  assert(request?.kind === "request");
  assertEquals([request.method, request.headers.get("CSEQ"), request.body], [
    "GET_PARAMETER",
    "3",
    body,
  ]);
});

Deno.test("a response is written, with the words of its status", () => {
  const write = (status: number, reason?: string): string =>
    decodeLatin1(encodeResponse({
      status,
      version: "2.0",
      headers: [],
      ...(reason === undefined ? undefined : { reason }),
    }));
  assertEquals(write(455), "RTSP/2.0 455 Method Not Valid in This State\r\n\r\n");
  assertEquals(write(200, "Fine"), "RTSP/2.0 200 Fine\r\n\r\n");
  assertEquals([reasonPhrase(299), reasonPhrase(499), reasonPhrase(999)], [
    "OK",
    "Bad Request",
    "Unknown",
  ]);
});

Deno.test("interleaved frames up to 65,535 bytes", () => {
  assertEquals(Array.from(encodeInterleaved(3, Uint8Array.of(9, 8))), [0x24, 3, 0, 2, 9, 8]);
  assertEquals(encodeInterleaved(0, new Uint8Array(65_535)).length, 65_539);
  assertThrows(() => encodeInterleaved(0, new Uint8Array(65_536)), RangeError);
});

Deno.test("header fields keep their order and their case, and are found without it", () => {
  const headers = new RtspHeaders([["CSeq", "1"], ["X", "a"], ["cseq", "2"]]);
  headers.append("Date", "now");
  assertEquals([headers.size, headers.get("CSEQ"), headers.getAll("cseq")], [4, "1", ["1", "2"]]);
  assertEquals([headers.has("date"), headers.has("none"), headers.get("none")], [
    true,
    false,
    undefined,
  ]);
  assertEquals([...headers].map(([name]) => name), ["CSeq", "X", "cseq", "Date"]);
});
