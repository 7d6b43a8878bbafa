import { assert, assertEquals, assertLess } from "@std/assert";
import { encodeText } from "../../src/bytes/text.ts";
import { RtspParser } from "../../src/rtsp/parser.ts";
import { type ClientHabits, pauseThatEnds } from "../../src/rtsp/unterminated.ts";

/** The pause that ends what `text` leaves waiting. */
function pauseOf(text: string, habits: Partial<ClientHabits> = {}): number | undefined {
  const parser = new RtspParser();
  assertEquals(parser.push(encodeText(text)), []);
  const pending = parser.pending();
  if (pending?.kind !== "request") return undefined;
  return pauseThatEnds(pending, { sendsBlankLines: false, pieces: 1, ...habits });
}

Deno.test("heads in one piece: the reply can be there within 50 ms", () => {
  for (
    const text of [
      "SETUP f RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port= 25000",
      "SETUP f RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/UDP; client_port= 25000\r\n",
      "SETUP f RTSP/1.0\nCSeq: 1\nSession: 5\n",
      "PLAY f RTSP/1.0\nCSeq: 2\nSession: 123456",
      "PLAY f RTSP/1.0\nCSeq: 2\n",
      "PLAY f RTSP/1.0\nCSeq: 2\nSession= 7700\n",
      "DESCRIBE f RTSP/1.0\nCSeq: 2\nSession: 5\nAccept: application/sdp",
      "SETUP f\n1\n RTSP/1.0 0 25000",
      "SETUP f\n1\n RTSP/1.0 RTP/UDP 25000",
      "PLAY \n2",
      "SETUP f RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port=25000;",
      "PLAY f RTSP/1.0\rCSeq: 1\rSession: 5\r",
      "SETUP f RTSP/1.0\nCSeq 1\nTransport RTP/UDP client_port 25000",
      'SETUP rtsp://h RTSP/2.0\nCSeq: 1\nTransport: UDP;unicast;dest_addr=":25001"\n',
      'SETUP rtsp://h RTSP/2.0\nCSeq: 1\nTransport: UDP;unicast;dest_addr":25001"',
    ]
  ) {
    const pause = pauseOf(text);
    assert(pause !== undefined, text);
    assertLess(pause, 50, text);
  }
});

Deno.test("heads that cannot be whole wait for more: in one piece not for ever", () => {
  for (
    const text of [
      "SETUP f RTSP/1.0\nCSeq: 1",
      "SETUP f RTSP/1.0\nCSeq: 1\nTransport: RTP/UDP; client_port=",
      "SETUP f RTSP/1.0\nTransport: RTP/UDP; client_port= 25000",
      "PLAY f RTSP/1.0\nSession: 5\n",
      "PLAY f RTSP/1.0\nCSeq: x\n",
    ]
  ) {
    assertEquals(pauseOf(text, { pieces: 2 }), undefined, text);
    const pause = pauseOf(text);
    assert(pause !== undefined && pause >= 500, text);
  }
  for (const text of ["SETUP f RTSP/1.0\n", "SETUP f\n1\n", "nonsense"]) {
    assertEquals(pauseOf(text), undefined, text);
  }
});

Deno.test("those who write piece by piece, or end their heads, are given more time", () => {
  const text = "PLAY f RTSP/1.0\nCSeq: 2\n";
  const once = pauseOf(text)!;
  const pieces = pauseOf(text, { pieces: 2 })!;
  const typed = pauseOf(text.replace("1.0", "2.0"), { pieces: 2 })!;
  const proper = pauseOf(text, { sendsBlankLines: true })!;
  assertEquals([once, pieces, typed, proper].toSorted((a, b) => a - b), [
    once,
    pieces,
    typed,
    proper,
  ]);
  assertLess(pieces, 101);
  const body = pauseOf("PLAY f RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 9\r\n\r\nabc");
  assertEquals(body, proper);
});
