import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { encodeText } from "../../src/bytes/text.ts";
import { SessionCapture } from "../../src/capture/session_capture.ts";
import { encodeRtpPacket } from "../../src/rtp/packet.ts";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { peerTest, runPeer } from "./peer.ts";

const CHECKS = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"];

/** A conversation that sets up and plays one L16 stream. */
function converse(
  capture: SessionCapture,
  hosts: { client: string; server: string },
  transport: { asked: string; given: string },
): ReturnType<SessionCapture["connection"]> {
  const url = "rtsp://server/default.wav";
  const connection = capture.connection(
    { host: hosts.client, port: 41_234 },
    { host: hosts.server, port: 8554 },
  );
  const sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 11\r\n" +
    "a=control:track1\r\n";
  const exchange = (method: string, headers: string, reply: string, body = ""): void => {
    connection.toServer(encodeText(`${method} ${url} RTSP/1.0\r\n${headers}\r\n`), 1000);
    const length = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
    connection.toClient(encodeText(`RTSP/1.0 200 OK\r\n${reply}${length}\r\n${body}`), 1001);
  };
  exchange("DESCRIBE", "CSeq: 1\r\n", "CSeq: 1\r\nContent-Type: application/sdp\r\n", sdp);
  exchange(
    "SETUP",
    `CSeq: 2\r\nTransport: ${transport.asked}\r\n`,
    `CSeq: 2\r\nSession: 1\r\nTransport: ${transport.given}\r\n`,
  );
  exchange("PLAY", "CSeq: 3\r\nSession: 1\r\n", "CSeq: 3\r\nSession: 1\r\n");
  return connection;
}

function rtp(sequenceNumber: number): Uint8Array {
  return encodeRtpPacket({
    payloadType: 11,
    sequenceNumber,
    timestamp: 441 * sequenceNumber,
    ssrc: 0x1234_5678,
    payload: new Uint8Array(882),
  });
}

async function tshark(path: string, ...args: string[]): Promise<string> {
  const { code, text, errors } = await runPeer("tshark", ["-n", "-r", path, ...CHECKS, ...args]);
  assertEquals([code, errors.replace(/^Running as user.*\n/, "")], [0, ""]);
  return text;
}

async function checkCapture(path: string): Promise<void> {
  assertEquals((await tshark(path, "-Y", "rtsp.request || rtsp.response")).split("\n").length, 7);
  const complaints = "tcp.analysis.flags || _ws.malformed || _ws.expert.severity >= warning || " +
    "ip.checksum.status == bad || udp.checksum.status == bad || tcp.checksum.status == bad";
  assertEquals(await tshark(path, "-o", "tcp.check_checksum:TRUE", "-Y", complaints), "");
  const streams = await tshark(path, "-q", "-z", "rtp,streams");
  const row = streams.split("\n").find((line) => line.includes("0x12345678")) ?? "";
  const match = /(\d+)\s+(-?\d+) \(([\d.]+)%\)/.exec(row);
  assert(match !== null, streams);
  assertEquals([match[1], match[2]], ["190", "10"]);
}

for (
  const hosts of [{ client: "192.0.2.1", server: "192.0.2.2" }, { client: "::1", server: "::1" }]
) {
  const family = hosts.client.includes(":") ? "IPv6" : "IPv4";
  peerTest("tshark", `tshark decodes a captured ${family} session over UDP`, async () => {
    const folder = await Deno.makeTempDir();
    const path = join(folder, "session.pcap");
    const capture = new SessionCapture(path);
    converse(capture, hosts, {
      asked: "RTP/AVP;unicast;client_port=25000-25001",
      given: "RTP/AVP;unicast;client_port=25000-25001;server_port=26000-26001",
    });
    for (let i = 0; i < 200; i++) {
      if (i % 20 === 10) continue;
      const from = { host: hosts.server, port: 26_000 };
      capture.udp(from, { host: hosts.client, port: 25_000 }, rtp(i), 1010 + 10 * i);
    }
    capture.close();
    await checkCapture(path);
    await Deno.remove(folder, { recursive: true });
  });

  peerTest("tshark", `tshark decodes a captured ${family} session over TCP`, async () => {
    const folder = await Deno.makeTempDir();
    const path = join(folder, "session.pcap");
    const capture = new SessionCapture(path);
    const transport = "RTP/AVP/TCP;unicast;interleaved=0-1";
    const connection = converse(capture, hosts, { asked: transport, given: transport });
    for (let i = 0; i < 200; i++) {
      if (i % 20 !== 10) connection.toClient(encodeInterleaved(0, rtp(i)), 1010 + 10 * i);
    }
    capture.close();
    await checkCapture(path);
    await Deno.remove(folder, { recursive: true });
  });
}
