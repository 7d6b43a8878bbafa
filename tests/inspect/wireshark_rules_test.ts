import { assertEquals } from "@std/assert";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { encodeUdp, pathBetween } from "../../src/capture/packet_builder.ts";
import { LINK_TYPE } from "../../src/capture/pcap_writer.ts";
import { memorySource } from "../../src/capture/capture_reader.ts";
import { readCapture } from "../../src/inspect/capture_input.ts";
import { PacketFilter } from "../../src/inspect/packet_filter.ts";
import { HeaderRows, WiresharkStreams } from "../../src/inspect/run_wireshark.ts";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { CLIENT, rtpBytes, SERVER, TestCapture } from "./test_capture.ts";

const FROM = { host: "192.0.2.1", port: 17_004 };
const TO = { host: "198.51.100.7", port: 27_004 };

/** Frame numbers and SSRCs of what Wireshark takes for RTP. */
async function rows(capture: TestCapture, heuristics = true): Promise<string[]> {
  const found: string[] = [];
  const visitor = new HeaderRows(
    (row) => {
      const cells = row.split("\t");
      found.push(`${cells[0]} ${Number(cells[15])}`);
    },
    new PacketFilter(),
    { heuristics },
  );
  await readCapture(memorySource(capture.bytes), visitor);
  return found;
}

function setUp(capture: TestCapture, transport: string): void {
  const head = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nSession: 1\r\n";
  capture.tcp(SERVER, CLIENT, `${head}Transport: ${transport}\r\n\r\n`, 0);
}

Deno.test("a Transport header tells of channels though nobody was seen to ask", async () => {
  const capture = new TestCapture();
  setUp(capture, "RTP/AVP/TCP;unicast;interleaved=0-1");
  capture.tcp(SERVER, CLIENT, encodeInterleaved(0, rtpBytes({ ssrc: 1 })), 10);
  capture.tcp(SERVER, CLIENT, encodeInterleaved(1, rtpBytes({ ssrc: 2 })), 20);
  capture.tcp(SERVER, CLIENT, encodeInterleaved(4, rtpBytes({ ssrc: 3 })), 30);
  assertEquals(await rows(capture, false), ["2 1"]);
  assertEquals(await rows(capture), ["2 1", "4 3"]);
});

Deno.test("what comes from the port that a server named is RTP, what goes to it is guessed", async () => {
  const capture = new TestCapture();
  setUp(capture, "RTP/AVP;unicast;client_port=6000-6001;server_port=17004-17005");
  const [client, server] = [{ ...CLIENT, port: 6000 }, { ...SERVER, port: 17_004 }];
  capture.rtp(server, client, { ssrc: 1 }, 10);
  capture.rtp(client, server, { ssrc: 2 }, 20);
  capture.rtp({ ...server, port: 17_006 }, client, { ssrc: 3 }, 30);
  // CSRCs that are not there: no guess is made of that.
  const damaged = Uint8Array.from([0x8f, 0, ...new Array(12).fill(0)]);
  capture.udp(server, client, damaged, 40);
  capture.udp(client, server, damaged, 50);
  assertEquals(await rows(capture, false), ["2 1", "5 0"]);
  assertEquals(await rows(capture), ["2 1", "3 2", "4 3", "5 0"]);
});

const RAKNET = [0, 255, 255, 0, 254, 254, 254, 254, 253, 253, 253, 253, 0x12, 0x34, 0x56, 0x78];

for (
  const [name, opening] of [
    ["QUIC", [0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0]],
    ["RakNet", [1, 0, 0, 0, 0, 0, 0, 0, 0, ...RAKNET]],
  ] as const
) {
  Deno.test(`what follows ${name} between the same ends is no RTP to Wireshark`, async () => {
    const capture = new TestCapture();
    capture.udp(FROM, TO, Uint8Array.from(opening), 0);
    capture.rtp(TO, FROM, { ssrc: 1 }, 10);
    capture.rtp(FROM, { ...TO, port: 27_006 }, { ssrc: 2 }, 20);
    assertEquals(await rows(capture), ["3 2"]);
  });
}

Deno.test("AppleMIDI announces its RTP", async () => {
  const capture = new TestCapture();
  const invitation = [...encodeText("\0\0IN"), 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 0x78, 0];
  invitation.fill(255, 0, 2);
  capture.udp(FROM, TO, Uint8Array.from(invitation), 0);
  capture.rtp(FROM, TO, { payloadType: 97 }, 10);
  const table = new WiresharkStreams(new Map(), { heuristics: false });
  await readCapture(memorySource(capture.bytes), table);
  assertEquals(table.format().includes(" rtp-midi "), true);
});

Deno.test("a packet whose block tells no time has none in its row", async () => {
  const packet = encodeUdp(pathBetween(FROM, TO), rtpBytes({}), 0);
  const padded = (packet.length + 3) & ~3;
  const block = (type: number, words: readonly number[], body = new Uint8Array(0)) => {
    const total = 12 + 4 * words.length + body.length;
    const bytes = new Uint8Array(total);
    const view = new DataView(bytes.buffer);
    [type, total, ...words].forEach((word, i) => view.setUint32(4 * i, word, true));
    bytes.set(body, 8 + 4 * words.length);
    view.setUint32(total - 4, total, true);
    return bytes;
  };
  const body = new Uint8Array(padded);
  body.set(packet);
  const capture = concatBytes([
    block(0x0a0d0d0a, [0x1a2b3c4d, 1, 0xffffffff, 0xffffffff]),
    block(1, [LINK_TYPE.raw, 0]),
    block(3, [packet.length], body),
  ]);
  const found: string[] = [];
  await readCapture(
    memorySource(capture),
    new HeaderRows((row) => found.push(row), new PacketFilter()),
  );
  assertEquals(found.map((row) => row.split("\t").slice(0, 3)), [["1", "", "192.0.2.1"]]);
});
