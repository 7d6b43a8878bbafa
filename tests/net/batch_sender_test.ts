import { assert, assertEquals } from "@std/assert";
import { BatchSender, encodeAddress } from "../../src/net/batch_sender.ts";
import { type UdpAddress, UdpPair } from "../../src/net/udp_pair.ts";
import { UdpReceiver } from "../support/media_log.ts";

const ON_LINUX = Deno.build.os === "linux";

/** Numbers that datagrams begin with. */
function numbers(receiver: UdpReceiver): number[] {
  return receiver.rtp.datagrams.map(({ bytes }) => new DataView(bytes.buffer).getUint32(0));
}

Deno.test("addresses are as the system has them", () => {
  const v4 = encodeAddress({ transport: "udp", hostname: "192.0.2.7", port: 0x1234 });
  assertEquals([...v4], [2, 0, 0x12, 0x34, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0]);
  const v6 = encodeAddress({ transport: "udp", hostname: "2001:db8::1:2", port: 0x1234 });
  const address = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2];
  assertEquals([...v6], [10, 0, 0x12, 0x34, 0, 0, 0, 0, ...address, 0, 0, 0, 0]);
  assertEquals([...encodeAddress({ transport: "udp", hostname: "::", port: 1 })].slice(8, 24), [
    ...new Uint8Array(16),
  ]);
});

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test({
    name: `the datagrams of a turn arrive in order at ${hostname}, more than a batch holds`,
    ignore: !ON_LINUX,
    fn: async () => {
      using pair = UdpPair.bind(hostname);
      using receiver = new UdpReceiver(hostname);
      const refused: Uint8Array[] = [];
      const family = hostname === "::1" ? "ipv6" : "ipv4";
      using sender = BatchSender.open(family, pair.rtpPort, (datagram) => refused.push(datagram));
      assert(sender !== undefined, "Linux has sendmmsg");
      const to: UdpAddress = { transport: "udp", hostname, port: receiver.port };
      const address = encodeAddress(to);
      for (let i = 0; i < 90; i++) {
        const packet = sender.take(100 + i)!;
        new DataView(packet.buffer, packet.byteOffset).setUint32(0, i);
        sender.commit(packet.length, to, address);
      }
      await receiver.rtp.reach(90);
      assertEquals(numbers(receiver), [...Array(90).keys()]);
      assertEquals(receiver.rtp.datagrams.map(({ bytes }) => bytes.length).at(-1), 189);
      assertEquals(refused.length, 0);
      assertEquals(sender.take(1537), undefined);
    },
  });
}

Deno.test({
  name: "what the system refuses comes back, and the rest goes out",
  ignore: !ON_LINUX,
  fn: async () => {
    using pair = UdpPair.bind("127.0.0.1");
    using receiver = new UdpReceiver();
    const refused: string[] = [];
    using sender = BatchSender.open("ipv4", pair.rtpPort, (datagram, { hostname }) => {
      refused.push(`${datagram[0]} to ${hostname}`);
    });
    assert(sender !== undefined, "Linux has sendmmsg");
    // A socket that is bound to the loopback interface reaches nothing else.
    for (const [i, hostname] of ["127.0.0.1", "192.0.2.1", "127.0.0.1"].entries()) {
      const to: UdpAddress = { transport: "udp", hostname, port: receiver.port };
      sender.take(4)!.set([i, 0, 0, 0]);
      sender.commit(4, to, encodeAddress(to));
    }
    await receiver.rtp.reach(2);
    assertEquals(receiver.rtp.datagrams.map(({ bytes }) => bytes[0]), [0, 2]);
    assertEquals(refused, ["1 to 192.0.2.1"]);
  },
});

Deno.test("without batches a turn's datagrams arrive in order as well", async () => {
  using pair = UdpPair.bind("127.0.0.1");
  using receiver = new UdpReceiver();
  const to: UdpAddress = { transport: "udp", hostname: "127.0.0.1", port: receiver.port };
  for (let i = 0; i < 200; i++) {
    const datagram = new Uint8Array(8);
    new DataView(datagram.buffer).setUint32(0, i);
    pair.sendRtp(datagram, to);
  }
  await receiver.rtp.reach(200);
  assertEquals(numbers(receiver).join(), [...Array(200).keys()].join());
});
