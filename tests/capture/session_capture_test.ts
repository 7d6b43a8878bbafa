import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { encodeText } from "../../src/bytes/text.ts";
import { encodeUdp, parseAddress, pathBetween } from "../../src/capture/packet_builder.ts";
import { SessionCapture, wiresharkHint } from "../../src/capture/session_capture.ts";

const CLIENT = { host: "192.0.2.1", port: 50_000 };
const SERVER = { host: "192.0.2.2", port: 8554 };

/** The packets of a little-endian pcap file. */
function packets(path: string): { unixMs: number; packet: Uint8Array }[] {
  const bytes = Deno.readFileSync(path);
  const view = new DataView(bytes.buffer);
  assertEquals(view.getUint32(20, true), 101);
  const found: { unixMs: number; packet: Uint8Array }[] = [];
  for (let at = 24; at < bytes.length;) {
    const length = view.getUint32(at + 8, true);
    const unixMs = view.getUint32(at, true) * 1000 + view.getUint32(at + 4, true) / 1e6;
    found.push({ unixMs, packet: bytes.slice(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return found;
}

function inFolder(test: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("addresses of both families are parsed", () => {
  assertEquals(parseAddress("192.0.2.7"), Uint8Array.of(192, 0, 2, 7));
  assertEquals(parseAddress("::ffff:192.0.2.7"), Uint8Array.of(192, 0, 2, 7));
  assertEquals(parseAddress("localhost"), Uint8Array.of(127, 0, 0, 1));
  const loopback = new Uint8Array(16);
  loopback[15] = 1;
  assertEquals(parseAddress("[::1]"), loopback);
  const link = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4);
  assertEquals(parseAddress("fe80::1:2:3:4%eth0"), link);
  assertEquals(parseAddress("FE80:0:0:0:1:2:3:4"), link);
});

Deno.test("a UDP checksum of zero goes out as its other form", () => {
  const path = pathBetween({ host: "0.0.0.0", port: 0 }, { host: "0.0.0.0", port: 0 });
  // Length 10 twice and protocol 17 make 37; the payload completes the sum to 0xffff.
  const packet = encodeUdp(path, Uint8Array.of(0xff, 0xff - 37), 0);
  assertEquals([...packet.slice(26, 28)], [0xff, 0xff]);
});

Deno.test("a session becomes packets with numbers that add up", () => {
  inFolder((folder) => {
    const path = join(folder, "session.pcap");
    const capture = new SessionCapture(path);
    const connection = capture.connection(CLIENT, SERVER);
    const request = encodeText("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n");
    connection.toServer(request, 1_000_000.25);
    connection.toClient(new Uint8Array(3000), 1_000_001);
    capture.udp(SERVER, { host: CLIENT.host, port: 25_000 }, Uint8Array.of(1, 2, 3), 1_000_002);
    capture.close();
    capture.close();
    const all = packets(path);
    assertEquals(all.length, 3 + 1 + 3 + 1 + 3);
    assertEquals(capture.packetCount, all.length);
    assertEquals(all[3]!.unixMs, 1_000_000.25);
    const view = (i: number): DataView => new DataView(all[i]!.packet.buffer);
    const first = view(0).getUint32(24);
    assertEquals(view(3).getUint32(24), first + 1);
    assertEquals(view(4).getUint32(28), first + 1 + request.length);
    assertEquals(view(5).getUint32(24) - view(4).getUint32(24), 1460);
    assertEquals(all[6]!.packet.length, 40 + 3000 - 2920);
    assertEquals(all[7]!.packet.length, 31);
    // FIN, FIN, ACK; the last one acknowledges the server's FIN.
    assertEquals([8, 9, 10].map((i) => view(i).getUint8(33)), [0x11, 0x11, 0x10]);
    assertEquals(view(10).getUint32(28), view(4).getUint32(24) + 3001);
  });
});

Deno.test("a capture goes on in numbered files", () => {
  inFolder((folder) => {
    const capture = new SessionCapture(join(folder, "a.pcap"), { maxBytes: 300 });
    for (let i = 0; i < 6; i++) capture.udp(SERVER, CLIENT, new Uint8Array(60), i);
    capture.close();
    assertEquals(
      capture.files,
      ["a.pcap", "a-2.pcap", "a-3.pcap"].map((name) => join(folder, name)),
    );
    assertEquals(capture.files.map((file) => packets(file).length), [2, 2, 2]);
  });
});

Deno.test("packets wait in memory until it is known whether they are wanted", () => {
  inFolder((folder) => {
    const path = join(folder, "a.pcap");
    const dropped = new SessionCapture(undefined);
    dropped.connection(CLIENT, SERVER).toServer(Uint8Array.of(1), 1);
    dropped.close();
    dropped.udp(SERVER, CLIENT, Uint8Array.of(2), 2);
    assertEquals([dropped.files.length, [...Deno.readDirSync(folder)].length], [0, 0]);
    const kept = new SessionCapture(undefined);
    const connection = kept.connection(CLIENT, SERVER);
    connection.toServer(Uint8Array.of(1), 1);
    kept.begin(path);
    connection.toClient(Uint8Array.of(2), 2);
    kept.close();
    assertEquals(packets(path).length, 3 + 1 + 1 + 3);
  });
});

Deno.test("a file that is there is kept unless told otherwise", () => {
  inFolder((folder) => {
    const path = join(folder, "a.pcap");
    Deno.writeTextFileSync(path, "mine");
    assertThrows(() => new SessionCapture(path), Deno.errors.AlreadyExists);
    new SessionCapture(path, { force: true }).close();
    assertEquals(packets(path), []);
  });
});

Deno.test({
  name: "a full disk ends the capture, not the session",
  ignore: Deno.build.os !== "linux",
  fn() {
    const errors: string[] = [];
    inFolder((folder) => {
      const path = join(folder, "a.pcap");
      const capture = new SessionCapture(path, {
        maxBytes: 100,
        onError: (error) => errors.push(error.message),
      });
      capture.udp(SERVER, CLIENT, new Uint8Array(20), 0);
      Deno.symlinkSync("/dev/full", join(folder, "a-2.pcap"));
      capture.udp(SERVER, CLIENT, new Uint8Array(60), 1);
      capture.udp(SERVER, CLIENT, new Uint8Array(60), 2);
      capture.close();
      assertEquals(packets(path).length, 1);
    });
    assertEquals(errors.length, 1);
    assert(errors[0]!.length > 0);
  },
});

Deno.test("Wireshark needs a hint only for ports that are not RTSP's", () => {
  assertEquals(wiresharkHint(8554), undefined);
  assertEquals(wiresharkHint(554), undefined);
  assertEquals(wiresharkHint(40_000), "-d tcp.port==40000,rtsp");
});
