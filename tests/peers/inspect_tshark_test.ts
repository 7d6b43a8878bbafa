import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { memorySource } from "../../src/capture/capture_reader.ts";
import { concatBytes, encodeText } from "../../src/bytes/text.ts";
import { readCapture } from "../../src/inspect/capture_input.ts";
import { PacketFilter } from "../../src/inspect/packet_filter.ts";
import { HeaderRows, WiresharkStreams } from "../../src/inspect/run_wireshark.ts";
import { encodeInterleaved } from "../../src/rtsp/message.ts";
import { CLIENT, exchange, rtpBytes, SERVER, TestCapture } from "../inspect/test_capture.ts";
import { peerTest, runPeer } from "./peer.ts";

const HEURISTICS = ["rtp_udp", "rtp_stun", "rtp_rtsp"].flatMap((name) => [
  "--enable-heuristic",
  name,
]);

/** Numbers that look random and are the same each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed;;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** Streams with losses, repetitions, late packets, wraps, several payload types, comfort noise. */
function busyCapture(): TestCapture {
  const capture = new TestCapture({ container: "pcapng", resolution: "ns" });
  const random = numbers(7);
  const next = () => random.next().value;
  const streams = [0, 8, 26, 34, 96, 101, 10].map((payloadType, i) => ({
    payloadType,
    ssrc: 0x1000 + i,
    sequence: Math.floor(next() * 65_536),
    timestamp: Math.floor(next() * 2 ** 32),
    port: 6000 + 2 * i,
  }));
  streams[1]!.sequence = 65_500;
  streams[2]!.timestamp = 2 ** 32 - 9000;
  let time = 0;
  for (let i = 0; i < 1500; i++) {
    const stream = streams[i % streams.length]!;
    time += next() * 8;
    const fate = next();
    stream.sequence += fate < 0.05 ? 3 : 1;
    stream.timestamp += stream.payloadType === 26 && fate < 0.7 ? 0 : 160;
    const back = fate > 0.97 ? 2 : 0;
    const packet = {
      payloadType: stream.payloadType === 8 && fate > 0.9 ? 13 : stream.payloadType,
      ssrc: stream.ssrc,
      sequenceNumber: (stream.sequence - back) & 0xffff,
      timestamp: stream.timestamp >>> 0,
      marker: fate > 0.4 && fate < 0.5,
      payload: new Uint8Array(Math.floor(next() * 200)),
      ...(fate > 0.5 && fate < 0.55 ? { paddingLength: 4, csrcs: [1] } : undefined),
    };
    const ends = [
      { host: "192.0.2.1", port: 5000 },
      { host: "198.51.100.7", port: stream.port },
    ] as const;
    capture.rtp(ends[0], ends[1], packet, time);
    if (fate > 0.94 && fate < 0.97) capture.rtp(ends[0], ends[1], packet, time + 0.5);
  }
  return capture;
}

/** Two interleaved tracks, several packets a segment, one packet over two segments. */
function interleavedCapture(): TestCapture {
  const capture = new TestCapture({ container: "pcap" });
  const transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1";
  exchange(
    capture,
    `SETUP rtsp://192.0.2.20/a RTSP/1.0\nCSeq: 1\n${transport}\n\n`,
    `RTSP/1.0 200 OK\nCSeq: 1\nSession: 12345678\n${transport}\n\n`,
    0,
  );
  for (let i = 0; i < 40; i++) {
    const frames = Array.from({ length: 1 + i % 6 }, (_, k) =>
      encodeInterleaved(
        0,
        rtpBytes({ payloadType: 26, sequenceNumber: i * 6 + k, timestamp: i * 3000, ssrc: 0x77 }),
      ));
    const bytes = concatBytes(frames);
    const cut = i % 4 === 3 ? bytes.length - 50 : bytes.length;
    capture.tcp(SERVER, CLIENT, bytes.subarray(0, cut), 20 + i * 33);
    if (cut < bytes.length) capture.tcp(SERVER, CLIENT, bytes.subarray(cut), 20 + i * 33 + 5);
  }
  return capture;
}

/** Interleaved tracks of which segments are lost, sent again, late, with other boundaries. */
function troubledCapture(): TestCapture {
  const capture = new TestCapture({ container: "pcap" });
  const transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1";
  exchange(
    capture,
    `SETUP rtsp://192.0.2.20/a RTSP/1.0\nCSeq: 1\n${transport}\n\n`,
    `RTSP/1.0 200 OK\nCSeq: 1\nSession: 12345678\n${transport}\n\n`,
    0,
  );
  const random = numbers(11);
  const next = () => random.next().value;
  const frame = (number: number) => {
    const payload = new Uint8Array(Math.floor(next() * 400)).map(() => next() * 256);
    const packet = { payloadType: 8, sequenceNumber: number, timestamp: number * 160, ssrc: 0x88 };
    return encodeInterleaved(0, rtpBytes({ ...packet, payload }));
  };
  let time = 20;
  for (let i = 0; i < 400; i += 3) {
    const bytes = concatBytes([frame(i), frame(i + 1), frame(i + 2)]);
    const cut = 1 + Math.floor(next() * (bytes.length - 1));
    const [one, two] = [bytes.subarray(0, cut), bytes.subarray(cut)];
    time += 5 + next() * 20;
    const fate = next();
    if (fate < 0.1) {
      capture.skip(SERVER, CLIENT, one.length);
      capture.tcp(SERVER, CLIENT, two, time);
    } else if (fate < 0.2) {
      capture.skip(SERVER, CLIENT, one.length);
      capture.tcp(SERVER, CLIENT, two, time);
      capture.skip(SERVER, CLIENT, -one.length - two.length);
      capture.tcp(SERVER, CLIENT, one, time + (fate < 0.15 ? 1 : 50));
      capture.skip(SERVER, CLIENT, two.length);
    } else {
      capture.tcp(SERVER, CLIENT, one, time);
      if (fate < 0.3) {
        capture.skip(SERVER, CLIENT, -one.length);
        capture.tcp(SERVER, CLIENT, one, time + 2);
      }
      capture.tcp(SERVER, CLIENT, two, time + 4);
    }
    time += 50;
  }
  return capture;
}

