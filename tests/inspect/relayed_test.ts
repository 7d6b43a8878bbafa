import { assertEquals } from "@std/assert";
import { concatBytes } from "../../src/bytes/text.ts";
import { memorySource } from "../../src/capture/capture_reader.ts";
import { readCapture } from "../../src/inspect/capture_input.ts";
import { PacketFilter } from "../../src/inspect/packet_filter.ts";
import { HeaderRows } from "../../src/inspect/run_wireshark.ts";
import { relayed } from "../../src/inspect/turn.ts";
import { rtpBytes, TestCapture } from "./test_capture.ts";

const CLIENT = { host: "192.0.2.1", port: 50_000 };

/** A STUN message with one attribute before, one behind. */
function stun(type: number, data: Uint8Array): Uint8Array {
  const padded = (data.length + 3) & ~3;
  const bytes = new Uint8Array(20 + 12 + 4 + padded + 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, type);
  view.setUint16(2, bytes.length - 20);
  view.setUint32(4, 0x2112a442);
  // XOR-PEER-ADDRESS, DATA, FINGERPRINT.
  view.setUint32(20, 0x00120008);
  view.setUint32(32, (0x0013 << 16) | data.length);
  bytes.set(data, 36);
  view.setUint32(36 + padded, 0x80280004);
  return bytes;
}

function channelData(data: Uint8Array): Uint8Array {
  return concatBytes([Uint8Array.of(0x40, 1, data.length >> 8, data.length & 0xff), data]);
}

/** RTP of both directions of a relayed session, in three wrappings. */
function relayedCapture(port: number): TestCapture {
  const server = { host: "198.51.100.7", port };
  const capture = new TestCapture();
  capture.udp(CLIENT, server, stun(0x0003, new Uint8Array(0)), 0);
  for (let i = 0; i < 10; i++) {
    const packet = (ssrc: number) =>
      rtpBytes({ sequenceNumber: i, timestamp: i * 160, ssrc, payload: new Uint8Array(33) });
    capture.udp(CLIENT, server, stun(0x0016, packet(1)), i * 20 + 1);
    capture.udp(server, CLIENT, stun(0x0017, packet(2)), i * 20 + 2);
    capture.udp(CLIENT, server, channelData(packet(3)), i * 20 + 3);
  }
  return capture;
}

for (const port of [3478, 19_305]) {
  Deno.test(`what TURN relays is counted, from port ${port}`, async () => {
    const { streams } = await relayedCapture(port).analyse();
    assertEquals(
      streams.map(({ ssrc, packetsReceived, packetsLost, bytes }) => [
        ssrc,
        packetsReceived,
        packetsLost,
        bytes,
      ]),
      [["0x00000001", 10, 0, 330], ["0x00000002", 10, 0, 330], ["0x00000003", 10, 0, 330]],
    );
    const rows: string[] = [];
    const visitor = new HeaderRows((row) => rows.push(row), new PacketFilter());
    await readCapture(memorySource(relayedCapture(port).bytes), visitor);
    assertEquals(rows.length, 30);
  });
}

Deno.test("attributes that do not end, and lengths beyond the datagram, relay nothing more", () => {
  const whole = stun(0x0016, new Uint8Array(20));
  const span = (bytes: Uint8Array) => ({
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    start: 0,
    end: bytes.length,
    wireEnd: bytes.length,
    sourcePort: 1,
    destinationPort: 3478,
  });
  assertEquals(relayed(span(whole)), { start: 36, end: 56, wireEnd: 56 });
  for (let length = 0; length < 36; length++) {
    assertEquals(relayed(span(whole.subarray(0, length))), undefined);
  }
  assertEquals(relayed(span(whole.subarray(0, 40)))?.end, 40);
  assertEquals(relayed(span(Uint8Array.of(0x40, 0, 0xff, 0xff, 1)))?.end, 5);
});
