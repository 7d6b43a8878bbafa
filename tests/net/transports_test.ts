import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeLatin1, encodeText } from "../../src/bytes/text.ts";
import { formatEndpoint, isIpv6, normalizeAddress } from "../../src/net/address.ts";
import { InterleavedTransport, PacketPool, UdpTransport } from "../../src/net/media_transport.ts";
import { StreamWriter } from "../../src/net/stream_writer.ts";
import { UdpPair } from "../../src/net/udp_pair.ts";
import { decodeRtpPacket } from "../../src/rtp/packet.ts";
import { RtpSender } from "../../src/rtp/sender.ts";
import { RtspParser } from "../../src/rtsp/parser.ts";

const PAYLOADS = ["one", "two", "three"].map((text, i) => ({
  payload: encodeText(text),
  marker: i === 2,
}));

function sender(): RtpSender {
  return new RtpSender({ payloadType: 26, ssrc: 9, sequenceNumber: 1, timestampOffset: 0 });
}

Deno.test("a pair of ports: an even one and the next; the range is kept to", () => {
  using any = UdpPair.bind("127.0.0.1");
  assertEquals([any.rtpPort % 2, any.rtcpPort - any.rtpPort], [0, 1]);
  const { rtpPort } = any;
  assertThrows(
    () => UdpPair.bind("127.0.0.1", { first: rtpPort, last: rtpPort + 1 }),
    Deno.errors.AddrInUse,
    `${rtpPort}-${rtpPort + 1}`,
  );
  any.close();
  using again = UdpPair.bind("127.0.0.1", { first: rtpPort, last: rtpPort + 1 });
  assertEquals([again.rtpPort, again.rtcpPort], [rtpPort, rtpPort + 1]);
  assertThrows(() => UdpPair.bindFrom("127.0.0.1", rtpPort), Deno.errors.AddrInUse);
});