/** A call with a dynamic payload type, and another behind a TURN server. */
function signalledCapture(): TestCapture {
  const capture = new TestCapture({ container: "pcap" });
  const [caller, callee] = [{ host: "192.0.2.1", port: 10_000 }, {
    host: "198.51.100.7",
    port: 20_000,
  }];
  const sip = (start: string, { host, port }: typeof caller) => {
    const sdp = `v=0\r\no=- 1 1 IN IP4 ${host}\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\n` +
      `m=audio ${port} RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n`;
    return encodeText(
      `${start}\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n` +
        `Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n` +
        `Content-Length: ${sdp.length}\r\n\r\n${sdp}`,
    );
  };
  const [a, b] = [{ ...caller, port: 5060 }, { ...callee, port: 5060 }];
  capture.udp(a, b, sip("INVITE sip:c@d SIP/2.0", caller), 0);
  capture.udp(b, a, sip("SIP/2.0 200 OK", callee), 1);
  const turn = { host: "203.0.113.5", port: 19_305 };
  const stun = Uint8Array.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Array(12).fill(7)]);
  capture.udp(caller, turn, stun, 2);
  for (let i = 0; i < 60; i++) {
    const packet = (ssrc: number) =>
      rtpBytes({ payloadType: 96, sequenceNumber: i, timestamp: i * 960, ssrc });
    capture.udp(caller, callee, packet(1), 20 + i * 21);
    capture.udp(callee, caller, packet(2), 22 + i * 19);
    const relayed = packet(3);
    const length = [relayed.length >> 8, relayed.length & 0xff];
    const channel = concatBytes([Uint8Array.from([0x40, 1, ...length]), relayed]);
    capture.udp(caller, turn, channel, 23 + i * 20);
    const data = concatBytes([stun, Uint8Array.from([0, 0x13, ...length]), relayed]);
    data.set([0, 0x17, 0, 4 + relayed.length], 0);
    capture.udp(turn, caller, data, 24 + i * 20);
  }
  return capture;
}

async function tshark(bytes: Uint8Array, args: string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "capture");
    await Deno.writeFile(file, bytes);
    const { text, code, errors } = await runPeer("tshark", [
      "-n",
      "-r",
      file,
      ...HEURISTICS,
      ...args,
    ]);
    assertEquals(code, 0, errors);
    return text.split("\n").filter((line) => line !== "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const [name, make] of [
    ["over UDP", busyCapture],
    ["over TCP", interleavedCapture],
    ["over TCP with losses and repetitions", troubledCapture],
    ["of calls, relayed ones among them", signalledCapture],
  ] as const
) {
  peerTest("tshark", `the table of streams is tshark's own, ${name}`, async () => {
    const { bytes } = make();
    const theirs = await tshark(bytes, ["-q", "-z", "rtp,streams"]);
    const table = new WiresharkStreams(new Map());
    await readCapture(memorySource(bytes), table);
    const ours = table.format().split("\n").filter((line) => line !== "");
    assertEquals(ours.length, theirs.length);
    ours.forEach((line, i) => {
      const [mine, other] = [line, theirs[i]!].map((row) => row.trim().split(/\s+/));
      assertEquals(mine!.length, other!.length, `${line}\n${theirs[i]}`);
      mine!.forEach((cell, j) => {
        const close = Math.abs(Number(cell) - Number(other![j])) <= 0.001 + 1e-9;
        assert(cell === other![j] || close, `${cell} is not ${other![j]}:\n${line}\n${theirs[i]}`);
      });
    });
  });

  peerTest("tshark", `the header rows are tshark's own, ${name}`, async () => {
    const { bytes } = make();
    const fields = [
      "frame.number",
      "rtp.version",
      "rtp.padding",
      "rtp.ext",
      "rtp.cc",
      "rtp.marker",
      "rtp.p_type",
      "rtp.seq",
      "rtp.timestamp",
      "rtp.ssrc",
    ];
    const args = ["-Y", "rtp.ssrc", "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
    const rows = await tshark(bytes, args);
    // One line a frame there, one a packet here.
    const theirs = rows.flatMap((row) => {
      const [frame, ...cells] = row.split("\t").map((cell) => cell.split(","));
      return cells[0]!.map((_, i) => [frame![0], ...cells.map((cell) => cell[i])].join(" "));
    });
    const ours: string[] = [];
    const visitor = new HeaderRows((row) => {
      const cells = row.split("\t");
      ours.push([cells[0], ...cells.slice(7, 16)].join(" "));
    }, new PacketFilter());
    await readCapture(memorySource(bytes), visitor);
    assert(ours.length > 100);
    assertEquals(ours, theirs);
  });
}