Deno.test("payloads go out as datagrams, stamped in turn; RTCP goes to its own port", async () => {
  using pair = UdpPair.bind("127.0.0.1");
  using receiver = UdpPair.bind("127.0.0.1");
  const rtp: Uint8Array[] = [];
  const done = Promise.withResolvers<Uint8Array>();
  receiver.listen((datagram) => rtp.push(datagram.slice()), (datagram) => {
    done.resolve(datagram.slice());
  });
  const tapped: string[] = [];
  const ports = { rtp: receiver.rtpPort, rtcp: receiver.rtcpPort };
  const transport = new UdpTransport(
    pair,
    new PacketPool(),
    "127.0.0.1",
    ports,
    (datagram, channel) => tapped.push(`${channel} ${datagram.length}`),
  );
  const stamps = sender();
  // A socket keeps the order of datagrams once it has sent the first.
  transport.sendRaw(encodeText("first"));
  while (rtp.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  transport.sendRtp(PAYLOADS, 0, 2, stamps, 7);
  transport.sendRtp(PAYLOADS, 2, 3, stamps, 7);
  transport.sendRaw(encodeText("teardown"));
  while (rtp.length < 5) await new Promise((resolve) => setTimeout(resolve, 1));
  transport.sendRtcp(Uint8Array.of(0x80, 201));
  assertEquals(await done.promise, Uint8Array.of(0x80, 201));
  const packets = rtp.slice(1, 4).map((datagram) => decodeRtpPacket(datagram));
  assertEquals(
    packets.map(({ sequenceNumber, marker, timestamp, payload }) => [
      sequenceNumber,
      marker,
      timestamp,
      decodeLatin1(payload),
    ]),
    [[1, false, 7, "one"], [2, false, 7, "two"], [3, true, 7, "three"]],
  );
  assertEquals(decodeLatin1(rtp[4]!), "teardown");
  assertEquals(tapped, ["rtp 5", "rtp 15", "rtp 15", "rtp 17", "rtp 8", "rtcp 2"]);
});

Deno.test("what is sent to nobody, or after the end, hurts nobody", async () => {
  using pair = UdpPair.bind("127.0.0.1");
  const nobody = UdpPair.bind("127.0.0.1");
  const { rtpPort } = nobody;
  nobody.close();
  pair.listen(() => {}, () => {});
  const to = { transport: "udp" as const, hostname: "127.0.0.1", port: rtpPort };
  for (let i = 0; i < 5; i++) {
    pair.sendRtp(Uint8Array.of(1), to);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  pair.sendRtp(new Uint8Array(70_000), to);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(pair.sendErrors > 0, true);
  pair.close();
  pair.sendRtp(Uint8Array.of(1), to);
});

/** A connection that takes so many bytes a write, and all that it got. */
function slowConnection(bytesAWrite = Infinity): {
  write(bytes: Uint8Array): Promise<number>;
  readonly writes: Uint8Array[];
  gate: Promise<void>;
} {
  const connection = {
    writes: [] as Uint8Array[],
    gate: Promise.resolve(),
    async write(bytes: Uint8Array): Promise<number> {
      await connection.gate;
      const taken = bytes.slice(0, bytesAWrite);
      connection.writes.push(taken);
      return taken.length;
    },
  };
  return connection;
}

function joined(writes: readonly Uint8Array[]): string {
  return writes.map(decodeLatin1).join("");
}

Deno.test("messages are written whole and in order, one write each when there is time", async () => {
  const connection = slowConnection();
  const writer = new StreamWriter(connection, () => {});
  writer.write(encodeText("one"));
  await writer.drain();
  writer.write(encodeText("two"));
  writer.write(encodeText("three"));
  await writer.drain();
  assertEquals(connection.writes.map(decodeLatin1)[0], "one");
  assertEquals(joined(connection.writes), "onetwothree");
  const trickle = slowConnection(2);
  const other = new StreamWriter(trickle, () => {});
  other.write(encodeText("one"));
  other.write(encodeText("two"));
  await other.drain();
  assertEquals(joined(trickle.writes), "onetwo");
});

Deno.test("a reply overtakes the media that waits, but no other reply", async () => {
  const connection = slowConnection();
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.gate = promise;
  const writer = new StreamWriter(connection, () => {});
  const frames = (name: string): void => {
    for (let i = 0; i < 4; i++) writer.writeMedia(encodeText(name.repeat(30_000)));
  };
  frames("a");
  // The first write is under way.
  await undefined;
  writer.reply(encodeText("<1>"), true);
  frames("b");
  writer.reply(encodeText("<2>"), true);
  writer.reply(encodeText("<PLAY>"), false);
  writer.reply(encodeText("<3>"), true);
  frames("c");
  resolve();
  await writer.drain();
  writer.reply(encodeText("<4>"), true);
  await writer.drain();
  const order = joined(connection.writes).replace(/([abc])\1+/g, "$1");
  assertEquals(order, "a<1><2>ab<PLAY><3>c<4>");
  assert(connection.writes.every(({ length }) => length < 100_000), "no reply waits for all");
});

Deno.test("the media of one turn is written at once", async () => {
  const connection = slowConnection();
  const writer = new StreamWriter(connection, () => {});
  for (const frames of ["one", "two", "three"]) writer.writeMedia(encodeText(frames));
  await writer.drain();
  assertEquals(connection.writes.map(decodeLatin1), ["onetwothree"]);
});

Deno.test("there is room again when what waits has been written, or cannot be", async () => {
  for (const broken of [false, true]) {
    const connection = slowConnection();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    connection.gate = promise;
    const writer = new StreamWriter(connection, () => {});
    writer.writeMedia(new Uint8Array(500_000));
    await writer.hasRoom();
    writer.reply(new Uint8Array(50_000), true);
    let room = false;
    const waiting = writer.hasRoom().then(() => room = true);
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(room, false);
    if (broken) reject(new Error("gone"));
    else resolve();
    await waiting;
    await writer.drain();
  }
});

Deno.test("a slow reader loses media, frame by frame, and no reply", async () => {
  const connection = slowConnection();
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.gate = promise;
  const errors: unknown[] = [];
  const writer = new StreamWriter(connection, (error) => errors.push(error));
  const transport = new InterleavedTransport(writer, { rtp: 4, rtcp: 5 });
  const stamps = sender();
  const frame = [
    { payload: new Uint8Array(60_000), marker: false },
    { payload: new Uint8Array(60_000), marker: true },
  ];
  for (let i = 0; i < 10; i++) transport.sendRtp(frame, 0, 2, stamps, i);
  writer.write(encodeText("RTSP/1.0 200 OK\r\n\r\n"));
  transport.sendRtcp(Uint8Array.of(0x80, 200, 0, 0));
  resolve();
  await writer.drain();
  const messages = connection.writes.flatMap((write) =>
    new RtspParser().push(write)
      .map((message) => message.kind === "interleaved" ? `frame ${message.channel}` : message.kind)
  );
  assertEquals(
    messages.filter((message) => message === "frame 4").length,
    20 - transport.droppedPackets,
  );
  assert(transport.droppedPackets > 0 && transport.droppedPackets % 2 === 0);
  assertEquals(messages.slice(-2), ["response", "frame 5"]);
  // Those who lost packets can see it by the numbers.
  assertEquals(stamps.nextSequenceNumber, 21);
  assertEquals(errors, []);
});

Deno.test("a reader that takes not even the replies is given up, once", async () => {
  const connection = slowConnection();
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.gate = promise;
  const errors: unknown[] = [];
  const writer = new StreamWriter(connection, (error) => errors.push(error));
  for (let i = 0; i < 10; i++) writer.write(new Uint8Array(1_000_000));
  assertEquals(errors.length, 1);
  assertEquals(writer.writeMedia(new Uint8Array(1)), false);
  resolve();
  await writer.drain();
  const broken = new StreamWriter({ write: () => Promise.reject(new Error("gone")) }, (error) => {
    errors.push(error);
  });
  broken.write(new Uint8Array(1));
  await broken.drain();
  broken.write(new Uint8Array(1));
  assertEquals(errors.length, 2);
});

Deno.test("addresses", () => {
  assertEquals(normalizeAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(normalizeAddress("2001:db8::1"), "2001:db8::1");
  assertEquals([isIpv6("::1"), isIpv6("127.0.0.1")], [true, false]);
  assertEquals([formatEndpoint("::1", 554), formatEndpoint("192.0.2.1", 1)], [
    "[::1]:554",
    "192.0.2.1:1",
  ]);
});
